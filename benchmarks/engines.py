"""Rule engines: our evaluator and GoRules zen on the same rules, each theme's worked examples, one processor."""

import json
from collections.abc import Iterator
from importlib.metadata import version

import zen

from benchmarks.published import NAMES, published
from benchmarks.table import Row, at_least
from benchmarks.timing import paired
from themes.packages.evaluation import OpenPackage
from themes.packages.rules_for_engines import rules_as_jdm

ROUNDS, TIMES = 15, 20
RATIO_GOAL = 20


def rows() -> Iterator[Row]:
    """Visibility and rules of one set of answers: ours, and the exported JDM decided by zen."""
    for code, name in NAMES.items():
        _, package = published(code)
        opened = OpenPackage(package)
        decision = zen.ZenEngine().create_decision(json.dumps(rules_as_jdm(package), ensure_ascii=False))
        answers = [case.case.answers for case in package.cases]
        pair = paired(
            lambda: [opened.guidance.evaluate(one) for one in answers],  # noqa: B023 - measured before the next turn
            lambda: [decision.evaluate({"answers": one, "on": None}) for one in answers],  # noqa: B023
            rounds=ROUNDS,
            times=TIMES,
        )
        yield Row(
            f"{name}: visibility and rules",
            pair.mine.divided_by(len(answers)),
            pace=(1, "evaluations"),
            against=f"zen {version('zen-engine')}",
            ratio=pair.ratio,
            goal=at_least(RATIO_GOAL, pair.ratio),
        )
