"""The published form schemas say what the server says: on every path at once, and on the path of given answers."""

import copy
import random
from datetime import date
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from forms_builder.documents import Column, FormField
from forms_builder.merge.schema import FORMATS
from forms_builder.merge.tests import generation
from forms_builder.merge.validation import validate
from opsplatform.kernel.conditions import Condition
from themes.documents import (
    AddItem,
    FieldBinding,
    FieldUse,
    Guidance,
    Option,
    Parameter,
    ParameterValue,
    Question,
    Rule,
    SetField,
    ThemeDocument,
    ThemeItem,
)
from themes.guidance.explanation import explain
from themes.packages import compilation, whole_form
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import BodyContent, DivisionContent, FrozenTheme, ItemContent, PublicFieldContent
from themes.packages.tests import dossiers, records

RECORDS = 1200
EXAMPLES = dossiers.examples()


def judge(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for(schema, formats=FORMATS, validate_formats=True)


@cache
def sample(name: str) -> list[dict[str, Any]]:
    chance, opened = random.Random(20260101), dossiers.opened(name)
    return [records.record(chance, opened) for _ in range(RECORDS)]


def disagreements(opened: OpenPackage, schema: dict[str, Any], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    judged = judge(schema)
    return [
        one
        for one in given
        if judged.is_valid(one) != records.is_accepted(opened, one) and not records.is_beyond_schema(opened, one)
    ]


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_schema_of_all_paths_is_valid_2020_12(name):
    jsonschema_rs.meta.validate(dossiers.opened(name).package.form.schema)


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_schema_of_all_paths_judges_as_the_server_does(name):
    opened = dossiers.opened(name)
    assert disagreements(opened, opened.package.form.schema, sample(name)) == []


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_sample_holds_enough_of_both_kinds(name):
    opened = dossiers.opened(name)
    accepted = sum(records.is_accepted(opened, one) for one in sample(name))
    beyond = sum(records.is_beyond_schema(opened, one) for one in sample(name))
    assert accepted > RECORDS / 10
    assert RECORDS - accepted > RECORDS / 10
    assert RECORDS - beyond >= 1000


@pytest.mark.parametrize("name", dossiers.THEMES)
def test_the_schema_of_a_path_judges_as_the_server_does(name):
    opened, chance = dossiers.opened(name), random.Random(7)
    for _ in range(40):
        answers = records.random_answers(chance, opened.package)
        if opened.problems_in(answers):
            continue
        form, schema = opened.run(answers).form, opened.form_for(answers)["schema"]
        jsonschema_rs.meta.validate(schema)
        judged = judge(schema)
        good = generation.valid_data(chance, form) or {}
        for data in [good, {}, *(generation.damaged(chance, form, good) for _ in range(25 if form.fields else 0))]:
            assert judged.is_valid(data) == (not validate(form, data)), (answers, data)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example["name"] for _, example in EXAMPLES])
def test_filled_in_worked_examples_pass_and_damaged_ones_are_judged_alike(name, example):
    opened, chance, answers = dossiers.opened(name), random.Random(3), example["answers"]
    form = opened.run(answers).form
    good = generation.valid_data(chance, form)
    assert good is not None
    given = [good, *(generation.damaged(chance, form, good) for _ in range(60))]
    without = records.taken_over(opened.package, form)
    cases = [
        {"answers": answers, "data": {key: one for key, one in data.items() if key not in without}} for data in given
    ]
    assert judge(opened.package.form.schema).is_valid(cases[0])
    assert disagreements(opened, opened.package.form.schema, cases) == []


@pytest.mark.parametrize("part", ["items never selected", "a rule that always fires", "a field without its check"])
def test_a_schema_with_a_part_broken_is_caught(part):
    opened = dossiers.opened("theme_dog_license")
    schema = copy.deepcopy(opened.package.form.schema)
    definitions = schema["$defs"]
    if part == "items never selected":
        definitions[next(name for name in definitions if name.startswith("selected."))] = False
    elif part == "a rule that always fires":
        rule = next(
            rule for rule in opened.package.guidance.rules if any(isinstance(one, AddItem) for one in rule.effects)
        )
        definitions[f"fired.{rule.code}"] = True
    else:
        schema["allOf"] = [one for one in schema["allOf"] if "cn-phone" not in str(one)]
    assert disagreements(opened, schema, sample("theme_dog_license")) != []


# --- what the real themes do not have ---------------------------------------------------------------------------------


def _item(code: str, **more: Any) -> ThemeItem:
    return ThemeItem(code=code, item=code, **more)


def _table(code: str, columns: str, *, required: bool = False) -> FormField:
    return FormField(
        code=code,
        label="人员",
        data_type="table",
        order=1,
        required=required,
        public_field="people",
        columns=tuple(Column(code=one, label=one, data_type="string", max_length=8, required=True) for one in columns),
    )


def _text(code: str, **more: Any) -> FormField:
    return FormField(code=code, label=code, data_type="string", order=2, **more)


FORMS = {
    "A": (_table("staff", "ab", required=True), FormField(code="flag", label="旗", data_type="boolean", order=3)),
    "B": (
        _table("crew", "bc"),
        _text("shared", public_field="note", required=True, visible_when=Condition(q="kind", op="eq", value="x")),
        _text("kind", max_length=3),
    ),
    "C": (
        _text("remark", public_field="note", max_length=5),
        _text("day", format=None),
        FormField(code="size", label="档", data_type="integer", order=4, required=True),
    ),
}
QUESTIONS = (
    Question(code="q_b", text="办乙吗？", type="boolean", order=1),
    Question(
        code="q_c",
        text="办丙吗？",
        type="single",
        order=2,
        options=(Option(code="y", text="办"), Option(code="n", text="不办")),
    ),
    Question(code="q_day", text="哪天？", type="date", order=3, show_when=Condition(q="q_c", op="eq", value="y")),
)
RULES = (
    Rule(code="R1", name="乙", priority=1, when=Condition(q="q_b", op="eq", value=True), effects=(AddItem(item="B"),)),
    Rule(
        code="R2",
        name="丙",
        priority=2,
        when=Condition(q="q_c", op="eq", value="y"),
        effects=(AddItem(item="C"), SetField(item="A", field="flag", value=True)),
        effective_from="2026-01-01",
    ),
)


@cache
def small_theme() -> OpenPackage:
    """Two tables of one meaning with different columns, own conditions, a boolean question, a rule with a period."""
    document = ThemeDocument(
        code="T",
        name="小主题",
        items=(
            _item("A", mandatory=True, fields=(FieldBinding(field="flag", from_question="q_b", values={}),)),
            _item("B"),
            _item("C", fields=(FieldBinding(field="size", from_question="q_c", values={"y": 1, "n": 2}),)),
        ),
        field_uses=(
            FieldUse(code="people", public_field="people", label="人员"),
            FieldUse(code="note", public_field="note", label="备注"),
        ),
        guidance=Guidance(questions=QUESTIONS, rules=RULES),
    )
    content = ItemContent(name="事项", basic_code="1", sequence="01", level_code="3", department="D")
    frozen = FrozenTheme(
        document=document,
        items=dict.fromkeys(FORMS, content),
        item_forms=FORMS,
        departments={"D": BodyContent(name="局")},
        divisions={"310101": DivisionContent(name="黄浦区")},
        public_fields={
            "people": PublicFieldContent(label="人员", data_type="table"),
            "note": PublicFieldContent(label="备注", data_type="string"),
        },
    )
    return OpenPackage(compile_package(frozen, "310101", 1))


def small_sample() -> list[dict[str, Any]]:
    chance, opened = random.Random(11), small_theme()
    return [records.record(chance, opened) for _ in range(1500)]


def test_tables_that_two_items_share_and_conditions_of_item_forms_are_judged_alike():
    opened = small_theme()
    assert disagreements(opened, opened.package.form.schema, small_sample()) == []


def _row(columns: str) -> dict[str, str]:
    return dict.fromkeys(columns, "x")


@pytest.mark.parametrize(
    ("is_b_asked", "row", "accepted"),
    [(True, _row("abc"), True), (True, _row("ab"), False), (False, _row("ab"), True), (False, _row("abc"), False)],
)
def test_a_shared_table_has_the_columns_of_the_selected_items(is_b_asked, row, accepted):
    opened = small_theme()
    given = {"answers": {"q_b": is_b_asked}, "data": {"people": [row]}}
    assert records.is_accepted(opened, given) is accepted
    assert judge(opened.package.form.schema).is_valid(given) is accepted


def test_closing_the_rows_of_each_source_contradicts_and_is_caught():
    opened = small_theme()
    schema = copy.deepcopy(opened.package.form.schema)
    for part in schema["allOf"]:
        people = part.get("then", {}).get("properties", {}).get("data", {}).get("properties", {}).get("people", {})
        if "items" in people:
            people["items"]["additionalProperties"] = False
    assert disagreements(opened, schema, small_sample()) != []


@pytest.mark.parametrize(("on", "accepted"), [("2025-12-31", False), ("2026-01-01", True)])
def test_the_day_decides_which_rules_count(on, accepted):
    given = {"answers": {"q_c": "y"}, "data": {"people": [_row("ab")], "C.day": "周一"}, "on": on}
    assert judge(small_theme().package.form.schema).is_valid(given) is accepted


# --- parameters -------------------------------------------------------------------------------------------------------

FLOOR = Parameter(
    code="floor",
    name="面积起点",
    values=(
        ParameterValue(value=300, effective_to="2025-12-31"),
        ParameterValue(value=200, effective_from="2026-01-01"),
        ParameterValue(value=100, divisions=("310104",)),
    ),
)


@cache
def theme_with_parameter() -> OpenPackage:
    """Item B where the area reaches the floor; its field holds the floor, which guidance fills in."""
    large = Condition(q="q_area", op="ge", value={"parameter": "floor"})
    effects = (AddItem(item="B"), SetField(item="B", field="floor", value={"parameter": "floor"}))
    document = ThemeDocument(
        code="T",
        name="有参数的主题",
        items=(
            _item("A", mandatory=True, fields=(FieldBinding(field="note", visible_when=large),)),
            _item("B"),
        ),
        guidance=Guidance(
            questions=(Question(code="q_area", text="多大？", type="number", order=1),),
            rules=(Rule(code="R1", name="大", priority=1, when=large, effects=effects),),
            parameters=(FLOOR,),
        ),
    )
    frozen = FrozenTheme(
        document=document,
        items=dict.fromkeys(
            "AB", ItemContent(name="事项", basic_code="1", sequence="01", level_code="3", department="D")
        ),
        item_forms={
            "A": (FormField(code="note", label="说明", data_type="string", order=1, max_length=9, required=True),),
            "B": (FormField(code="floor", label="起点", data_type="integer", order=2, required=True),),
        },
        departments={"D": BodyContent(name="局")},
        divisions={"310101": DivisionContent(name="黄浦区")},
    )
    return OpenPackage(compile_package(frozen, "310101", 1))


def _with_area(area: int, on: str | None, floor: int | None) -> dict[str, Any]:
    data = {} if floor is None else {"A.note": "好", "B.floor": floor}
    return {"answers": {"q_area": area}, "data": data} | ({} if on is None else {"on": on})


@pytest.mark.parametrize(
    ("area", "on", "floor"),
    [(250, "2025-12-31", None), (250, "2026-01-01", 200), (250, None, 200), (300, "2025-12-31", 300)],
)
def test_a_parameter_has_the_value_of_the_day_in_outcome_and_schema(area, on, floor):
    opened = theme_with_parameter()
    day = None if on is None else date.fromisoformat(on)
    path = opened.run({"q_area": area}, day)
    assert path.guidance.items == (("A",) if floor is None else ("A", "B"))
    assert {key: one.value for key, one in path.form.provenances.items()} == (
        {} if floor is None else {"B.floor": floor}
    )
    judged = judge(opened.package.form.schema)
    assert judged.is_valid(_with_area(area, on, floor))
    assert not any(judged.is_valid(_with_area(area, on, other)) for other in (None, 100, 200, 300) if other != floor)
    assert [answer.answer for answer in _told(opened, area, day)] == ([] if floor is None else [area])


def _told(opened: OpenPackage, area: int, day: date | None) -> list[Any]:
    """The answers named for the rule that adds item B."""
    outcome = opened.guidance.evaluate({"q_area": area}, day)
    items = explain(opened.guidance.as_of(day), outcome).items
    return [answer for reason in items for cause in reason.causes for answer in cause.answers]


def test_a_schema_that_forgets_the_periods_of_a_parameter_is_caught(monkeypatch):
    opened = theme_with_parameter()
    monkeypatch.setattr(whole_form, "_on_a_day_of", lambda dated: True)
    schema = compilation.whole_form(opened).schema()
    assert judge(schema).is_valid(_with_area(250, "2025-12-31", None)) is False


def holds(schema: Any, fired: set[str]) -> bool:
    """What a schema of nothing but rules that fire says."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return schema["$ref"] in fired
    if "not" in schema:
        return not holds(schema["not"], fired)
    parts = schema.get("anyOf", schema.get("allOf"))
    return (any if "anyOf" in schema else all)(holds(part, fired) for part in parts)


@pytest.mark.parametrize("mandatory", [False, True])
def test_an_item_of_very_many_rules_is_selected_as_its_last_effect_says_and_not_written_deeply(mandatory: bool) -> None:
    chance = random.Random(f"6/{mandatory}")
    steps = [(chance.random() < 0.5, {"$ref": f"R{number}"}) for number in range(2000)]
    written = whole_form._after(steps, before=mandatory)
    for likely in (0, 0.0005, 0.003, 0.5):
        for _ in range(20):
            fired = {one["$ref"] for _, one in steps if chance.random() < likely}
            expected = next((adds for adds, one in reversed(steps) if one["$ref"] in fired), mandatory)
            assert holds(written, fired) == expected
    assert 20 < depth(written) < 80  # of two thousand, one within the other


def depth(schema: Any) -> int:
    if isinstance(schema, bool):
        return 0
    parts = schema.get("anyOf", schema.get("allOf", [schema["not"]] if "not" in schema else []))
    return 1 + max(map(depth, parts), default=0)
