"""What a database holds, as facts that can be compared, and what is wrong with it by the product's own promises."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from psycopg2.extensions import connection as Connection  # noqa: N812

from opsplatform.kernel.errors import Problem
from opsplatform.release import signing
from opsplatform.runtime.backup.guards import Guards, guards_of

CONTENT_AT_ONCE = 20  # packages in memory while digests are computed anew
TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
SEQUENCE_RIGHTS = ("USAGE", "SELECT", "UPDATE")


class PackageFact(msgspec.Struct, frozen=True):
    """A digest, the SHA-256 of the package's bytes computed anew, whether the signature verifies (None: other key)."""

    digest: str
    sha256: str
    key_id: str
    is_signature_valid: bool | None


class Inventory(msgspec.Struct, frozen=True):
    """The facts of one moment."""

    migrations: list[str]
    audit_rows: int
    packages: list[PackageFact]
    rows: dict[str, int]  # table → rows
    triggers: dict[str, str]  # table.trigger, enabled only → SHA-256 of definition and function body
    rights: dict[str, list[str]]  # table or sequence → what the application's role may do
    wrong_versions: list[str]  # versions whose digest is not that of their content
    gaps: list[str]  # subjects whose versions are not numbered 1, 2, 3 …
    doubly_live: list[str]  # subject and division with more than one live release
    feed_holes: list[str] = []  # where positions are missing that were not compacted; backups of before have none


def take_inventory(connection: Connection, application_role: str) -> Inventory:
    """The facts as the connection's transaction sees them."""
    tables = [str(row[0]) for row in _rows(connection, _TABLES)]
    counts = {table: int(next(_rows(connection, f'SELECT count(*) FROM "{table}"'))[0]) for table in tables}  # noqa: S608
    return Inventory(
        migrations=sorted(
            f"{app}.{name}" for app, name in _rows(connection, "SELECT app, name FROM django_migrations")
        ),
        audit_rows=counts.get("audit_auditentry", 0),
        packages=list(_packages(connection)),
        rows=counts,
        triggers={str(name): _digest(text) for name, text in _rows(connection, _TRIGGERS)},
        rights=_rights(connection, application_role),
        wrong_versions=[str(row[0]) for row in _rows(connection, _WRONG_VERSIONS)],
        gaps=[str(row[0]) for row in _rows(connection, _GAPS)],
        doubly_live=[f"{subject} @ {division}" for subject, division in _rows(connection, _DOUBLY_LIVE)],
        feed_holes=[str(row[0]) for row in _rows(connection, _FEED_HOLES)] if "feed_head" in counts else [],
    )


def broken_promises(found: Inventory) -> list[Problem]:
    """Everything in which the content contradicts itself or lacks a guard that its migrations put in place."""
    return [*_content_problems(found), *_guard_problems(found, guards_of(found.migrations))]


def differences(expected: Inventory, found: Inventory) -> list[Problem]:
    """Everything in which the two differ, one problem for each element."""
    problems = []
    for field, sentence in _COMPARED.items():
        before, after = _keyed(getattr(expected, field)), _keyed(getattr(found, field))
        problems += [
            _problem(field, key, f"{sentence}：备份时为 {before.get(key)}，现为 {after.get(key)}")
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
    return problems


_COMPARED = {
    "migrations": "数据库迁移与备份时不同",
    "audit_rows": "审计记录数与备份时不同",
    "packages": "发布包与备份时不同",
    "rows": "行数与备份时不同",
    "triggers": "触发器与备份时不同",
    "rights": "应用角色的权限与备份时不同",
}


def _keyed(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return dict(map(_keyed_element, value))
    return {"": value}


def _keyed_element(element: PackageFact | str) -> tuple[str, str]:
    """Of a package its bytes and its key: whether the signature can be verified depends on the keys at hand."""
    if isinstance(element, PackageFact):
        return element.digest, f"{element.sha256}（密钥 {element.key_id}）"
    return element, element


def _content_problems(found: Inventory) -> Iterator[Problem]:
    for package in found.packages:
        if package.digest != package.sha256:
            yield _problem("packages", package.digest, "发布包的字节与摘要不符")
        if package.is_signature_valid is False:
            yield _problem("packages", package.digest, "发布包的签名验证不通过")
    for version in found.wrong_versions:
        yield _problem("versions", version, "版本内容与摘要不符")
    for subject in found.gaps:
        yield _problem("versions", subject, "版本号不连续")
    for place in found.doubly_live:
        yield _problem("releases", place, "同一区划有两个在用的发布")
    for hole in found.feed_holes:
        yield _problem("feed", hole, "变更流的位置不连续")


def _guard_problems(found: Inventory, guards: Guards) -> Iterator[Problem]:
    for table, trigger in sorted(guards.triggers):
        if f"{table}.{trigger}" not in found.triggers:
            yield _problem("triggers", f"{table}.{trigger}", "应有的触发器不存在或已停用")
    for table, right in sorted(guards.revoked):
        if right in found.rights.get(table, ()):
            yield _problem("rights", table, f"应用角色不应有 {right} 权限")


def _problem(place: str, key: str, sentence: str) -> Problem:
    return Problem(f"/{place}/{key}" if key else f"/{place}", f"{place}_differ", sentence)


def _packages(connection: Connection) -> Iterator[PackageFact]:
    own_key = signing.key_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "DECLARE all_packages NO SCROLL CURSOR WITH HOLD FOR "
            "SELECT digest, content, signature, key_id FROM release_package ORDER BY digest"
        )
        while True:
            cursor.execute(f"FETCH {CONTENT_AT_ONCE} FROM all_packages")
            rows = cursor.fetchall()
            for digest, content, signature, key_id in rows:
                octets = bytes(content)
                is_valid = signing.is_valid(octets, signature) if key_id == own_key else None
                yield PackageFact(digest, hashlib.sha256(octets).hexdigest(), key_id, is_valid)
            if not rows:
                cursor.execute("CLOSE all_packages")
                return


def _rights(connection: Connection, role: str) -> dict[str, list[str]]:
    rights: dict[str, list[str]] = {}
    for kinds, names, function in (
        ("rp", TABLE_RIGHTS, "has_table_privilege"),
        ("S", SEQUENCE_RIGHTS, "has_sequence_privilege"),
    ):
        statement = (
            f"SELECT c.relname, r.name FROM pg_class c, unnest(%s) r(name) "  # noqa: S608
            f"WHERE c.relnamespace = 'public'::regnamespace AND c.relkind::text = ANY (%s) "
            f"AND {function}(%s, c.oid, r.name) ORDER BY 1, 2"
        )
        for relation, right in _rows(connection, statement, [list(names), list(kinds), role]):
            rights.setdefault(str(relation), []).append(str(right))
    return rights


def _rows(connection: Connection, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        yield from cursor.fetchall()


def _digest(text: str) -> str:
    return hashlib.sha256(re.sub(r"\s+", " ", text).encode()).hexdigest()


_TABLES = "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
_TRIGGERS = """
    SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || p.prosrc
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_WRONG_VERSIONS = """
    SELECT s.code || ' v' || v.number FROM release_version v JOIN release_subject s ON s.id = v.subject_id
     WHERE encode(sha256(v.content), 'hex') <> v.digest ORDER BY 1
"""
_GAPS = """
    SELECT s.code FROM release_version v JOIN release_subject s ON s.id = v.subject_id
     GROUP BY s.id HAVING min(v.number) <> 1 OR max(v.number) <> count(*) ORDER BY 1
"""
_DOUBLY_LIVE = """
    SELECT s.code, d.code FROM release_release r JOIN release_subject s ON s.id = r.subject_id
      JOIN organizations_division d ON d.id = r.division_id
     WHERE r.ended_at IS NULL GROUP BY s.code, d.code HAVING count(*) > 1 ORDER BY 1, 2
"""
_FEED_HOLES = """
    SELECT held.position || ' of ' || head.position FROM feed_head head, LATERAL (
        SELECT head.compacted_to + count(*) AS position FROM feed_event e
         WHERE e.position > head.compacted_to AND e.position <= head.position) held
     WHERE held.position <> head.position
        OR EXISTS (SELECT 1 FROM feed_event e WHERE e.position > head.position)
"""
