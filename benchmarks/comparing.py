"""Comparing, for scale: the same reads from Wagtail's API (v2), on the same database server; it asks for no token."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings

from benchmarks.reading import a_live_release, authorized
from benchmarks.serving import Caller, served
from benchmarks.table import Row, spelled
from benchmarks.timing import paired
from opsplatform.release.models import Release
from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.settings.databases import in_database

ROUNDS = 15
REQUESTS = 20
LISTED = 20  # as many as Wagtail sends at once
PYTHON = settings.VAR_DIRECTORY / "wagtail" / "bin" / "python"
SHOWN = "code,division,category,version,digest,released_at,released_by,note"


def rows() -> Iterator[Row]:
    """One package, and a list of what is on show."""
    live = a_live_release()
    ours = f"/api/v1/export/themes/{live.subject.code}/{live.division.code}/"
    ours_listed = f"/api/v1/export/themes/?limit={LISTED}"
    theirs_listed = f"/api/v2/pages/?type=wagtail_site.ThemePage&fields={SHOWN}&limit={LISTED}"
    with _wagtail() as (wagtail, theirs), served() as product:
        bearer = authorized(product)
        sent = json.loads(wagtail.get(theirs))["body"].encode()
        assert sent == product.get(ours, bearer), "both sides send the same bytes"
        for what, mine, other in (
            ("package GET, 200", ours, theirs),
            (f"list of {LISTED} live themes", ours_listed, theirs_listed),
        ):
            pair = paired(
                partial(product.get, mine, bearer), partial(wagtail.get, other), rounds=ROUNDS, times=REQUESTS
            )
            against = f"Wagtail, {spelled(pair.other.median)}"
            yield Row(what, pair.mine, pace=(1, "requests"), against=against, ratio=pair.ratio)


@contextmanager
def _wagtail() -> Iterator[tuple[Caller, str]]:
    """A caller of the site, which has one page for every live release, and the first one's path; dropped afterwards."""
    databases = DisposableDatabases(settings.DATABASE_PLAN)
    name = f"{settings.DATABASE_PLAN.name}_wagtail"
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.wagtail_site.settings",
        "WAGTAIL_DATABASE": json.dumps(in_database(settings.DATABASE_PLAN, name).connection("owner"), default=str),
        "WAGTAIL_SECRET_KEY": secrets.token_urlsafe(),
    }
    databases.create_empty(name)
    try:
        filled = subprocess.run(
            [PYTHON, "-m", "benchmarks.wagtail_site"],
            env={**os.environ, **environment},
            input=json.dumps(_pages()),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        with served("benchmarks.wagtail_site.wsgi", python=str(PYTHON), environment=environment) as caller:
            yield caller, f"/api/v2/pages/{filled.stdout.strip()}/"
    finally:
        databases.drop(name)


def _pages() -> list[dict[str, Any]]:
    live = (
        Release.objects.live()
        .filter(subject__kind="theme")
        .select_related("subject__theme__category", "division", "version", "released_by", "package")
    )
    return [
        {
            "title": row.subject.title,
            "slug": f"{row.subject.code}-{row.division.code}".lower(),
            "code": row.subject.code,
            "division": row.division.code,
            "category": row.subject.theme.category.code if row.subject.theme.category else "",
            "version": row.version.number,
            "digest": row.package_id,
            "released_at": row.released_at.isoformat(),
            "released_by": row.released_by.username,
            "note": row.note,
            "body": bytes(row.package.content).decode(),
        }
        for row in live.order_by("subject__code", "division__code")
    ]
