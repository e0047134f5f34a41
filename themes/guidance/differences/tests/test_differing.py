"""What an edit means for citizens: each known effect is named with an example that replays, and nothing else is."""

import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from themes import documents as d
from themes.guidance.differences.changes import Change, Comparison, Registered
from themes.guidance.differences.differing import compare
from themes.guidance.differences.tests.edits import DOG, EDITS, FOOD, WITHOUT_EFFECT, edited
from themes.guidance.proof import flow
from themes.guidance.proof.tests.brute import Theme
from themes.guidance.proof.tests.mutants import TODAY, mutants, places, small
from themes.packages.tests.dossiers import frozen

# about what somebody can answer, hands in or waits for, which no outcome of rules has in it
BESIDE_RULES = {"upload_gained", "wait_lost", "choice_gained", "answer_gained", "answer_lost", "prefill_gained"}


def comparison_of(name: str, after: d.ThemeDocument) -> Comparison:
    return compare(frozen(name).document, after, divisions=frozen(name).divisions, on=TODAY)


def differs(name: str, before: d.ThemeDocument, after: d.ThemeDocument, change: Change) -> bool:
    """Whether whoever answers as the example notices a difference."""
    if change.example is None:
        return True
    on = datetime.date.fromisoformat(change.example.on or "")
    sides = [Theme(document, places(name), (on,)) for document in (before, after)]
    outcomes = [side.guidance.evaluate(change.example.answers, on) for side in sides]
    met = [side.noticed(outcome) for side, outcome in zip(sides, outcomes, strict=True)]
    if change.kind in BESIDE_RULES:
        return bool(outcomes[0].items)
    return met[0] != met[1] or outcomes[0].visible_questions != outcomes[1].visible_questions or _defaults(*sides)


def _defaults(before: Theme, after: Theme) -> bool:
    return [one.default for one in before.document.notices] != [one.default for one in after.document.notices]


@pytest.mark.parametrize("edit", EDITS)
def test_what_an_edit_means_is_named_and_nothing_else(edit: str) -> None:
    name, change, expected = EDITS[edit]
    after = edited(name, change)
    found = comparison_of(name, after)
    assert {(one.kind, one.subject) for one in found.changes} == expected
    assert found.unsettled == ()
    for one in found.changes:
        assert differs(name, frozen(name).document, after, one)
        assert one.sentence.endswith("。")


@pytest.mark.parametrize("edit", WITHOUT_EFFECT)
def test_an_edit_that_means_nothing_is_told_as_that(edit: str) -> None:
    name, change = WITHOUT_EFFECT[edit]
    after = edited(name, change)
    assert after != frozen(name).document
    found = comparison_of(name, after)
    assert found.changes == ()
    assert found.is_without_effect


def items_by_listing(before: d.ThemeDocument, after: d.ThemeDocument) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """(gained or lost, item) → who, found by listing every applicant of both versions."""
    old, new = (Theme(document, places(DOG), (TODAY,)) for document in (before, after))
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for answers, on, outcome, _ in old.applicants:
        for union, other in new.complete(answers, on):
            for kind, items in (
                ("item_gained", set(other.items) - set(outcome.items)),
                ("item_lost", set(outcome.items) - set(other.items)),
            ):
                for item in items:
                    found.setdefault((kind, item), []).append({**answers, **union})
    return found


def wrong_about(number: int) -> list[str]:
    """What the comparison of the small dossier with one mutant says otherwise than listing every applicant."""
    done, after = mutants(DOG)[number]
    before = small(DOG)
    expected = items_by_listing(before, after)
    found = compare(before, after, divisions=places(DOG), on=TODAY)
    about_items = [one for one in found.changes if one.kind in ("item_gained", "item_lost")]
    told = [f"{done}: {one}" for one in {(one.kind, one.subject) for one in about_items} ^ expected.keys()]
    for one in about_items:
        affected = expected.get((one.kind, one.subject), [])
        if not any(one.who.items() <= answers.items() for answers in affected):
            told.append(f"{done}: nobody is like {one.who}")
    return told


UNDATED = [number for number, (done, _) in enumerate(mutants(DOG)) if "lapses" not in done and "not yet" not in done]


def test_who_gains_and_who_loses_items_is_what_listing_every_applicant_says() -> None:
    assert [told for number in UNDATED[::4] for told in wrong_about(number)] == []


def test_the_saboteur_that_forgets_what_hides_a_question_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def always_shown(questions: list[d.Question]) -> list[d.Question]:
        return [replace(question, show_when=None) for question in questions]

    monkeypatch.setattr(flow, "order_for_judging", always_shown)
    assert [told for number in UNDATED for told in wrong_about(number)] != []


def test_fields_and_days_of_the_registers_are_compared_too() -> None:
    document = frozen(DOG).document
    before = Registered(fields={"PAY": ("amount",)}, days={"PAY": "3 个工作日"})
    after = Registered(fields={"PAY": ("amount", "payer")}, days={"PAY": "5 个工作日"})
    found = compare(document, document, on=TODAY, registered=(before, after))
    assert {(one.kind, one.subject) for one in found.changes} == {
        ("field_gained", "PAY.payer"),
        ("days_changed", "PAY"),
    }
    assert "3 个工作日变为5 个工作日" in " ".join(one.sentence for one in found.changes)


def test_an_answer_that_only_one_version_takes_is_the_example() -> None:
    """An applicant with 20,000 m² is no applicant of the later version: "no effect" would be the untruth."""
    name, change, _ = EDITS["places up to 200 only"]
    (told,) = comparison_of(name, edited(name, change)).changes
    assert told.example is not None and told.example.answers["q_biz_area"] > 200
    assert told.sentence.endswith("能填的数由1 至 20000变为1 至 200。")


def test_districts_and_exemptions_of_the_registers_are_compared_too() -> None:
    document = frozen(FOOD).document
    before = Registered(divisions=("310101", "310104"))
    after = Registered(divisions=("310101",), exempt=frozenset({"M_BL", "M_LAYOUT"}))
    found = compare(document, document, on=TODAY, registered=(before, after))
    told = {(one.kind, one.subject) for one in found.changes}
    assert told == {("division_lost", "310104"), ("upload_lost", "M_BL"), ("upload_lost", "M_LAYOUT")}


def test_versions_that_cannot_be_judged_are_not_told_to_be_alike() -> None:
    document = frozen(FOOD).document
    broken = edited(FOOD, lambda tree: tree["guidance"]["questions"].append(tree["guidance"]["questions"][0]))
    found = compare(document, broken)
    assert not found.is_without_effect
    assert "不能比较" in found.unsettled[0]
