"""Preparing a database: with an able account, with two, and with one that may not."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from opsplatform.runtime.database_roles import _wait_for_other_setups, session, setup_database
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.runtime.errors import CannotRun, DatabaseUnavailable
from opsplatform.settings.databases import DatabasePlan, in_database

WEAK = f"opsplatform_test_weak_{os.getpid()}"  # roles are the whole server's


@pytest.fixture
def plan(disposable_databases: DisposableDatabases) -> Iterator[DatabasePlan]:
    """The installation's accounts, in a database that does not exist yet and is gone afterwards."""
    name = disposable_databases.name("_roles")
    yield in_database(settings.DATABASE_PLAN, name)
    disposable_databases.drop(name)


def _rows(account: dict[str, Any], statement: str) -> list[tuple[Any, ...]]:
    with session(account) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def weak(plan: DatabasePlan) -> Iterator[dict[str, Any]]:
    """An account that may log in and nothing else."""
    assert plan.admin is not None
    admin = {**plan.admin, "NAME": "postgres"}
    _rows(admin, f"DROP ROLE IF EXISTS {WEAK}")
    _rows(admin, f"CREATE ROLE {WEAK} LOGIN")
    yield {**admin, "USER": WEAK, "PASSWORD": ""}
    _rows(admin, f"DROP ROLE {WEAK}")


def test_an_able_account_creates_everything_and_may_do_so_again(plan: DatabasePlan) -> None:
    setup_database(plan)
    setup_database(plan)
    _rows(plan.owner, "CREATE TABLE thing (id serial PRIMARY KEY)")
    assert _rows(plan.application, "INSERT INTO thing DEFAULT VALUES RETURNING id") == [(1,)]
    assert _rows(plan.application, "SELECT current_user") == [(plan.application_role,)]
    assert _rows(plan.owner, "SELECT tableowner FROM pg_tables WHERE tablename = 'thing'") == [(plan.owner_role,)]
    with pytest.raises(CannotRun, match="权限不足"):
        _rows(plan.application, "TRUNCATE thing")


@pytest.fixture
def unheard_of(plan: DatabasePlan) -> Iterator[DatabasePlan]:
    """A plan whose roles the server does not know yet, and does not know afterwards."""
    assert plan.admin is not None
    unheard_of = replace(plan, owner_role=f"{plan.name}_owner", application_role=f"{plan.name}_application")
    yield unheard_of
    admin = {**plan.admin, "NAME": "postgres"}
    _rows(admin, f'DROP DATABASE IF EXISTS "{plan.name}"')
    for role in (unheard_of.owner_role, unheard_of.application_role):
        _rows(admin, f'DROP ROLE IF EXISTS "{role}"')


def test_setups_at_the_same_time_do_not_get_in_each_others_way(unheard_of: DatabasePlan) -> None:
    with ThreadPoolExecutor(4) as together:
        list(together.map(setup_database, [unheard_of] * 4))
    assert unheard_of.admin is not None
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert _rows(unheard_of.admin, owner) == [(unheard_of.owner_role,)]


def test_a_setup_waits_for_one_that_has_begun(plan: DatabasePlan) -> None:
    assert plan.admin is not None
    with ThreadPoolExecutor(1) as beside:
        with session({**plan.admin, "NAME": "postgres"}) as begun:
            _wait_for_other_setups(begun)
            waiting = beside.submit(setup_database, plan)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        waiting.result(timeout=30)


def test_two_accounts_need_only_the_owners_grants(plan: DatabasePlan) -> None:
    setup_database(plan)
    two = replace(plan, admin=None)
    _rows(plan.owner, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM " + plan.application_role)
    setup_database(two)
    _rows(plan.owner, "CREATE TABLE thing (id int)")
    assert _rows(two.application, "SELECT * FROM thing") == []


def test_one_account_for_both_is_refused(plan: DatabasePlan) -> None:
    setup_database(plan)
    with pytest.raises(CannotRun, match="同一个账号"):
        setup_database(replace(plan, admin=None, owner_role=plan.application_role))


def test_an_account_that_may_not_create_is_told_what_to_ask_for(plan: DatabasePlan, weak: dict[str, Any]) -> None:
    with pytest.raises(CannotRun, match="DATABASE_OWNER_URL"):
        setup_database(replace(plan, admin=weak))


def test_a_database_that_is_not_there_is_one_sentence(plan: DatabasePlan) -> None:
    with pytest.raises(DatabaseUnavailable, match="setup_database"), session(plan.owner):
        pass


def test_a_server_that_does_not_answer_is_one_sentence(plan: DatabasePlan) -> None:
    nowhere = {**plan.owner, "HOST": "127.0.0.1", "PORT": 1}
    with pytest.raises(DatabaseUnavailable, match=r"连不上数据库 127\.0\.0\.1:1") as refusal, session(nowhere):
        pass
    assert "\n" not in str(refusal.value)


def test_only_the_two_roles_may_connect(plan: DatabasePlan, weak: dict[str, Any]) -> None:
    setup_database(plan)
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        psycopg2.connect(dbname=plan.name, user=WEAK, host=weak["HOST"], port=weak["PORT"] or None, connect_timeout=5)
