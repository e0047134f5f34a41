from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.kernel.documents import write
from themes import localisation_selectors, selectors
from themes.services.checking_localisation import check_localisation_draft
from themes.services.inspecting import check_theme

_SEVERITIES = {"blocking": "阻断", "advisory": "提示"}


class Command(ReportCommand):
    help = "检查主题草稿能否提交；有必须解决的问题时退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--division", help="只看这个区划，连同它的本地化草稿")

    def perform(self, *, code: str, division: str | None, **options: Any) -> Report:
        place = selectors.get_division(division) if division else None
        theme = selectors.get_theme_by_code(code)
        localisation = localisation_selectors.find_localisation(theme, place) if place else None
        local = check_localisation_draft(localisation) if localisation else []
        findings = [*check_theme(theme, place), *local]
        self.is_refused = any(finding.is_blocking and (place or not finding.division) for finding in findings)
        lines = [f"  {_SEVERITIES[finding.severity]} {finding.place}  {finding.sentence}" for finding in findings]
        verdict = "有必须先解决的问题" if self.is_refused else "可以提交"
        return write(findings), "\n".join([f"{verdict}；共 {len(findings)} 条。", *lines])
