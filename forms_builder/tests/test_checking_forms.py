"""The gate of item forms: each fault is found at its place, all at once, and a sound form has none."""

from typing import Any

import msgspec
import pytest

from forms_builder.documents import ItemFormDocument
from forms_builder.models import Dictionary
from forms_builder.services.checking_forms import check_item_form
from forms_builder.tests.factories import DictionaryEntryFactory, DictionaryFactory, PublicFieldFactory
from opsplatform.kernel import clock

pytestmark = pytest.mark.django_db
SECTIONS = [{"code": "s", "name": "基本信息"}]


def field(code: str = "a", **more: Any) -> dict[str, Any]:
    return {"code": code, "label": "姓名", "data_type": "string", "order": 1, "group": "s", **more}


def coded(**more: Any) -> dict[str, Any]:
    return field("c", **{"label": "类型", "data_type": "dict", "dictionary": "kinds", **more})


def when(code: str, value: Any = "1", op: str = "eq") -> dict[str, Any]:
    return {"q": code, "op": op, "value": value}


def table(**column: Any) -> dict[str, Any]:
    return field("t", data_type="table", columns=[{"code": "x", "label": "列", "data_type": "string", **column}])


def place(code: str, dictionary: str | None, **more: Any) -> dict[str, Any]:
    return field(code, **{"label": code, "data_type": "dict", "dictionary": dictionary, **more})


QX, JD = place("qx", "qx"), place("jd", "jd", within="qx")


def found(*fields: Any, sections: Any = SECTIONS) -> list[tuple[str, str, str]]:
    tree = {"item": "x", "sections": sections, "fields": list(fields)}
    findings = check_item_form(msgspec.convert(tree, ItemFormDocument), clock.today())
    assert all(finding.sentence.endswith("。") for finding in findings)
    return [(finding.code, finding.place, finding.severity[0]) for finding in findings]


@pytest.fixture(autouse=True)
def registers() -> None:
    DictionaryEntryFactory(dictionary=DictionaryFactory(code="kinds"), code="1", name="个人")
    DictionaryFactory(code="empty")
    PublicFieldFactory(code="c_name")
    districts = DictionaryFactory(code="qx")
    streets = DictionaryFactory(code="jd", parent_dictionary=districts)
    below = DictionaryFactory(code="jz", is_below_divisions=True)
    for code in "12":
        DictionaryEntryFactory(dictionary=districts, code=code, name=f"{code}区")
        DictionaryEntryFactory(dictionary=streets, code=f"{code}1", name=f"{code}1街道", parent_code=code)
        DictionaryEntryFactory(dictionary=below, code=code, name=f"{code}镇", parent_code="310101")


FAULTS: dict[str, tuple[list[Any], list[tuple[str, str, str]]]] = {
    "no field": ([], [("no_field", "/fields", "b"), ("empty_section", "/sections/0", "a")]),
    "a field without a name": ([field(label=" ")], [("no_label", "/fields/0/label", "b")]),
    "a section that is not there": (
        [field(), field("b", group="z")], [("unknown_section", "/fields/1/group", "b")]
    ),
    "a dictionary nobody registered": (
        [coded(dictionary="nowhere")], [("unresolved_dictionary", "/fields/0/dictionary", "b")]
    ),
    "a dictionary without entries": ([coded(dictionary="empty")], [("empty_dictionary", "/fields/0/dictionary", "b")]),
    "a choice of nothing": ([coded(dictionary=None)], [("no_code_list", "/fields/0/dictionary", "b")]),
    "two lists for one choice": (
        [coded(options=[{"code": "1", "name": "甲"}])], [("two_code_lists", "/fields/0/options", "b")]
    ),
    "a list within a field that is not there": (
        [place("jd", "jd", within="x")], [("unknown_field", "/fields/0/within", "b")]
    ),
    "a list within a field without codes": (
        [field("qx"), JD], [("parent_kind", "/fields/1/within", "b")]
    ),
    "own options within a field": (
        [QX, place("jd", None, options=[{"code": "1", "name": "甲"}], within="qx")],
        [("parent_kind", "/fields/1/within", "b")],
    ),
    "a list within one that does not lie above it": (
        [place("k", "kinds"), place("jd", "jd", within="k")], [("parent_dictionary", "/fields/1/within", "b")]
    ),
    "a list within a division where its dictionary lies below another": (
        [field("d", data_type="division"), place("jd", "jd", within="d")],
        [("parent_dictionary", "/fields/1/within", "b")],
    ),
    "a list whose entries have no parents": (
        [place("k", "kinds"), place("l", "kinds", within="k")],
        [("no_parents", "/fields/1/within", "b"), ("nothing_below", "/fields/1/within", "a")],
    ),
    "a public field nobody registered": (
        [field(public_field="c_none")], [("unresolved_public_field", "/fields/0/public_field", "b")]
    ),
    "a public field of another kind": (
        [field(data_type="integer", public_field="c_name")], [("public_field_kind", "/fields/0/public_field", "a")]
    ),
    "a public field taken twice": (
        [field(public_field="c_name"), field("b", public_field="c_name")],
        [("public_field_twice", "/fields/0/public_field", "a"), ("public_field_twice", "/fields/1/public_field", "a")],
    ),
    "a code twice": (
        [field(), field()], [("duplicate_code", "/fields/0/code", "b"), ("duplicate_code", "/fields/1/code", "b")]
    ),
    "no code": ([field("")], [("no_code", "/fields/0/code", "b")]),
    "a code of blanks": ([field(" ")], [("no_code", "/fields/0/code", "b")]),
    "a column without a code": ([table(code=" ")], [("no_code", "/fields/0/columns/0/code", "b")]),
    "a pattern that engines read differently": (
        [field(pattern="(?<=a)b")], [("pattern_not_portable", "/fields/0/pattern", "b")]
    ),
    "lengths that exclude each other": (
        [field(min_length=9, max_length=3)], [("empty_range", "/fields/0/min_length", "b")]
    ),
    "numbers that exclude each other": (
        [field(data_type="integer", minimum=9, maximum=3)], [("empty_range", "/fields/0/minimum", "b")]
    ),
    "rows that exclude each other": (
        [{**table(), "min_items": 3, "max_items": 1}], [("empty_range", "/fields/0/min_items", "b")]
    ),
    "limits that nothing passes": (
        [field(pattern="^[0-9]{5}$", max_length=3)], [("unsatisfiable", "/fields/0", "b")]
    ),
    "a table without columns": ([field(data_type="table")], [("no_columns", "/fields/0/columns", "b")]),
    "a table in a table": (
        [table(data_type="table")], [("column_kind", "/fields/0/columns/0/data_type", "b")]
    ),
    "a column without a list": (
        [table(data_type="dict")], [("no_code_list", "/fields/0/columns/0/dictionary", "b")]
    ),
    "a limit without effect": ([field(scale=2)], [("without_effect", "/fields/0/scale", "a")]),
    "a condition on a field that is not there": (
        [field(visible_when=when("z"))], [("unknown_field", "/fields/0/visible_when", "b")]
    ),
    "a condition on a code that is not there": (
        [coded(), field(visible_when={"any": [when("c"), when("c", ["1", "9"], "in")]})],
        [("unknown_code", "/fields/1/visible_when/any/1", "b")],
    ),
    "fields that wait for each other": (
        [field(visible_when=when("b")), field("b", visible_when=when("a"))],
        [("circular_visibility", "/fields/0/visible_when", "b")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_found_at_its_place_and_nothing_else(name: str) -> None:
    fields, expected = FAULTS[name]
    assert found(*fields) == expected


def test_everything_wrong_is_told_at_once_what_blocks_first() -> None:
    wrong = [one for name, (fields, _) in FAULTS.items() if name not in ("no field", "a code twice") for one in fields]
    told = found(*({**one, "code": f"{one['code']}{number}"} for number, one in enumerate(wrong)))
    assert {code for code, _, _ in told} >= {code for _, found in FAULTS.values() for code, _, _ in found} - {
        "no_field", "empty_section", "duplicate_code", "circular_visibility", "unknown_code",
        "parent_kind", "parent_dictionary", "no_parents", "nothing_below",
    }  # fmt: skip
    assert [severity for _, _, severity in told] == sorted((severity for _, _, severity in told), reverse=True)


def test_a_section_that_waits_for_its_own_field_never_shows() -> None:
    sections = [{"code": "s", "name": "基本信息", "visible_when": when("a")}]
    assert found(field(), sections=sections) == [("circular_visibility", "/fields/0/visible_when", "b")]


def test_a_section_without_name_and_one_on_an_unknown_field_are_found() -> None:
    sections = [{"code": "s", "name": " "}, {"code": "t", "name": "其他", "visible_when": when("z")}]
    assert found(field(), field("b", group="t"), sections=sections) == [
        ("no_label", "/sections/0/name", "b"), ("unknown_field", "/sections/1/visible_when", "b")
    ]  # fmt: skip


def test_a_sound_list_within_another_field_is_fine_and_one_within_itself_by_way_of_others_is_not() -> None:
    assert found(QX, JD) == []
    assert found(field("d", data_type="division"), place("jz", "jz", within="d")) == []
    DictionaryEntryFactory(dictionary=Dictionary.objects.get(code="jd"), code="9", name="其他")
    DictionaryEntryFactory(dictionary=Dictionary.objects.get(code="qx"), code="3", name="3区")
    assert found(QX, JD) == [("nothing_below", "/fields/1/within", "a"), ("without_parent", "/fields/1/within", "a")]
    tree = DictionaryFactory(code="tree")
    for code, parent in (("a", ""), ("aa", "a"), ("aaa", "aa")):
        DictionaryEntryFactory(dictionary=tree, code=code, name=code, parent_code=parent)
    levels = [place("x", "tree"), place("y", "tree", within="x"), place("z", "tree", within="y")]
    assert {severity for _, _, severity in found(*levels)} == {"a"}
    assert [one for one in found(levels[0] | {"within": "z"}, *levels[1:]) if one[2] == "b"] == [
        ("circular_lists", "/fields/0/within", "b")
    ]
