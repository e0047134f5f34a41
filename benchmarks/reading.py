"""Reading: the product's web server, each request with token, scope, role and live pointer asked of the database."""

import json
from base64 import b64encode
from collections.abc import Iterator
from functools import partial

from benchmarks.serving import Caller, served
from benchmarks.table import Row, at_least
from benchmarks.timing import paired
from opsplatform.accounts.models import Role, User
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release

ROUNDS = 25
REQUESTS = 60
GOAL = 0.7


def rows() -> Iterator[Row]:
    """The route that is polled, against bare views on the same server and connection."""
    live = a_live_release()
    ours = f"/api/v1/export/themes/{live.subject.code}/{live.division.code}/"
    bare = f"/bare/{live.package_id}/"
    with served() as caller:
        bearer = authorized(caller)
        held = {"If-None-Match": f'"{live.package_id}"'}
        full = partial(caller.get, ours, bearer)
        unchanged = partial(caller.get, ours, bearer | held, status=304)
        assert full() == caller.get(bare) == caller.get(f"{bare}kept/"), "both sides send the same bytes"
        sent = partial(caller.get, bare)
        sent_unchanged = partial(caller.get, f"{bare}kept/", held, status=304)
        sent_kept = partial(caller.get, f"{bare}kept/")
        for what, act, against, other, goal in (
            ("package GET, 200", full, "bare view, SELECT of the bytes", sent, GOAL),
            ("package GET, 304", unchanged, "bare view, SELECT of the digest, 304", sent_unchanged, GOAL),
            ("package GET, 304", unchanged, "bare view, SELECT of the bytes, 200", sent, None),
            ("package GET, 200", full, "bare view, SELECT of the digest, 200", sent_kept, None),
        ):
            pair = paired(act, other, rounds=ROUNDS, times=REQUESTS)
            yield Row(
                what,
                pair.mine,
                pace=(1, "requests"),
                against=against,
                ratio=pair.ratio,
                goal=at_least(goal, pair.ratio) if goal else None,
            )


def a_live_release() -> Release:
    """What stands for everything that is on show: the restaurant theme in one district."""
    live = Release.objects.live().filter(subject__kind="theme").select_related("subject", "division")
    first = live.order_by("subject__code", "division__code").first()
    assert first is not None, "nothing is live: the database is not seeded"
    return first


def authorized(caller: Caller) -> dict[str, str]:
    """The header of a machine client that may read the export."""
    client = register_machine_client(
        actor=User.objects.get(username="sysadmin"),
        name="基准",
        role=Role.objects.get(code="acceptance_platform"),
        division=Division.objects.get(code="310000"),
        scopes=["export:read"],
    )
    basic = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    form = "grant_type=client_credentials&scope=export:read"
    answer = json.loads(caller.post("/oauth/token/", form, {"Authorization": f"Basic {basic}"}))
    return {"Authorization": f"Bearer {answer['access_token']}"}
