from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from opsplatform.kernel.parsing import BadJSON
from themes.models import Collision
from themes.services.importing import MAX_DOSSIER_BYTES, ImportReport, all_that_is_wrong, import_dossier

_KINDS = {**dict(Collision.Kind.choices), "item_form": "事项表单"}


class Command(ActorCommand):
    help = "导入一份主题资料，成为草稿；同一份文件再次导入不改变任何内容。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", help="主题资料文件（JSON）")
        parser.add_argument("--dry-run", action="store_true", help="只预览，不写入")

    def perform(self, *, actor: User, file: str, dry_run: bool, **options: Any) -> Report:
        try:
            tree = self.read_json(file, max_bytes=MAX_DOSSIER_BYTES)
        except BadJSON as refusal:
            raise all_that_is_wrong(refusal) from refusal
        report = import_dossier(actor=actor, tree=tree, is_dry_run=dry_run)
        return {**asdict(report), "has_changes": report.has_changes}, _text(report)


def _text(report: ImportReport) -> str:
    verb = "将" if report.is_dry_run else "已"
    lines = [f"主题 {report.theme_code}：" + (f"{verb}导入" if report.has_changes else "没有变化")]
    lines += [f"  新增 {_KINDS[kind]} {count}" for kind, count in report.created.items()]
    lines += [f"  沿用 {_KINDS[kind]} {count}" for kind, count in report.matched.items()]
    lines += [f"  草稿 {change['place']} {change['kind']}" for change in report.changes]
    if report.collisions:
        lines.append(f"代码冲突 {len(report.collisions)} 处（登记信息未被覆盖，可由工作人员合并）：")
    for found in report.collisions:
        kept = f"另行登记为 {found.qualified_code}" if found.qualified_code else "沿用登记的内容"
        places = "、".join(difference["place"].strip("/") for difference in found.differences)
        lines.append(f"  {_KINDS[found.kind]} {found.local_code}：{places} 与已登记的不同，{kept}")
    return "\n".join(lines)
