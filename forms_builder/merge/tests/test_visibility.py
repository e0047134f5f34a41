"""Fields that exist only under their own form's conditions, fixed values, and the sentences people read."""

import jsonschema_rs
import pytest

from forms_builder.documents import FormField
from forms_builder.merge.errors import CircularVisibility, ConditionNotExpressible
from forms_builder.merge.form import Contribution, Provenance, merge_form
from forms_builder.merge.projection import project
from forms_builder.merge.schema import FORMATS, form_schema
from forms_builder.merge.tests.generation import CROSSWALKS, DICTIONARIES
from forms_builder.merge.validation import validate
from opsplatform.kernel.conditions import Condition


def field(code, kind="string", **limits):
    return FormField(code=code, label=f"字段{code}", data_type=kind, order=0, **limits)


def when(name, op="eq", value=True):
    return Condition(q=name, op=op, value=value)


def form_of(*contributions, **options):
    return merge_form([Contribution(*one) for one in contributions], dictionaries=DICTIONARIES, **options)


def codes(form, data):
    """Pointer and code of every problem, after asking the schema the same question."""
    found = [(one.pointer, one.code) for one in validate(form, data)]
    judge = jsonschema_rs.validator_for(form_schema(form), formats=FORMATS, validate_formats=True)
    assert judge.is_valid(data) == (not found)
    return found


ONLINE = form_of(
    ("A", field("net", "boolean", required=True), "A.net"),
    ("A", field("site", required=True, visible_when=when("net")), "site"),
    ("B", field("url"), "site"),
    ("A", field("app", required=True, visible_when=when("net")), "A.app"),
)


def test_a_conditional_field_is_asked_only_where_its_condition_holds():
    assert codes(ONLINE, {"A.net": False}) == []
    assert codes(ONLINE, {"A.net": True}) == [("/site", "missing"), ("/A.app", "missing")]
    assert codes(ONLINE, {"A.net": False, "A.app": "x"}) == [("/A.app", "not_applicable")]
    assert codes(ONLINE, {"A.net": True, "A.app": "x", "site": "y"}) == []


def test_a_field_that_another_item_shows_too_stays_and_reaches_only_those_who_show_it():
    data = {"A.net": False, "site": "www"}
    assert codes(ONLINE, data) == []
    assert project(ONLINE, data) == {"A": {"net": False}, "B": {"url": "www"}}
    data = {"A.net": True, "site": "www", "A.app": "x"}
    assert project(ONLINE, data) == {"A": {"net": True, "site": "www", "app": "x"}, "B": {"url": "www"}}


def test_a_condition_on_an_invisible_field_does_not_hold():
    form = form_of(
        ("A", field("x", "boolean"), "x"),
        ("A", field("y", "boolean", visible_when=when("x")), "y"),
        ("A", field("z", required=True, visible_when=when("y")), "z"),
        ("B", field("y", "boolean"), "y"),
    )
    assert codes(form, {"x": True, "y": True}) == [("/z", "missing")]
    assert codes(form, {"x": False, "y": True}) == []  # y is there for B only
    assert codes(form, {"x": False, "y": True, "z": "1"}) == [("/z", "not_applicable")]


def test_conditions_may_be_written_before_the_fields_they_name_but_not_in_a_circle():
    form = form_of(("A", field("b", visible_when=when("a")), "b"), ("A", field("a", "boolean"), "a"))
    assert codes(form, {"b": "1"}) == [("/b", "not_applicable")]
    with pytest.raises(CircularVisibility, match="a → b → a"):
        form_of(
            ("A", field("a", "boolean", visible_when=when("b")), "a"),
            ("A", field("b", "boolean", visible_when=when("a")), "b"),
        )


def test_a_condition_speaks_the_items_codes_through_the_crosswalk():
    form = form_of(
        ("B", field("c", "dict", dictionary="colour"), "colour"),
        ("A", field("c", "dict", dictionary="couleur"), "colour"),
        ("A", field("why", required=True, visible_when=when("c", "in", ["vert", "bleu"])), "why"),
        crosswalks=CROSSWALKS,
    )
    assert codes(form, {"colour": "red"}) == []
    assert codes(form, {"colour": "green"}) == [("/why", "missing")]


def test_a_whole_list_compared_across_a_crosswalk_is_refused_where_a_schema_is_asked_for():
    form = form_of(
        ("B", field("c", "multi_dict", dictionary="colour"), "colour"),
        ("A", field("c", "multi_dict", dictionary="couleur"), "colour"),
        ("A", field("why", visible_when=when("c", "eq", ["vert"])), "why"),
        crosswalks=CROSSWALKS,
    )
    with pytest.raises(ConditionNotExpressible):
        form_schema(form)


def test_dates_are_compared_in_the_schema_as_on_the_server():
    form = form_of(
        ("A", field("d", "date"), "d"),
        *(
            ("A", field(op, required=True, visible_when=when("d", op, "2024-06-30")), op)
            for op in ("gt", "ge", "lt", "le")
        ),
    )
    shown = {
        "2024-06-29": {"lt", "le"},
        "2024-06-30": {"ge", "le"},
        "2024-07-01": {"gt", "ge"},
        "1999-12-31": {"lt", "le"},
    }
    for day, expected in shown.items():
        assert {pointer[1:] for pointer, _ in codes(form, {"d": day})} == expected
        assert codes(form, {"d": day, **dict.fromkeys(expected, "x")}) == []


def test_a_fixed_value_may_be_left_out_but_not_contradicted():
    form = form_of(
        ("A", field("net", "boolean", required=True), "net"),
        ("A", field("site", required=True, visible_when=when("net")), "site"),
        provenances={"net": Provenance("from_guidance", fixed=True, value=True)},
    )
    assert codes(form, {"site": "x"}) == []
    assert codes(form, {"site": "x", "net": True}) == []
    assert codes(form, {"site": "x", "net": False}) == [("/net", "fixed")]
    assert codes(form, {"site": "x", "net": 1}) == [("/net", "fixed")]
    assert codes(form, {}) == [("/site", "missing")]
    assert project(form, {"site": "x"}) == {"A": {"net": True, "site": "x"}}


def test_every_problem_comes_at_once_as_a_chinese_sentence():
    form = form_of(
        ("A", field("name", max_length=2, required=True), "name"),
        ("A", field("no", "uscc"), "a/b"),
        ("A", field("age", "integer", minimum=0), "age"),
        ("A", field("sex", "dict", dictionary="few", required=True), "sex"),
    )
    problems = validate(form, {"name": "张三丰", "a/b": "1", "age": -1, "zz": 1})
    assert [(one.pointer, one.sentence) for one in problems] == [
        ("/name", "“字段name”不能超过 2 个字。"),
        ("/a~1b", "“字段no”不是有效的统一社会信用代码。"),
        ("/age", "“字段age”不能小于 0。"),
        ("/sex", "“字段sex”必须填写。"),
        ("/zz", "表单中没有这个字段。"),
    ]
