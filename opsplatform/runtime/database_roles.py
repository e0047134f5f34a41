"""The database and its two roles: the owner that migrates, and the application that may only read and write rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812

from opsplatform.runtime.errors import CannotRun, DatabaseUnavailable
from opsplatform.settings.databases import DatabasePlan

MAINTENANCE_DATABASE = "postgres"
GRANTS = (
    "REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {application}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {application}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {application}",
)
EMPTY = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"


def setup_database(plan: DatabasePlan) -> None:
    """The database exists, owned by the owner role, and the application role has its rights on all that is to come.

    Safe to repeat. With an able account everything is created; with two prepared accounts the owner only grants.
    """
    if plan.admin is None:
        with session(plan.owner) as connection:
            _must_be_two_roles(plan)
            _grant(connection, plan)
        return
    with session({**plan.admin, "NAME": MAINTENANCE_DATABASE}) as connection:
        _must_be_able(connection, plan)
        _wait_for_other_setups(connection)
        for role in (plan.owner_role, plan.application_role):
            _create_role(connection, role)
        create_database(connection, plan.name, owner=plan.owner_role)
        with session(plan.admin) as inside, inside.cursor() as cursor:
            cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(plan.owner_role)))
            _grant(inside, plan)


def create_database(connection: Connection, name: str, *, owner: str, template: str | None = None) -> None:
    """A database of this name and owner exists; copied from `template`, or empty in UTF-8 with code-point order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return
        names = {"name": sql.Identifier(name), "owner": sql.Identifier(owner)}
        if template is not None:
            names["template"] = sql.Identifier(template)
            options = "TEMPLATE {template}"
        elif connection.server_version >= 170000:  # the built-in provider gives the same order on every machine
            options = f"{EMPTY} LC_CTYPE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        else:
            options = f"{EMPTY} LC_CTYPE 'C.UTF-8'"
        cursor.execute(sql.SQL(f"CREATE DATABASE {{name}} OWNER {{owner}} {options}").format(**names))


def drop_database(connection: Connection, name: str) -> None:
    """No database of this name exists any more, and whoever was connected to it is not."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def client_count(account: dict[str, Any]) -> int:
    """How many other sessions the server has at this moment, in whichever database."""
    with session({**account, "NAME": MAINTENANCE_DATABASE}) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


@contextmanager
def session(account: dict[str, Any]) -> Iterator[Connection]:
    """An autocommitting connection as this account; refusals of the server become one sentence."""
    try:
        connection = psycopg2.connect(
            dbname=account["NAME"],
            user=account["USER"] or None,
            password=account["PASSWORD"] or None,
            host=account["HOST"] or None,
            port=account["PORT"] or None,
            **account["OPTIONS"],
        )
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable(_sentence(account, str(error))) from error
    connection.autocommit = True
    try:
        yield connection
    except errors.InsufficientPrivilege as error:
        raise CannotRun(
            f"数据库账号 {account['USER']} 权限不足（{_first_line(error)}）：请由数据库管理员准备两个账号，"
            "分别写入 DATABASE_URL 与 DATABASE_OWNER_URL。"
        ) from error
    finally:
        connection.close()


def _sentence(account: dict[str, Any], reason: str) -> str:
    where = f"{account['HOST'] or '本机'}:{account['PORT'] or 5432}"
    if "password authentication failed" in reason or "no password supplied" in reason:
        return f"数据库 {where} 不接受账号 {account['USER']} 的口令：请检查数据库地址里的账号与口令。"
    if "role" in reason and "does not exist" in reason:
        return f"数据库 {where} 上没有所需的角色：请先运行 manage.py setup_database。"
    if "database" in reason and "does not exist" in reason:
        return f"数据库 {where} 上没有名为 {account['NAME']} 的库：请先运行 manage.py setup_database，或由管理员建库。"
    return f"连不上数据库 {where}：请确认它已启动、地址正确（{_first_line(reason)}）。"


def _first_line(reason: object) -> str:
    return str(reason).strip().splitlines()[0] if str(reason).strip() else "没有说明原因"


def _must_be_able(connection: Connection, plan: DatabasePlan) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    if not row or not row[0]:
        raise CannotRun(
            "DATABASE_URL 的账号不能建库和建角色：请由数据库管理员准备属主与应用两个账号，"
            "分别写入 DATABASE_OWNER_URL 与 DATABASE_URL。"
        )


def _wait_for_other_setups(connection: Connection) -> None:
    """Roles belong to the whole server; until this session ends no other setup makes any, nor a database or grants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('opsplatform setup_database'))")


def _must_be_two_roles(plan: DatabasePlan) -> None:
    if plan.owner_role == plan.application_role:
        raise CannotRun("DATABASE_URL 与 DATABASE_OWNER_URL 是同一个账号：应用账号不能是表的属主。")


def _create_role(connection: Connection, role: str) -> None:
    """The role exists and may log in; whoever made it may become it (a plain CREATEROLE account must be told so)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [role])
        row = cursor.fetchone()
        if not row or not row[0]:
            cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _grant(connection: Connection, plan: DatabasePlan) -> None:
    """The application may use rows and sequences of every table the owner has or will have, and nothing else."""
    names = {
        "database": sql.Identifier(plan.name),
        "owner": sql.Identifier(plan.owner_role),
        "application": sql.Identifier(plan.application_role),
    }
    with connection.cursor() as cursor:
        for statement in GRANTS:
            cursor.execute(sql.SQL(statement).format(**names))
