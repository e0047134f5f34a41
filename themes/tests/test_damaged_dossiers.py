"""Damaged dossiers: every error at once at its JSON pointer, nothing half-imported, never a crash."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsplatform.kernel.errors import DomainError, Invalid
from opsplatform.kernel.parsing import BadJSON, parse_json
from opsplatform.release.findings import Finding
from themes.services.importing import MAX_DOSSIER_BYTES
from themes.services.inspecting import check_theme
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, bring_in, contents, dossier, get, run
from themes.tests.grounds import empty_ground

Tree = dict[str, Any]


def put(place: str, value: Any) -> Callable[[Tree], None]:
    """Sets what stands at the JSON pointer."""

    def damage(tree: Tree) -> None:
        *steps, last = place.strip("/").split("/")
        node: Any = tree
        for step in steps:
            node = node[int(step) if isinstance(node, list) else step]
        node[int(last) if isinstance(node, list) else last] = value

    return damage


def drop(place: str) -> Callable[[Tree], None]:
    def damage(tree: Tree) -> None:
        *steps, last = place.strip("/").split("/")
        node: Any = tree
        for step in steps:
            node = node[int(step) if isinstance(node, list) else step]
        del node[int(last) if isinstance(node, list) else last]

    return damage


def twice(section: str) -> Callable[[Tree], None]:
    return lambda tree: tree[section].append(copy.deepcopy(tree[section][0]))


def circle(tree: Tree) -> None:
    tree["items"][0]["depends_on"] = [tree["items"][1]["code"]]
    tree["items"][1]["depends_on"] = [tree["items"][0]["code"]]


DAMAGES: dict[str, tuple[Callable[[Tree], None], str, str]] = {
    "wrong type": (put("/theme/name", 5), "/theme/name", "wrong_type"),
    "a number where an object belongs": (put("/theme", 1), "/theme", "wrong_type"),
    "null where a list belongs": (put("/items", None), "/items", "wrong_type"),
    "a truth value where days belong": (put("/items/0/promised_days", True), "/items/0/promised_days", "wrong_type"),
    "missing section": (drop("/guide"), "/guide", "missing"),
    "missing key": (drop("/items/0/basic_code"), "/items/0/basic_code", "missing"),
    "unknown key": (put("/theme/colour", "red"), "/theme/colour", "unknown_key"),
    "unknown key at the top": (put("/extra", []), "/extra", "unknown_key"),
    "unknown effect": (put("/guide/rules/0/effects/0/type", "explode"), "/guide/rules/0/effects/0/type", ""),
    "effect without its target": (
        put("/guide/rules/0/effects/0", {"type": "add_item"}), "/guide/rules/0/effects/0/item", "missing"
    ),
    "unknown operator": (
        put("/guide/rules/0/when", {"q": "q_x", "op": "like", "value": 1}), "/guide/rules/0/when/op", "unknown_value"
    ),
    "unknown data type": (put("/items/0/fields/0/data_type", "colour"), "/items/0/fields/0/data_type", "unknown_value"),
    "condition of two forms": (
        put("/guide/rules/0/when", {"q": "q_x", "op": "answered", "any": []}), "/guide/rules/0/when", ""
    ),
    "dangling department": (put("/items/0/department", "X-1"), "/items/0/department", "dangling_reference"),
    "dangling material": (
        put("/items/0/materials", [{"material": "M_NONE"}]), "/items/0/materials/0/material", "dangling_reference"
    ),
    "dangling question in a condition": (
        put("/guide/rules/0/when", {"q": "q_none", "op": "answered"}), "/guide/rules/0/when", "dangling_reference"
    ),
    "dangling division": (put("/theme/division_codes", ["999999"]), "/theme/division_codes/0", "dangling_reference"),
    "no division": (put("/theme/division_codes", []), "/theme/division_codes", "out_of_range"),
    "dangling category": (put("/theme/category_code", "none"), "/theme/category_code", "dangling_reference"),
    "dangling dictionary": (
        put("/public_fields/0/dictionary", "no_such"), "/public_fields/0/dictionary", "dangling_reference"
    ),
    "dangling question of an example": (
        put("/worked_examples/0/answers", {"q_none": 1}), "/worked_examples/0/answers/q_none", "dangling_reference"
    ),
    "a body kind leads": (put("/theme/lead_department", "D-GA"), "/theme/lead_department", "kind_cannot_lead"),
    "duplicate item": (twice("items"), "/items/0/code", "duplicate_code"),
    "duplicate material": (twice("materials"), "/materials/0/code", "duplicate_code"),
    "duplicate department": (twice("departments"), "/departments/0/code", "duplicate_code"),
    "duplicate window": (twice("addresses"), "/addresses/0", "same_thing_twice"),
    "cyclic depends_on": (circle, "/items/0/depends_on", "cycle"),
    "bad check digit of a real body": (
        lambda tree: tree["departments"][0].update(uscc="11310000002420000X", uscc_illustrative=False),
        "/departments/0/uscc", "bad_check_digit",
    ),
    "handling code too short": (put("/items/0/handle_code", "12"), "/items/0/handle_code", "malformed_code"),
    "implementing code too short for the handling code": (
        lambda tree: tree["items"][0].update(
            implement_code=tree["items"][0]["handle_code"][:24], basic_code=tree["items"][0]["handle_code"][:10]
        ),
        "/items/0/handle_code", "malformed_code",
    ),
    "handling code of another item": (
        lambda tree: tree["items"][0].update(handle_code="0" * 33), "/items/0/handle_code", "code_mismatch"
    ),
    "empty code": (put("/items/0/code", ""), "/items/0/code", "out_of_range"),
    "a name longer than its column": (put("/items/0/name", "长" * 201), "/items/0/name", "out_of_range"),
    "days beyond their column": (put("/items/0/statutory_days", 40000), "/items/0/statutory_days", "out_of_range"),
    "negative days": (put("/items/0/promised_days", -1), "/items/0/promised_days", "out_of_range"),
    "a place beyond the earth": (put("/addresses/0/longitude", 1000), "/addresses/0/longitude", "out_of_range"),
    "a theme code that cannot stand in an address": (put("/theme/code", "a/b"), "/theme/code", "wrong_shape"),
    "confidence that is no text": (put("/_meta", {"confidence": {}}), "/_meta/confidence", "wrong_type"),
    "sources that are no list": (put("/_meta", {"source": 5}), "/_meta/source", "wrong_type"),
    "meta that is no object": (put("/_meta", []), "/_meta", "wrong_type"),
    "generated without being generated": (
        lambda tree: tree["materials"][0].update(generated_from_form=True, exempt=None),
        "/materials/0/generated_from_form", "exemption_mismatch",
    ),
}  # fmt: skip


@pytest.fixture
def ground(db: None) -> None:
    empty_ground()


@pytest.mark.usefixtures("ground")
@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_refused_at_its_place_and_nothing_is_imported(name: str) -> None:
    damage, place, code = DAMAGES[name]
    tree = dossier(DOG)
    damage(tree)
    before = contents()
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    found = {(problem.pointer, problem.code if code else "") for problem in refusal.value.problems}
    assert (place, code) in found
    assert contents() == before


@pytest.mark.usefixtures("ground")
def test_without_damage_the_same_tree_is_imported() -> None:
    assert bring_in(dossier(DOG)).is_new


@pytest.mark.usefixtures("ground")
def test_errors_of_every_kind_are_reported_together() -> None:
    tree = dossier(RESTAURANT)
    names = (
        "wrong type", "unknown key", "negative days", "dangling material", "dangling category", "duplicate window",
        "unknown operator", "handling code too short",
    )  # fmt: skip
    for name in names:
        DAMAGES[name][0](tree)
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    found = {problem.pointer for problem in refusal.value.problems}
    assert {DAMAGES[name][1] for name in names} <= found


@pytest.mark.usefixtures("ground")
def test_a_shape_error_does_not_make_sound_parts_look_wrong() -> None:
    tree = dossier(RESTAURANT)
    put("/items/0/fields/0/order", "first")(tree)
    put("/guide/rules/0/effects/0/type", "explode")(tree)
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    assert {problem.pointer for problem in refusal.value.problems} == {
        "/items/0/fields/0/order", "/guide/rules/0/effects/0/type",
    }  # fmt: skip


# --- files that are not even JSON we accept -------------------------------------------------------------------------

_DEEP = b"[" * 5000 + b"]" * 5000
FILES: dict[str, bytes] = {
    "not JSON": b"{theme: 1}",
    "empty": b"",
    "not UTF-8": '{"a": "ä"}'.encode("latin-1"),
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond floats": b'{"a": 1e999}',
    "a number beyond exactness": b'{"a": 1e300}',
    "an integer beyond exactness": b'{"a": 9007199254740993}',
    "duplicate key": b'{"theme": 1, "theme": 2}',
    "too deep": _DEEP,
    "NUL": b'{"a": "\\u0000"}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "trailing rubbish": b"{} {}",
    "only a list": b"[]",
    "only a text": b'"theme"',
    "huge": b'"' + b"x" * MAX_DOSSIER_BYTES + b'"',
}


@pytest.mark.usefixtures("ground")
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_dossier_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    file = tmp_path / "dossier.json"
    file.write_bytes(FILES[name])
    before = contents()
    ran = run("import_dossier", str(file), "--actor", "operator", "--json")
    assert ran.status == 1
    assert ran.report["sentence"]
    assert contents() == before


@pytest.mark.usefixtures("ground")
def test_the_command_lists_every_error_with_its_pointer_and_ends_with_one(tmp_path: Path) -> None:
    tree = dossier(DOG)
    DAMAGES["dangling category"][0](tree)
    DAMAGES["handling code too short"][0](tree)
    file = tmp_path / "dossier.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    ran = run("import_dossier", str(file), "--actor", "operator")
    assert ran.status == 1
    assert "/theme/category_code" in ran.err and "/items/0/handle_code" in ran.err
    report = run("import_dossier", str(file), "--actor", "operator", "--json").report
    assert {"place": "/theme/category_code", "code": "dangling_reference"}.items() <= next(
        problem for problem in report["problems"] if problem["place"] == "/theme/category_code"
    ).items()


# --- whatever is damaged --------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", " ", "x", "D-GA", "M_ID_LEGAL", "310000", "310101002", "2025-13-45", "单" * 400, "a.b", "~/"]),
    st.sampled_from([0, -1, 1, 33000, 2**31, 2**53 - 1, 0.5, 1e300, -180.5]),
    st.sampled_from([[], {}, [[]], [{}], {"": {}}, {"q": "q_x", "op": "eq", "value": {}}, {"code": [1]}]),
)


def spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of the tree."""
    for key, value in list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)):
        yield tree, key
        if isinstance(value, dict | list):
            yield from spots(value)


STEPS = st.tuples(
    st.sampled_from(["replace", "replace", "remove", "double", "exchange"]), st.integers(0, 9999), st.integers(0, 9999),
    LEAVES,
)  # fmt: skip


def damaged(code: str, steps: list[tuple[str, int, int, Any]]) -> Tree:
    """The dossier with random places replaced, removed, doubled or exchanged with another."""
    tree = dossier(code)
    for kind, where, elsewhere, leaf in steps:
        everywhere = list(spots(tree))
        container, key = everywhere[where * len(everywhere) // 10_000]
        if kind == "replace":
            container[key] = copy.deepcopy(leaf)
        elif kind == "remove":
            del container[key]
        elif kind == "exchange":
            other, place = everywhere[elsewhere * len(everywhere) // 10_000]
            container[key] = copy.deepcopy(other[place])
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
    return tree


@pytest.mark.usefixtures("ground")
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CODES), st.lists(STEPS, min_size=1, max_size=3))
def test_whatever_is_damaged_only_a_domain_error_comes_out(code: str, steps: list[tuple[str, int, int, Any]]) -> None:
    """And what is imported all the same passes through the gate without a crash."""
    assert_imported_or_refused(damaged(code, steps))


def assert_imported_or_refused(tree: Tree) -> None:
    try:
        parsed = parse_json(json.dumps(tree).encode(), max_bytes=MAX_DOSSIER_BYTES)
    except BadJSON:
        return
    with transaction.atomic():
        with suppress(DomainError):
            report = bring_in(parsed)
            findings = check_theme(get(report.theme_code))
            assert all(isinstance(finding, Finding) for finding in findings)
            assert not bring_in(parsed).has_changes
        assert not connection.needs_rollback
        transaction.set_rollback(True)
