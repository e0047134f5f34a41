from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from opsplatform.kernel.errors import WrongState
from opsplatform.release.review_selectors import list_steps
from opsplatform.release.wording import whose_turn
from themes import selectors
from themes.services.reviewing import approve_theme


class Command(ActorCommand):
    help = "通过待审核版本中由本人决定的步骤；作者本人不能批准。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--note", default="同意", help="意见")

    def perform(self, *, actor: User, code: str, note: str, **options: Any) -> Report:
        pending = selectors.get_theme(actor, code).subject.current_version
        if pending is None:
            raise WrongState(f"{code} 没有待审核的版本。")
        version = approve_theme(actor=actor, code=code, digest=pending.digest, note=note)
        turn = whose_turn(list_steps(version))
        report = {"code": code, "version": version.number, "digest": version.digest, "approved": not turn}
        what = f"这一步已通过，接下来：{turn}" if turn else "已批准"
        return report, f"{code} 版本 {version.number} {what}，摘要 {version.digest}"
