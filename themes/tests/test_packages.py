"""The released bytes: the same on every machine, signed, of the published shape, with the right receivers."""

import base64
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsplatform.accounts.models import User
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.organizations.models import Division
from opsplatform.release import signing
from opsplatform.release.models import Package as StoredPackage
from opsplatform.release.models import Release
from opsplatform.runtime.disposable_databases import DisposableDatabases
from themes.packages.compilation import package_bytes
from themes.packages.published_schema import package_schema
from themes.packages.structure import Package
from themes.services.inspecting import open_draft_package
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, bring_in, districts, dossier, get, run
from themes.tests.grounds import empty_ground

pytestmark = pytest.mark.every_server

Bytes = dict[tuple[str, str], bytes]


def live_packages() -> Bytes:
    """Theme and district → the bytes on show there."""
    rows = Release.objects.live().filter(subject__kind="theme").select_related("subject", "division", "package")
    return {(row.subject.code, row.division.code): bytes(row.package.content) for row in rows}


@pytest.fixture
def packages(demo_db: None) -> Bytes:
    found = live_packages()
    assert len(found) == 32
    return found


# --- the same content is the same bytes -----------------------------------------------------------------------------


def test_two_databases_with_the_same_dossiers_hold_the_same_bytes(
    demo_database: str, database_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with connection.cursor() as cursor:  # so that no row id is the same in both
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute("SELECT count(nextval(%s)) FROM generate_series(1, 777)", [f'public."{name}"'])
    call_command("seed_demo", verbosity=0)
    here = live_packages()
    ids_here = set(Release.objects.values_list("pk", flat=True))
    with disposable_databases.used_as("application", demo_database):
        there = live_packages()
        ids_there = set(Release.objects.values_list("pk", flat=True))
    assert not ids_here & ids_there
    assert len(here) == 32
    assert {place: digest_of(content) for place, content in here.items()} == {
        place: digest_of(content) for place, content in there.items()
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "other"), [(RESTAURANT, DOG), (DOG, RESTAURANT)])
def test_what_else_was_imported_before_leaves_no_mark_in_the_bytes(code: str, other: str) -> None:
    empty_ground()
    with transaction.atomic():
        bring_in(dossier(code))
        alone = _draft_bytes(code)
        transaction.set_rollback(True)
    bring_in(dossier(other))
    assert bring_in(dossier(code)).collisions
    assert digest_of(_draft_bytes(code)) == digest_of(alone)


def _draft_bytes(code: str) -> bytes:
    return package_bytes(open_draft_package(get(code)).package)


def test_the_bytes_are_canonical_and_come_out_of_what_they_spell(packages: Bytes) -> None:
    for content in packages.values():
        assert canonical_bytes(json.loads(content)) == content
        assert package_bytes(msgspec.json.decode(content, type=Package)) == content
        assert content == content.strip() and b"\n" not in content


def test_the_saboteur_that_stamps_the_bytes_is_caught(packages: Bytes) -> None:
    content = packages[RESTAURANT, "310101"]
    stamped = json.dumps({**json.loads(content), "compiled_at": "now"}).encode()
    assert canonical_bytes(json.loads(stamped)) != stamped
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stamped, type=Package)


def test_the_stored_digest_and_the_stored_signature_are_those_of_the_bytes(demo_db: None) -> None:
    key = Ed25519PublicKey.from_public_bytes(signing.public_key_bytes())
    for stored in StoredPackage.objects.all():
        content = bytes(stored.content)
        assert stored.digest == digest_of(content)
        assert stored.key_id == signing.key_id()
        key.verify(_decoded(stored.signature), content)
        assert signing.is_valid(content, stored.signature)


def test_a_signature_fails_on_a_changed_byte_and_on_rubbish(demo_db: None) -> None:
    key = Ed25519PublicKey.from_public_bytes(signing.public_key_bytes())
    stored = StoredPackage.objects.first()
    content = bytearray(stored.content)
    for place in (0, len(content) // 2, len(content) - 1):
        content[place] ^= 1
        with pytest.raises(InvalidSignature):
            key.verify(_decoded(stored.signature), bytes(content))
        assert not signing.is_valid(bytes(content), stored.signature)
        content[place] ^= 1
    for rubbish in ("", "x", "é", stored.signature[:-8], "!" * 88):
        assert not signing.is_valid(bytes(content), rubbish)


def _decoded(signature: str) -> bytes:
    return base64.b64decode(signature, validate=True)


def test_the_command_writes_exactly_the_released_bytes_and_their_signature(demo_db: None, tmp_path: Path) -> None:
    ran = run("export_theme", DOG, "--division", "310101", "--out", str(tmp_path / "out"), "--json")
    content = (tmp_path / "out" / "package.json").read_bytes()
    assert content == live_packages()[DOG, "310101"]
    assert (ran.status, ran.report["digest"]) == (0, digest_of(content))
    assert signing.is_valid(content, (tmp_path / "out" / "package.sig").read_text())
    assert json.loads((tmp_path / "out" / "items.json").read_bytes()) == json.loads(content)["items"]
    assert run("export_theme", DOG, "--division", "310101002", "--out", str(tmp_path)).status == 1


def test_nothing_of_rows_clocks_or_people_is_in_the_bytes(packages: Bytes) -> None:
    accounts = [name for user in User.objects.all() for name in (user.username, user.name)]
    names = [name for name in accounts if not name.isascii() or "_" in name]  # "content" is an English word too
    assert len(names) > 20
    for content in packages.values():
        text = content.decode()
        for name in names:
            assert f'"{name}"' not in text
        for key, value in _pairs(json.loads(content)):
            assert key not in {"id", "pk", "created_at", "updated_at", "revision", "saved_by", "released_by"}, key
            assert not (isinstance(value, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]", value)), value


def _pairs(tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _pairs(value)


# --- the published shape --------------------------------------------------------------------------------------------


def assert_fits(tree: Any) -> None:
    problems = [error.message for error in jsonschema_rs.validator_for(package_schema()).iter_errors(tree)]
    assert not problems


def test_the_published_schema_is_itself_a_2020_12_schema() -> None:
    schema = package_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] and schema["title"]
    jsonschema_rs.meta.validate(schema)


def test_the_published_schema_accepts_every_released_package(packages: Bytes) -> None:
    for content in packages.values():
        assert_fits(json.loads(content))


MUTATIONS = {
    "a section missing": lambda tree: tree.pop("guidance"),
    "a section too many": lambda tree: tree.update(extra={}),
    "an item without its name": lambda tree: tree["items"][0]["content"].pop("name"),
    "days as text": lambda tree: tree["items"][0].update(promised_days_here="3"),
    "negative days in a division": lambda tree: tree["items"][0]["content"].update(
        division_days=[{"division_codes": ["3101"], "promised_days": -1}]
    ),
    "a receiver without code": lambda tree: tree["items"][0]["receivers"][0].pop("handling_code"),
    "an unknown effect": lambda tree: tree["guidance"]["rules"][0]["effects"][0].update(type="explode"),
    "an unknown operator": lambda tree: tree["guidance"]["rules"][0].update(when={"q": "q", "op": "like"}),
    "an unknown type of question": lambda tree: tree["guidance"]["questions"][0].update(type="essay"),
    "the items as an object": lambda tree: tree.update(items={}),
    "no version": lambda tree: tree["meta"].pop("version"),
    "a key of a field misspelled": lambda tree: tree["form"]["field_uses"][0].update(lable="x"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_published_schema_refuses_what_is_no_package(name: str, packages: Bytes) -> None:
    for code in CODES:
        tree = json.loads(packages[code, "310101"])
        MUTATIONS[name](tree)
        with pytest.raises(AssertionError):
            assert_fits(tree)


@pytest.mark.usefixtures("demo_db")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_schema_and_reader_agree_on_mutated_packages(data: st.DataObject) -> None:
    """What the schema accepts can be read; what it refuses cannot: both come from the same document."""
    tree = copy.deepcopy(_one_package())
    spots = list(_spots([tree[name] for name in ("meta", "items", "guidance", "notices")]))
    node, key = spots[data.draw(st.integers(0, len(spots) - 1))]
    node[key] = data.draw(st.sampled_from([None, 0, -1, "x", [], {}, True, 1.5]))
    fits = jsonschema_rs.validator_for(package_schema()).is_valid(tree)
    assert fits == _can_be_read(tree)


_BEYOND_SCHEMA = ("a condition is exactly one", "takes a list", "go together")  # rules of Condition between its keys


def _can_be_read(tree: Any) -> bool:
    try:
        msgspec.convert(tree, Package)
    except msgspec.ValidationError as error:
        return any(sentence in str(error) for sentence in _BEYOND_SCHEMA)
    return True


def _one_package() -> dict[str, Any]:
    row = Release.objects.live().filter(subject__code=DOG, division__code="310101").select_related("package").get()
    return json.loads(bytes(row.package.content))


def _spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            yield from _spots(value)
        yield tree, key


# --- receivers ------------------------------------------------------------------------------------------------------

_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _has_right_check_digit(uscc: str) -> bool:
    """GB 32100-2015, written down once more."""
    total = sum(_DIGITS.index(sign) * 3**place % 31 for place, sign in enumerate(uscc[:17]))
    return len(uscc) == 18 and _DIGITS[-total % 31] == uscc[17]


def assert_right_receivers(code: str, district: str, tree: dict[str, Any]) -> None:
    parts = {part["code"]: part for part in dossier(code)["items"]}
    streets = set(
        Division.objects.filter(parent__code=district)
        .exclude(kind=Division.Kind.STATISTICAL)
        .values_list("code", flat=True)
    )
    assert streets
    for item in tree["items"]:
        source = parts[item["code"]]
        places = [receiver["division"] for receiver in item["receivers"]]
        assert len(places) == len(set(places))
        if source["department"].startswith("S-"):
            assert set(places) == streets
        else:
            assert places == [district]
        basic, handle, implement = source["basic_code"], source["handle_code"], source["implement_code"]
        for receiver in item["receivers"]:
            assert _has_right_check_digit(receiver["uscc"])
            level = source["exercise_level_code"]
            assert receiver["implementing_code"] == receiver["uscc"] + level + basic
            assert receiver["handling_code"] == receiver["implementing_code"] + handle[len(implement) :]
            assert (len(receiver["implementing_code"]), len(receiver["handling_code"])) == (31, 33)


def test_every_package_names_the_receivers_of_its_own_district_with_their_codes(packages: Bytes) -> None:
    for (code, district), content in packages.items():
        assert_right_receivers(code, district, json.loads(content))


def test_a_package_of_another_district_has_the_wrong_receivers(packages: Bytes) -> None:
    for code in CODES:
        with pytest.raises(AssertionError):
            assert_right_receivers(code, "310112", json.loads(packages[code, "310101"]))


def test_statistical_units_are_marked_and_receive_nothing(packages: Bytes) -> None:
    statistical = set(Division.objects.filter(kind=Division.Kind.STATISTICAL).values_list("code", flat=True))
    assert len(statistical) == 19
    for content in packages.values():
        tree = json.loads(content)
        assert {code for code, part in tree["divisions"].items() if part.get("is_statistical")} == statistical
        assert not statistical & {receiver["division"] for item in tree["items"] for receiver in item["receivers"]}


def test_a_package_says_its_division_its_days_and_its_windows(packages: Bytes) -> None:
    for (code, district), content in packages.items():
        tree = json.loads(content)
        assert tree["meta"]["division"]["code"] == district
        assert (tree["meta"]["code"], tree["meta"]["version"]) == (code, 1)
        wanted = [part["name"] for part in dossier(code)["addresses"] if part["division_code"] == district]
        assert sorted(point["name"] for point in tree["service_points"]) == sorted(wanted)
        for item, source in zip(tree["items"], dossier(code)["items"], strict=True):
            days = source["promised_days"]
            for row in source.get("region_overrides", []):
                if any(district.startswith(prefix) for prefix in row["division_codes"]):
                    days = row["promised_days"]
                    break
            assert item["promised_days_here"] == days


def test_a_package_needs_no_look_up_elsewhere(packages: Bytes) -> None:
    for content in packages.values():
        tree = json.loads(content)
        named = {field["field"].get("dictionary") for fields in tree["form"]["item_forms"].values() for field in fields}
        named |= {field.get("dictionary") for field in tree["form"]["public_fields"].values()}
        assert {name for name in named if name} <= set(tree["dictionaries"])
        materials = {material["code"] for material in tree["materials"]}
        assert {use["material"] for item in tree["items"] for use in item.get("materials", [])} <= materials
        keys = {field["key"] for fields in tree["form"]["item_forms"].values() for field in fields}
        assert keys == set(tree["form"]["order"])
        assert write(tree) == tree
        assert districts()[0] in tree["divisions"]
