from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from opsplatform.release.errors import NotApproved
from themes import selectors
from themes.services.publishing import release_theme


class Command(ActorCommand):
    help = "把已批准的版本发布到区划。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--divisions", required=True, help="区划代码，用逗号分隔；all 表示全部办理区划")
        parser.add_argument("--note", required=True, help="说明")

    def perform(self, *, actor: User, code: str, divisions: str, note: str, **options: Any) -> Report:
        current = selectors.get_theme(actor, code).subject.current_version
        if current is None:
            raise NotApproved
        codes = None if divisions == "all" else [part.strip() for part in divisions.split(",") if part.strip()]
        releases = release_theme(actor=actor, code=code, version=current.number, division_codes=codes, note=note)
        report = [{"division": row.division.code, "digest": row.package_id} for row in releases]
        lines = [f"  {row.division.code} {row.division.name}  {row.package_id}" for row in releases]
        return report, "\n".join([f"{code} 版本 {current.number} 已发布到 {len(releases)} 个区划：", *lines])
