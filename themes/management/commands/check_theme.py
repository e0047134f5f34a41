from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.kernel.documents import write
from opsplatform.release.errors import GateClosed
from themes import selectors
from themes.services.inspecting import check_theme


class Command(ReportCommand):
    help = "检查主题草稿能否提交；有必须解决的问题时退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--division", help="只看这个区划")

    def perform(self, *, code: str, division: str | None, **options: Any) -> Report:
        place = selectors.get_division(division) if division else None
        findings = check_theme(selectors.get_theme_by_code(code), place)
        blocking = tuple(finding for finding in findings if finding.is_blocking)
        if blocking:
            raise GateClosed(tuple(findings))
        lines = [f"  提示 {finding.place}  {finding.sentence}" for finding in findings]
        return write(findings), "\n".join([f"可以提交；提示 {len(findings)} 条。", *lines])
