"""The parts behind the figures: they add up, and the typical path is the declared one or the one most cases take."""

import pytest

from themes.packages.evaluation import OpenPackage
from themes.packages.figures import typical_path
from themes.packages.figures_behind import Parts, figures_behind
from themes.packages.tests.dossiers import THEMES, opened


def not_adding_up(package: OpenPackage, behind=figures_behind) -> list[str]:  # type: ignore[no-untyped-def]
    """Every figure of every saved case that is not the sum of its parts."""
    wrong = []
    for one in package.package.cases:
        parts = behind(package, package.run(one.case.answers))
        for name, sides in one.figures.items():
            for side, amount in sides.items():
                if sum(part.amount for part in getattr(parts[name], side)) != amount:
                    wrong.append(f"{one.case.code} {name} {side}")
    return wrong


@pytest.mark.parametrize("theme", THEMES)
def test_the_parts_add_up_to_every_figure_of_every_case(theme: str) -> None:
    package = opened(theme)
    assert package.package.cases and not_adding_up(package) == []


@pytest.mark.parametrize("name", ["windows", "days", "materials", "visits", "fields"])
def test_a_part_that_is_left_out_is_noticed(name: str) -> None:
    def lossy(package: OpenPackage, path: object) -> dict[str, Parts]:
        parts = figures_behind(package, path)  # type: ignore[arg-type]
        return {**parts, name: Parts(parts[name].before[1:], parts[name].after)}

    assert any(f" {name} before" in wrong for theme in THEMES for wrong in not_adding_up(opened(theme), lossy))


def test_the_typical_path_is_the_one_most_cases_take_unless_another_is_declared() -> None:
    paths = [("C1", ["A"]), ("C2", ["A", "B"]), ("C3", ["A", "B"])]
    assert typical_path(paths, "") == "C2"
    assert typical_path(paths, "C1") == "C1"
    assert typical_path(paths, "gone") == "C2"
    assert typical_path([], "C1") == ""
