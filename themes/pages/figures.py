"""四减: figures of a theme as people read them, before and after, with the share saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from themes.models import Theme
from themes.packages.draft import open_draft
from themes.packages.evaluation import open_package
from themes.packages.figures import MEASURES
from themes.packages.structure import FrozenTheme, Package
from themes.services.showing import Shown


@dataclass(frozen=True)
class Figure:
    """One measure over the saved cases: "49–176", and how much is saved, "55%–57%"."""

    title: str
    unit: str
    before: str
    after: str
    saved: str


def figures_shown(shown: Shown) -> list[Figure]:
    """The figures of what the person sees; none where the draft does not resolve or has no saved case."""
    if shown.release is not None:
        return figures_in_words(open_package(bytes(shown.release.package.content)).package)
    return [] if shown.has_gaps else figures_of(shown.frozen, shown.theme)


def figures_of(frozen: FrozenTheme, theme: Theme) -> list[Figure]:
    """The figures of a whole frozen theme for the city."""
    return figures_in_words(open_draft(frozen, theme.subject.division.code).package)


@dataclass(frozen=True)
class FigureBeside:
    """A figure as it is now, and as it was, where it was there before."""

    now: Figure
    earlier: Figure | None


def beside(earlier: Sequence[Figure], now: Sequence[Figure]) -> list[FigureBeside]:
    """Each figure with what it was before."""
    before = {figure.title: figure for figure in earlier}
    return [FigureBeside(figure, before.get(figure.title)) for figure in now]


def figures_in_words(package: Package) -> list[Figure]:
    """The computed ranges in words, in the order people name them."""
    cases = [case.figures for case in package.cases]
    return [
        Figure(title, unit, _range(*sides["before"]), _range(*sides["after"]), _saved([case[name] for case in cases]))
        for name, (title, unit) in MEASURES.items()
        if (sides := package.figures.get(name)) is not None
    ]


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _saved(cases: list[Mapping[str, int]]) -> str:
    """The least and the most that a case saves; empty where there was nothing to save."""
    shares = [round((case["before"] - case["after"]) * 100 / case["before"]) for case in cases if case["before"]]
    return "" if not shares else "–".join(f"{share}%" for share in sorted({min(shares), max(shares)}))
