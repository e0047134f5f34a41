"""Migrations on a live system: judged before they land, and never waiting long for a lock."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from opsplatform.runtime.database_roles import session
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.settings.databases import in_database

PROJECT = Path(__file__).parents[3]


def _judged(settings_module: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "lintmigrations", "--settings", settings_module],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.django_db
def test_our_migrations_are_safe_on_a_live_system(process_environment: dict[str, str]) -> None:
    judged = _judged("opsplatform.settings.linting", process_environment)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.django_db
def test_a_migration_that_would_stop_a_live_system_is_refused(process_environment: dict[str, str]) -> None:
    judged = _judged("opsplatform.runtime.tests.settings_with_hasty_migrations", process_environment)
    assert judged.returncode == 1, judged.stdout + judged.stderr
    for sentence in ("NOT NULL constraint", "DROPPING columns", "CREATE INDEX locks table"):
        assert sentence in judged.stdout


def test_the_owner_gives_up_waiting_for_a_lock_before_people_notice(database_clone: str) -> None:
    plan = in_database(settings.DATABASE_PLAN, database_clone)
    with session(plan.application) as reader, reader.cursor() as reading:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM jobs_job")
        with session(plan.owner) as owner, owner.cursor() as migrating:
            migrating.execute("SELECT setting::integer BETWEEN 1 AND 5000 FROM pg_settings WHERE name = 'lock_timeout'")
            assert migrating.fetchone() == (True,)
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                migrating.execute("ALTER TABLE jobs_job ADD COLUMN hurry integer")
        reading.execute("COMMIT")


def test_migrate_says_in_a_sentence_that_somebody_was_in_the_way_and_works_when_repeated(
    database_clone: str, disposable_databases: DisposableDatabases
) -> None:
    plan = in_database(settings.DATABASE_PLAN, database_clone)
    with disposable_databases.used_as("owner", database_clone):
        with session(plan.application) as reader, reader.cursor() as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM register_files_uploadedsheet")
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            with pytest.raises(CommandError) as refusal:
                call_command("migrate", "register_files", "zero", verbosity=0)
            assert refusal.value.returncode == os.EX_TEMPFAIL
            assert "再次执行 manage.py migrate" in str(refusal.value)
            reading.execute("COMMIT")
        call_command("migrate", "register_files", "zero", verbosity=0)
        call_command("migrate", "register_files", verbosity=0)
