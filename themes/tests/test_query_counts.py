"""What reads costs as many statements at any size as query_counts.json says: every register, page and GET route.

One sweep over the demonstration, one after it has grown by the generator of `make shanghai`, all in one transaction.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.shanghai.generation import Size, grow
from benchmarks.shanghai.themes import is_as_compiled
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.machines import calling, machine
from opsplatform.api.checks import operations
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.admin import ServiceItemAdmin
from opsplatform.catalog.models import ServiceItem, ServicePoint
from opsplatform.console.pages import routed_pages
from opsplatform.console.site import site
from opsplatform.jobs.models import Job
from opsplatform.organizations.models import Department, Division
from opsplatform.release.models import Package, ReleasePlan
from themes.models import Collision, Theme
from themes.services.planning import ThemePlan, ThemeStage, plan_release
from themes.tests.demonstrated import RESTAURANT

pytestmark = [pytest.mark.usefixtures("demo_db"), pytest.mark.every_server]

BASELINE = Path(__file__).parent / "query_counts.json"
MOST_OF_A_LIST = 12
GROWN = Size(items=120, materials=60, users=120, themes=36, drafts=20, jobs=60, entries=500)
ACCOUNTS = ("operator", "sj_editor", "sj_reviewer", "hp_publisher", "sysadmin", "secadmin", "auditor")
UNCOUNTED = re.compile(
    r'^(SAVEPOINT|RELEASE|ROLLBACK|UPDATE "accounts_loginsession")'
)  # the session's own, by the clock


def a_plan() -> int:
    """The key of a plan that waits."""
    if not ReleasePlan.objects.exists():
        wanted = ThemePlan("计划", [(RESTAURANT, 1)], [ThemeStage(None, ["310101"]), ThemeStage(None, None)], "发布")
        plan_release(actor=User.objects.get(username="operator"), wanted=wanted)
    return ReleasePlan.objects.latest("pk").pk


# What stands in the addresses of pages and routes, by the route with its parameters.
_ID: dict[str, Callable[[], Any]] = {
    "users/<int:pk>/": lambda: User.objects.get(username="hp_editor").pk,
    "jobs/<int:pk>/": lambda: Job.objects.order_by("pk")[0].pk,
    "themes/plans/<int:pk>/": a_plan,
    "themes/plans/<int:pk>/edit/": a_plan,
    "api/v1/release-plans/<int:plan>/": a_plan,
    "themes/collisions/<int:pk>/": lambda: Collision.objects.order_by("pk")[0].pk,
    "api/v1/departments/<int:id>/": lambda: Department.objects.order_by("pk")[0].pk,
    "api/v1/audit-entries/<int:id>/": lambda: AuditEntry.objects.order_by("pk")[0].pk,
    "api/v1/themes/<str:code>/versions/<int:number>/certificate/": lambda: 1,
    "api/v1/service-points/<int:id>/": lambda: ServicePoint.objects.order_by("pk")[0].pk,
}
_CODES = {
    "themes": RESTAURANT,
    "divisions": "310101",
    "body-kinds": "D-XF",
    "roles": "district_editor",
    "materials": "M_ARTICLES",
    "dictionaries": "alcohol_scope",
    "public-fields": "c_address",
    "scene-categories": "L1",
    "review-plans": RESTAURANT,
}
# Pages that open only while something is under way, and what is read otherwise than in statements.
LEFT_OUT = (
    re.compile(r"^registers/"),  # files: counted where they are made
    re.compile(r"crosswalks/<|dictionaries/<str:code>/entries/"),  # no sample of it in the demonstration
    re.compile(r"/history/packages/"),
    re.compile(r"<str:code>/emergency/|<str:division>/comments/"),  # nothing asked for or begun in the demonstration
    re.compile(r"^webhooks/<|webhook-endpoints/<"),  # counted in opsplatform/webhooks/tests/test_pages.py
    re.compile(r"<str:division>/change/"),  # a form for what its query names
    re.compile(r"^api/v1/(schema|docs)/"),
)


class Address(NamedTuple):
    """One thing to read: its name in the baseline, whether it is a list, and the way there."""

    name: str
    path: str
    is_list: bool
    scope: str | None = None


def addresses() -> Iterator[Address]:
    """Every register, page and GET route."""
    for model in site._registry:
        meta = model._meta
        path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        yield Address(f"register {meta.label}", path, is_list=True)
    for route, page in routed_pages():
        if not is_left_out(route):
            yield Address(f"page /{route}", f"/{filled(route)}", is_list=page.__name__ == "ThemeList")
    for route, method, operation in operations():
        if method == "get" and not is_left_out(route):
            scope = None if operation.for_people else operation.scope
            is_list = operation.id.startswith("list_") and not operation.id.endswith("_findings")  # the whole gate runs
            yield Address(f"route {operation.id}", f"/{filled(route)}", is_list, scope)


def is_left_out(route: str) -> bool:
    return any(pattern.search(route) for pattern in LEFT_OUT)


def filled(route: str) -> str:
    """The route with something that exists in place of its parameters."""
    if "<int:" in route:
        assert route in _ID, f"{route}: say above what stands for its number, or why the address is left out"
        route = re.sub(r"<int:\w+>", str(_ID[route]()), route)
    register = route.removeprefix("api/v1/").removeprefix("export/").split("/")[0]
    samples = {
        "code": _CODES.get(register, ""),
        "division": "310101",
        "part": "items",
        "username": "hp_editor",
        "kind": "xlsx",
        "subject_kind": "theme",
        "key": ServiceItem.objects.order_by("pk")[0].key,
        "digest": Package.objects.filter(version__subject__kind="theme").order_by("digest")[0].digest,
    }
    unknown = set(re.findall(r"<\w+:(\w+)>", route)) - set(samples)
    assert not unknown, f"{route}: say here what stands for {unknown}, or above why the address is left out"
    return re.sub(r"<\w+:(\w+)>", lambda found: samples[found[1]], route)


@cache
def client_of(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def _sessions_of_this_test() -> Iterator[None]:
    yield
    client_of.cache_clear()


@pytest.fixture
def reader() -> Callable[[Address], Client]:
    """Who reads it: the machine, or the first of the demonstration's people whom it is open to."""
    robot = machine()
    found: dict[str, Client] = {}

    def of(address: Address) -> Client:
        if address.name not in found:
            callers = (
                [calling(robot, address.scope)] if address.scope else [client_of(username) for username in ACCOUNTS]
            )
            found[address.name] = next((c for c in callers if status_of(c, address.path) == 200), None)
            assert found[address.name], f"{address.name}: nobody of {ACCOUNTS} can open {address.path}"
        return found[address.name]

    return of


def status_of(client: Client, path: str) -> int:
    """What the answer begins with; a file is read to its end."""
    response = client.get(path)
    if response.streaming:
        list(response)
    return response.status_code


def statements(client: Client, path: str) -> int:
    """How many statements the answer costs."""
    counted: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        counted.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        assert status_of(client, path) == 200
    return sum(not UNCOUNTED.match(sql) for sql in counted)


@pytest.mark.slow
def test_what_reads_costs_the_same_at_any_size_as_the_baseline_says(reader: Callable[[Address], Client]) -> None:
    swept = list(addresses())
    for address in swept:
        reader(address)
    few = {address.name: statements(reader(address), address.path) for address in swept}
    grow(GROWN, say=lambda sentence: None)
    newest = Theme.objects.filter(subject__state="approved").order_by("-pk")[0]
    assert is_as_compiled(newest, Division.objects.get(code="310101")), "what has grown is what the product writes"
    for address in swept:
        if address.name.startswith("page"):  # what pages look up in has caught up with what is new
            status_of(reader(address), address.path)
    many = {address.name: statements(reader(address), address.path) for address in swept}
    grew = {name: (few[name], many[name]) for name in few if few[name] != many[name]}
    assert grew == {}, "the number of statements follows the number of rows"
    lists = {address.name for address in swept if address.is_list}
    assert {name: count for name, count in many.items() if name in lists and count > MOST_OF_A_LIST} == {}
    if not BASELINE.exists():
        BASELINE.write_text(json.dumps(few, indent=1, sort_keys=True) + "\n")
        pytest.fail(f"{BASELINE.name} is written anew: read what changed and commit it")
    expected = json.loads(BASELINE.read_text())
    differing = {name: (expected.get(name), few.get(name)) for name in {*expected, *few}}
    differing = {name: pair for name, pair in differing.items() if pair[0] != pair[1]}
    assert differing == {}, f"not as in {BASELINE.name} (was, is); where that is meant, delete the file and run again"


def test_a_statement_for_every_row_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: a list that looks up each row's body costs more with more rows."""
    path = reverse("admin:catalog_serviceitem_changelist")
    client = client_of("operator")
    honest = statements(client, path)
    monkeypatch.setattr(ServiceItemAdmin, "list_select_related", ())
    few = statements(client, path)
    for row in ServiceItem.objects.all():
        row.pk, row.key = None, f"{row.key}:again"
        row.save()
    many = statements(client, path)
    assert honest < few < many
