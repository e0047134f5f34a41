"""Divisions, dictionaries and scene categories from files: all or nothing, every error at its place, repeatable."""

import copy
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.services import importing_dictionaries as dictionaries
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.list_imports import ImportedList
from opsplatform.organizations.models import Division
from opsplatform.organizations.tests.factories import CityFactory
from themes.models import SceneCategory
from themes.tests.demonstrated import Ran, contents, run
from themes.tests.web_process import at_once

FILES = {
    "import_divisions": "divisions_shanghai.json",
    "import_dictionaries": "dictionaries.json",
    "import_categories": "dictionaries.json",
    "import_national_themes": "themes_national.json",
}


@cache
def _sample(name: str) -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())


def sample(command: str) -> Any:
    return copy.deepcopy(_sample(FILES[command]))


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Ran]:
    """Runs a command on a tree, as the operator of an installation with nothing but its city."""
    person("platform_operator", CityFactory(code="310000", name="上海市"), username="operator")
    person("lead_reviewer", username="reviewer")

    def run_on(command: str, tree: Any, *options: str, actor: str = "operator") -> Ran:
        file = tmp_path / "list.json"
        file.write_text(json.dumps(tree), encoding="utf-8")
        return run(command, str(file), "--actor", actor, "--json", *options)

    return run_on


@pytest.mark.django_db
def test_an_empty_installation_is_furnished_once_and_the_trail_says_so(bring: Callable[..., Ran]) -> None:
    bare = contents()
    for command in FILES:
        foreseen = bring(command, sample(command), "--dry-run").report
        assert contents() == bare
        done = bring(command, sample(command)).report
        assert {**foreseen, "is_dry_run": False} == done
        furnished = bare = contents()
        again = bring(command, sample(command)).report
        assert (again["new"], again["kept"], contents()) == ([], [], furnished)
        assert again["unchanged"] == len(done["new"]) + done["unchanged"]
    assert (Division.objects.count(), Dictionary.objects.count(), SceneCategory.objects.count()) == (251, 60, 18)
    for action, count in (("division", 250), ("dictionary", 60), ("scene_category", 18), ("national_theme", 38)):
        assert AuditEntry.objects.filter(action=f"{action}.imported", actor__username="operator").count() == count
    assert Division.objects.get(code="310101002").path == "/310000/310101/310101002/"


@pytest.mark.django_db
def test_what_is_registered_already_is_kept_and_the_difference_reported(bring: Callable[..., Ran]) -> None:
    for command in FILES:
        bring(command, sample(command))
    tree = sample("import_divisions")
    tree["districts"][0]["name"] = "新黄浦区"
    tree["districts"][0]["streets"].append({"code": "310101099", "name": "新街道", "kind": "subdistrict"})
    done = bring("import_divisions", tree).report
    assert done["new"] == ["310101099"]
    difference = {"place": "/name", "registered": "黄浦区", "file": "新黄浦区"}
    assert done["kept"] == [{"code": "310101", "differences": [difference]}]
    assert Division.objects.get(code="310101").name == "黄浦区"
    tree = sample("import_dictionaries")
    tree["dictionaries"][0]["items"][0]["name"] = "不详"
    tree["dictionaries"][0]["items"][1]["valid_to"] = "2030-12-31"
    (kept,) = bring("import_dictionaries", tree).report["kept"]
    places = [one["place"] for one in kept["differences"]]
    assert (kept["code"], places) == ("sex", ["/items/0/name", "/items/1/valid_to"])


@pytest.mark.django_db
def test_entries_of_a_code_list_come_with_their_days(bring: Callable[..., Ran]) -> None:
    entries = [
        {"code": "1", "name": "甲", "valid_from": "2026-01-01", "valid_to": "2026-12-31"},
        {"code": "2", "name": "乙", "parent": "1", "valid_to": "2026-12-31"},
        {"code": "3", "name": "丙"},
    ]
    tree = {"dictionaries": [{"code": "dated", "name": "有期限的字典", "items": entries}]}
    assert bring("import_dictionaries", tree).report["new"] == ["dated"]
    rows = DictionaryEntry.objects.filter(dictionary__code="dated").order_by("order")
    assert list(rows.values_list("valid_from", "valid_to")) == [
        (date(2026, 1, 1), date(2026, 12, 31)), (None, date(2026, 12, 31)), (None, None)
    ]  # fmt: skip
    assert bring("import_dictionaries", tree).report["kept"] == []


def _wrong_divisions(tree: Any) -> set[str]:
    tree["districts"][0]["code"] = "440101"
    tree["districts"][1]["streets"][0]["code"] = "31010"
    tree["districts"][2]["code"] = tree["districts"][3]["code"]
    wrong_prefix = {f"/districts/0/streets/{number}/code" for number in range(len(tree["districts"][0]["streets"]))}
    wrong_prefix |= {f"/districts/2/streets/{number}/code" for number in range(len(tree["districts"][2]["streets"]))}
    return wrong_prefix | {"/districts/0/code", "/districts/1/streets/0/code", "/districts/3/code"}


def _another_city(tree: Any) -> set[str]:
    tree["province"]["code"], tree["districts"] = "110000", []
    return {"/province/code"}


def _misshapen(tree: Any) -> set[str]:
    tree["districts"][0]["level"] = "county"
    del tree["districts"][1]["name"]
    tree["districts"][2]["streets"][0]["name"] = ""
    return {"/districts/0/level", "/districts/1/name", "/districts/2/streets/0/name"}


def _wrong_dictionaries(tree: Any) -> set[str]:
    parts = tree["dictionaries"]
    parts[0]["code"] = "1 bad"
    parts[1]["items"][1]["code"] = parts[1]["items"][0]["code"]
    parts[2]["items"][0]["code"] = "空 格"
    parts[3]["items"][0]["parent"] = "nobody"
    parts[5]["code"] = parts[4]["code"]
    return {"/dictionaries/0/code", "/dictionaries/1/items/1/code", "/dictionaries/2/items/0/code",
            "/dictionaries/3/items/0/parent", "/dictionaries/5/code"}  # fmt: skip


def _wrong_days(tree: Any) -> set[str]:
    items = tree["dictionaries"][0]["items"]
    items[0] |= {"valid_from": "2026-02-30", "valid_to": "31.12.2026"}
    items[1] |= {"valid_from": "2026-03-01", "valid_to": "2026-02-28"}
    items[2] |= {"parent": items[1]["code"], "valid_to": "2026-03-01"}
    places = ("0/valid_from", "0/valid_to", "1/valid_to", "2/parent")
    return {f"/dictionaries/0/items/{place}" for place in places}


def _wrong_categories(tree: Any) -> set[str]:
    number, part = next(
        (number, part) for number, part in enumerate(tree["dictionaries"]) if part["code"] == "theme_category"
    )
    part["items"][0] |= {"parent": part["items"][1]["code"], "name": "长" * 101}
    part["items"][2]["code"] = part["items"][1]["code"]
    return {f"/dictionaries/{number}/items/{place}" for place in ("0/parent", "0/name", "2/code")}


def _wrong_lists(tree: Any) -> set[str]:
    first, second = tree["batches"][0]["themes"], tree["batches"][1]
    first[1]["name"] = first[0]["name"]
    second["code"] = tree["batches"][0]["code"]
    second["themes"][0] |= {"items": [{"name": ""}], "colour": "red"}
    return {"/batches/1/themes/0/items/0/name", "/batches/1/themes/0/colour"}


def _lists_twice(tree: Any) -> set[str]:
    tree["batches"][0]["themes"][1]["name"] = tree["batches"][0]["themes"][0]["name"]
    tree["batches"][1]["code"] = tree["batches"][0]["code"]
    return {"/batches/0/themes/1/name", "/batches/1/code"}


def _no_categories(tree: Any) -> set[str]:
    tree["dictionaries"] = tree["dictionaries"][:3]
    return {"/dictionaries"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "damage"),
    [
        ("import_divisions", _wrong_divisions),
        ("import_divisions", _another_city),
        ("import_divisions", _misshapen),
        ("import_dictionaries", _wrong_dictionaries),
        ("import_dictionaries", _wrong_days),
        ("import_categories", _wrong_categories),
        ("import_categories", _no_categories),
        ("import_national_themes", _wrong_lists),
        ("import_national_themes", _lists_twice),
    ],
)
def test_everything_wrong_with_a_file_is_said_at_once_at_its_place(
    bring: Callable[..., Ran], command: str, damage: Callable[[Any], set[str]]
) -> None:
    tree, before = sample(command), contents()
    places = damage(tree)
    ran = bring(command, tree)
    assert ran.status == 1
    assert {problem["place"] for problem in ran.report["problems"]} >= places
    assert contents() == before


@pytest.mark.django_db
def test_who_may_not_keep_the_registers_brings_nothing_in(bring: Callable[..., Ran]) -> None:
    before = contents()
    for command in FILES:
        ran = bring(command, sample(command), actor="reviewer")
        assert (ran.status, ran.report["code"]) == (1, "forbidden")
    assert contents() == before


def _two_at_once() -> list[Any]:
    operator = person("platform_operator", CityFactory(code="310000"))
    tree = sample("import_dictionaries")
    return at_once([lambda: dictionaries.import_dictionaries(actor=operator, tree=tree)] * 2)


def test_two_who_import_the_same_file_at_once_bring_it_in_once(database_clone: str) -> None:
    done = _two_at_once()
    assert all(isinstance(one, ImportedList) for one in done), done
    assert sorted(len(one.new) for one in done) == [0, 60]


def test_the_saboteur_that_does_not_wait_its_turn_is_caught(
    database_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionaries, "wait_for_turn", lambda name: None)
    assert not all(isinstance(one, ImportedList) for one in _two_at_once())
