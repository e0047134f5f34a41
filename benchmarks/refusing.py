"""Refusing: malformed bodies of every kind at each route that writes, through the web server, on a copy of the data."""

from collections.abc import Iterator
from statistics import quantiles
from time import perf_counter

from django.conf import settings
from django.db import connections

from benchmarks.serving import Caller, served
from benchmarks.table import Goal, Row, spelled
from benchmarks.timing import spread_of
from opsplatform.runtime.disposable_databases import DisposableDatabases
from themes.tests.malformed import Request
from themes.tests.surveying import prepare_world
from themes.tests.write_routes import Write, writes

ROUNDS = 30
GOAL = 0.05  # seconds, which 99 of 100 refusals stay below


def rows() -> Iterator[Row]:
    """How long whoever sends such a body to the route waits for being told."""
    databases = DisposableDatabases(settings.DATABASE_PLAN)
    name = databases.name()
    connections.close_all()
    databases.copy(name, of=settings.DATABASE_PLAN.name)
    try:
        with databases.used_as("application", name):
            prepare_world()
            routes = list(writes())
        with served(environment={"DATABASE_NAME": name}) as caller:
            for write in routes:
                yield _row(caller, write)
    finally:
        databases.drop(name)


def _row(caller: Caller, write: Write) -> Row:
    kinds = len(write.faults)
    taken = [_seconds(caller, write, request) for request in write.malformed(1 + ROUNDS)][kinds:]
    slowest = quantiles(taken, n=100, method="inclusive")[-1]
    worst = max(range(kinds), key=lambda kind: spread_of(taken[kind::kinds]).median)
    return Row(
        f"{write.method} {write.name}",
        spread_of(taken),
        pace=(1, "refusals"),
        against=f"{write.faults[worst]}: {spelled(spread_of(taken[worst::kinds]).median)}",
        goal=Goal(f"p99 {slowest * 1000:.0f} < {GOAL * 1000:.0f}", slowest < GOAL),
    )


def _seconds(caller: Caller, write: Write, request: Request) -> float:
    cookie = "; ".join(f"{name}={value}" for name, value in write.caller.cookies.items())
    headers = {**write.headers(request), "Cookie": cookie}
    start = perf_counter()
    answer = caller.ask(write.method, write.address, request.content, headers)
    taken = perf_counter() - start
    assert 400 <= answer.status < 429, f"{write.name}: {request.fault}: {answer.status} {answer.content[:500]!r}"
    return taken
