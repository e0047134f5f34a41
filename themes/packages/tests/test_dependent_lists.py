"""Streets within the district that was chosen: one verdict of server, schemas and screens; merged and certified."""

import copy
import json
import random
from functools import cache
from typing import Any

import msgspec
import pytest

from forms_builder.documents import FormField
from forms_builder.merge.errors import ParentLost
from forms_builder.merge.form import MergedForm
from forms_builder.merge.projection import project
from forms_builder.merge.tests import generation
from forms_builder.merge.tests.records import validate_item_record
from forms_builder.merge.validation import validate
from themes.guidance.wording import Names
from themes.packages import path_form
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.masking import masked_finding
from themes.packages.merge_wording import finding_sentence
from themes.packages.merging import certificate_of, settle
from themes.packages.structure import FrozenTheme, PublicFieldContent
from themes.packages.tests import dossiers, records
from themes.packages.tests.screens import on_screen
from themes.packages.tests.test_whole_form import disagreements, judge
from themes.packages.ui_whole import whole_ui

PERSON = {
    "q_kind": "person", "q_district": "310101", "q_residence": "own", "q_immune": "no", "q_has_dog": "no",
    "q_banned": "no", "q_urban": "yes", "q_inner": "yes",
}  # fmt: skip
STREET, DISTRICT = "310101002", "310101"  # 南京东路街道 of 黄浦区
ELSEWHERE = "310104003"  # 天平路街道 of 徐汇区


def opened() -> OpenPackage:
    return dossiers.opened_with_streets()


def form() -> MergedForm:
    return opened().run(PERSON).form


@cache
def sample() -> list[dict[str, Any]]:
    chance = random.Random(20260102)
    return [moved(chance, records.record(chance, opened())) for _ in range(400)]


def moved(chance: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    """The record, every other time with a street put elsewhere, or a district."""
    data = dict(record["data"])
    for key in ("REGP.KEEP_STREET", "REGP.POST_STREET", "REGP.KEEP_DIST", "REGP.WALK_DIST", "IMM.KEEP_STREET"):
        if key in data and chance.random() < 0.15:
            data[key] = chance.choice(["310101", "310104", "310106"] if "DIST" in key else [STREET, ELSEWHERE])
    if "REGP.WALK_STREETS" in data and chance.random() < 0.3:
        data["REGP.WALK_STREETS"] = chance.choice([[STREET], [STREET, ELSEWHERE], []])
    return {**record, "data": data}


def told(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in validate(form(), data) if one.code == "outside_parent"]


def test_a_street_outside_the_chosen_district_is_refused_with_a_sentence_and_one_inside_is_not() -> None:
    inside = {"REGP.KEEP_DIST": DISTRICT, "REGP.KEEP_STREET": STREET}
    assert told(inside) == []
    assert told(inside | {"REGP.KEEP_STREET": ELSEWHERE}) == [("/REGP.KEEP_STREET", "outside_parent")]
    assert told({"REGP.KEEP_STREET": ELSEWHERE}) == [], "where no district is chosen the whole list is offered"
    (problem,) = [one for one in validate(form(), inside | {"REGP.KEEP_STREET": ELSEWHERE}) if "属于" in one.sentence]
    assert problem.sentence == (
        "“饲养地所在街镇”不属于“饲养地所在区”所选的一项，请改选“饲养地所在街镇”，或改正“饲养地所在区”。"
    )


def test_what_guidance_says_of_the_district_counts_and_every_code_of_a_list_is_judged() -> None:
    assert told({"REGP.POST_STREET": STREET}) == []
    assert told({"REGP.POST_STREET": ELSEWHERE}) == [("/REGP.POST_STREET", "outside_parent")], "q_district is 310101"
    walk = {"REGP.KEEP_DIST": "310104", "REGP.WALK_DIST": DISTRICT, "REGP.WALK_STREETS": [STREET, ELSEWHERE]}
    assert told(walk) == [("/REGP.WALK_STREETS", "outside_parent")]
    assert told(walk | {"REGP.KEEP_DIST": "310106"}) == [], "a district that is hidden has no answer"


def test_the_schema_and_the_screen_of_all_paths_judge_as_the_server_does_and_not_without_the_rule() -> None:
    package, schema, ui = opened(), opened().package.form.schema, whole_ui(opened())
    accepted = sum(records.is_accepted(package, one) for one in sample())
    assert len(sample()) / 10 < accepted < len(sample()) * 9 / 10
    assert disagreements(package, schema, sample()) == []
    judged = judge(ui["schema"])
    assert [
        one
        for one in sample()
        if judged.is_valid(on_screen(ui, one)) != records.is_accepted(package, one)
        and not records.is_beyond_schema(package, one)
    ] == []
    careless = copy.deepcopy(schema)
    careless["allOf"] = [rule for rule in schema["allOf"] if not is_about_streets(rule)]
    assert len(careless["allOf"]) < len(schema["allOf"])
    assert disagreements(package, careless, sample()) != []


def is_about_streets(rule: dict[str, Any]) -> bool:
    then = json.dumps(rule.get("then", {}))
    return STREET in then and ELSEWHERE not in then


def test_the_schema_and_the_screen_of_a_path_judge_as_the_server_does() -> None:
    chance, package, seen = random.Random(11), opened(), 0
    for _ in range(12):
        answers = records.random_answers(chance, package.package)
        if package.problems_in(answers):
            continue
        path, described = package.run(answers).form, package.form_for(answers)
        judged, screen = judge(described["schema"]), judge(described["ui"]["schema"])
        good = generation.valid_data(chance, path) or {}
        for _ in range(25 if path.fields else 0):
            data = moved(chance, {"data": generation.damaged(chance, path, good) if chance.random() < 0.3 else good})
            verdict = not validate(path, data["data"])
            seen += verdict
            assert judged.is_valid(data["data"]) == verdict, (answers, data)
            assert screen.is_valid(on_screen(described["ui"], data)) == verdict, (answers, data)
    assert seen > 20


def test_every_item_gets_a_record_that_its_own_form_accepts_by_its_own_district() -> None:
    dictionaries = {code: [one.code for one in held.entries] for code, held in opened().package.dictionaries.items()}
    parents = {code: held.parents for code, held in opened().package.dictionaries.items()}
    forms = {item: [part.field for part in parts] for item, parts in opened().package.form.item_forms.items()}
    chance = random.Random(3)
    for _ in range(10):
        data = generation.valid_data(chance, form())
        assert data is not None
        for item, record in project(form(), data).items():
            active = [field for field in forms[item] if field.code in form().projections[item]]
            assert validate_item_record(active, record, dictionaries, parents) == []


def test_renderers_get_one_list_per_district_with_what_lies_below_it() -> None:
    ui = opened().form_for(PERSON)["ui"]
    section, name = ui["places"]["REGP.KEEP_STREET"]
    lists = [
        [one["title"] for one in inside["properties"][name]["oneOf"]]
        for part in ui["schema"]["allOf"][0]["then"]["allOf"][1:]
        for inside in [part["properties"]["data"]["properties"].get(section, {"properties": {}})]
        if name in inside["properties"]
    ]
    assert [len(one) for one in lists] == [10, 13, 14]
    assert lists[0][0] == "南京东路街道"
    described = next(one for one in opened().form_for(PERSON)["fields"] if one["key"] == "REGP.KEEP_STREET")
    (rule,) = described["within"]
    assert (rule["field"], rule["codes"]["310104"][0]) == ("REGP.KEEP_DIST", ELSEWHERE)


# --- merged ----------------------------------------------------------------------------------------------------------


def shared(**regp: Any) -> FrozenTheme:
    """Both forms ask for the street under one key, REGP by another rule."""
    theme = dossiers.frozen_with_streets()
    use = theme.document.field_uses[0]
    told = {"KEEP_STREET": "c_keep_street", "KEEP_DIST": "c_keep_dist", "WALK_DIST": "c_walk_dist"}
    uses = [msgspec.structs.replace(use, code=code, public_field=code, label=code) for code in told.values()]
    contents = {
        code: PublicFieldContent(label=code, data_type="dict", dictionary=dictionary)
        for code, dictionary in zip(told.values(), ("sh_street", "sh_district", "sh_district"), strict=True)
    }

    def meant(item: str, field: FormField) -> FormField:
        changes = regp if (item, field.code) == ("REGP", "KEEP_STREET") else {}
        return msgspec.structs.replace(field, public_field=told.get(field.code, field.public_field), **changes)

    forms = {item: tuple(meant(item, field) for field in fields) for item, fields in theme.item_forms.items()}
    document = msgspec.structs.replace(theme.document, field_uses=(*theme.document.field_uses, *uses))
    public_fields = {**theme.public_fields, **contents}
    return msgspec.structs.replace(theme, item_forms=forms, document=document, public_fields=public_fields)


def found(theme: FrozenTheme) -> list[tuple[str, tuple[str, ...], tuple[str, ...], Any]]:
    return [
        (one.severity, one.accepts, one.refuses, one.witness)
        for one in settle(theme).form.findings()
        if (one.key, one.aspect) == ("c_keep_street", "within")
    ]


def test_the_same_rule_in_two_forms_is_one_and_the_certificate_tells_it() -> None:
    theme = shared()
    assert found(theme) == []
    certificate = certificate_of(theme)
    assert certificate.gaps == ()
    within = {(item.item, one.field): one.within for item in certificate.items for one in item.fields if one.within}
    assert within["REGP", "KEEP_STREET"] == within["IMM", "KEEP_STREET"] == "c_keep_dist"
    assert within["REGP", "POST_STREET"] == "c_division"
    package = compile_package(theme, DISTRICT, 1)
    kept = {part.field.code: part.field.within for part in package.form.item_forms["REGP"] if part.field.within}
    assert kept == {"KEEP_STREET": "KEEP_DIST", "POST_STREET": "DIST", "WALK_STREETS": "WALK_DIST"}


def test_a_form_without_the_rule_is_narrowed_with_a_witness_and_one_with_another_field_is_a_conflict() -> None:
    ((severity, accepts, refuses, witness),) = found(shared(within=None))
    assert (severity, accepts, refuses) == ("narrowing", ("REGP",), ("IMM",))
    assert witness == {"c_keep_dist": DISTRICT, "c_keep_street": ELSEWHERE}
    conflicts = found(shared(within="WALK_DIST"))
    assert {(one[0], one[1], one[2]) for one in conflicts} == {
        ("conflict", ("REGP",), ("IMM",)), ("conflict", ("IMM",), ("REGP",)),
    }  # fmt: skip
    assert conflicts[0][3].keys() == {"c_keep_dist", "c_walk_dist", "c_keep_street"}
    assert settle(shared(within="WALK_DIST")).form.conflicts() != []


def test_what_it_costs_is_told_by_names_and_hidden_where_the_district_is_sensitive() -> None:
    names = Names(
        items={"REGP": "养犬登记", "IMM": "免疫"},
        fields={"c_keep_dist": "所在区", "c_keep_street": "街镇"},
        field_values={"c_keep_dist": {DISTRICT: "黄浦区"}, "c_keep_street": {ELSEWHERE: "天平路街道"}},
    )
    (narrowing,) = [one for one in settle(shared(within=None)).form.findings() if one.aspect == "within"]
    assert finding_sentence(narrowing, names) == (
        "“街镇”合并后更严：按“免疫”的表单，可选内容取决于另一字段所选的上级；"
        "“养犬登记”接受“所在区”为“黄浦区”、“街镇”为“天平路街道”，“免疫”不接受。"
    )
    hidden = masked_finding(narrowing, {"c_keep_dist": "highly_sensitive"})
    assert DISTRICT not in str(hidden.witness) and ELSEWHERE in str(hidden.witness)
    conflict = next(one for one in settle(shared(within="WALK_DIST")).form.conflicts() if one.aspect == "within")
    assert finding_sentence(conflict, names).startswith("“街镇”无法合并：")


def test_a_rule_whose_field_is_not_in_the_form_is_refused() -> None:
    with pytest.raises(ParentLost, match="饲养地所在街镇"):
        settle(shared(within="NOWHERE"))


def test_a_path_on_which_the_theme_does_not_show_the_district_offers_the_whole_list() -> None:
    merger = opened().merger
    every = frozenset(field.code for field in merger.item_forms["REGP"])
    path = merger.merge([("REGP", every - {"KEEP_DIST"})])
    assert {one.field for one in path.dependences} == {"POST_STREET", "WALK_STREETS"}
    assert [one.code for one in validate(path, {"REGP.KEEP_STREET": ELSEWHERE}) if one.code == "outside_parent"] == []
    assert "within" not in path_form.describe_form(opened().package, path, opened().names)["fields"][0]
