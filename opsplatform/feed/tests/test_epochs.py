"""Another epoch: by hand, by a restored backup; who may, and what the trail says."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.feed import selectors
from opsplatform.feed.errors import ResyncNeeded
from opsplatform.feed.models import Head
from opsplatform.feed.services.epochs import begin_epoch
from opsplatform.feed.services.stamping import stamp
from opsplatform.feed.tests.announced import tell, told
from opsplatform.kernel.errors import Forbidden, Invalid
from opsplatform.organizations.tests.factories import DistrictFactory

pytestmark = pytest.mark.django_db


def test_positions_go_on_and_old_places_are_void() -> None:
    told("A", "B")
    old = selectors.end_of_feed()
    head = begin_epoch(actor=person("system_admin"), note="从磁盘快照恢复")
    assert (head.position, head.epoch != old.epoch) == (2, True)
    with pytest.raises(ResyncNeeded):
        selectors.read_after(old, 10)
    tell("C")
    assert stamp("whoever") == 1
    assert [event.position for event in selectors.read_after(None, 10).events] == [1, 2, 3]


def test_the_trail_says_who_and_why() -> None:
    administrator = person("system_admin")
    head = begin_epoch(actor=administrator, note="从磁盘快照恢复")
    entry = AuditEntry.objects.get(action="feed.epoch_begun")
    assert (entry.actor, entry.reason, entry.facts["epoch"]) == (administrator, "从磁盘快照恢复", head.epoch.hex)


def test_only_the_citys_system_administrator_may() -> None:
    epoch = Head.objects.get().epoch
    for actor in (person("platform_operator"), person("system_admin", DistrictFactory()), person("audit_admin")):
        with pytest.raises(Forbidden):
            begin_epoch(actor=actor, note="试试")
    with pytest.raises(Invalid):
        begin_epoch(actor=person("system_admin"), note=" ")
    assert Head.objects.get().epoch == epoch


def test_the_command_says_where_the_feed_stands_now() -> None:
    output = StringIO()
    administrator = person("system_admin")
    call_command("begin_feed_epoch", "--note", "恢复", "--actor", administrator.username, "--json", stdout=output)
    assert json.loads(output.getvalue()) == {"cursor": str(selectors.end_of_feed())}
