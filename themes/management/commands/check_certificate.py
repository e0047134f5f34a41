from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.release.selectors import list_history
from themes import selectors
from themes.services.certifying import certificate_of_version

_VERDICTS = {True: "一致", False: "不一致", None: "没有证书，或按早先的规则作出"}


class Command(ReportCommand):
    help = "按每一版冻结的内容重新计算合并证书，与版本所带的比较；有不一致的，退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")

    def perform(self, *, code: str, **options: Any) -> Report:
        theme = selectors.get_theme_by_code(code)
        numbers = [version.number for version in list_history(theme.subject)]
        verdicts = {number: certificate_of_version(theme, number).is_confirmed for number in numbers}
        self.is_refused = False in verdicts.values()
        lines = [f"版本 {number}：{_VERDICTS[verdict]}" for number, verdict in verdicts.items()]
        report = [{"version": number, "is_confirmed": verdict} for number, verdict in verdicts.items()]
        return report, "\n".join(lines or ["还没有版本。"])
