"""The database of a city's size: made once, kept as long as migrations and generator are what they were."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, NamedTuple

from django.core.management import call_command
from django.db import connection, transaction

from benchmarks.shanghai.city import build_bodies, build_people
from benchmarks.shanghai.past import build_trail, build_work
from benchmarks.shanghai.registers import build_dictionaries, build_items, build_materials, build_windows
from benchmarks.shanghai.themes import ThemeWriter
from opsplatform.runtime.backup.guards import migrations_of_code
from opsplatform.runtime.database_roles import session
from opsplatform.runtime.disposable_databases import MAINTENANCE_DATABASE, DisposableDatabases
from opsplatform.settings.databases import DatabasePlan
from themes.services.demonstration import seed_demonstration

SEED = 310000


class Size(NamedTuple):
    """How much there is beside the demonstration."""

    items: int
    materials: int
    users: int
    themes: int
    drafts: int
    jobs: int
    entries: int


SHANGHAI = Size(items=3200, materials=1200, users=3000, themes=500, drafts=20, jobs=5000, entries=1_000_000)


class NotOurs(Exception):
    """The database has content that this generator did not write."""


def ensure_city(plan: DatabasePlan, say: Callable[[str], object] = print) -> None:
    """The plan's database holds the city as this code would write it; another's content is never touched."""
    standing, wanted = _mark(plan), _wanted()
    if standing == wanted:
        say(f"数据库 {plan.name} 已有上海规模的数据（种子 {SEED}）。")
        return
    databases = DisposableDatabases(plan)
    if standing is None and _has_tables(plan):
        raise NotOurs(f"数据库 {plan.name} 里有别的内容，不能用来生成数据：请用 DATABASE_NAME 指定另一个库。")
    start = perf_counter()
    databases.create_empty(plan.name)
    with databases.used_as("owner", plan.name):
        call_command("migrate", verbosity=0, interactive=False)
    with databases.used_as("application", plan.name):
        seed_demonstration(say=say)
        grow(SHANGHAI, say)
    with databases.used_as("owner", plan.name), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"COMMENT ON DATABASE \"{plan.name}\" IS '{wanted}'")
    say(f"数据库 {plan.name} 已生成，用时 {perf_counter() - start:.0f} 秒（种子 {SEED}）。")


def grow(size: Size, say: Callable[[str], object]) -> None:
    """The demonstration in the database has grown to this size, as the application's role can write it."""
    random = Random(SEED)
    with transaction.atomic():
        say(f"机构：{build_bodies()} 个")
        say(f"用户：{build_people(random, size.users)} 个")
        say(f"材料：{build_materials(random, size.materials)} 个")
        say(f"事项：{build_items(random, size.items)} 个")
        say(f"字典：{build_dictionaries()} 个")
        say(f"办理地址：{build_windows(random)} 个")
    say(f"主题：{ThemeWriter(random).write(size.themes, size.drafts, say)} 个")
    say(f"后台任务：{build_work(size.jobs)} 个")
    say(f"审计记录：{build_trail(SEED, size.entries)} 条")


def _wanted() -> str:
    """What the content follows from: migrations, seed, and the generator itself."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    parts = [*sorted(migrations_of_code()), str(SEED), *(source.read_text() for source in sources)]
    return "shanghai " + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _mark(plan: DatabasePlan) -> str | None:
    found = _asked(plan, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", plan.name)
    return str(found) if found and str(found).startswith("shanghai ") else None


def _has_tables(plan: DatabasePlan) -> bool:
    if not _asked(plan, "SELECT count(*) FROM pg_database WHERE datname = %s", plan.name):
        return False
    query = "SELECT count(*) FROM pg_tables WHERE schemaname = %s"
    return bool(_asked(plan, query, "public", database=plan.name))


def _asked(plan: DatabasePlan, query: str, value: str, *, database: str = MAINTENANCE_DATABASE) -> Any:
    with session({**(plan.admin or plan.owner), "NAME": database}) as opened, opened.cursor() as cursor:
        cursor.execute(query, [value])
        row = cursor.fetchone()
        return row[0] if row else None
