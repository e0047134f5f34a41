"""Lists that depend on another field and are left without a code, by several items together or by one."""

from typing import Any

import msgspec
import pytest

from forms_builder.documents import FieldOption, FormField
from forms_builder.merge.form import Contribution, MergedForm, Provenance, merge_form
from forms_builder.merge.matters import matters_of
from forms_builder.merge.validation import validate
from opsplatform.kernel.conditions import Condition

DICTIONARIES = {"qx": ("1", "2"), "jd": ("11", "12", "21"), "cun": ("111", "211")}
PARENTS = {"jd": {"11": "1", "12": "1", "21": "2"}, "cun": {"111": "11", "211": "21"}}


def field(code: str, *options: str, required: bool = True, **more: Any) -> FormField:
    """A choice among the options, else of the dictionary of this code."""
    own = tuple(FieldOption(code=one, name=one) for one in options)
    dictionary = None if own else code
    asked: dict[str, Any] = {"dictionary": dictionary, "options": own, "required": required, **more}
    return FormField(code=code, label=code, data_type="dict", order=0, **asked)


def merged(*forms: tuple[FormField, ...], parents: Any = None, fixed: Any = None) -> MergedForm:
    """The form of the items A, B …, fields of one code being one."""
    parts = [Contribution("AB"[item], one, one.code) for item, fields in enumerate(forms) for one in fields]
    told = {key: Provenance("from_guidance", fixed=True, value=value) for key, value in (fixed or {}).items()}
    return merge_form(
        parts, dictionaries=DICTIONARIES, parents=PARENTS if parents is None else parents, provenances=told
    )


HIDDEN = msgspec.convert({"q": "x", "op": "eq", "value": "1"}, Condition)  # there is no x
QX, JD = field("qx"), field("jd", within="qx")
FEW = (field("qx", "2"), field("jd", "11", "12"))


def conflicts(form: MergedForm) -> list[tuple[Any, ...]]:
    return [(one.key, one.aspect, one.accepts, one.refuses, one.witness) for one in form.conflicts()]


def accepted(form: MergedForm) -> list[tuple[str, str]]:
    """All answers that are valid, by trying each."""
    return [
        (above, code)
        for above in DICTIONARIES["qx"]
        for code in DICTIONARIES["jd"]
        if not validate(form, {"qx": above, "jd": code})
    ]


def test_lists_of_several_items_that_leave_nothing_together_are_a_conflict_with_a_witness() -> None:
    form = merged((QX, JD), FEW)
    assert accepted(form) == []
    assert conflicts(form) == [("jd", "within", ("B",), ("A",), {"qx": "2", "jd": "11"})]
    assert [one.finding.severity for one in matters_of(form)] == ["conflict", "narrowing", "narrowing"]
    sound = merged((QX, JD), (field("qx", "1"), field("jd", "11")))
    assert accepted(sound) == [("1", "11")]
    assert conflicts(sound) == []


def test_one_item_alone_whose_list_has_nothing_above_it_is_a_conflict() -> None:
    form = merged((QX, JD), parents={"jd": {}})
    assert accepted(form) == []
    assert conflicts(form) == [("jd", "within", (), ("A",), None)]
    assert conflicts(merged((QX, JD))) == []


def test_what_falls_away_in_one_list_falls_away_in_those_below_it() -> None:
    tree = (QX, JD, field("cun", within="jd"))
    assert conflicts(merged(tree, (field("qx", "2"),))) == []
    form = merged(tree, (field("qx", "2"), field("cun", "111")))
    assert all(
        validate(form, {"qx": "2", "jd": town, "cun": village})
        for town in DICTIONARIES["jd"]
        for village in DICTIONARIES["cun"]
    )
    assert [(one[0], one[1]) for one in conflicts(form)] in ([("jd", "within")], [("cun", "within")])


@pytest.mark.parametrize(
    "loose",
    [
        field("jd", within="qx", required=False),
        field("jd", within="qx", visible_when=HIDDEN),
    ],
    ids=["not asked of everybody", "not shown to everybody"],
)
def test_only_what_is_answered_in_every_record_takes_from_what_is_above(loose: FormField) -> None:
    form = merged((QX, loose, field("cun", within="jd")), (field("qx", "2"), field("cun", "111")))
    assert validate(form, {"qx": "2", "cun": "111"}) == []
    assert conflicts(form) == []


def test_values_that_guidance_fixes_and_that_do_not_belong_together_are_a_conflict() -> None:
    apart = merged((QX, JD), fixed={"qx": "1", "jd": "21"})
    assert validate(apart, {}) != []
    assert conflicts(apart) == [("jd", "fixed_value", (), ("A",), {"qx": "1", "jd": "21"})]
    assert conflicts(merged((QX, JD), fixed={"qx": "1", "jd": "11"})) == []
    assert conflicts(merged((QX, JD), fixed={"qx": "2"}, parents={"jd": {"11": "1"}})) == [
        ("jd", "fixed_value", (), ("A",), {"qx": "2"})
    ]
    optional = merged((QX, field("jd", within="qx", required=False)), fixed={"qx": "2"}, parents={"jd": {"11": "1"}})
    assert validate(optional, {}) == [] and conflicts(optional) == []
