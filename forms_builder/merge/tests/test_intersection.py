"""Planted narrowings and conflicts of every kind, each with a witness that both sides confirm."""

from decimal import Decimal

import pytest

from forms_builder.documents import Column, FieldOption, FormField
from forms_builder.merge.constraints import check_value, constraint_of
from forms_builder.merge.crosswalks import CodePair, resolve
from forms_builder.merge.errors import DuplicateField, PatternNotPortable, UnknownDictionary
from forms_builder.merge.form import Contribution, Provenance, merge_form
from forms_builder.merge.intersection import is_satisfiable
from forms_builder.merge.matters import matters_of
from forms_builder.merge.projection import coverage, project
from forms_builder.merge.schema import form_schema
from forms_builder.merge.tests.generation import CROSSWALKS, DICTIONARIES
from forms_builder.merge.tests.records import validate_item_record
from forms_builder.merge.validation import validate
from opsplatform.kernel.codes import is_citizen_id, is_uscc
from opsplatform.kernel.conditions import Condition


def field(kind, code="f", **limits):
    return FormField(code=code, label="甲", data_type=kind, order=0, **limits)


def merged(*fields, provenances=None, **options):
    """One merged field `k` out of these fields of the items A, B, C …"""
    return merge_form(
        [Contribution("ABCDE"[place], one, "k") for place, one in enumerate(fields)],
        dictionaries=DICTIONARIES, provenances=provenances, **options,
    )  # fmt: skip


def column(kind, code="c", **limits):
    return Column(code=code, label="列", data_type=kind, **limits)


def told(form):
    return [(one.severity, one.aspect, one.accepts, one.refuses, one.witness) for one in form.findings()]


@pytest.mark.parametrize("scale", [0, 14, 18])
@pytest.mark.parametrize("limits", [{}, {"minimum": 1e-300}, {"minimum": -1e300, "maximum": 1e300}, {"max_length": 30}])
def test_the_finest_numbers_and_the_widest_bounds_are_satisfiable_and_merge(scale, limits):
    assert is_satisfiable(constraint_of(field("decimal", scale=scale, **limits), {}))
    finer = field("decimal", scale=18)
    assert {one.severity for one in merged(field("decimal", scale=scale, **limits), finer).findings()} <= {"narrowing"}
    assert not is_satisfiable(constraint_of(field("decimal", scale=scale, minimum=1e300), {}))


RED_BLUE = (FieldOption(code="red", name="红"), FieldOption(code="blue", name="蓝"))
GREEN = FieldOption(code="green", name="绿")

NARROWINGS = {
    "length": (field("string", max_length=30), field("string", max_length=10), "length", "长" * 11),
    "no length": (field("text"), field("address", max_length=3), "length", "长" * 4),
    "id_card": (field("string", format="cert_no", max_length=18), field("id_card"), "format", "E12345678"),
    "uscc": (field("string", max_length=18), field("uscc"), "format", "310104600123456"),
    "phone": (field("string"), field("phone"), "format", "+85221234567"),
    "postcode": (field("address"), field("postcode"), "format", "SW1A 1AA"),
    "named format": (field("string"), field("string", format="id_card"), "format", "E12345678"),
    "short phone": (field("phone", max_length=18), field("phone", max_length=11), "length", "021-63212810"),
    "least length": (field("string"), field("string", min_length=5), "length", "长" * 4),
    "least length of a phone": (field("phone"), field("string", min_length=11), "length", "110"),
    "least length with pattern": (
        field("string", pattern="^[a-z]+$"), field("string", min_length=3), "length", "a",
    ),
    "pattern": (field("string"), field("string", pattern="^[A-Z]+$"), "pattern", "张三"),
    "two patterns": (field("string", pattern="^[A-Z]"), field("string", pattern="^[A-Z]{2}$"), "pattern", "A1"),
    "format with pattern": (field("string", pattern="^9"), field("uscc"), "format", "9"),
    "minimum": (field("integer", minimum=0), field("integer", minimum=10), "range", 9),
    "maximum": (field("decimal", scale=1), field("decimal", scale=1, maximum=99.5), "range", 100.5),
    "digits": (field("integer", max_length=5), field("integer", max_length=4), "digits", 10_000),
    "digits and scale": (
        field("decimal", max_length=10, scale=2), field("decimal", max_length=8, scale=2), "digits", 1_000_000,
    ),
    "scale": (field("decimal", scale=2), field("decimal", scale=1), "scale", 0.01),
    "free scale": (field("decimal"), field("decimal", scale=2), "scale", 0.001),
    "integer": (field("decimal", scale=2), field("integer"), "scale", 0.1),
    "codes": (field("dict", dictionary="colour"), field("dict", dictionary="few"), "codes", "green"),
    "code lists": (field("multi_dict", dictionary="colour"), field("multi_dict", dictionary="few"), "codes", ["green"]),
    "open codes": (field("dict"), field("dict", dictionary="few"), "codes", "未列入"),
    "division": (field("division"), field("division", max_length=6), "codes", "310101002"),
    "own options": (field("dict", dictionary="colour"), field("dict", options=RED_BLUE), "codes", "green"),
    "other options": (field("dict", options=(*RED_BLUE, GREEN)), field("dict", options=RED_BLUE), "codes", "green"),
    "short codes": (field("dict"), field("dict", min_length=3), "length", "99"),
    "fewer choices": (
        field("multi_dict", dictionary="colour"), field("multi_dict", dictionary="colour", max_items=2), "count",
        ["red", "green", "blue"],
    ),
    "more choices": (
        field("multi_dict", dictionary="colour"), field("multi_dict", dictionary="colour", min_items=2), "count",
        ["red"],
    ),
    "fewer rows": (
        field("table", columns=(column("integer"),)), field("table", columns=(column("integer"),), max_items=2), "rows",
        [{"c": 1}] * 3,
    ),
    "more rows": (
        field("table", columns=(column("integer"),)), field("table", columns=(column("integer"),), min_items=3), "rows",
        [{"c": 1}] * 2,
    ),
    "file": (field("file", max_length=100), field("file", max_length=50), "length", "f" * 51),
}  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True], ids=["loose first", "strict first"])
@pytest.mark.parametrize(("loose", "strict", "aspect", "witness"), NARROWINGS.values(), ids=NARROWINGS)
def test_a_planted_narrowing_is_told_with_its_witness(loose, strict, aspect, witness, swapped):
    form = merged(strict, loose) if swapped else merged(loose, strict)
    accepting, refusing = ("B", "A") if swapped else ("A", "B")
    # each may lose something to the other; what the planted side loses is looked at here
    (shown,) = [value for *found, value in told(form) if found == ["narrowing", aspect, (accepting,), (refusing,)]]
    assert shown == pytest.approx(witness) if isinstance(witness, float) else shown == witness
    sources = {source.item: source for source in form.field("k").sources}
    assert check_value(sources[accepting].own, shown) == []
    assert check_value(sources[refusing].own, shown) != []
    assert check_value(form.field("k").constraint, shown) != []
    assert form.conflicts() == []


CONFLICTS = {
    "text and number": (field("string"), field("integer"), "kinds"),
    "dict and multi_dict": (field("dict", dictionary="few"), field("multi_dict", dictionary="few"), "kinds"),
    "dict and string": (field("dict", dictionary="few"), field("string"), "kinds"),
    "date and string": (field("date"), field("string"), "kinds"),
    "division and string": (field("division"), field("string"), "kinds"),
    "file and string": (field("file"), field("string", max_length=30), "kinds"),
    "table and string": (field("table", columns=(column("string"),)), field("string"), "kinds"),
    "boolean and dict": (field("boolean"), field("dict", dictionary="few"), "kinds"),
    "boolean and integer": (field("boolean"), field("integer"), "kinds"),
    "person and body": (field("uscc"), field("id_card"), "nothing_satisfies_all"),
    "phone and postcode": (field("phone"), field("postcode"), "nothing_satisfies_all"),
    "too long for short": (field("string", min_length=9), field("string", max_length=5), "nothing_satisfies_all"),
    "too long for a phone": (field("phone"), field("string", min_length=30), "nothing_satisfies_all"),
    "own options apart": (
        field("dict", options=RED_BLUE), field("dict", dictionary="size"), "nothing_satisfies_all",
    ),
    "choices apart": (
        field("multi_dict", dictionary="colour", min_items=3), field("multi_dict", dictionary="colour", max_items=2),
        "nothing_satisfies_all",
    ),
    "rows apart": (
        field("table", columns=(column("integer"),), min_items=3),
        field("table", columns=(column("integer"),), max_items=2), "rows",
    ),
    "uscc too short": (field("uscc"), field("string", max_length=10), "nothing_satisfies_all"),
    "ranges apart": (field("integer", maximum=10), field("decimal", minimum=20), "nothing_satisfies_all"),
    "no integer between": (
        field("decimal", minimum=1.2, maximum=1.8), field("integer"), "nothing_satisfies_all",
    ),
    "too few digits": (field("integer", minimum=100), field("integer", max_length=2), "nothing_satisfies_all"),
    "no common code": (field("dict", dictionary="size"), field("dict", dictionary="few"), "nothing_satisfies_all"),
    "no common codes": (
        field("multi_dict", dictionary="size"), field("multi_dict", dictionary="few"), "nothing_satisfies_all",
    ),
    "district and street": (field("division", max_length=6), field("division", max_length=9), "nothing_satisfies_all"),
    "patterns apart": (field("string", pattern="^A"), field("string", pattern="^B"), "nothing_satisfies_all"),
    "pattern too long": (field("string", pattern="^.{9}"), field("string", max_length=8), "nothing_satisfies_all"),
    "format against pattern": (field("postcode"), field("string", pattern="^[A-Z]"), "nothing_satisfies_all"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "aspect"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_planted_conflict_names_the_items_and_shows_a_value(one, other, aspect):
    form = merged(one, other)
    ((severity, found, accepts, refuses, witness),) = told(form)
    assert (severity, found) == ("conflict", aspect)
    assert {accepts, refuses} == {("A",), ("B",)}
    sources = {source.item: source.own for source in form.field("k").sources}
    assert check_value(sources[accepts[0]], witness) == []
    assert check_value(sources[refuses[0]], witness) != []


def test_a_conflicting_field_accepts_nothing_so_the_projections_stay_true():
    form = merged(field("string"), field("integer"))
    assert form.field("k").constraint.impossible
    assert [one.code for one in validate(form, {"k": "1"})] == ["impossible"]
    assert validate(form, {}) == []
    assert form_schema(form)["properties"]["k"]["not"] == {}


AGREEMENTS = {
    "requiredness": (field("string", required=True), field("string")),
    "table requiredness": (
        field("table", columns=(column("string", required=True),), required=True),
        field("table", columns=(column("string"),)),
    ),
    "same limits": (field("decimal", max_length=8, scale=2), field("decimal", max_length=8, scale=2)),
    "string and text": (field("string", max_length=9), field("text", max_length=9)),
    "columns of one side": (
        field("table", columns=(column("string", "a", required=True),)),
        field("table", columns=(column("string", "b", required=True),)),
    ),
    "a dead limit": (
        field("integer", minimum=0, maximum=50, max_length=5),
        field("integer", minimum=0, maximum=50, max_length=4),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), AGREEMENTS.values(), ids=AGREEMENTS)
def test_nothing_is_told_where_no_value_is_lost(one, other):
    assert told(merged(one, other)) == []


def test_numbers_that_pass_both_check_rules_exist_but_do_not_make_a_person_a_body():
    both = next(
        number
        for serial in range(100_000)
        for number in [_with_check(f"13310119900101{serial:03d}" if serial < 1000 else f"1331011990{serial:07d}")]
        if number and is_uscc(number)
    )
    assert is_citizen_id(both)
    assert is_uscc(both)
    assert [one.severity for one in merged(field("uscc"), field("id_card")).findings()] == ["conflict"]


def _with_check(body):
    return next((body + digit for digit in "0123456789X" if is_citizen_id(body + digit)), None)


def test_three_items_name_everybody_on_the_right_side():
    form = merged(field("string", max_length=30), field("string", max_length=10), field("string", max_length=20))
    assert told(form) == [("narrowing", "length", ("A", "C"), ("B",), "长" * 11)]
    assert form.field("k").constraint.max_length == 10


def test_three_items_of_whom_each_two_agree_may_still_conflict():
    form = merged(
        field("string", pattern="^(?:A|B)$"), field("string", pattern="^(?:B|C)$"), field("string", pattern="^(?:A|C)$")
    )
    (conflict,) = form.conflicts()
    assert (conflict.accepts, conflict.refuses) == (("A", "C"), ("B",))
    assert conflict.witness == "A"


def test_the_strictest_of_everything_is_taken():
    constraint = merged(
        field("decimal", max_length=10, scale=2, minimum=0),
        field("decimal", max_length=6, scale=1, maximum=500, required=True),
        field("decimal"),
    ).field("k").constraint  # fmt: skip
    assert (constraint.digits, constraint.scale, constraint.required) == (5, 1, True)
    assert (constraint.minimum, constraint.maximum) == (Decimal(0), Decimal(500))


def test_an_item_that_accepts_nothing_by_itself_is_a_conflict_without_witness():
    assert told(merged(field("integer", minimum=5, maximum=4))) == [
        ("conflict", "nothing_satisfies_all", (), ("A",), None)
    ]


def test_a_field_used_twice_in_one_form_is_covered_twice_and_merged_once():
    form = merge_form(
        [Contribution("A", field("string", "x", max_length=5), "k"), Contribution("A", field("string", "y"), "k")],
        dictionaries={},
    )
    assert coverage(form) == []
    assert project(form, {"k": "值"}) == {"A": {"x": "值", "y": "值"}}


# --- tables -----------------------------------------------------------------------------------------------------------


def test_tables_unite_their_columns_and_hand_each_item_its_own():
    form = merged(
        field("table", columns=(column("string", "name", max_length=50, required=True), column("id_card", "no"))),
        field("table", columns=(column("string", "name", max_length=30), column("string", "post", required=True))),
    )
    assert [(one.column, one.aspect, one.witness) for one in form.findings()] == [("name", "length", "长" * 31)]
    row = {"name": "张三", "no": "11010519491231002X", "post": "店长"}
    assert validate(form, {"k": [row]}) == []
    assert [(one.pointer, one.code) for one in validate(form, {"k": [{"name": "张三"}]})] == [("/k/0/post", "missing")]
    assert project(form, {"k": [row]}) == {
        "A": {"f": [{"name": "张三", "no": "11010519491231002X"}]},
        "B": {"f": [{"name": "张三", "post": "店长"}]},
    }


def test_a_column_of_one_code_and_two_kinds_is_a_conflict():
    clash = (field("table", columns=(column("string"),)), field("table", columns=(column("integer"),)))
    (conflict,) = merged(*clash).conflicts()
    assert (conflict.aspect, conflict.column) == ("kinds", "c")
    assert not merged(*clash).field("k").constraint.impossible  # nobody requires the column: rows without it remain
    asked = field("table", columns=(column("string", required=True),))
    assert merged(asked, clash[1]).field("k").constraint.impossible


# --- dictionaries -----------------------------------------------------------------------------------------------------


def test_a_crosswalk_lets_each_item_hear_its_own_codes():
    form = merged(
        field("dict", dictionary="colour", required=True),
        field("dict", dictionary="couleur"),
        crosswalks=CROSSWALKS, speaks={"k": "colour"},
    )  # fmt: skip
    assert form.findings() == []
    assert form.field("k").constraint.codes == ("red", "green", "blue")
    assert project(form, {"k": "green"}) == {"A": {"f": "green"}, "B": {"f": "vert"}}


def test_the_opposite_crosswalk_serves_as_far_as_it_is_unambiguous():
    opposite = [CodePair("rouge", "red"), CodePair("vert", "blue"), CodePair("bleu", "blue")]
    crosswalks = {("B", "colour", "couleur"): resolve(pair.reversed() for pair in opposite).codes}
    form = merged(field("dict", dictionary="colour"), field("dict", dictionary="couleur"), crosswalks=crosswalks)
    assert form.field("k").constraint.codes == ("red",)
    assert ("narrowing", "codes", ("A",), ("B",), "green") in told(form)
    assert ("narrowing", "crosswalk", ("B",), ("A",), "vert") in told(form)


def test_without_a_crosswalk_codes_count_as_they_stand():
    form = merged(field("dict", dictionary="size"), field("dict", dictionary="couleur"))
    assert [one.aspect for one in form.conflicts()] == ["nothing_satisfies_all"]


def test_several_codes_that_mean_one_arrive_once():
    crosswalks = {("B", "colour", "size"): {"red": "S", "green": "S", "blue": "L"}}
    form = merged(
        field("multi_dict", dictionary="colour"), field("multi_dict", dictionary="size"), crosswalks=crosswalks
    )
    assert project(form, {"k": ["red", "green", "blue"]})["B"] == {"f": ["S", "L"]}
    assert ("narrowing", "crosswalk", ("B",), ("A",), "M") in told(form)


def test_a_column_speaks_the_items_own_codes_too():
    form = merged(
        field("table", columns=(column("dict", dictionary="colour"),)),
        field("table", columns=(column("dict", dictionary="couleur"),)),
        crosswalks={("B", "colour", "couleur"): {"red": "rouge", "green": "vert"}},
    )
    assert project(form, {"k": [{"c": "green"}, {}]})["B"] == {"f": [{"c": "vert"}, {}]}
    assert {(one.column, one.aspect, one.witness) for one in form.findings()} == {
        ("c", "crosswalk", "bleu"),
        ("c", "codes", "blue"),
    }


def test_one_code_under_two_names_is_not_one_thing():
    yes = (FieldOption(code="1", name="是"), FieldOption(code="2", name="否"), FieldOption(code="3", name="不详"))
    turned = (FieldOption(code="1", name="否"), FieldOption(code="2", name="是"), FieldOption(code="3", name="不 详"))
    form = merged(field("dict", options=yes), field("dict", options=turned))
    assert form.field("k").constraint.codes == ("3",)
    assert told(form) == [("narrowing", "meaning", ("A",), ("B",), "1")]
    listed = merged(
        field("dict", dictionary="size"),
        field("dict", options=(FieldOption(code="S", name="小"), FieldOption(code="M", name="南"))),
        names={"size": {"S": "小", "M": "中", "L": "大"}},
    )
    assert listed.field("k").constraint.codes == ("S",)
    assert [(one.aspect, one.witness) for one in listed.findings()] == [("meaning", "M")]


def test_what_one_item_requires_and_another_hides_is_told_with_a_record():
    hidden = Condition(q="hasShop", op="eq", value=True)
    forms = {
        "A": [field("string", "name", required=True)],
        "B": [
            field("boolean", "hasShop", required=True),
            field("string", "shop", required=True, visible_when=hidden),
            field("date", "day", required=True),
        ],
    }
    keys = {"name": "k", "shop": "k", "hasShop": "B.hasShop", "day": "B.day"}
    form = merge_form(
        [Contribution(item, one, keys[one.code]) for item, fields in forms.items() for one in fields], dictionaries={}
    )
    (matter,) = matters_of(form)
    finding = matter.finding
    assert (finding.aspect, finding.accepts, finding.refuses) == ("presence", ("B",), ("A",))
    assert "shop" not in finding.witness
    assert validate_item_record(forms["B"], finding.witness, {}) == []
    assert [one.code for one in validate_item_record(forms["A"], {}, {})] == ["missing"]
    assert [one.code for one in validate(form, {f"B.{code}": one for code, one in finding.witness.items()})] == [
        "missing"
    ]
    never = [*forms["B"][:1], field("string", "shop", required=True), *forms["B"][2:]]
    shown = [Contribution("A", forms["A"][0], "k"), *(Contribution("B", one, keys[one.code]) for one in never)]
    assert matters_of(merge_form(shown, dictionaries={})) == []


# --- fixed values and refusals ----------------------------------------------------------------------------------------


def test_a_fixed_value_that_an_item_refuses_is_a_conflict():
    form = merged(
        field("string"), field("string", max_length=2), provenances={"k": Provenance("from_guidance", True, "太长了")}
    )
    assert ("conflict", "fixed_value", ("A",), ("B",), "太长了") in told(form)


def test_what_cannot_be_compiled_is_refused_with_its_reason():
    with pytest.raises(UnknownDictionary):
        merged(field("dict", dictionary="nowhere"))
    with pytest.raises(PatternNotPortable, match="第 5 个字符"):
        merged(field("string", pattern="a(?=b)"))
    with pytest.raises(DuplicateField):
        merge_form([Contribution("A", field("string"), "k"), Contribution("A", field("string"), "j")], dictionaries={})
