"""Saved cases run: what each leads to in its division on its day, against what it expects."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from opsplatform.kernel.days import parse_day
from opsplatform.kernel.errors import Problem
from themes.documents import SavedCase
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import FrozenTheme

# What a case made from a run expects: what the applicant is told. Numbers of fields are other people's doing.
LISTED = ("items", "stopped", "notices", "materials_to_submit", "visible_questions", "fired_rules")  # the rest counts
EXPECTED = ("items", "stopped", "notices", "materials_to_submit", "days_after_parallel_promised")


class CaseResult(msgspec.Struct, frozen=True):
    """What became of one case. `problems`: why it could not be run, in sentences. `differences`: key → what is expected
    and what was computed.
    """

    case: SavedCase
    problems: tuple[str, ...] = ()
    differences: Mapping[str, tuple[Any, Any]] = {}

    @property
    def holds(self) -> bool:
        """Whether it leads to what it expects."""
        return not self.problems and not self.differences


class CaseRuns:
    """Runs cases of a frozen theme, the city's content without what districts change; packages are opened once."""

    def __init__(self, frozen: FrozenTheme, city: str, today: date) -> None:
        """`city`: the code that the package of the whole is compiled for."""
        self.frozen, self.city, self.today = frozen, city, today
        self._packages: dict[str, OpenPackage] = {}

    def run(self, case: SavedCase) -> CaseResult:
        """The case against what it leads to."""
        problems = self.problems_in(case)
        if problems:
            return CaseResult(case, problems)
        computed = self.outcome(case)
        differences = {
            key: (expected, computed.get(key))
            for key, expected in case.expected.items()
            if computed.get(key) != expected
        }
        return CaseResult(case, (), differences)

    def run_all(self) -> list[CaseResult]:
        """Every case of the theme, in its order."""
        return [self.run(case) for case in self.frozen.document.cases]

    def problems_in(self, case: SavedCase) -> tuple[str, ...]:
        """Why the case cannot be run, in sentences."""
        if case.division is not None and case.division not in self.frozen.divisions:
            return (f"区划 {case.division} 不在办理区划之内。",)
        if case.on is not None and parse_day(case.on) is None:
            return (f"“{case.on}”不是日期。",)
        return tuple(problem.message for problem in self._opened(case).problems_in(case.answers))

    def outcome(self, case: SavedCase) -> dict[str, Any]:
        """What the case leads to, under the keys of the dossiers; for one that can be run."""
        return self._opened(case).evaluate(case.answers, self.day_of(case))

    def unanswered_in(self, case: SavedCase) -> tuple[str, ...]:
        """The texts of the required questions its applicant sees and leaves open; for one that can be run."""
        opened = self._opened(case)
        return opened.unanswered(opened.run(case.answers, self.day_of(case)).guidance)

    def day_of(self, case: SavedCase) -> date:
        """The day on which the case is run."""
        return parse_day(case.on or "") or self.today

    def expecting(self, case: SavedCase, keys: Iterable[str]) -> SavedCase:
        """The case, expecting under these keys what it leads to."""
        computed = self.outcome(case)
        return msgspec.structs.replace(case, expected={key: computed.get(key) for key in keys})

    def _opened(self, case: SavedCase) -> OpenPackage:
        place = case.division or self.city
        if place not in self._packages:
            self._packages[place] = open_draft(self.frozen, place)
        return self._packages[place]


def misshapen_cases(tree: Any) -> Iterator[Problem]:
    """Expectations of the theme's cases that nothing could ever meet: no list of codes where one belongs, no number."""
    for place, case in enumerate(tree.get("cases", ())):
        for key, expected in case.get("expected", {}).items():
            is_list = isinstance(expected, list) and all(isinstance(one, str) for one in expected)
            if is_list if key in LISTED else isinstance(expected, int | float):
                continue
            wanted = "代码的列表" if key in LISTED else "数字"
            sentence = f"用例“{case.get('name', '')}”对 {key} 的预期应为{wanted}。"
            yield Problem(f"/cases/{place}/expected/{key}", "wrong_type", sentence)
