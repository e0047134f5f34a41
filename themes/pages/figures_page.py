"""四减 of a theme in one division: ranges, each saved case's path, and the parts behind every number."""

from dataclasses import dataclass
from typing import Any

from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.selectors import find_live
from themes import selectors
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage, open_package
from themes.packages.figures import MEASURES
from themes.packages.figures_behind import Parts, figures_behind
from themes.packages.structure import PackageCase
from themes.pages.base import ThemePage
from themes.pages.figures import figures_in_words


@dataclass(frozen=True)
class ShownFigure:
    """A figure of one path with the parts that it is the sum of."""

    title: str
    unit: str
    before: int
    after: int
    parts: Parts


class FiguresPage(ThemePage):
    tab = "figures"
    title = "四减"
    template_name = "themes/figures.html"

    def context(self) -> dict[str, Any]:
        """The figures of the package on show in the division asked for; of the draft where nothing is on show."""
        divisions = selectors.list_offered_divisions(self.shown.document.handling_divisions)
        division = self._division(divisions)
        if division is None:
            return {"divisions": divisions}
        opened, version = self._opened(division)
        if opened is None:
            return {"divisions": divisions, "division": division, "has_gaps": self.shown.is_draft}
        cases = opened.package.cases
        case = self._case(opened)
        return {
            "divisions": divisions,
            "division": division,
            "version": version,
            "ranges": figures_in_words(opened.package),
            "cases": cases,
            "case": case,
            "typical": opened.package.typical_case,
            "figures": _figures(opened, case) if case else [],
        }

    def _division(self, divisions: list[Division]) -> Division | None:
        asked = self.request.GET.get("division", "")
        found = [division for division in divisions if division.code == asked or not asked]
        if not found and divisions:
            raise Invalid(
                "主题不在这个区办理。", problems=(Problem("/division", "not_offered", "主题不在这个区办理。"),)
            )
        return found[0] if found else None

    def _opened(self, division: Division) -> tuple[OpenPackage | None, int | None]:
        """The package, and which version it is of; None for the draft's, and no package where that cannot be made."""
        live = find_live(self.theme.subject, division)
        if live is not None:
            return open_package(bytes(live.package.content)), live.version.number
        if not self.shown.is_draft or self.shown.has_gaps:
            return None, None
        return open_draft(self.shown.frozen, division.code), None

    def _case(self, opened: OpenPackage) -> PackageCase | None:
        """The case asked for, else the typical one, else the first."""
        cases = {one.case.code: one for one in opened.package.cases}
        asked = self.request.GET.get("case", "") or opened.package.typical_case
        return cases.get(asked) or next(iter(cases.values()), None)


def _figures(opened: OpenPackage, case: PackageCase) -> list[ShownFigure]:
    parts = figures_behind(opened, opened.run(case.case.answers))
    return [
        ShownFigure(title, unit, case.figures[name]["before"], case.figures[name]["after"], parts[name])
        for name, (title, unit) in MEASURES.items()
    ]
