"""JSON Schema in and out: nothing is dropped silently, and what is listed is exactly what differs."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from forms_builder.documents import Column, FormField, FormSection, ItemFormDocument
from forms_builder.exchange import normal_form as normal_forms
from forms_builder.exchange.errors import SchemaRefused
from forms_builder.exchange.losses import Loss, changed
from forms_builder.exchange.normal_form import DIALECTS, STRUCTURE, Dialect, parse_schema
from forms_builder.exchange.reading import Reading, read_schema
from forms_builder.exchange.tests.judging import verdicts_on
from forms_builder.exchange.tests.schemas import random_schema
from forms_builder.exchange.values import ValueReader
from forms_builder.exchange.writing import FORM, write_schema
from forms_builder.merge.patterns import NOT_BLANK
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import write
from opsplatform.kernel.parsing import BadJSON, parse_json

FORMS = sorted((Path(__file__).parent / "forms").glob("*.json"))
RECORDS, SEED = 1_000, 20260


def read_form(path: Path) -> dict[str, Any]:
    tree: dict[str, Any] = parse_schema(path.read_bytes())
    return tree


# --- Seven real forms -------------------------------------------------------------------------------------------------


def test_the_seven_forms_are_of_every_dialect() -> None:
    assert len(FORMS) == 7
    assert {read_schema(read_form(path)).dialect for path in FORMS} == set(normal_forms.DIALECTS)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_real_form_and_its_schema_agree_on_a_thousand_records_but_for_what_is_listed(path: Path) -> None:
    reading, verdicts = verdicts_on(read_form(path), RECORDS, SEED)
    assert [one.record for one in verdicts if one.original != one.normal] == []
    assert [one.record for one in verdicts if one.understood != one.form] == []
    accepted = sum(one.form for one in verdicts)
    assert 100 < accepted < 900
    kinds = {loss.consequence for loss in reading.losses}
    if any(one.original and not one.form for one in verdicts):
        assert kinds & {"narrower", "different"}
    if any(one.form and not one.original for one in verdicts):
        assert kinds & {"wider", "different"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_keyword_of_a_real_form_is_carried_or_listed(path: Path) -> None:
    tree = read_form(path)
    assert unaccounted(tree, read_schema(tree)) == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_schema_written_here_is_read_as_the_same_form_without_losses(path: Path) -> None:
    document = read_schema(read_form(path)).document
    for dialect in ("2020-12", "draft-07"):
        again = read_schema(json.loads(json.dumps(write_schema(document, {}, "表单", dialect))))
        assert again.document == document
        assert again.losses == ()


def unaccounted(tree: dict[str, Any], reading: Reading) -> list[str]:
    """Keywords of the file, found by a walk of its own, that are neither carried nor listed."""
    listed = {loss.pointer for loss in reading.losses}
    return sorted(set(_keywords(tree, tree, "", frozenset())) - reading.carried - listed)


_OF_NAMES = ("properties", "patternProperties", "dependentSchemas", "dependencies")
_OF_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
_OF_ONE = ("items", "not", "if", "then", "else", "contains", "additionalProperties", "propertyNames")


def _keywords(root: Any, node: Any, pointer: str, seen: frozenset[str]) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
        yield from _keywords(root, _at(root, reference), reference[1:], seen | {reference})
    elif isinstance(reference, str) and not reference.startswith("#"):
        yield f"{pointer}/$ref"
    for keyword, value in node.items():
        if keyword in STRUCTURE:
            continue
        place = f"{pointer}/{_step(keyword)}"
        for name, below in _members(keyword, value):
            yield from _keywords(root, below, place + name, seen)
        if keyword not in ("allOf", "properties", "dependencies"):
            yield place


def _members(keyword: str, value: Any) -> list[tuple[str, Any]]:
    if keyword in _OF_NAMES:
        return [(f"/{_step(name)}", below) for name, below in value.items()]
    if keyword in _OF_LIST or (keyword == "items" and isinstance(value, list)):
        return [(f"/{number}", below) for number, below in enumerate(value)]
    return [("", value)] if keyword in _OF_ONE else []


def _at(root: Any, reference: str) -> Any:
    for part in reference[2:].split("/"):
        root = root[part]
    return root


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


# --- Schemas by chance ------------------------------------------------------------------------------------------------


@pytest.mark.drill
def test_schemas_by_chance_mean_what_their_losses_say(long_form: bool) -> None:
    for seed in range(3_000 if long_form else 60):
        tree = random_schema(seed)
        reading, verdicts = verdicts_on(tree, 60, seed)
        assert [(seed, one.record) for one in verdicts if one.original != one.normal] == []
        assert [(seed, one.record) for one in verdicts if one.understood != one.form] == []
        assert (seed, unaccounted(tree, reading)) == (seed, [])
        written = write_schema(reading.document, {}, reading.title)
        assert (seed, read_schema(written).document) == (seed, reading.document)


def test_the_saboteur_whose_normal_form_drops_a_keyword_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    modern = normal_forms._Unfolder.modern

    def forgetful(self: Any, source: dict[str, Any], pointer: str) -> dict[str, Any]:
        return {key: value for key, value in modern(self, source, pointer).items() if key != "maxLength"}

    monkeypatch.setattr(normal_forms._Unfolder, "modern", forgetful)
    tree = random_schema(3)
    tree["properties"]["short"] = {"type": "string", "maxLength": 3}
    reading, verdicts = verdicts_on(tree, 400, 1)
    assert any(one.original != one.normal for one in verdicts)
    assert "/properties/short/maxLength" in unaccounted(tree, reading)


def test_the_saboteur_who_says_carried_and_drops_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = ValueReader._pattern

    def silent(self: Any, node: Any, place: Any, field: str) -> dict[str, Any]:
        pattern(self, node, place, field)
        return {}

    monkeypatch.setattr(ValueReader, "_pattern", silent)
    tree = {"type": "object", "properties": {"code": {"type": "string", "pattern": "^[A-Z]{2}$"}}}
    reading, verdicts = verdicts_on(tree, 100, 1)
    assert unaccounted(tree, reading) == []
    assert any(one.understood != one.form for one in verdicts)


# --- Conditions -------------------------------------------------------------------------------------------------------


def form_of(**schema: Any) -> tuple[dict[str, FormField], list[Loss]]:
    reading = read_schema({"type": "object", "additionalProperties": False, **schema})
    return {field.code: field for field in reading.document.fields}, list(reading.losses)


KIND = {"type": "string", "enum": ["company", "person"]}


@pytest.mark.parametrize("further", [True, {}, {"type": "string"}])
def test_what_additional_properties_take_is_evaluated_so_that_nothing_unevaluated_is_refused(further: Any) -> None:
    """The schema is as open as without `unevaluatedProperties`, and that the form is not is listed."""
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "additionalProperties": further}
    open_, closed = schema, {**schema, "unevaluatedProperties": False}
    assert jsonschema_rs.is_valid(closed, {"b": "x"})
    for tree in (open_, closed):
        found = [(loss.keyword, loss.consequence) for loss in read_schema(tree).losses]
        assert ("additionalProperties", "narrower") in found, tree
    alone = {"type": "object", "properties": {"a": {"type": "boolean"}}, "unevaluatedProperties": False}
    assert read_schema(alone).losses == ()


def test_a_field_that_only_a_branch_names_shows_under_its_condition() -> None:
    fields, losses = form_of(
        properties={"kind": KIND},
        required=["kind"],
        **{
            "if": {"properties": {"kind": {"const": "company"}}},
            "then": {"properties": {"uscc": {"type": "string", "format": "uscc"}}, "required": ["uscc"]},
        },
    )
    assert fields["uscc"].visible_when == Condition(q="kind", op="eq", value="company")
    assert (fields["uscc"].data_type, fields["uscc"].required) == ("uscc", True)
    assert losses == []


def test_dependencies_as_form_libraries_write_them_are_conditions() -> None:
    cases = [
        {"properties": {"kind": {"enum": ["company"]}, "size": {"type": "boolean"}}},
        {"properties": {"kind": {"enum": ["person"]}}},
    ]
    fields, losses = form_of(properties={"kind": KIND}, dependencies={"kind": {"oneOf": cases}})
    assert fields["size"].visible_when == Condition(q="kind", op="in", value=["company"])
    assert {loss.consequence for loss in losses} == {"wider"}


def test_a_field_asked_for_only_sometimes_shows_only_then_and_that_is_listed() -> None:
    fields, losses = form_of(
        properties={"card": {"type": "boolean"}, "name": {"type": "boolean"}}, dependentRequired={"card": ["name"]}
    )
    assert fields["name"].visible_when == Condition(q="card", op="answered") and fields["name"].required
    assert [(loss.keyword, loss.consequence) for loss in losses] == [("required", "narrower")]


def test_conditions_in_a_circle_are_not_carried() -> None:
    fields, losses = form_of(
        properties={"a": {"type": "boolean"}, "b": {"type": "boolean"}}, dependentRequired={"a": ["b"], "b": ["a"]}
    )
    assert [field.visible_when is None for field in fields.values()] == [True, False]
    assert {loss.consequence for loss in losses} == {"wider", "narrower"}


# --- What a form keeps of its own -------------------------------------------------------------------------------------


def test_a_schema_that_was_edited_keeps_meaning_dictionary_and_unit() -> None:
    document = ItemFormDocument(
        fields=(
            FormField(
                code="sex", label="性别", data_type="dict", order=10, dictionary="gbt2261_1", public_field="p.sex"
            ),
            FormField(
                code="sum", label="金额", data_type="decimal", order=20,
                max_length=12, scale=2, unit="元", public_field="p.sum",
            ),
            FormField(
                code="staff", label="人员", data_type="table", order=30,
                columns=(
                    Column(code="sex", label="性别", data_type="dict", dictionary="gbt2261_1"),
                    Column(code="pay", label="工资", data_type="decimal", scale=2, unit="元"),
                ),
            ),
        )
    )  # fmt: skip
    schema = write_schema(document, {"gbt2261_1": {"1": "男", "2": "女"}}, "表单")
    schema["properties"]["sum"]["title"] = "总金额"
    reading = read_schema(schema)
    fields = {field.code: field for field in reading.document.fields}
    assert (fields["sex"].dictionary, fields["sex"].public_field, fields["sex"].options) == ("gbt2261_1", "p.sex", ())
    assert fields["sum"] == msgspec.structs.replace(document.fields[1], label="总金额")
    assert [(one.dictionary, one.options, one.unit) for one in fields["staff"].columns] == [
        ("gbt2261_1", (), ""), (None, (), "元")
    ]  # fmt: skip
    assert reading.losses == ()
    schema["properties"]["sum"]["x-unit"] = "万元"
    schema["properties"]["sum"]["exclusiveMinimum"] = -10
    assert {loss.pointer.removeprefix("/properties/sum/") for loss in read_schema(schema).losses} == {
        "x-unit", "type", "exclusiveMinimum", "exclusiveMaximum"
    }  # fmt: skip


KINDS = ("string", "text", "integer", "decimal", "boolean", "date", "division", "uscc", "id_card", "phone", "postcode",
         "address", "file")  # fmt: skip
IN_ROWS: dict[str, dict[str, Any]] = {
    "text": {}, "file": {}, "division": {}, "date": {}, "address": {"help": "写全"},
    "dict": {"dictionary": "gbt2261_1", "max_length": 1}, "decimal": {"scale": 2, "unit": "元"},
}  # fmt: skip
OF_FIELDS: dict[str, dict[str, Any]] = {
    "kind": {"data_type": "dict", "dictionary": "gbt2261_1", "max_length": 1, "required": True},
    **{f"{kind}_asked": {"data_type": kind, "group": "base", "required": True} for kind in KINDS},
    **{f"{kind}_free": {"data_type": kind, "group": "base"} for kind in KINDS},
    "sum": {"data_type": "decimal", "max_length": 12, "scale": 2, "unit": "元", "public_field": "p.sum"},
    "plate": {"data_type": "string", "pattern": "[A-Z]{2}\\d+", "required": True, "format": "车牌"},
    "own": {
        "data_type": "multi_dict", "options": [{"code": "b", "name": "乙"}, {"code": "a", "name": "甲"}],
        "required": True, "max_items": 2, "std_format": "an1", "prefill": {"library": "库", "element": "项"},
    },
    "addr.city": {"data_type": "string", "group": "addr", "required": True, "max_length": 900},
    "last": {"data_type": "text", "visible_when": {"q": "kind", "op": "answered"}, "help": "说明"},
    "addr.road": {
        "data_type": "address", "group": "addr", "visible_when": {"q": "boolean_free", "op": "eq", "value": True},
    },
    "strange": {
        "data_type": "string", "required": True,
        "visible_when": {"not": {"q": "integer_free", "op": "gt", "value": 3}},
    },
    "rows": {
        "data_type": "table", "required": True,
        "columns": [
            {"code": kind, "label": f"{kind} 列", "data_type": kind, "required": kind != "file", **more}
            for kind, more in IN_ROWS.items()
        ],
    },
}  # fmt: skip
EVERYTHING = ItemFormDocument(
    sections=(
        FormSection(code="addr", name="地址信息", visible_when=Condition(q="kind", op="eq", value="1")),
        FormSection(code="base", name="基本信息", help="先填这一组"),
        FormSection(code="later", name="以后用"),
    ),
    fields=tuple(
        msgspec.convert({"code": code, "label": f"{code} 的名称", "order": 7 * number, **more}, FormField)
        for number, (code, more) in enumerate(OF_FIELDS.items())
    ),
)
SEXES = {"gbt2261_1": {"2": "女", "1": "男", "9": "未说明"}}


def title_places(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The code of every field and column (after its table's and a slash), and the schema that carries its title."""
    for name, one in schema["properties"].items():
        if one.get("type") == "object":
            yield from ((f"{name}.{code}", inner) for code, inner in title_places(one))
        else:
            yield name, one
            rows = one.get("items", {})
            yield from ((f"{name}/{code}", inner) for code, inner in rows.get("properties", {}).items())


@pytest.mark.parametrize("sort_keys", [False, True])
@pytest.mark.parametrize("dialect", ["2020-12", "draft-07"])
def test_one_changed_title_is_one_difference_and_no_loss_whatever_the_form_has(
    dialect: Dialect, *, sort_keys: bool
) -> None:
    written = json.dumps(write_schema(EVERYTHING, SEXES, "表单", dialect))
    places = [code for code, _ in title_places(json.loads(written))]
    assert len(places) == len(EVERYTHING.fields) + 7
    for code in places:
        schema = json.loads(written)
        dict(title_places(schema))[code]["title"] = "新的名称"
        reading = read_schema(json.loads(json.dumps(schema, sort_keys=sort_keys)))
        assert (code, reading.losses, reading.changes) == (code, (), ())
        assert reading.document.sections == EVERYTHING.sections
        table, _, column = code.partition("/")
        expected = {
            field.code: field if field.code != table
            else msgspec.structs.replace(field, label="新的名称") if not column
            else msgspec.structs.replace(field, columns=tuple(
                msgspec.structs.replace(one, label="新的名称") if one.code == column else one for one in field.columns
            ))
            for field in EVERYTHING.fields
        }  # fmt: skip
        if not sort_keys:
            assert reading.document.fields == tuple(expected.values())


def test_what_was_edited_of_a_schema_of_ours_counts_and_what_it_loses_is_listed() -> None:
    schema = json.loads(json.dumps(write_schema(EVERYTHING, SEXES, "表单")))
    properties = schema["properties"]
    properties["addr"]["title"] = "住址"
    properties["text_free"]["maxLength"] = 80
    properties["division_free"]["pattern"] = "^11$"
    del properties["text_asked"]["pattern"]
    schema["required"].remove("string_asked")
    properties["kind"]["enum"].append("0")
    schema["allOf"] = [rule for rule in schema["allOf"] if "strange" not in json.dumps(rule)]
    properties["new"] = {"type": "boolean"}
    reading = read_schema(schema)
    fields, known = ({one.code: one for one in form.fields} for form in (reading.document, EVERYTHING))
    assert [one.name for one in reading.document.sections] == ["住址", "基本信息", "以后用"]
    assert fields["text_free"] == msgspec.structs.replace(known["text_free"], max_length=80)
    assert (fields["division_free"].data_type, fields["division_free"].pattern) == ("string", "^11$")
    assert (fields["string_asked"].required, fields["string_asked"].pattern) == (False, NOT_BLANK.portable)
    assert (fields["kind"].dictionary, [one.code for one in fields["kind"].options]) == (None, ["2", "1", "9", "0"])
    assert (fields["strange"].required, fields["strange"].visible_when) == (False, None)
    assert (fields["new"].data_type, fields["new"].label) == ("boolean", "new")
    edited = {"addr", "text_free", "division_free", "string_asked", "kind", "strange", "new"}
    assert {code for code, one in fields.items() if known.get(code) != one} <= edited
    listed = {loss.pointer for loss in reading.losses}
    assert {"/properties/text_asked/type", "/properties/kind/x-dictionary"} <= listed


STREETS = ItemFormDocument(
    fields=tuple(
        msgspec.convert({"label": code, "data_type": "dict", "order": 10, "code": code, **more}, FormField)
        for code, more in {
            "at.district": {"dictionary": "qx", "required": True},
            "at.street": {"dictionary": "jd", "within": "at.district"},
            "walks": {"data_type": "multi_dict", "dictionary": "jd", "within": "at.district"},
        }.items()
    )
)
LISTS = {"qx": {"1": "甲区", "2": "乙区", "3": "丙区"}, "jd": {"11": "一街", "12": "二街", "21": "三街"}}
ABOVE = {"jd": {"11": "1", "12": "1", "21": "2"}}


def streets_schema(dialect: Dialect = "2020-12") -> dict[str, Any]:
    return json.loads(json.dumps(write_schema(STREETS, LISTS, "表单", dialect, ABOVE)))


@pytest.mark.parametrize(
    ("keyword", "value", "since"),
    [
        ("unevaluatedProperties", False, "2019-09"),
        ("dependentRequired", {"a": ["b"]}, "2019-09"),
        ("if", {"required": ["a"]}, "draft-07"),
        ("propertyNames", {"maxLength": 1}, "draft-06"),
    ],
)
def test_what_a_version_does_not_know_yet_is_passed_over_and_told(keyword: str, value: Any, since: Dialect) -> None:
    for dialect in DIALECTS:
        properties = {"a": {"type": "string"}, "b": {"type": "string"}}
        schema = {
            "$schema": normal_forms._ADDRESSES[dialect],
            "type": "object",
            "properties": properties,
            keyword: value,
        }
        reading = read_schema(schema)
        told = [one for one in reading.losses if "这一版本的规范没有" in one.sentence]
        is_known = DIALECTS.index(dialect) >= DIALECTS.index(since)
        assert [one.pointer for one in told] == ([] if is_known else [f"/{keyword}"]), dialect
        if not is_known:
            assert reading.document == read_schema({key: one for key, one in schema.items() if key != keyword}).document


@pytest.mark.parametrize("dialect", ["2020-12", "draft-07"])
def test_lists_that_depend_on_another_field_are_one_rule_per_parent_and_come_back(dialect: Dialect) -> None:
    schema = streets_schema(dialect)
    judge = jsonschema_rs.validator_for(schema)
    for district, street, verdict in (("1", "11", True), ("1", "21", False), ("2", "21", True), ("3", "11", False)):
        assert judge.is_valid({"at": {"district": district, "street": street}}) == verdict
    assert not judge.is_valid({"at": {"district": "1"}, "walks": ["11", "21"]})
    reading = read_schema(schema)
    assert (reading.document, reading.losses) == (STREETS, ())


def test_an_edited_schema_keeps_lists_that_depend_on_another_field_or_lists_what_became_of_them() -> None:
    edited = streets_schema()
    edited["properties"]["at"]["properties"]["street"]["title"] = "街道"
    reading = read_schema(edited)
    assert {field.code: field.within for field in reading.document.fields} == {
        "at.district": None, "at.street": "at.district", "walks": "at.district"
    }  # fmt: skip
    assert not [loss for loss in reading.losses if loss.consequence != "none"]
    understood = jsonschema_rs.validator_for(changed(reading.normal, reading.changes))
    assert not understood.is_valid({"at": {"district": "1", "street": "21"}})
    assert understood.is_valid({"at": {"district": "1", "street": "12"}})

    edited["properties"]["walks"]["items"]["enum"].append("99")
    reading = read_schema(edited)
    assert {field.code: field.within for field in reading.document.fields}["walks"] is None
    assert [(loss.field, loss.consequence) for loss in reading.losses if "取决于" in loss.sentence] == [
        ("walks", "wider")
    ]
    edited["allOf"][0]["then"]["properties"]["at"]["properties"]["street"]["enum"].append("21")
    reading = read_schema(edited)
    assert {field.within for field in reading.document.fields} == {None}
    assert {loss.field for loss in reading.losses if loss.consequence == "wider"} >= {"at", "walks"}


SHUFFLED = {"qx": {"3": "丙区", "1": "甲区", "2": "乙区"}, "jd": {"21": "三街", "12": "二街", "11": "一街"}}


def sorted_by_a_tool(schema: Any) -> Any:
    return json.loads(json.dumps(schema, sort_keys=True))


@pytest.mark.parametrize("dialect", ["2020-12", "draft-07"])
def test_a_schema_whose_keys_a_tool_has_sorted_is_the_form_it_was_written_from(dialect: Dialect) -> None:
    walks_first = ItemFormDocument(fields=STREETS.fields[::-1])  # not in the order of the alphabet
    schema = sorted_by_a_tool(write_schema(walks_first, SHUFFLED, "表单", dialect, ABOVE))
    reading = read_schema(schema)
    assert (reading.document, reading.losses) == (walks_first, ())


def test_an_edited_schema_whose_keys_a_tool_has_sorted_loses_neither_lists_nor_order() -> None:
    walks_first = ItemFormDocument(fields=STREETS.fields[::-1])
    schema = write_schema(walks_first, SHUFFLED, "表单", parents=ABOVE)
    schema["properties"]["at"]["properties"]["street"]["title"] = "街道"
    schema["properties"]["a_new_one"] = {"type": "boolean"}
    reading = read_schema(sorted_by_a_tool(schema))
    assert [(field.code, field.label, field.within) for field in reading.document.fields] == [
        ("walks", "walks", "at.district"), ("at.street", "街道", "at.district"), ("at.district", "at.district", None),
        ("a_new_one", "a new one", None),
    ]  # fmt: skip
    assert not [loss for loss in reading.losses if loss.consequence in ("wider", "narrower", "different")]


def test_a_form_inside_a_schema_that_says_something_else_is_not_believed() -> None:
    document = ItemFormDocument(fields=(FormField(code="a", label="甲", data_type="boolean", order=10),))
    schema = write_schema(document, {}, "表单")
    schema[FORM]["document"] = write(
        ItemFormDocument(fields=(FormField(code="b", label="乙", data_type="boolean", order=10),))
    )
    assert [field.code for field in read_schema(schema).document.fields] == ["a"]


# --- Hostile files ----------------------------------------------------------------------------------------------------

_DOUBLING = {f"d{n}": {"properties": {side: {"$ref": f"#/$defs/d{n + 1}"} for side in "ab"}} for n in range(20)}
_CHAIN = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(3_000)}
REFUSED: dict[str, tuple[Any, str]] = {
    "recursion": (
        {"type": "object", "properties": {"child": {"$ref": "#"}}},
        "/properties/child",
    ),
    "recursion by two steps": (
        {
            "properties": {"a": {"$ref": "#/definitions/x"}},
            "definitions": {
                "x": {"properties": {"y": {"$ref": "#/definitions/z"}}},
                "z": {"$ref": "#/definitions/x"},
            },
        },
        "/definitions/z",
    ),
    "a reference to nothing": ({"properties": {"a": {"$ref": "#/definitions/none"}}}, "/properties/a/$ref"),
    "references that double": ({"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**_DOUBLING, "d20": {}}}, ""),
    "references that go on and on": (
        {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**_CHAIN, "d3000": {"type": "string"}}},
        "",
    ),
    "a keyword of the wrong kind": ({"properties": {"a": {"type": 3}}}, "/properties/a/type"),
    "an unknown dialect": ({"$schema": "http://json-schema.org/draft-03/schema#", "properties": {}}, "/$schema"),
    "no schema at all": ([1, 2], ""),
    "a schema that is a number": ({"properties": {"a": 3}}, "/properties/a"),
    "no field": ({"type": "object"}, ""),
    "a property without a name": ({"properties": {"a": {"type": "string"}, "": {"type": "string"}}}, "/properties/"),
    "a property named by a blank": (
        {"properties": {"a": {"type": "object", "properties": {" ": {"type": "string"}}}}},
        "/properties/a/properties/ ",
    ),
    "a column without a name": (
        {"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"": {"type": "string"}}}}}},
        "/properties/a/items/properties/",
    ),
    "a root that is a text": ({"type": "string"}, ""),
    "too many fields": ({"properties": {f"f{n}": {"type": "boolean"} for n in range(1_001)}}, ""),
}


@pytest.mark.parametrize(("tree", "place"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_form_is_refused_with_its_place(tree: Any, place: str) -> None:
    with pytest.raises(SchemaRefused) as refusal:
        read_schema(tree)
    if place:
        assert place in [problem.pointer for problem in refusal.value.problems]


def test_conditions_that_hang_on_each_other_for_ever_are_listed_instead() -> None:
    names = [f"a{n}" for n in range(300)]
    rules = {one: [following] for one, following in pairwise(names)}
    fields, losses = form_of(properties={name: {"type": "boolean"} for name in names}, dependentRequired=rules)
    assert sum(field.visible_when is not None for field in fields.values()) < 299
    assert any(loss.consequence == "wider" for loss in losses)
    write_schema(ItemFormDocument(fields=tuple(fields.values())), {}, "表单")


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    assert parse_schema(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    with pytest.raises(BadJSON):
        parse_json(b'\xef\xbb\xbf{"a": 1}')


def test_a_dynamic_reference_finds_its_anchor_and_is_named_where_it_finds_none() -> None:
    named = {"$dynamicAnchor": "n", "type": "integer"}
    fields, losses = form_of(properties={"a": {"$dynamicRef": "#n"}}, **{"$defs": {"n": named}})
    assert fields["a"].data_type == "integer"
    assert not [loss for loss in losses if "dynamic" in loss.keyword]
    with pytest.raises(SchemaRefused) as refusal:
        form_of(properties={"a": {"$dynamicRef": "#m"}}, **{"$defs": {"n": named}})
    assert [problem.pointer for problem in refusal.value.problems] == ["/properties/a/$dynamicRef"]


def test_a_schema_too_deep_or_too_large_is_not_parsed() -> None:
    for content in (b'{"not":' * 80 + b"{}" + b"}" * 80, b'{"a":"' + b"x" * 1_000_001 + b'"}', b'{"a":1,"a":2}'):
        with pytest.raises(BadJSON):
            parse_schema(content)


@pytest.mark.parametrize("keyword", ["type", "required", "items", "anyOf"])
def test_a_list_of_countless_elements_is_refused_before_they_are_judged_and_values_are_not_counted(
    keyword: str,
) -> None:
    with pytest.raises(SchemaRefused) as refusal:
        read_schema({"type": "object", "properties": {"a": {keyword: [1] * (normal_forms.MOST_TOGETHER + 1)}}})
    assert [(one.pointer, one.code) for one in refusal.value.problems] == [(f"/properties/a/{keyword}", "too_many")]
    codes = [str(number) for number in range(normal_forms.MOST_TOGETHER + 1)]
    fields, _ = form_of(properties={"a": {"type": "string", "enum": codes}})
    assert "a" in fields


def test_another_file_is_never_read(socket_disabled: None) -> None:
    fields, losses = form_of(properties={"a": {"$ref": "https://example.org/person.json"}})
    assert fields["a"].data_type == "string"
    assert [(loss.pointer, loss.consequence) for loss in losses] == [("/properties/a/$ref", "different")]
