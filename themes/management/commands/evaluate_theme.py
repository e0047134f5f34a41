import json
from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import Report, ReportCommand
from themes import selectors
from themes.services.inspecting import evaluate_theme

MAX_ANSWER_BYTES = 100_000


class Command(ReportCommand):
    help = "给出一组回答会得到的结果。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("code", help="主题代码")
        parser.add_argument("--answers", required=True, help="回答文件（JSON 对象）")
        parser.add_argument("--division", help="区划代码")
        parser.add_argument("--live", action="store_true", help="用在用的版本，而不是草稿")

    def perform(self, *, code: str, answers: str, division: str | None, live: bool, **options: Any) -> Report:
        outcome = evaluate_theme(
            selectors.get_theme_by_code(code),
            self.read_json(answers, max_bytes=MAX_ANSWER_BYTES),
            division=selectors.get_division(division) if division else None,
            is_live=live,
        )
        lines = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in outcome.items() if key != "explanation"
        ]
        return outcome, "\n".join(lines)
