import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from themes import selectors


class Command(ReportCommand):
    help = "把区划在用的发布包及其各部分写成文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--division", required=True, help="区划代码")
        parser.add_argument("--out", required=True, help="输出目录")

    def perform(self, *, code: str, division: str, out: str, **options: Any) -> Report:
        live = selectors.get_live(selectors.get_theme_by_code(code), selectors.get_division(division))
        content = bytes(live.package.content)
        directory = Path(out)
        directory.mkdir(parents=True, exist_ok=True)
        written = {"package.json": content, "package.sig": live.package.signature.encode()}
        for section, tree in json.loads(content).items():
            if section != "format":
                written[f"{section}.json"] = json.dumps(tree, ensure_ascii=False, indent=2).encode()
        for name, part in written.items():
            (directory / name).write_bytes(part)
        report = {"digest": live.package_id, "key_id": live.package.key_id, "files": sorted(written)}
        return report, f"{directory}：{len(written)} 个文件，摘要 {live.package_id}，密钥 {live.package.key_id}"
