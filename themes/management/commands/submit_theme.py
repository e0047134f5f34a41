from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from themes import selectors
from themes.services.reviewing import submit_theme


class Command(ActorCommand):
    help = "提交主题审核：内容冻结为一个版本。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--note", required=True, help="说明")

    def perform(self, *, actor: User, code: str, note: str, **options: Any) -> Report:
        revision = selectors.get_theme(actor, code).subject.draft_revision
        version = submit_theme(actor=actor, code=code, expected_revision=revision, note=note)
        report = {"code": code, "version": version.number, "digest": version.digest}
        return report, f"{code} 已提交为版本 {version.number}，摘要 {version.digest}"
