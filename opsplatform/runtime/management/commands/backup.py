"""manage.py backup: one directory with everything the database holds, and what to find in it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.runtime.backup.errors import plainly
from opsplatform.runtime.backup.making import make_backup
from opsplatform.settings.databases import in_database


class Command(ReportCommand):
    help = "把整个数据库备份到一个新目录；数据库本身有违背约定之处时仍备份，逐条列出，退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json, --to and --database."""
        super().add_arguments(parser)
        parser.add_argument("--to", required=True, type=Path, help="新目录")
        parser.add_argument("--database", help="同一服务器上的另一个库；默认为本平台的库")

    def perform(self, *, to: Path, database: str | None, **options: Any) -> Report:
        """A backup and its report."""
        plan = settings.DATABASE_PLAN
        with plainly():
            manifest = make_backup(in_database(plan, database) if database else plan, to.absolute())
        self.is_refused = bool(manifest.findings)
        inventory = manifest.inventory
        lines = [
            f"已备份数据库 {manifest.database}（{manifest.database_bytes / 2**20:.1f} MB）到 {to}。",
            (
                f"  审计记录 {inventory.audit_rows} 条，发布包 {len(inventory.packages)} 个，"
                f"迁移 {len(inventory.migrations)} 个，转储 {manifest.dump_bytes / 2**20:.1f} MB。"
            ),
            f"  SHA-256 {manifest.dump_sha256}",
            *(f"  {finding['place']}  {finding['sentence']}" for finding in manifest.findings),
        ]
        return msgspec.to_builtins(manifest), "\n".join(lines)
