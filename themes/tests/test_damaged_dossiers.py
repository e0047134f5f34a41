"""Damaged dossiers: every error at once at its JSON pointer, nothing half-imported, never a crash, memory bounded."""

import copy
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsplatform.kernel.errors import DomainError, Invalid
from opsplatform.kernel.parsing import MAX_VALUES, BadJSON, parse_json
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


def at(tree: Tree, place: str) -> Any:
    """What stands at the JSON pointer."""
    node: Any = tree
    for step in place.strip("/").split("/"):
        node = node[int(step) if isinstance(node, list) else step]
    return node


def twice(place: str) -> Callable[[Tree], None]:
    """Adds the first element of the list once more."""
    return lambda tree: at(tree, place).append(copy.deepcopy(at(tree, place)[0]))


def effect(**wanted: Any) -> Callable[[Tree], None]:
    return put("/guide/rules/0/effects/0", wanted)


def period(place: str, **days: str) -> Callable[[Tree], None]:
    return lambda tree: at(tree, place).update(days)


def entries(*parents: str | None) -> Callable[[Tree], None]:
    """A dictionary of its own, whose entries a, b, … have these parents."""
    items = [{"code": code, "name": code, "parent": parent} for code, parent in zip("abc", parents, strict=False)]
    return lambda tree: tree.update(dictionaries=[{"code": "own", "name": "自有", "items": items}])


def circle(*numbers: int) -> Callable[[Tree], None]:
    """Each of the items depends on the next, the last on the first."""

    def damage(tree: Tree) -> None:
        for number, following in zip(numbers, numbers[1:] + numbers[:1], strict=True):
            tree["items"][number]["depends_on"] = [tree["items"][following]["code"]]

    return damage


A_TEST = {"q": "q_kind", "op": "eq", "value": "person"}
BACKWARDS = {"effective_from": "2026-12-31", "effective_to": "2026-01-01"}


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
    "duplicate item": (twice("/items"), "/items/0/code", "duplicate_code"),
    "duplicate material": (twice("/materials"), "/materials/0/code", "duplicate_code"),
    "duplicate department": (twice("/departments"), "/departments/0/code", "duplicate_code"),
    "duplicate window": (twice("/addresses"), "/addresses/0", "same_thing_twice"),
    "cyclic depends_on": (circle(0, 1), "/items/0/depends_on", "cycle"),
    "a longer circle": (circle(1, 2, 3), "/items/1/depends_on", "cycle"),
    "an item that depends on itself": (circle(2), "/items/2/depends_on", "cycle"),
    "dangling dependency": (put("/items/0/depends_on", ["NONE"]), "/items/0/depends_on/0", "dangling_reference"),
    "the same dependency twice": (
        put("/items/2/depends_on", ["IMM", "IMM"]), "/items/2/depends_on/1", "same_thing_twice"
    ),
    "the same division twice": (
        put("/theme/division_codes", ["310000", "310000"]), "/theme/division_codes/1", "same_thing_twice"
    ),
    "duplicate question": (twice("/guide/questions"), "/guide/questions/12/code", "duplicate_code"),
    "duplicate option": (twice("/guide/questions/2/options"), "/guide/questions/2/options", "duplicate_code"),
    "duplicate rule": (twice("/guide/rules"), "/guide/rules/12/code", "duplicate_code"),
    "duplicate notice": (twice("/notices"), "/notices/4/code", "duplicate_code"),
    "duplicate field of an item": (twice("/items/0/fields"), "/items/0/fields/15/code", "duplicate_code"),
    "duplicate public field": (twice("/public_fields"), "/public_fields/36/code", "duplicate_code"),
    "duplicate group": (twice("/field_groups"), "/field_groups/8/code", "duplicate_code"),
    "an entry that is its own parent": (entries("a"), "/dictionaries/0/items/0/parent", "cycle"),
    "entries in a circle": (entries("b", "a"), "/dictionaries/0/items/1/parent", "cycle"),
    "an entry below none": (entries(None, "z"), "/dictionaries/0/items/1/parent", "dangling_reference"),
    "dangling group": (put("/public_fields/0/group", "none"), "/public_fields/0/group", "dangling_reference"),
    "dangling common field": (
        put("/items/0/fields/0/common", "none"), "/items/0/fields/0/common", "dangling_reference"
    ),
    "shown on an unknown question": (
        put("/items/0/fields/0/visible_when", {"q": "q_none", "op": "answered"}), "/items/0/fields/0/visible_when",
        "dangling_reference",
    ),
    "dangling window": (
        put("/addresses/0/division_code", "999999"), "/addresses/0/division_code", "dangling_reference"
    ),
    "dangling order": (put("/scene_field_order/0", "none"), "/scene_field_order/0", "dangling_reference"),
    "dangling division question": (
        put("/guide/division_question", "q_none"), "/guide/division_question", "dangling_reference"
    ),
    "dangling item of an effect": (
        effect(type="add_item", item="NONE"), "/guide/rules/0/effects/0/item", "dangling_reference"
    ),
    "dangling notice of an effect": (
        effect(type="add_notice", notice="NONE"), "/guide/rules/0/effects/0/notice", "dangling_reference"
    ),
    "dangling field of an effect": (
        effect(type="set_field", item="IMM", field="none", value=1), "/guide/rules/0/effects/0/field",
        "dangling_reference",
    ),
    "days below nothing by an effect": (
        effect(type="set_promised_days", item="IMM", value=-1), "/guide/rules/0/effects/0/value", "out_of_range"
    ),
    "a list operator without a list": (
        put("/guide/rules/0/when", A_TEST | {"op": "in"}), "/guide/rules/0/when/value", "wrong_type"
    ),
    "an operator without a question": (
        put("/guide/rules/0/when", {"op": "eq", "value": 1}), "/guide/rules/0/when/q", "missing"
    ),
    "a condition of nothing": (put("/guide/rules/0/when", {}), "/guide/rules/0/when", "wrong_shape"),
    "a choice of nothing": (drop("/guide/questions/2/options"), "/guide/questions/2/options", "missing_options"),
    "a field of no dictionary": (
        lambda tree: tree["public_fields"][0].update(data_type="dict", dictionary=None),
        "/public_fields/0/dictionary", "missing_dictionary",
    ),
    "a number below its own least": (
        lambda tree: tree["guide"]["questions"][4].update(min=10, max=1), "/guide/questions/4/max", "out_of_range"
    ),
    "the theme ends before it begins": (period("/theme", **BACKWARDS), "/theme/effective_to", "bad_period"),
    "a question ends before it begins": (
        period("/guide/questions/1", **BACKWARDS), "/guide/questions/1/effective_to", "bad_period"
    ),
    "a rule from a day that is none": (
        period("/guide/rules/1", effective_from="2026-02-30"), "/guide/rules/1/effective_from", "bad_period"
    ),
    "a text of five megabytes": (
        put("/items/0/code_note", "x" * 5_000_000), "/items/0/code_note", "out_of_range"
    ),
    "a summary nobody reads": (put("/theme/summary", "长" * 2_001), "/theme/summary", "out_of_range"),
    "a bell in a name": (put("/theme/name", "办\x07证"), "/theme/name", "unseen_character"),
    "a text that runs backwards": (put("/items/0/name", "事\u202e项"), "/items/0/name", "unseen_character"),
    "a name of blanks": (put("/theme/name", "   "), "/theme/name", "wrong_shape"),
    "a code with blanks": (put("/materials/0/code", " M "), "/materials/0/code", "malformed_code"),
    "a fraction of a day": (put("/items/0/promised_days", 1.5), "/items/0/promised_days", "wrong_type"),
    "a million million days": (put("/items/0/promised_days", 10**12), "/items/0/promised_days", "out_of_range"),
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
def test_each_damage_is_refused_at_its_place_and_nothing_is_imported() -> None:
    before, wrong = contents(), {}
    for name, (damage, place, code) in DAMAGES.items():
        tree = dossier(DOG)
        damage(tree)
        with pytest.raises(Invalid) as refusal:
            bring_in(tree)
        found = {(problem.pointer, problem.code if code else "") for problem in refusal.value.problems}
        if (place, code) not in found or contents() != before:
            wrong[name] = found
    assert wrong == {}


def test_there_are_many_kinds_of_damage() -> None:
    assert len(DAMAGES) + len(FILES) >= 100


@pytest.mark.usefixtures("ground")
def test_without_damage_the_same_tree_is_imported() -> None:
    assert bring_in(dossier(DOG)).is_new


@pytest.mark.usefixtures("ground")
def test_errors_of_every_kind_are_reported_together() -> None:
    tree = dossier(RESTAURANT)
    names = (
        "wrong type", "unknown key", "negative days", "dangling material", "dangling category", "duplicate window",
        "unknown operator", "handling code too short", "dangling order", "the theme ends before it begins",
        "cyclic depends_on", "a bell in a name",
    )  # fmt: skip
    for name in names:
        DAMAGES[name][0](tree)
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    found = {problem.pointer for problem in refusal.value.problems}
    assert {DAMAGES[name][1] for name in names} <= found


def kinds(tree: Any, pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every value with its JSON pointer and the kind of place it stands at, which is the pointer without numbers."""
    for key, value in list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)):
        place = f"{pointer}/{key}"
        yield re.sub(r"/[0-9]+", "/*", place), place, value
        if isinstance(value, dict | list):
            yield from kinds(value, place)


def one_of_each_kind(tree: Tree) -> dict[str, tuple[str, Any]]:
    """The first value of each kind of place of which the shape says something."""
    anything = re.compile(r"/_meta|/figures/|/(answers|expected)/|/value/|/prefill_conditions/|/effects/\*/type/")
    first: dict[str, tuple[str, Any]] = {}
    for kind, place, value in kinds(tree):
        if not anything.search(f"{kind}/"):
            first.setdefault(kind, (place, value))
    return first


@pytest.mark.usefixtures("ground")
def test_an_unknown_key_in_every_kind_of_object_is_reported_with_all_the_others() -> None:
    tree = dossier(RESTAURANT)
    places = [place for place, value in one_of_each_kind(tree).values() if isinstance(value, dict)]
    for place in places:
        at(tree, place)["surprise"] = 1
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    assert len(places) > 20
    unknown = {problem.pointer for problem in refusal.value.problems if problem.code == "unknown_key"}
    assert {f"{place}/surprise" for place in places} == unknown


@pytest.mark.usefixtures("ground")
def test_a_wrong_type_in_every_kind_of_place_is_reported_with_all_the_others() -> None:
    tree = dossier(RESTAURANT)
    places = [
        place
        for place, value in one_of_each_kind(tree).values()
        if isinstance(value, str | int | float) and value != ""
    ]
    for place in places:
        put(place, {"surprise": 1})(tree)
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    assert len(places) > 80
    assert set(places) <= {problem.pointer for problem in refusal.value.problems}


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

_DEPTH = 5_000
FILES: dict[str, bytes] = {
    "not JSON": b"{theme: 1}",
    "empty": b"",
    "blanks": b" \n\t ",
    "cut short": b'{"theme": {"code": "a", "na',
    "a comma too many": b'{"theme": 1,}',
    "a comment": b'{"theme": 1} // done',
    "single quotes": b"{'theme': 1}",
    "a web page": b"<!doctype html><title>502</title>",
    "not UTF-8": '{"a": "ä"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "a surrogate as bytes": b'{"a": "\xed\xa0\x80"}',
    "an overlong NUL": b'{"a": "\xc0\x80"}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond floats": b'{"a": 1e400}',
    "a number beyond exactness": b'{"a": 1e300}',
    "an integer beyond exactness": b'{"a": 9007199254740993}',
    "an integer of a thousand digits": b'{"a": ' + b"9" * 1_000 + b"}",
    "a leading zero": b'{"a": 007}',
    "duplicate key": b'{"theme": 1, "theme": 2}',
    "too deep": b"[" * _DEPTH + b"]" * _DEPTH,
    "too deep in objects": b'{"a":' * _DEPTH + b"1" + b"}" * _DEPTH,
    "too deep and never closed": b"[" * 1_000_000,
    "NUL": b'{"a": "\\u0000"}',
    "NUL as a byte": b'{"a": "\x00"}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "trailing rubbish": b"{} {}",
    "only a list": b"[]",
    "only a text": b'"theme"',
    "only null": b"null",
    "huge": b'"' + b"x" * MAX_DOSSIER_BYTES + b'"',
    "a key without end": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "a million empty lists": b"[" + b"[]," * 1_000_000 + b"[]]",
    "a million empty objects": b"[" + b"{}," * 1_000_000 + b"{}]",
    "two million numbers": b"[" + b"0," * 2_000_000 + b"0]",
    "items that are none": b'{"items": [' + b"[]," * 60_000 + b"[]]}",
    "unknown keys only": b"{" + b",".join(b'"k%d":0' % number for number in range(60_000)) + b"}",
    "compressed": gzip.compress(json.dumps({"theme": 1}).encode()),
    "a gzip bomb": gzip.compress(b" " * 50_000_000),
}


@pytest.mark.usefixtures("ground")
def test_a_file_that_is_no_dossier_is_refused_with_a_sentence(tmp_path: Path) -> None:
    before, wrong = contents(), {}
    file = tmp_path / "dossier.json"
    for name, content in FILES.items():
        file.write_bytes(content)
        ran = run("import_dossier", str(file), "--actor", "operator", "--json")
        if ran.status != 1 or not ran.report["sentence"] or len(ran.out) > 1_000_000 or contents() != before:
            wrong[name] = ran.out[:200]
    assert wrong == {}


@pytest.mark.usefixtures("ground")
def test_what_cannot_be_read_is_told_together_with_what_is_wrong_otherwise(tmp_path: Path) -> None:
    tree = dossier(RESTAURANT)
    put("/items/0/name", "\x00")(tree)
    put("/materials/0/name", "\ud800")(tree)
    put("/items/1/fields/0/order", "NUMBER")(tree)
    put("/items/0/fields/0/order", "first")(tree)
    put("/items/0/materials/0/material", "NOWHERE")(tree)
    file, before = tmp_path / "dossier.json", contents()
    file.write_text(json.dumps(tree).replace('"NUMBER"', "NaN"))
    ran = run("import_dossier", str(file), "--actor", "operator", "--json")
    assert {(one["place"], one["code"]) for one in ran.report["problems"]} == {
        ("/items/0/name", "nul"), ("/materials/0/name", "surrogate"), ("/items/1/fields/0/order", "not_a_number"),
        ("/items/0/fields/0/order", "wrong_type"), ("/items/0/materials/0/material", "dangling_reference"),
    }  # fmt: skip
    assert ran.status == 1 and contents() == before


@pytest.mark.usefixtures("ground")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in (str(tmp_path), str(tmp_path / "pipe"), str(tmp_path / "loop"), "/dev/zero", "no such file", "a\x00b"):
        with pytest.raises(CommandError) as refusal:
            run("import_dossier", name, "--actor", "operator")
        assert refusal.value.returncode == 2, name


# --- memory ---------------------------------------------------------------------------------------------------------

MORE_MEMORY = 200 * 1024  # kilobytes beyond what a sound dossier takes; files may have 8 MB
IMPORTS = """
import contextlib, io, sys, django
from pathlib import Path
django.setup()
from django.core.management import call_command
from opsplatform.kernel import parsing
parsing.MAX_VALUES = int(sys.argv[1])
for file in sys.argv[2:]:
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        call_command("import_dossier", file, "--actor", "operator", "--dry-run")
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM:"):
        print(line.split()[1])
"""


def peak(environment: dict[str, str], files: list[Path], *, most_values: int = MAX_VALUES) -> int:
    """The kilobytes that a process has needed at most for importing the files one after the other."""
    # Of the process itself: what the kernel counts for a child begins with the size of the process it was forked from.
    imported = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(most_values), *map(str, files)],
        env={**environment, "DJANGO_SETTINGS_MODULE": "opsplatform.settings.test"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return int(imported.stdout)


@pytest.mark.usefixtures("demo_clone")
def test_whatever_the_file_holds_memory_stays_bounded(tmp_path: Path, process_environment: dict[str, str]) -> None:
    """And without the ceiling on values a few megabytes would take hundreds: the saboteur."""
    sound = tmp_path / "sound.json"
    sound.write_text(json.dumps(dossier(RESTAURANT)))
    hostile = []
    for number, content in enumerate(FILES.values()):
        hostile.append(tmp_path / f"{number}.json")
        hostile[-1].write_bytes(content)
    long_text = dossier(DOG)
    DAMAGES["a text of five megabytes"][0](long_text)
    hostile.append(tmp_path / "long.json")
    hostile[-1].write_text(json.dumps(long_text))
    usual = peak(process_environment, [sound])
    assert peak(process_environment, hostile) < usual + MORE_MEMORY
    lists = hostile[list(FILES).index("a million empty lists")]
    assert peak(process_environment, [lists], most_values=10**9) > usual + MORE_MEMORY


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
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
