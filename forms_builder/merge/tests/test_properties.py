"""Whatever the forms: valid merged data serves every item, the schema judges as the server does, witnesses hold."""

import json
import random
from collections import Counter
from decimal import Decimal

import jsonschema
import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_builder.merge.certificate import certify, find_gaps
from forms_builder.merge.constraints import check_value, without_required
from forms_builder.merge.form import Contribution, FormMerger, MergedForm, Provenance, item_form
from forms_builder.merge.projection import coverage, project
from forms_builder.merge.schema import FORMATS, form_schema, item_schema
from forms_builder.merge.tests import generation
from forms_builder.merge.tests.dossiers import EXAMPLES, example_form
from forms_builder.merge.tests.records import validate_item_record
from forms_builder.merge.validation import validate
from forms_builder.merge.visibility import Step
from opsplatform.kernel.canonical import canonical_bytes

SEEDS = st.integers(0, 2**32)
CHECKER = jsonschema.FormatChecker()
for name, judge in FORMATS.items():
    CHECKER.checks(name)(lambda value, judge=judge: not isinstance(value, str) or judge(value))


def exactly(tree):
    """JSON as a reader with exact decimals has it: 5.0 is 5, 0.1 is one tenth."""

    def parse(text):
        return int(float(text)) if float(text).is_integer() else Decimal(text)

    return json.loads(json.dumps(tree), parse_float=parse)


def judges(schema):
    """The two independent judges of a schema, which must itself be valid 2020-12."""
    jsonschema_rs.meta.validate(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    quick = jsonschema_rs.validator_for(schema, formats=FORMATS, validate_formats=True)
    slow = jsonschema.Draft202012Validator(exactly(schema), format_checker=CHECKER)
    return [quick.is_valid, lambda data: slow.is_valid(exactly(data))]


def random_form(chance) -> tuple[dict, MergedForm]:
    items = generation.random_items(chance)
    merger = FormMerger(
        [Contribution(item, field, key) for item, fields in items.items() for key, field in fields],
        dictionaries=generation.DICTIONARIES,
        parents=generation.PARENTS,
        crosswalks=generation.CROSSWALKS,
        speaks={key: "colour" for key in ("k0", "k1") if chance.random() < 0.5},
    )
    form = merger.merge([(item, None) for item in items])
    if form.fields and chance.random() < 0.4:
        fixed = chance.choice(form.fields)
        given_value = generation.valid_value(chance, fixed.constraint)
        if given_value is not None:
            form = merger.merge(
                [(item, None) for item in items], {fixed.key: Provenance("from_guidance", True, given_value)}
            )
    return {item: [field for _, field in fields] for item, fields in items.items()}, form


def unserved(items, form, data):
    """The items whose record is not valid for their own form, judged by that form alone."""
    records = project(form, data)
    assert records.keys() == items.keys()
    return {
        item: problems
        for item, fields in items.items()
        if (problems := validate_item_record(fields, records[item], generation.DICTIONARIES, generation.PARENTS))
    }


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SEEDS)
def test_valid_merged_data_yields_a_valid_record_of_every_item(seed):
    chance = random.Random(seed)
    items, form = random_form(chance)
    assert coverage(form) == []
    for _ in range(3):
        data = generation.valid_data(chance, form)
        if data is not None:
            assert unserved(items, form, data) == {}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_schema_of_a_random_form_judges_as_the_server_does(seed):
    chance = random.Random(seed)
    _, form = random_form(chance)
    if not form.fields:
        return
    verdicts = judges(form_schema(form))
    good = generation.valid_data(chance, form) or {}
    for data in [good, {}, *(generation.damaged(chance, form, good) for _ in range(12))]:
        problems = validate(form, data)
        assert [judge(data) for judge in verdicts] == [not problems] * 2, (data, problems)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_schema_of_a_random_item_form_judges_as_the_server_does(seed):
    chance = random.Random(seed)
    items, _ = random_form(chance)
    for item, fields in items.items():
        form = item_form(item, fields, generation.DICTIONARIES, generation.PARENTS)
        if not fields:
            continue
        verdicts = judges(item_schema(fields, generation.DICTIONARIES, generation.PARENTS))
        good = generation.valid_data(chance, form) or {}
        for data in [good, *(generation.damaged(chance, form, good) for _ in range(6))]:
            problems = validate_item_record(fields, data, generation.DICTIONARIES, generation.PARENTS)
            assert [judge(data) for judge in verdicts] == [not problems] * 2, (data, problems)


def test_the_schemas_of_the_real_themes_judge_thousands_of_records_as_the_server_does():
    chance = random.Random(20240901)
    seen = Counter()
    for name, example in EXAMPLES:
        form = example_form(name, example)
        quick, slow = judges(form_schema(form))
        for turn in range(400):
            good = generation.valid_data(chance, form)
            assert good is not None
            data = generation.damaged(chance, form, good) if turn % 3 else good
            verdict = not validate(form, data)
            assert quick(data) == verdict, data
            if turn % 4 == 0:
                assert slow(data) == verdict, data
            seen[verdict] += 1
    assert seen.total() == 2400
    assert min(seen[True], seen[False]) > 600


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[one["name"] for _, one in EXAMPLES])
def test_every_department_of_a_real_theme_gets_a_valid_record_and_only_its_own_fields(name, example):
    chance = random.Random(7)
    form = example_form(name, example)
    entries = {(source.item, source.field): source for field in form.fields for source in field.sources}
    for _ in range(20):
        data = generation.valid_data(chance, form)
        for item, record in project(form, data).items():
            assert {(item, code) for code in record} <= entries.keys()
            for code, value in record.items():
                assert check_value(entries[item, code].own, value) == []
            required = {source.field for source in entries.values() if source.item == item and source.own.required}
            assert required <= record.keys()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SEEDS)
def test_every_value_that_merging_loses_is_told_with_a_true_witness(seed):
    chance = random.Random(seed)
    _, form = random_form(chance)
    told = Counter(finding.key for finding in form.findings())
    for field in form.fields:
        strict = without_required(field.constraint)
        for source in field.sources:
            loose = without_required(source.spoken)
            value = generation.valid_value(chance, loose)
            if value is not None and field.constraint.kind != "table" and check_value(strict, value):
                assert told[field.key], (field, value)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SEEDS)
def test_every_witness_is_accepted_and_refused_by_the_items_named(seed):
    _, form = random_form(random.Random(seed))
    for finding in form.findings():
        field = form.field(finding.key)
        if finding.column is not None or finding.aspect == "crosswalk":
            continue
        if finding.aspect == "within":
            said = {source.item: source.within for source in field.sources}
            if finding.witness is None:  # nothing tells the items apart
                assert (finding.accepts, set(finding.refuses)) == ((), said.keys())
                continue
            inside = {item for item, one in said.items() if one is None or not lies_outside(one, finding.witness)}
            assert (inside, said.keys() - inside) == (set(finding.accepts), set(finding.refuses))
            continue
        strict = without_required(field.constraint)
        assert finding.witness is None or check_value(strict, finding.witness)
        accepting = [source for source in field.sources if source.item in finding.accepts]
        refusing = [source for source in field.sources if source.item in finding.refuses]
        assert refusing
        assert finding.witness is None or accepting
        assert all(check_value(without_required(one.spoken), asked(one, finding)) == [] for one in accepting)
        assert all(check_value(without_required(one.spoken), asked(one, finding)) != [] for one in refusing)


def lies_outside(rule, record):
    """Whether the record has a code that is not below what its parent says, as the item has it."""
    if rule.parent_key not in record:
        return False
    codes = record[rule.key] if isinstance(record[rule.key], list) else [record[rule.key]]
    return any(code not in rule.below.get(record[rule.parent_key], ()) for code in codes)


def asked(source, finding):
    """The witness as the source is asked about it: of rows, its own columns."""
    if finding.aspect != "rows":
        return finding.witness
    own = {column.code for column in source.spoken.columns}
    return [{code: cell for code, cell in row.items() if code in own} for row in finding.witness]


def bytes_of(record):
    return canonical_bytes(json.loads(json.dumps(record)))


def changed_outside(chance, form, data):
    """One change of valid data after which it is valid still, and the items it is not to reach."""
    candidates = [field for field in form.fields if not form.provenance(field.key).fixed]
    chance.shuffle(candidates)
    for field in sorted(candidates, key=lambda one: len(one.sources)):
        changed = {key: value for key, value in data.items() if key != field.key}
        if field.key not in data or chance.random() < 0.7:
            made = generation.valid_value(chance, field.constraint)
            if made is None or made == data.get(field.key):
                continue
            changed[field.key] = made
        if not validate(form, changed):
            touched = {source.item for source in field.sources}
            return changed, set(form.projections) - touched
    return None, set()


def test_a_change_outside_an_items_projection_leaves_that_projection_byte_identical():
    compared = 0
    for seed in range(500):
        chance = random.Random(seed)
        _, form = random_form(chance)
        data = generation.valid_data(chance, form)
        if data is None:
            continue
        changed, untouched = changed_outside(chance, form, data)
        for item in untouched:
            compared += 1
            assert bytes_of(project(form, data)[item]) == bytes_of(project(form, changed)[item])
    assert compared > 100


def test_each_required_field_of_every_item_is_covered_exactly_once():
    for seed in range(250):
        items, form = random_form(random.Random(seed))
        assert find_gaps(items, form) == []
        certificate = certify(items, form, origins={}, separated={})
        for one in certificate.items:
            required = [field.code for field in items[one.item] if field.required]
            assert [field.field for field in one.fields if field.required] == required
            assert (one.required, one.required_covered) == (len(required), len(required))


# --- broken variants that the properties above must catch -------------------------------------------------------------


def with_projections(form, projections):
    return msgspec.structs.replace(form, shape=msgspec.structs.replace(form.shape, projections=projections))


def real_form():
    return example_form(*EXAMPLES[1])


def test_a_mapping_dropped_from_a_projection_is_noticed():
    form = real_form()
    for item, steps in form.projections.items():
        for code in steps:
            less = {**form.projections, item: {other: step for other, step in steps.items() if other != code}}
            assert [(gap.item, gap.field, gap.reason) for gap in coverage(with_projections(form, less))] == [
                (item, code, "missing")
            ]


def test_a_field_leaked_into_a_neighbours_projection_is_noticed():
    form = real_form()
    leaking = {**form.projections, "SEAL": {**form.projections["SEAL"], "investors": Step("BL.investors")}}
    assert [(gap.item, gap.field, gap.reason) for gap in coverage(with_projections(form, leaking))] == [
        ("SEAL", "investors", "foreign")
    ]


def test_the_certificate_notices_what_never_reached_the_merge():
    """A field that was dropped before merging is in no source and no step: only the item's own form knows it."""
    for seed in range(40):
        items, form = random_form(random.Random(seed))
        for item, fields in items.items():
            asked = [*fields, generation.random_field(random.Random(seed), "forgotten", ["string"], [])]
            gaps = find_gaps({**items, item: asked}, form)
            assert [(gap.item, gap.field, gap.reason) for gap in gaps] == [(item, "forgotten", "missing")]
            if fields:
                gaps = find_gaps({**items, item: fields[1:]}, form)
                assert [(gap.item, gap.field, gap.reason) for gap in gaps] == [(item, fields[0].code, "foreign")]


def test_a_leak_shows_in_bytes_and_in_the_certificate():
    caught = Counter()
    for seed in range(120):
        chance = random.Random(seed)
        items, form = random_form(chance)
        data = generation.valid_data(chance, form)
        if data is None or len(items) < 2:
            continue
        changed, untouched = changed_outside(chance, form, data)
        for item in untouched:
            leaking = {
                **form.projections,
                item: {**form.projections[item], **{f"x_{field.key}": Step(field.key) for field in form.fields}},
            }
            leaky = with_projections(form, leaking)
            caught["bytes"] += bytes_of(project(leaky, data)[item]) != bytes_of(project(leaky, changed)[item])
            caught["certificate"] += bool(find_gaps(items, leaky))
    assert caught["bytes"] > 20
    assert caught["certificate"] >= caught["bytes"]


def test_a_merge_that_forgets_on_what_a_list_depends_is_noticed_by_the_items_and_by_the_certificate():
    refused = lost = 0
    for seed in range(300):
        chance = random.Random(seed)
        items, form = random_form(chance)
        forgetful = msgspec.structs.replace(form, shape=msgspec.structs.replace(form.shape, dependences=()))
        rules = {(item, field.code, "parent") for item, fields in items.items() for field in fields if field.within}
        assert {(gap.item, gap.field, gap.reason) for gap in find_gaps(items, forgetful)} == rules
        lost += bool(rules)
        data = generation.valid_data(chance, forgetful) if rules else None
        problems = [] if data is None else [one for found in unserved(items, forgetful, data).values() for one in found]
        refused += any(problem.code == "outside_parent" for problem in problems)
    assert lost > 50
    assert refused > 20


def test_a_mapping_to_the_wrong_key_is_noticed():
    form = real_form()
    for wrong, reasons in (("c_uscc", {"missing"}), ("nowhere", {"missing", "unknown_key"})):
        crossed = {**form.projections, "SEAL": {**form.projections["SEAL"], "lrName": Step(wrong)}}
        assert {gap.reason for gap in coverage(with_projections(form, crossed))} == reasons


def test_a_projection_without_crosswalk_or_condition_gives_records_the_item_refuses():
    broken = Counter()
    for seed in range(400):
        chance = random.Random(seed)
        items, form = random_form(chance)
        data = generation.valid_data(chance, form)
        if data is None:
            continue
        untranslated = {
            item: {code: Step(step.key, None, step.columns) for code, step in steps.items()}
            for item, steps in form.projections.items()
        }
        blind = msgspec.structs.replace(form, shape=msgspec.structs.replace(form.shape, visibilities=()))
        broken["crosswalk"] += bool(unserved(items, with_projections(form, untranslated), data))
        broken["condition"] += bool(unserved(items, blind, data))
    assert broken["crosswalk"] > 0
    assert broken["condition"] > 0


@pytest.mark.parametrize(
    "forgotten",
    [
        "min_length",
        "max_length",
        "min_items",
        "max_items",
        "digits",
        "scale",
        "codes",
        "formats",
        "patterns",
        "lengths",
    ],
)
def test_a_merge_that_forgets_a_limit_gives_records_some_item_refuses(forgotten, monkeypatch):
    loosest = {"lengths": (6, 9), "formats": (), "patterns": ()}.get(forgotten)
    monkeypatch.setattr(Step, "take", lambda step, value: value)
    caught = 0
    for seed in range(800):
        chance = random.Random(seed)
        items, form = random_form(chance)
        loosened = [
            msgspec.structs.replace(
                field,
                constraint=msgspec.structs.replace(field.constraint, **{forgotten: loosest}),
            )
            for field in form.fields
        ]
        shape = msgspec.structs.replace(
            form.shape, fields=tuple(loosened), by_key={field.key: field for field in loosened}
        )
        careless = msgspec.structs.replace(form, shape=shape)
        data = generation.valid_data(chance, careless)
        caught += data is not None and bool(unserved(items, careless, data))
    assert caught > 0


def test_a_schema_without_formats_or_with_a_wrong_length_is_caught_by_the_judges():
    form = real_form()
    schema = form_schema(form)
    good = generation.valid_data(random.Random(3), form)
    wrong = {**good, "c_uscc": "11310000002424034M"}
    assert validate(form, wrong)
    assert jsonschema_rs.validator_for(schema, validate_formats=False).is_valid(wrong)
    assert not judges(schema)[0](wrong)
    longer = {**good, "c_ent_name": "长" * 101}
    assert validate(form, longer)
    schema["properties"]["c_ent_name"]["maxLength"] = 200
    assert judges(schema)[0](longer)


def test_every_field_of_the_real_themes_can_be_answered():
    chance = random.Random(1)
    for name, example in EXAMPLES:
        for field in example_form(name, example).fields:
            assert generation.valid_value(chance, field.constraint) is not None
