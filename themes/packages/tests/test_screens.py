"""What standard renderers are told: the same verdict in another shape, a place for every field, nothing preselected."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from forms_builder.merge.tests import generation
from forms_builder.merge.validation import validate
from themes.packages.evaluation import OpenPackage
from themes.packages.tests import dossiers, records
from themes.packages.tests.screens import on_screen
from themes.packages.tests.test_whole_form import judge, sample, small_sample, small_theme
from themes.packages.ui_places import plain_names
from themes.packages.ui_whole import whole_ui

THEMES = [*dossiers.THEMES, "small"]


def opened(name: str) -> OpenPackage:
    return small_theme() if name == "small" else dossiers.opened(name)


def disagreements(name: str, ui: dict[str, Any]) -> list[dict[str, Any]]:
    package, judged = opened(name), judge(ui["schema"])
    return [
        one
        for one in (small_sample() if name == "small" else sample(name))
        if judged.is_valid(on_screen(ui, one)) != records.is_accepted(package, one)
        and not records.is_beyond_schema(package, one)
    ]


@pytest.mark.parametrize("name", THEMES)
def test_the_screen_of_all_paths_judges_as_the_server_does(name):
    assert disagreements(name, whole_ui(opened(name))) == []


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_an_answer_that_is_none_is_refused_whether_its_question_is_visible_or_not(name):
    package, ui = dossiers.opened(name), whole_ui(dossiers.opened(name))
    judged, chance = judge(ui["schema"]), random.Random(5)
    good = [one for one in sample(name) if records.is_accepted(package, one)]
    for question in package.package.guidance.questions:
        one = chance.choice(good)
        for junk in records.JUNK_ANSWERS:
            spoilt = {**one, "answers": one["answers"] | {question.code: junk}}
            if package.problems_in(spoilt["answers"]):
                assert not judged.is_valid(on_screen(ui, spoilt)), (question.code, junk)


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_screen_of_a_path_judges_as_the_server_does(name):
    package, chance = dossiers.opened(name), random.Random(7)
    for _ in range(25):
        answers = records.random_answers(chance, package.package)
        if package.problems_in(answers):
            continue
        form, ui = package.run(answers).form, package.form_for(answers)["ui"]
        judged, good = judge(ui["schema"]), generation.valid_data(chance, form) or {}
        for data in [good, {}, *(generation.damaged(chance, form, good) for _ in range(20 if form.fields else 0))]:
            assert judged.is_valid(on_screen(ui, {"data": data})) == (not validate(form, data)), (answers, data)


@pytest.mark.parametrize("word", ['"required": ["c_owner_name"]', '": false', '"maxLength"'])
def test_a_screen_whose_rules_lack_a_constraint_is_caught(word):
    ui = copy.deepcopy(whole_ui(dossiers.opened("theme_dog_license")))
    ui["schema"]["allOf"] = [rule for rule in ui["schema"]["allOf"] if word not in json.dumps(rule)]
    assert disagreements("theme_dog_license", ui) != []


@pytest.mark.parametrize("name", THEMES)
def test_every_field_has_a_place_of_its_own_and_every_control_finds_its_schema(name):
    package, ui = opened(name), whole_ui(opened(name))
    assert ui["places"].keys() == set(package.package.form.order)
    assert len({tuple(place) for place in ui["places"].values()}) == len(ui["places"])
    found = {scope: pointed(ui["schema"], scope) for scope in scopes(ui["json_forms"])}
    assert all("title" in schema for schema in found.values())
    shown = {"/".join(scope.split("/properties/")[-2:]) for scope in found if "/data/" in scope}
    assert shown == {"/".join(place) for place in ui["places"].values()}


def scopes(element: dict[str, Any]) -> Iterator[str]:
    if "scope" in element:
        yield element["scope"]
    for part in element.get("elements", ()):
        yield from scopes(part)


def pointed(schema: Any, pointer: str) -> Any:
    for step in pointer.removeprefix("#/").split("/"):
        schema = schema[int(step)] if isinstance(schema, list) else schema[step]
    return schema


@pytest.mark.parametrize("name", THEMES)
def test_where_rules_apply_no_list_of_labels_offers_its_first_as_the_default(name):
    schema = whole_ui(opened(name))["schema"]
    assert schema["allOf"][0]["if"] == {"not": {}}, "labels stand in a rule that never applies"
    assert "oneOf" not in str([schema["properties"], schema["allOf"][1:]])


def test_what_guidance_fixed_is_there_and_read_only():
    package = dossiers.opened("theme_dog_license")
    ui = package.form_for({"q_kind": "person", "q_residence": "rent", "q_district": "310104"})["ui"]
    section, name = ui["places"]["c_residence_right"]
    assert ui["start"]["data"][section][name] == "rent"
    shown = ui["schema"]["properties"]["data"]["properties"][section]["properties"][name]
    assert (shown["readOnly"], shown["enum"], ui["rjsf"]["data"][section][name]["ui:enumNames"]) == (
        True, ["rent"], {"rent": "租赁"},
    )  # fmt: skip


def test_names_are_plain_and_different_whatever_the_codes_are():
    codes = ["a.b", "a-b", "a_b", "a[0]", "__proto__", "0", "constructor", "字段", "", " "]
    names = plain_names(codes)
    assert len(set(names.values())) == len(codes)
    assert all(name.isidentifier() and not name.startswith("_") for name in names.values())
