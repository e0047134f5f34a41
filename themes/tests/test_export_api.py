"""What the acceptance platform reads, on the demonstration installation: bytes, tags, tokens, moments, evaluation."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from forms_builder.models import Dictionary, DictionaryEntry
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.kernel import clock
from opsplatform.kernel.prepared import PreparedStatement
from opsplatform.organizations.models import Division
from opsplatform.release.models import Package, Release
from opsplatform.release.services.withdrawing import withdraw
from themes.api.export import live
from themes.api.export.kept import KeptPackage, KeptPackages

RESTAURANT, DOG = "YJS-310000-L1-0001", "YJS-310000-P4-0002"
LIVE = f"/api/v1/export/themes/{RESTAURANT}/310101/"
EXPORT = "/api/v1/export/"
GUIDE = Path(__file__).parents[2] / "docs" / "integrators-guide.md"


@pytest.fixture
def platform(demo_db: None) -> APIClient:
    """The acceptance platform with its token."""
    return calling(machine(), "export:read")


def stored() -> Package:
    return Release.objects.live().get(subject__code=RESTAURANT, division__code="310101").package


# --- the package ------------------------------------------------------------------------------------------------------


def test_the_package_is_answered_byte_for_byte_with_its_digest_as_tag(platform: APIClient) -> None:
    answer, package = platform.get(LIVE), stored()
    assert answer.status_code == 200
    assert answer.content == bytes(package.content)
    assert answer["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"' == f'"{package.digest}"'
    spelled = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer["Repr-Digest"] == f"sha-256=:{spelled}:"
    assert (answer["X-Package-Version"], answer["Content-Type"]) == ("1", "application/json")
    release = package.releases.get()
    assert unquote(answer["X-Release-Note"].removeprefix("UTF-8''")) == release.public_note
    assert unquote(answer["X-Released-By"].removeprefix("UTF-8''")) == release.released_by.username


def test_who_holds_the_bytes_gets_304(platform: APIClient) -> None:
    tag = platform.get(LIVE)["ETag"]
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = platform.get(LIVE, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert "X-Release-Note" in again
    assert platform.get(LIVE, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_signature_holds_with_the_published_key_and_with_no_other_bytes(platform: APIClient) -> None:
    answer = platform.get(LIVE)
    (key,) = platform.get(f"{EXPORT}keys/").json()["keys"]
    assert key["kid"] == answer["X-Package-Key-Id"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
    signature = base64.b64decode(answer["X-Package-Signature"])
    public.verify(signature, answer.content)
    with pytest.raises(InvalidSignature):
        public.verify(signature, answer.content + b" ")


def test_one_statement_checks_everything(platform: APIClient, django_assert_num_queries: Any) -> None:
    tag = platform.get(LIVE)["ETag"]
    with django_assert_num_queries(1):
        assert platform.get(LIVE).status_code == 200
    with django_assert_num_queries(1):
        assert platform.get(LIVE, headers={"If-None-Match": tag}).status_code == 304
    with django_assert_num_queries(1):
        assert APIClient().get(LIVE, headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("way", ["none", "unknown", "expired", "switched off", "other scope", "no role", "a session"])
def test_only_a_good_token_of_the_platform_reads(demo_db: None, way: str) -> None:
    robot = machine()
    client = calling(robot, "export:read")
    assert client.get(LIVE).status_code == 200, "before"
    expected = 401
    if way == "none":
        client = APIClient()
    elif way == "unknown":
        client.credentials(HTTP_AUTHORIZATION="Bearer unknown")
    elif way == "expired":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE oauth2_provider_accesstoken SET expires = now()")
    elif way == "switched off":
        User.objects.filter(pk=robot.pk).update(is_active=False)
    elif way == "other scope":
        client, expected = calling(robot, "registers:read"), 403
    elif way == "no role":
        Membership.objects.filter(user=robot).update(role=Role.objects.get(code=RoleCode.DEPARTMENT_SYSTEM))
        expected = 403
    else:
        client = logged_in(User.objects.get(username="operator"))
    answer = client.get(LIVE)
    assert (answer.status_code, answer["Content-Type"]) == (expected, "application/problem+json")
    if expected == 401:
        assert answer["WWW-Authenticate"].startswith("Bearer")
    if way == "other scope":
        assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


def test_a_statement_that_forgot_the_clock_would_be_caught(demo_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = live._NOW.text.replace("token.expires > now() AND ", "")
    monkeypatch.setattr(live, "_NOW", PreparedStatement(forgetful, live._NOW.parameters))
    with pytest.raises(AssertionError):
        test_only_a_good_token_of_the_platform_reads(None, "expired")


def test_a_withdrawal_is_effective_at_once_and_the_past_stays_readable(platform: APIClient) -> None:
    before = platform.get(LIVE)
    release = Release.objects.live().get(subject__code=RESTAURANT, division__code="310101")
    withdraw(
        actor=User.objects.get(username="operator"),
        subject_id=release.subject_id,
        divisions=[release.division],
        note="测试撤回",
    )
    assert platform.get(LIVE).status_code == 404
    then = quote((release.released_at + timedelta(microseconds=1)).isoformat())
    assert platform.get(f"{LIVE}?at={then}").content == before.content
    ended = quote(Release.objects.get(pk=release.pk).ended_at.isoformat())
    assert platform.get(f"{LIVE}?at={ended}").status_code == 404
    assert platform.get(f"{LIVE}?at=2000-01-01T00:00:00%2B08:00").status_code == 404
    assert platform.get(f"{EXPORT}packages/{release.package_id}/").content == before.content
    shown = platform.get(f"{EXPORT}themes/?division=310101").json()["results"]
    assert RESTAURANT not in {row["code"] for row in shown}


@pytest.mark.parametrize(
    "at", ["x", "", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_a_moment_that_cannot_be_read_is_refused(platform: APIClient, at: str) -> None:
    answer = platform.get(f"{LIVE}?at={at}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "at")


@pytest.mark.parametrize("query", ["at=x", "surprise=1", "at=2999-01-01T00:00:00Z"])
def test_a_stranger_is_told_nothing_about_the_query(demo_db: None, query: str) -> None:
    assert APIClient().get(f"{LIVE}?{query}").status_code == 401


@pytest.mark.parametrize("address", [LIVE, f"{EXPORT}themes/"])
def test_a_moment_to_come_is_refused(platform: APIClient, address: str) -> None:
    answer = platform.get(f"{address}?at=2999-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "at")


@pytest.mark.parametrize("address", [f"themes/{RESTAURANT}/000000/", "themes/x/310101/", "themes/%00/310101/"])
def test_where_nothing_is_live_there_is_nothing(platform: APIClient, address: str) -> None:
    assert platform.get(EXPORT + address).status_code == 404


def test_the_route_reads_and_does_nothing_else(platform: APIClient) -> None:
    assert platform.post(LIVE, {}, format="json").status_code == 405
    assert platform.head(LIVE).status_code == 200
    assert platform.get(f"{LIVE}?surprise=1").status_code == 400


def test_a_package_by_digest_may_be_kept_for_ever(platform: APIClient) -> None:
    package = stored()
    answer = platform.get(f"{EXPORT}packages/{package.digest}/")
    assert answer.content == bytes(package.content)
    assert "immutable" in answer["Cache-Control"]
    address = f"{EXPORT}packages/{package.digest}/"
    assert platform.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert platform.get(f"{EXPORT}packages/{'0' * 64}/").status_code == 404


def test_packages_of_anything_else_than_themes_do_not_exist_for_the_platform(platform: APIClient) -> None:
    other = Package.objects.exclude(version__subject__kind="theme").first()
    assert other is not None, "item forms are released as packages, too"
    assert platform.get(f"{EXPORT}packages/{other.digest}/").status_code == 404
    assert platform.get(f"{EXPORT}packages/{other.digest}/form/").status_code == 404


def test_a_package_fits_its_own_schema_and_a_broken_one_does_not(platform: APIClient) -> None:
    schema = platform.get(f"{EXPORT}package-schema/").json()
    validator = jsonschema_rs.Draft202012Validator(schema)
    package = platform.get(LIVE).json()
    validator.validate(package)
    del package["meta"]["code"]
    assert not validator.is_valid(package)


def test_kept_bytes_are_answered_only_for_their_own_digest(platform: APIClient) -> None:
    first = platform.get(LIVE)
    assert platform.get(LIVE).content == first.content, "from memory"
    live._KEPT.keep((RESTAURANT, "310101"), KeptPackage("0" * 64, b"of a version that is no longer live"))
    assert platform.get(LIVE).content == first.content, "from the database"


def test_the_longest_unread_package_is_forgotten_first() -> None:
    kept = KeptPackages(most=2)
    for place in ("a", "b"):
        kept.keep((place, ""), KeptPackage(place, place.encode()))
    assert kept.find(("a", "")) == KeptPackage("a", b"a")
    kept.keep(("c", ""), KeptPackage("c", b"c"))
    assert kept.find(("b", "")) is None
    assert kept.find(("a", "")) is not None


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_names_every_live_release_once(platform: APIClient) -> None:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = platform.get(f"{EXPORT}themes/?limit=7{cursor}").json()
        rows += page["results"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    live = Release.objects.live().filter(subject__kind="theme")
    assert {(row["code"], row["division"]) for row in rows} == set(live.values_list("subject__code", "division__code"))
    assert len(rows) == live.count()
    assert {row["digest"] for row in rows} == set(live.values_list("package_id", flat=True))


def test_the_list_narrows_by_division_and_category(platform: APIClient) -> None:
    rows = platform.get(f"{EXPORT}themes/?division=310101").json()["results"]
    assert {row["division"] for row in rows} == {"310101"}
    category = next(row["category"] for row in rows if row["code"] == DOG)
    narrowed = platform.get(f"{EXPORT}themes/?category={category}").json()["results"]
    assert {row["code"] for row in narrowed} == {DOG}


def test_the_list_costs_the_same_for_one_row_and_for_all(platform: APIClient, django_assert_num_queries: Any) -> None:
    for limit in (1, 32):
        with django_assert_num_queries(6):
            assert len(platform.get(f"{EXPORT}themes/?limit={limit}").json()["results"]) == limit


# --- evaluation and form ----------------------------------------------------------------------------------------------


def dossiers() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name in ("theme_restaurant.json", "theme_dog_license.json"):
        dossier = json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())
        found += [(dossier["theme"]["code"], example) for example in dossier["worked_examples"]]
    return found


@pytest.mark.parametrize(("code", "example"), dossiers())
def test_worked_examples_come_out_as_the_dossiers_say(platform: APIClient, code: str, example: dict[str, Any]) -> None:
    release = Release.objects.live().filter(subject__code=code, division__code="310101").get()
    address = f"{EXPORT}packages/{release.package_id}/evaluate/"
    outcome = platform.post(address, {"answers": example["answers"]}, format="json").json()
    assert {key: outcome[key] for key in example["expected"]} == example["expected"]
    assert outcome["explanation"]


def test_answers_that_do_not_fit_are_named_all_at_once(platform: APIClient) -> None:
    address = f"{EXPORT}packages/{stored().digest}/evaluate/"
    answer = platform.post(address, {"answers": {"NO_1": "x", "NO_2": "y"}}, format="json")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/answers/NO_1", "/answers/NO_2"]


@pytest.mark.parametrize(
    "body", [{}, {"answers": []}, {"answers": {}, "on": "x"}, {"answers": {}, "on": 5}, {"answers": {}, "more": 1}, []]
)
def test_a_body_of_another_shape_is_refused(platform: APIClient, body: Any) -> None:
    for step in ("evaluate", "form"):
        answer = platform.post(f"{EXPORT}packages/{stored().digest}/{step}/", body, format="json")
        assert answer.status_code == 422
        assert answer.json()["errors"]


def test_the_whole_form_and_the_form_of_a_path_are_there(platform: APIClient) -> None:
    address = f"{EXPORT}packages/{stored().digest}/form/"
    whole = platform.get(address)
    assert set(whole.json()) == {"schema", "order", "groups", "projections", "translations", "ui"}
    assert platform.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    path = platform.post(address, {"answers": {}}, format="json")
    assert path.status_code == 200
    assert isinstance(path.json(), dict)


# --- dictionaries -----------------------------------------------------------------------------------------------------


def test_a_dictionary_shows_the_entries_in_force_on_the_day(platform: APIClient) -> None:
    dictionary = Dictionary.objects.create(code="seasons", name="季节")
    DictionaryEntry.objects.create(dictionary=dictionary, code="1", name="春", order=1, valid_to="2026-03-31")
    DictionaryEntry.objects.create(dictionary=dictionary, code="2", name="夏", order=2, valid_from="2026-04-01")
    address = f"{EXPORT}dictionaries/seasons/"

    def codes(at: str) -> list[str]:
        return [entry["code"] for entry in platform.get(f"{address}?at={at}").json()["entries"]]

    assert codes("2026-03-31") == ["1"]
    assert codes("2026-04-01") == ["2"]
    assert codes("2026-03-31T23:30:00%2B08:00") == ["1"]
    assert codes("2026-03-31T16:30:00Z") == ["2"], "which is the first of April in Shanghai"
    answer = platform.get(address)
    assert answer.json()["on"] == clock.today().isoformat()
    assert platform.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert platform.get(f"{address}?at=2026-02-30").status_code == 400
    assert platform.get(f"{EXPORT}dictionaries/none/").status_code == 404


# --- the guide --------------------------------------------------------------------------------------------------------


def test_the_example_of_the_guide_runs_as_it_is_printed(demo_clone: str, live_site: str, tmp_path: Path) -> None:
    guide = GUIDE.read_text()
    script, *_ = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    credentials = register_machine_client(
        actor=User.objects.get(username="sysadmin"),
        name="受理平台",
        role=Role.objects.get(code=RoleCode.ACCEPTANCE_PLATFORM),
        division=Division.objects.get(code="310000"),
        scopes=["export:read"],
    )
    file = tmp_path / "example.py"
    file.write_text(script)
    environment = {
        **os.environ,
        "OPSPLATFORM_URL": live_site,
        "CLIENT_ID": credentials.client_id,
        "CLIENT_SECRET": credentials.client_secret,
        "no_proxy": "*",
    }
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["200", "200", "200"]
    assert [line.split()[-1] for line in lines[:2]] == ["304", "304"]
