"""Pages: lists, searches, pages and API lists as people and machines wait for them, at a city's size and at size 1."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from django.conf import settings
from django.test import Client
from django.utils.encoding import iri_to_uri

from benchmarks.reading import authorized
from benchmarks.serving import Caller, served
from benchmarks.shanghai.generation import ensure_city
from benchmarks.table import Goal, Row, spelled
from benchmarks.timing import spread_of
from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.console.paging import list_page
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.settings.databases import in_database
from themes.tests.demonstrated import RESTAURANT

CITY = "opsplatform_shanghai"
ROUNDS = 30
GOAL = 0.2  # seconds, which 95 of 100 answers stay below
MACHINE = "machine"

THEME = f"/themes/{RESTAURANT}/"
ITEMS = "/admin/catalog/serviceitem/"
TRAIL = "/admin/audit/auditentry/"
# What is read, and by whom. {…} is a value of the installation's own trail.
PAGES = (
    ("home", "operator", "/"),
    ("home of a district", "hp_editor", "/"),
    ("home of the audit", "auditor", "/"),
    ("themes", "operator", "/themes/"),
    ("themes, seen from a district", "hp_editor", "/themes/"),
    ("themes, searched", "operator", "/themes/?q=餐"),
    ("themes, live in a district", "operator", "/themes/?live_in=310101"),
    ("theme", "operator", THEME),
    ("theme, seen from a district", "hp_editor", THEME),
    ("theme, preview", "operator", f"{THEME}preview/"),
    ("theme, history", "operator", f"{THEME}history/"),
    ("theme, check", "operator", f"{THEME}findings/"),
    ("register of themes", "operator", "/admin/themes/theme/"),
    ("register of items", "operator", ITEMS),
    ("items, searched", "operator", f"{ITEMS}?q=经营"),
    ("items, sorted", "operator", f"{ITEMS}?o=-5"),
    ("register of item forms", "operator", "/admin/forms_builder/itemform/"),
    ("register of departments", "operator", "/admin/organizations/department/"),
    ("register of users", "sysadmin", "/admin/accounts/user/"),
    ("users, searched", "sysadmin", "/admin/accounts/user/?q=李"),
    ("jobs", "operator", "/admin/jobs/job/"),
    ("audit", "auditor", TRAIL),
    ("audit, half-way down", "auditor", f"{TRAIL}?p={{half_way}}"),
    ("audit, by action", "auditor", f"{TRAIL}?action=theme.released"),
    ("audit, until a day", "auditor", f"{TRAIL}?at_to={{day}}T00:00"),
    ("audit, searched by request", "auditor", f"{TRAIL}?q={{request}}"),
    ("audit, searched in vain", "auditor", f"{TRAIL}?q=nothing"),
    ("audit entry", "auditor", f"{TRAIL}{{entry}}/change/"),
    ("API, items", "operator", "/api/v1/service-items/"),
    ("API, items, searched", "operator", "/api/v1/service-items/?q=经营"),
    ("API, themes", "operator", "/api/v1/themes/"),
    ("API, users", "sysadmin", "/api/v1/users/"),
    ("API, audit", "auditor", "/api/v1/audit-entries/"),
    ("API, audit until a day", "auditor", "/api/v1/audit-entries/?at_to={day}T00:00:00Z"),
    ("export, what is live", MACHINE, "/api/v1/export/themes/"),
    ("export, what is live in a district", MACHINE, "/api/v1/export/themes/?division=310101&limit=200"),
    ("export, package", MACHINE, f"/api/v1/export/themes/{RESTAURANT}/310101/"),
)


class Installation(NamedTuple):
    """A server on one database, with what its callers send and what stands in their addresses."""

    caller: Caller
    headers: dict[str, dict[str, str]]
    samples: dict[str, str]

    def seconds(self, who: str, path: str) -> float:
        """How long one answer takes."""
        filled = iri_to_uri(path.format(**self.samples))
        start = perf_counter()
        self.caller.get(filled, self.headers[who])
        return perf_counter() - start


def rows() -> Iterator[Row]:
    """Each page in both installations in turn; the ratio below 1 says by how much it grows."""
    plan = in_database(settings.DATABASE_PLAN, CITY)
    ensure_city(plan, say=lambda sentence: print(sentence, file=sys.stderr))
    databases = DisposableDatabases(plan)
    with ExitStack() as stack:
        small = _installation(stack.enter_context(served()))
        caller = stack.enter_context(served(environment={"DATABASE_NAME": CITY}))
        with databases.used_as("application", CITY):
            large = _installation(caller)
        for what, who, path in PAGES:
            pairs = [(large.seconds(who, path), small.seconds(who, path)) for _ in range(ROUNDS + 2)][2:]
            slowest = quantiles([mine for mine, _ in pairs], n=20, method="inclusive")[-1]
            yield Row(
                what,
                spread_of([mine for mine, _ in pairs]),
                against=f"at size 1: {spelled(spread_of([other for _, other in pairs]).median)}",
                ratio=spread_of([other / mine for mine, other in pairs]),
                goal=Goal(f"p95 {slowest * 1000:.0f} < {GOAL * 1000:.0f}", slowest < GOAL),
            )


def _installation(caller: Caller) -> Installation:
    """The installation whose database this process is connected to."""
    people = {who for _, who, _ in PAGES} - {MACHINE}
    headers = {who: {"Cookie": _session_of(who)} for who in people}
    entries = AuditEntry.objects.order_by("-id")
    middle = entries[entries.count() // 2]
    half_way = list_page(entries.filter(pk__lte=middle.pk), None, 50, is_counted=False)
    samples = {
        "half_way": str(half_way.next),
        "day": middle.at.date().isoformat(),
        "request": middle.request_id,
        "entry": str(middle.pk),
    }
    return Installation(caller, {**headers, MACHINE: authorized(caller)}, samples)


def _session_of(username: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
