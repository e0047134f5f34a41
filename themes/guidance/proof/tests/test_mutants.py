"""Broken dossiers: the proof finds what listing every applicant finds, no more and no less, and its examples replay."""

from collections import Counter

import pytest
from msgspec.structs import replace

from themes import documents as d
from themes.guidance.proof import flow, survey
from themes.guidance.proof.proving import prove
from themes.guidance.proof.report import BLOCKING, ProofReport
from themes.guidance.proof.tests.brute import Theme, size
from themes.guidance.proof.tests.mutants import MUTANTS, TODAY, days, mutants, places, small

NAMES = ("theme_restaurant", "theme_dog_license")
JUDGED_BY_WORDING = "options_alike"  # about conditions, not about applicants: judged by itself


def proof_of(name: str, document: d.ThemeDocument) -> ProofReport:
    return prove(document, divisions=places(name), on=TODAY)


def found_in(report: ProofReport) -> Counter[tuple[str, str]]:
    return Counter((one.kind, one.pointer) for one in report.findings if one.kind != JUDGED_BY_WORDING)


def disagreements(name: str, done: str, document: d.ThemeDocument, report: ProofReport) -> list[str]:
    theme = Theme(document, places(name), days(document))
    expected, found = Counter(theme.findings()), found_in(report)
    told = [f"{done}: not found {one}" for one in expected - found]
    told += [f"{done}: not confirmed {one}" for one in found - expected]
    contradictions = theme.contradictions()
    for one in report.findings:
        if one.kind == "contradiction" and set(one.others) != contradictions.get(one.pointer):
            told.append(f"{done}: against {one.pointer} are {contradictions.get(one.pointer)}, not {one.others}")
        if one.example is not None:
            outcome = theme.replay(one.example)
            if outcome is None:
                told.append(f"{done}: {one.example} does not replay")
            elif one.kind == "dead_end":
                is_smallest = one.example.is_smallest and size(one.example.answers) == theme.smallest_dead_end()
                if outcome.items or outcome.stopped or not is_smallest:
                    told.append(f"{done}: {one.example} is not the smallest dead end")
    return told


def first_disagreement(name: str) -> str | None:
    for done, document in mutants(name):
        found = disagreements(name, done, document, proof_of(name, document))
        if found:
            return found[0]
    return None


@pytest.mark.parametrize("name", NAMES)
def test_the_proof_finds_what_listing_every_applicant_finds_in_sixty_mutants(name: str) -> None:
    told, kinds, broken = [], Counter(), 0
    whole = found_in(proof_of(name, small(name)))
    for done, document in [("as it is", small(name)), *mutants(name)]:
        report = proof_of(name, document)
        assert report.not_proved == ()
        told += disagreements(name, done, document, report)
        kinds += Counter(one.kind for one in report.findings)
        broken += found_in(report) != whole
    assert told == []
    assert broken > MUTANTS / 2  # most mutants violate something that the dossier does not
    assert kinds.keys() >= {
        *BLOCKING,
        "rule_never_fires",
        "item_never_selected",
        "contradiction",
        "question_never_shown",
    }


def test_the_saboteur_that_takes_what_no_sample_shows_for_impossible_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "BY_CHANCE", 4)
    monkeypatch.setattr(survey.Solver, "find", lambda self, literals: None)
    assert first_disagreement("theme_dog_license") is not None


def test_the_saboteur_that_takes_rules_in_the_order_they_stand_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "sort_rules", list)
    assert first_disagreement("theme_dog_license") is not None


def test_the_saboteur_that_forgets_what_hides_a_question_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def always_shown(questions: list[d.Question]) -> list[d.Question]:
        return [replace(question, show_when=None) for question in questions]

    monkeypatch.setattr(flow, "order_for_judging", always_shown)
    assert first_disagreement("theme_dog_license") is not None
