"""What the database holds about localisations in packages and releases, and about exceptions, against any SQL.

As in opsplatform/release/tests/test_guards.py: refused to the application, and done once the guard is taken away.
"""

import hashlib
from typing import Any

import pytest
from django.db import connection

from opsplatform.release.models import Version
from opsplatform.release.tests.test_guards import INSERT_RELEASE, Guard, Statement, as_owner, assert_refused, attempt
from opsplatform.runtime.disposable_databases import DisposableDatabases
from themes.models import LocalisationException
from themes.services.localising import save_localisation
from themes.services.publishing import withdraw_theme
from themes.services.reviewing_localisation import submit_localisation
from themes.tests.demonstrated import DOG, account, get
from themes.tests.localised import DAYS, HUANGPU, MINHANG, approve, division, live, localise, put_on_show, submit

pytestmark = pytest.mark.every_server

INSERT_PACKAGE = (
    "INSERT INTO release_package (digest, version_id, division_id, localisation_id, content, signature, key_id)"
    " VALUES (%s, %s, %s, %s, %s, 'x', 'x')"
)
INSERT_EXCEPTION = (
    "INSERT INTO themes_localisationexception (theme_id, division_id, key, kind, reason, expires_on, state,"
    " requested_by_id, decided_by_id, decided_at, decision_note, revision)"
    " VALUES (%s, %s, 'k', 'slower', 'x', '2099-01-01', 'granted', %s, %s, now(), 'x', 1)"
)


def _package(localisation: Version, place: str) -> Statement:
    content = f"{localisation.pk} {place}".encode()
    values: list[Any] = [
        hashlib.sha256(content).hexdigest(), live(place).version_id, division(place).pk, localisation.pk, content,
    ]  # fmt: skip
    return INSERT_PACKAGE, values


def pack_what_nobody_approved() -> Statement:
    localise({DAYS: 3})
    return _package(submit(), MINHANG)


def pack_what_was_voided() -> Statement:
    localise({DAYS: 3})
    version = approve(submit())
    localise({DAYS: 2})
    return _package(version, MINHANG)


def pack_it_in_another_district() -> Statement:
    localise({DAYS: 3})
    return _package(approve(submit()), HUANGPU)


def release_the_package_without_its_localisation() -> Statement:
    release = put_on_show({DAYS: 3})
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=[MINHANG], note="暂停")
    values = [release.subject_id, release.version_id, release.division_id, release.package_id, release.released_by_id]
    return INSERT_RELEASE, values


def grant_an_exception_to_oneself() -> Statement:
    editor = account("mh_editor").pk
    return INSERT_EXCEPTION, [get(DOG).pk, division().pk, editor, editor]


APPROVED = "DROP TRIGGER release_localisation_is_approved ON release_package"
PACKED = "DROP TRIGGER release_localisation_is_in_the_package ON release_release"
ANOTHER = "ALTER TABLE themes_localisationexception DROP CONSTRAINT exception_decided_by_another"
GUARDS = [
    Guard(pack_what_nobody_approved, "only an approved localisation", APPROVED),
    Guard(pack_what_was_voided, "only an approved localisation", APPROVED),
    Guard(pack_it_in_another_district, "of another theme or division", APPROVED),
    Guard(release_the_package_without_its_localisation, "not of this localisation", PACKED),
    Guard(grant_an_exception_to_oneself, "exception_decided_by_another", ANOTHER),
]


@pytest.mark.usefixtures("demo_db")
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.how.__name__)
def test_the_application_cannot(guard: Guard) -> None:
    assert_refused(guard.how(), guard.because)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.how.__name__)
def test_without_the_guard_the_same_attempt_passes(
    guard: Guard, demo_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with as_owner(disposable_databases, demo_clone):
        statement = guard.how()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(guard.without)
        assert attempt(statement) == ""


@pytest.mark.usefixtures("demo_db")
def test_two_districts_localise_one_theme_without_knowing_of_each_other() -> None:
    put_on_show({DAYS: 3})
    save_localisation(
        actor=account("hp_editor"), code=DOG, division_code=HUANGPU, values={DAYS: 2}, expected_revision=0
    )
    submit_localisation(actor=account("hp_editor"), code=DOG, division_code=HUANGPU, expected_revision=1, note="更快")
    assert LocalisationException.objects.count() == 0
    assert live(HUANGPU).localisation is None and live(MINHANG).localisation is not None
