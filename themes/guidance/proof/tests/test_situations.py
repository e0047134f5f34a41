"""Situations are those that listing every applicant finds: the smallest of each, the number of classes, the idle."""

import datetime
from collections import defaultdict
from typing import Any

import pytest

from themes import documents as d
from themes.guidance.proof import situations
from themes.guidance.proof.situations import Situations, list_situations
from themes.guidance.proof.tests.brute import Judged, Theme, size
from themes.guidance.proof.tests.mutants import TODAY, days, mutants, places, small
from themes.packages.tests.dossiers import frozen

NAMES = ("theme_restaurant", "theme_dog_license")
Ends = tuple[frozenset[str], frozenset[str]]


def listed(name: str, document: d.ThemeDocument, **more: Any) -> Situations:
    return list_situations(document, divisions=places(name), on=TODAY, **more)


def by_ends(theme: Theme) -> dict[Ends, list[Judged]]:
    found: dict[Ends, list[Judged]] = defaultdict(list)
    for one in theme.applicants:
        found[frozenset(one[2].items), frozenset(one[2].stopped)].append(one)
    return found


def is_idle(theme: Theme, question: str, applicants: list[Judged]) -> bool:
    asked = [one for one in applicants if question in one[2].visible_questions]
    return bool(asked) and not any(
        theme._changes(one, question, value) for one in asked for value in theme.domains[question]
    )


def disagreements(name: str, document: d.ThemeDocument) -> list[str]:
    theme, found = Theme(document, places(name), days(document)), listed(name, document)
    expected = by_ends(theme)
    told = [] if not found.why_not_all and found.total == len(expected) else ["not all are listed"]
    seen = {(frozenset(one.items), frozenset(one.stopped)): one for one in found.situations}
    told += [f"{ends} differs" for ends in seen.keys() ^ expected.keys()]
    for ends, one in seen.items():
        applicants = expected.get(ends, [])
        outcome = theme.replay(one.example)
        if outcome is None or (frozenset(outcome.items), frozenset(outcome.stopped)) != ends:
            told.append(f"{one.example} does not replay")
        elif size(one.example.answers) != min(size(answers) for answers, *_ in applicants):
            told.append(f"{one.example} is not the smallest")
        if name == "theme_restaurant" and one.classes != len(applicants):  # one district: applicants are classes
            told.append(f"{ends} has {len(applicants)} classes, not {one.classes}")
        idle = {code for code in theme.questions if is_idle(theme, code, applicants)}
        if idle != set(one.idle) or one.unsettled:
            told.append(f"{ends}: {idle} are idle, not {one.idle}")
    return told


@pytest.mark.parametrize("name", NAMES)
def test_what_is_listed_is_what_listing_every_applicant_finds(name: str) -> None:
    assert disagreements(name, small(name)) == []
    for done, document in mutants(name)[5:60:22]:
        assert disagreements(name, document) == [], done


@pytest.mark.parametrize(
    ("name", "classes", "number"), [("theme_restaurant", 512_064, 96), ("theme_dog_license", 816, 36)]
)
def test_the_dossiers_are_listed_whole_and_counted_to_the_last_class(name: str, classes: int, number: int) -> None:
    content = frozen(name)
    found = list_situations(content.document, divisions=content.divisions, on=datetime.date(2026, 1, 1))
    assert (found.classes, found.total, len(found.situations), found.why_not_all) == (classes, number, number, "")
    assert all(one.example.is_smallest and not one.unsettled for one in found.situations)


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    name = NAMES[1]
    few = listed(name, small(name), most=3)
    assert len(few.situations) == 3 and few.why_not_all == "情形超过 3 种。"
    assert few.total == listed(name, small(name)).total
    monkeypatch.setattr(situations, "count_by_ends", lambda _: None)
    uncounted = listed(name, small(name), most=3)
    assert uncounted.total is None and uncounted.classes is None and uncounted.situations[0].classes is None
    monkeypatch.setattr(situations, "MOST_WORK", 30)
    hurried = listed(name, small(name))
    assert "没有继续找" in hurried.why_not_all
    assert any(one.unsettled or not one.example.is_smallest for one in hurried.situations)


def test_the_saboteur_that_looks_for_influence_anywhere_in_the_theme_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    felt = situations.Influence.is_felt
    monkeypatch.setattr(situations.Influence, "is_felt", lambda self, given: felt(self, []))
    assert disagreements(NAMES[1], small(NAMES[1])) != []
