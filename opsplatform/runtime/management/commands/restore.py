"""manage.py restore: the database is what it was when the backup was made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from opsplatform.accounts.commands import Report, ReportCommand
from opsplatform.runtime.backup.errors import plainly
from opsplatform.runtime.backup.guards import migrations_of_code
from opsplatform.runtime.backup.restoring import restore_backup
from opsplatform.settings.databases import in_database


class Command(ReportCommand):
    help = "从备份目录恢复数据库，先验校验和，后验内容；不符时撤销，退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json, --from, --database and --replace."""
        super().add_arguments(parser)
        parser.add_argument("--from", required=True, type=Path, dest="source", help="备份目录")
        parser.add_argument("--database", help="恢复到同一服务器上的另一个库（演练）；默认为本平台的库")
        parser.add_argument("--replace", action="store_true", help="取代库中已有的内容")

    def perform(self, *, source: Path, database: str | None, replace: bool, **options: Any) -> Report:
        """The restored content and what was verified in it."""
        plan = settings.DATABASE_PLAN
        plan = in_database(plan, database) if database else plan
        with plainly():
            manifest = restore_backup(plan, source.absolute(), replace=replace)
        inventory = manifest.inventory
        waiting = sorted(migrations_of_code() - set(inventory.migrations))
        unverified = sum(package.is_signature_valid is None for package in inventory.packages)
        verified = {
            "audit_rows": inventory.audit_rows,
            "packages": len(inventory.packages),
            "signatures_of_other_keys": unverified,
            "tables": len(inventory.rows),
            "triggers": len(inventory.triggers),
            "migrations": len(inventory.migrations),
        }
        lines = [
            f"已把 {manifest.made_at:%Y-%m-%d %H:%M:%S%z} 的备份恢复到数据库 {plan.name}，核对无误：",
            (
                f"  审计记录 {inventory.audit_rows} 条，发布包 {len(inventory.packages)} 个"
                f"（其中 {unverified} 个由其他密钥签名，未验签），版本连续，每个区划至多一个在用发布，"
            ),
            f"  {len(inventory.rows)} 张表的行数、{len(inventory.triggers)} 个触发器与应用角色的权限均与备份时一致。",
        ]
        if waiting:
            lines.append(f"  备份早于当前程序：请执行 manage.py migrate（{len(waiting)} 个迁移）。")
        report = {"database": plan.name, "made_at": manifest.made_at.isoformat(), "verified": verified}
        return {**report, "waiting_migrations": waiting}, "\n".join(lines)
