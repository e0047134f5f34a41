"""Evaluating: the pure cores on each theme's worked examples, one processor."""

from collections.abc import Iterator

from benchmarks.published import DIVISION, NAMES, published
from benchmarks.table import Row, below
from benchmarks.timing import Act, Spread, measured
from themes.guidance.evaluation import compile_guidance
from themes.packages.compilation import compile_package, package_bytes
from themes.packages.evaluation import OpenPackage

ROUNDS = 15
OUTCOME_GOAL = 1e-3


def rows() -> Iterator[Row]:
    """What one evaluation costs, and what making a package ready for it costs."""
    for code, name in NAMES.items():
        yield from _theme(code, name)


def _theme(code: str, name: str) -> Iterator[Row]:
    frozen, package = published(code)
    opened = OpenPackage(package)
    answers = [case.case.answers for case in package.cases]

    def each(act: Act, times: int) -> Spread:
        return measured(act, rounds=ROUNDS, times=times).divided_by(len(answers))

    rules = each(lambda: [opened.guidance.evaluate(one) for one in answers], 300)
    yield Row(f"{name}: guidance, visibility and rules", rules, pace=(1, "evaluations"))
    whole = each(lambda: [opened.run(one) for one in answers], 100)
    goal = below(OUTCOME_GOAL, whole)
    yield Row(f"{name}: full outcome with form and figures", whole, pace=(1, "outcomes"), goal=goal)
    told = each(lambda: [opened.evaluate(one) for one in answers], 30)
    yield Row(f"{name}: outcome with explanation", told, pace=(1, "outcomes"))
    ready = measured(lambda: compile_guidance(package.guidance, package.items), rounds=ROUNDS)
    yield Row(f"{name}: guidance made ready, once per version", ready)
    compiled = measured(lambda: compile_package(frozen, DIVISION, package.meta.version), rounds=ROUNDS)
    yield Row(f"{name}: package compiled for one division", compiled, pace=(1, "packages"))
    size = len(package_bytes(package))
    written = measured(lambda: package_bytes(package), rounds=ROUNDS)
    yield Row(f"{name}: its {size / 1000:.0f} kB, shared sections known", written, pace=(size / 1e6, "MB"))
