from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from themes.services.sharing import share_theme, unshare_theme


class Command(ActorCommand):
    help = "单独授权一个账号查看或编辑一个主题的草稿，或收回授权；审核与发布仍只凭角色。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--with", required=True, dest="username", help="授权给哪个账号")
        parser.add_argument("--right", choices=("view", "edit"), default="view", help="查看，或查看并编辑")
        parser.add_argument("--end", action="store_true", dest="is_end", help="收回这个账号的单独授权")
        parser.add_argument("--note", required=True, help="理由")

    def perform(
        self, *, actor: User, code: str, username: str, right: Any, is_end: bool, note: str, **options: Any
    ) -> Report:
        if is_end:
            theme = unshare_theme(actor=actor, code=code, username=username, note=note)
            return {"code": code, "username": username, "right": None}, f"已收回 {username} 对“{theme}”的单独授权。"
        theme = share_theme(actor=actor, code=code, username=username, right=right, note=note)
        word = "查看" if right == "view" else "查看并编辑"
        return {"code": code, "username": username, "right": right}, f"{username} 现在可以{word}“{theme}”的草稿。"
