"""The form of a path, written out: complete, in order, and in step with the figures and the projections."""

import pytest

from themes.packages.tests import dossiers

EXAMPLES = dossiers.examples()
NAMES = [example["name"] for _, example in EXAMPLES]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=NAMES)
def test_provenances_add_up_to_the_figures_of_the_worked_example(name, example):
    form = dossiers.opened(name).form_for(example["answers"])
    kinds = [field["provenance"]["kind"] for field in form["fields"]]
    expected = example["expected"]
    assert form["items"] == expected["items"]
    assert len(kinds) == expected["field_count_merged"]
    assert kinds.count("prefilled") == expected["fields_prefilled"]
    assert kinds.count("from_guidance") == expected["fields_from_guide"]
    assert kinds.count("asked") == expected["fields_left_to_fill"]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=NAMES)
def test_every_source_of_every_field_stands_in_the_projections_and_the_schema_knows_every_field(name, example):
    form = dossiers.opened(name).form_for(example["answers"])
    told = {(source["item"], source["field"], one["key"]) for one in form["fields"] for source in one["sources"]}
    assert told == {(item, code, key) for item, steps in form["projections"].items() for code, key in steps.items()}
    assert list(form["schema"]["properties"]) == [field["key"] for field in form["fields"]]


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_fields_say_where_their_value_comes_from_and_which_codes_are_left(name):
    answers = next(example["answers"] for one, example in EXAMPLES if one == name)
    fields = {field["key"]: field for field in dossiers.opened(name).form_for(answers)["fields"]}
    assert fields["c_division"]["provenance"] == {
        "kind": "from_guidance",
        "library": None,
        "element": None,
        "question": "q_district",
        "value": answers["q_district"],
    }
    prefilled = next(field for field in fields.values() if field["provenance"]["kind"] == "prefilled")
    assert prefilled["provenance"]["library"] and prefilled["provenance"]["element"]
    coded = [field for field in fields.values() if field["kind"] in ("dict", "multi_dict")]
    assert coded and all(field["codes"] and field["codes"][0]["name"] for field in coded)
    assert all("codes" not in field for field in fields.values() if field["kind"] == "string")


def test_groups_are_those_of_the_fields_in_their_order():
    form = dossiers.opened("theme_restaurant").form_for(EXAMPLES[0][1]["answers"])
    used = {field["group"] for field in form["fields"]} - {None}
    assert {group["code"] for group in form["groups"]} == used
    assert [group["order"] for group in form["groups"]] == sorted(group["order"] for group in form["groups"])


def test_findings_name_the_narrowed_fields_in_words():
    found = dossiers.opened("theme_restaurant").form_for(EXAMPLES[0][1]["answers"])["findings"]
    assert found and all(one["severity"] == "narrowing" and one["sentence"].startswith("“") for one in found)
