"""Channels × accounts: no path publishes bytes that a second person has not approved, and no author is that person.

Every account of the demonstration tries every channel on a version that its editor wrote and nobody has approved. The
control goes the same ways once the version is approved: then those who may release it do, so the matrix can fail.
"""

from collections.abc import Callable

import pytest
from django.db import Error, connection, transaction

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import kinds
from opsplatform.jobs.services.running import run_job
from opsplatform.kernel.canonical import digest_of
from opsplatform.organizations.models import Division
from opsplatform.release.models import Decision, Release, Version
from opsplatform.release.services import reviewing
from themes.services.demonstration import approve_by_all
from themes.tests.browsing import logged_in, url
from themes.tests.demonstrated import RESTAURANT, account, add_sentence, run, save, submit
from themes.tests.rights import both_roles

pytestmark = [pytest.mark.usefixtures("demo_db"), pytest.mark.every_server]
PLACE = "310101"
Channel = Callable[[str, Version], object]


@pytest.fixture
def version() -> Version:
    """sj_editor wrote and submitted it; the lead department's reviewer is next."""
    save(RESTAURANT, add_sentence)
    return submit(RESTAURANT)


def sql(statement: str, values: list[object]) -> None:
    """As the application role, whose connection this is; what the database refuses leaves nothing behind."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except Error:
        pass


# --- to publish -------------------------------------------------------------------------------------------------------


def publish_by_page(username: str, version: Version) -> None:
    form = {"version": version.number, "division": [PLACE], "note": "发布"}
    logged_in(username).post(url("release", RESTAURANT), form)


def publish_by_api(username: str, version: Version) -> None:
    body = {"version": version.number, "divisions": [PLACE], "note": "发布"}
    logged_in(username).post(f"/api/v1/themes/{RESTAURANT}/release/", body, content_type="application/json")


def publish_by_admin(username: str, version: Version) -> None:
    """The registers are tried as if they took what they show: the theme's own row, and rows of the engine."""
    client = logged_in(username)
    for address in (
        f"/admin/themes/theme/{version.subject_id}/change/", "/admin/release/release/add/",
        f"/admin/release/subject/{version.subject_id}/change/",
    ):  # fmt: skip
        client.post(address, {"state": "approved", "version": version.pk, "division": PLACE, "note": "发布"})


def publish_by_command(username: str, version: Version) -> None:
    run("release_theme", RESTAURANT, "--divisions", PLACE, "--note", "发布", "--actor", username)


def publish_by_job(username: str, version: Version) -> None:
    """Every kind of work there is, asked for as if it released the version."""
    payload = {"codes": [RESTAURANT], "version": version.number, "divisions": [PLACE], "subject": version.subject_id}
    for kind, _ in kinds():
        job = Job.objects.create(kind=kind, payload=payload, created_by=account(username))
        with transaction.atomic():
            run_job(job.pk)


def publish_by_sql(username: str, version: Version) -> None:
    place = Division.objects.get(code=PLACE)
    sql(
        "UPDATE release_release SET ended_at = transaction_timestamp(), ended_by_id = %s, ending = 'superseded',"
        " end_note = 'x' WHERE subject_id = %s AND division_id = %s AND ended_at IS NULL",
        [account(username).pk, version.subject_id, place.pk],
    )
    content = f"{version.pk} {username}".encode()
    sql(
        "INSERT INTO release_package (digest, version_id, division_id, content, signature, key_id)"
        " VALUES (%s, %s, %s, %s, 'x', 'x')",
        [digest_of(content), version.pk, place.pk, content],
    )
    sql("UPDATE release_subject SET state = 'approved' WHERE id = %s", [version.subject_id])
    sql(
        "INSERT INTO release_release (subject_id, version_id, division_id, package_id, released_by_id, note,"
        " public_note, ending, end_note) VALUES (%s, %s, %s, %s, %s, 'x', 'x', '', '')",
        [version.subject_id, version.pk, place.pk, digest_of(content), account(username).pk],
    )


PUBLISH: dict[str, Channel] = {
    "page": publish_by_page, "API": publish_by_api, "admin": publish_by_admin, "command": publish_by_command,
    "job": publish_by_job, "SQL": publish_by_sql,
}  # fmt: skip
WAYS = {"page", "API", "command", "SQL"}  # on which what is approved is released; the others lead nowhere at all


def is_live(version: Version) -> bool:
    return Release.objects.live().filter(version=version).exists()


def everybody() -> list[str]:
    return list(User.objects.filter(kind=User.Kind.PERSON).order_by("username").values_list("username", flat=True))


def published(channel: str, version: Version) -> set[str]:
    """Which accounts put the version on show through the channel; each is undone before the next."""
    found = set()
    for username in everybody():
        with transaction.atomic():
            PUBLISH[channel](username, version)
            if is_live(version):
                found.add(username)
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("channel", PUBLISH)
def test_nobody_publishes_by_any_channel_what_no_second_person_approved(channel: str, version: Version) -> None:
    assert published(channel, version) == set()


@pytest.mark.parametrize("channel", PUBLISH)
def test_once_it_is_approved_the_same_ways_publish_it(channel: str, version: Version) -> None:
    approve_by_all(version, "同意")
    allowed = published(channel, version)
    if channel == "SQL":
        assert allowed == set(everybody())  # the database knows versions and digests, not roles
    else:
        assert allowed == ({"operator", "operator2"} if channel in WAYS else set())


# --- to be one's own second person ------------------------------------------------------------------------------------


def approve_by_page(username: str, version: Version) -> None:
    logged_in(username).post(url("review", RESTAURANT), {"do": "approve", "digest": version.digest, "note": "同意"})


def approve_by_api(username: str, version: Version) -> None:
    body = {"digest": version.digest, "note": "同意"}
    logged_in(username).post(f"/api/v1/themes/{RESTAURANT}/approve/", body, content_type="application/json")


def approve_by_command(username: str, version: Version) -> None:
    run("approve_theme", RESTAURANT, "--actor", username)


def approve_by_sql(username: str, version: Version) -> None:
    """The party's row and the decision itself, as plain statements."""
    who = account(username).pk
    sql(
        "UPDATE release_reviewparty SET state = 'approved', decided_by_id = %s, decided_at = now(), digest = %s,"
        " note = 'x' WHERE state = 'open' AND step_id IN (SELECT id FROM release_reviewstep WHERE version_id = %s)",
        [who, version.digest, version.pk],
    )
    sql(
        "INSERT INTO release_decision (version_id, kind, digest, decided_by_id, note)"
        " VALUES (%s, 'approved', %s, %s, 'x')",
        [version.pk, version.digest, who],
    )


APPROVE: dict[str, Channel] = {
    "page": approve_by_page, "API": approve_by_api, "command": approve_by_command, "SQL": approve_by_sql,
}  # fmt: skip


def decided_by(username: str, version: Version) -> bool:
    who = account(username)
    return (
        version.steps.filter(parties__decided_by=who).exists()
        or Decision.objects.filter(version=version, decided_by=who).exists()
    )


@pytest.mark.parametrize("channel", APPROVE)
def test_an_author_with_every_right_decides_for_no_party_by_any_channel(channel: str, version: Version) -> None:
    both_roles("sj_editor")
    APPROVE[channel]("sj_editor", version)
    assert not decided_by("sj_editor", version)
    APPROVE[channel]("sj_reviewer", version)  # the control: another with the same right does
    assert decided_by("sj_reviewer", version)


def test_without_the_services_check_the_author_would_have_decided_but_for_the_database(
    version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saboteur: the service asks nobody who they are; with the guard's trigger the author is refused all the same."""
    both_roles("sj_editor")
    monkeypatch.setattr(
        reviewing, "require_reviewer",
        lambda actor, pending: list(pending.steps.get(code="lead").parties.all()),
    )  # fmt: skip
    with pytest.raises(Error, match="an author decides for no party"), transaction.atomic():
        reviewing.approve(actor=account("sj_editor"), subject_id=version.subject_id, digest=version.digest, note="同意")
    assert not decided_by("sj_editor", version)
