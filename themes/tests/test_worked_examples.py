"""Every worked example of both dossiers, computed elsewhere, is reproduced at every door that evaluates."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from opsplatform.organizations.models import Division
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import Release
from themes.packages import evaluation
from themes.packages.evaluation import OpenPackage, open_package
from themes.packages.structure import Package
from themes.services.inspecting import check_theme, open_draft_package
from themes.tests.demonstrated import CODES, DOG, EDITORS, account, districts, dossier, get, run, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")


def assert_reproduced(outcome: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {key: outcome.get(key) for key in expected} == expected
    assert set(outcome) == set(expected) | {"explanation"}


@pytest.mark.parametrize("code", CODES)
def test_the_command_reproduces_every_example_in_the_draft(code: str, tmp_path: Path) -> None:
    for example in dossier(code)["worked_examples"]:
        answers = tmp_path / "answers.json"
        answers.write_text(json.dumps(example["answers"]), encoding="utf-8")
        assert_reproduced(run("evaluate_theme", code, "--answers", str(answers), "--json").report, example["expected"])


@pytest.mark.parametrize("code", CODES)
def test_the_command_reproduces_every_example_in_what_is_live_in_every_district(code: str, tmp_path: Path) -> None:
    places = districts()
    assert len(places) == 16
    for example in dossier(code)["worked_examples"]:
        answers = tmp_path / "answers.json"
        answers.write_text(json.dumps(example["answers"]), encoding="utf-8")
        for place in places:
            ran = run("evaluate_theme", code, "--answers", str(answers), "--live", "--division", place, "--json")
            assert_reproduced(ran.report, example["expected"])


@pytest.mark.parametrize("code", CODES)
def test_the_released_bytes_reproduce_every_example_and_carry_it_as_a_case(code: str) -> None:
    for release in Release.objects.live().filter(subject__code=code).select_related("package"):
        opened = open_package(bytes(release.package.content))
        examples = dossier(code)["worked_examples"]
        for example, packaged in zip(examples, opened.package.cases, strict=True):
            assert_reproduced(opened.evaluate(example["answers"]), example["expected"])
            assert (packaged.case.answers, packaged.case.expected) == (example["answers"], example["expected"])


@pytest.mark.parametrize("code", CODES)
def test_the_draft_opened_for_each_district_reproduces_every_example(code: str) -> None:
    theme = get(code)
    for place in districts()[:3]:
        opened = open_draft_package(theme, Division.objects.get(code=place))
        for example in dossier(code)["worked_examples"]:
            assert_reproduced(opened.evaluate(example["answers"]), example["expected"])


@pytest.mark.parametrize("code", CODES)
def test_the_gate_runs_every_example_and_finds_none_failing(code: str) -> None:
    assert len(get(code).subject.draft["cases"]) == len(dossier(code)["worked_examples"]) > 0
    assert not [finding for finding in check_theme(get(code)) if finding.code == "case_failing"]


@pytest.mark.parametrize("code", CODES)
def test_a_wrong_expectation_stops_the_submission_and_names_the_difference(code: str) -> None:
    def expect_wrongly(tree: dict[str, Any]) -> None:
        tree["cases"][1]["expected"]["windows_after"] = 7

    save(code, expect_wrongly)
    with pytest.raises(GateClosed) as refusal:
        submit(code)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.place) == ("case_failing", "/cases/1")
    assert finding.witness == {"windows_after": {"expected": 7, "computed": 1}}
    assert "现跑部门数" in finding.sentence


def test_an_expectation_under_an_unknown_key_is_a_difference() -> None:
    save(DOG, lambda tree: tree["cases"][0]["expected"].update(no_such_figure=1))
    findings = [finding for finding in check_theme(get(DOG)) if finding.code == "case_failing"]
    assert [finding.place for finding in findings] == ["/cases/0"]


def test_answers_that_are_no_object_are_refused_with_a_sentence(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    for content in ("[]", "1", '"x"', "null"):
        answers.write_text(content, encoding="utf-8")
        assert run("evaluate_theme", DOG, "--answers", str(answers)).status == 1


def test_a_division_where_the_theme_is_not_offered_is_refused_with_a_sentence(tmp_path: Path) -> None:
    save(DOG, lambda tree: tree.update(handling_divisions=["310112"]))
    answers = tmp_path / "answers.json"
    answers.write_text("{}", encoding="utf-8")
    assert run("evaluate_theme", DOG, "--answers", str(answers), "--division", "310101").status == 1
    assert run("evaluate_theme", DOG, "--answers", str(answers)).status == 0
    assert account(EDITORS[DOG]).may("themes.edit", department=get(DOG).lead_department)


# --- saboteurs: the same assertions catch a broken evaluator ---------------------------------------------------------


def _packages() -> dict[str, Package]:
    """The drafts' packages, opened while nothing is broken: what is opened is kept for later tests."""
    return {code: open_draft_package(get(code)).package for code in CODES}


def _any_example_fails(packages: Mapping[str, Package]) -> bool:
    for code, package in packages.items():
        opened = OpenPackage(package)
        for example in dossier(code)["worked_examples"]:
            try:
                assert_reproduced(opened.evaluate(example["answers"]), example["expected"])
            except AssertionError:
                return True
    return False


def test_the_examples_hold_before_anything_is_broken() -> None:
    assert not _any_example_fails(_packages())


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("promised_days_in", lambda item, division: item.content.promised_days),
        ("longest_path", lambda items, days: sum(days.values())),
        ("suppliers_of", lambda package: {}),
        ("prefills_of", lambda package: {}),
    ],
)
def test_the_examples_catch_an_evaluator_without_one_of_its_rules(
    name: str, broken: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = _packages()
    monkeypatch.setattr(evaluation, name, broken)
    assert _any_example_fails(packages)
