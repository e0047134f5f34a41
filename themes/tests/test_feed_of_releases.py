"""What the change feed tells of themes, and that who follows it as the guide says knows exactly what is on show."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models.functions import Concat

from opsplatform.accounts.tests.machines import machine, token_of
from opsplatform.feed.models import Event
from opsplatform.feed.services import compacting
from opsplatform.feed.services.epochs import begin_epoch
from opsplatform.feed.services.stamping import stamp
from opsplatform.kernel.errors import WrongState
from opsplatform.release.errors import NotApproved
from opsplatform.release.models import Pause, Release
from themes.services.pausing import pause_theme, resume_theme
from themes.services.planning import roll_back_plan
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.demonstrated import DOG, RESTAURANT, account, new_version
from themes.tests.localised import planned

GUIDE = Path(__file__).parents[2] / "docs" / "integrators-guide.md"
HUANGPU, XUHUI, MINHANG = "310101", "310104", "310112"


def _release(code: str, *divisions: str, approved: bool = True) -> int:
    number = new_version(code, approved=approved).number
    release_theme(
        actor=account("operator"), code=code, version=number, division_codes=list(divisions) or None, note="发布"
    )
    return number


def _withdraw(code: str, *divisions: str) -> None:
    withdraw_theme(actor=account("operator"), code=code, division_codes=list(divisions), note="撤回")


def _pause(*divisions: str) -> None:
    pause_theme(actor=account("operator"), code=DOG, division_codes=list(divisions), message="停电", note="停电")


def _told_since(last: int) -> list[tuple[str, str, str, int | None, str]]:
    rows = Event.objects.filter(pk__gt=last).order_by("pk")
    return list(rows.values_list("type", "code", "division_code", "version", "digest"))


@pytest.fixture
def last(demo_db: None) -> int:
    """The serial number of the last event of the demonstration."""
    return Event.objects.latest("pk").pk


def test_a_new_version_in_place_of_an_old_one_is_one_event_for_each_district(last: int) -> None:
    number = _release(DOG, HUANGPU, XUHUI)
    live = Release.objects.live().filter(subject__code=DOG)
    digests = dict(live.values_list("division__code", "package_id"))
    assert _told_since(last) == [
        ("release.begun", DOG, division, number, digests[division]) for division in (HUANGPU, XUHUI)
    ]


def test_a_rollback_is_one_event_what_returns_or_that_nothing_is_left(last: int) -> None:
    _withdraw(DOG, XUHUI)
    live = Release.objects.live().filter(subject__code=DOG, division__code=HUANGPU).select_related("version")
    before = live.get()
    plan = planned(new_version(DOG), HUANGPU, XUHUI)
    gone = Release.objects.live().get(subject__code=DOG, division__code=XUHUI)
    since = Event.objects.latest("pk").pk
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
    assert _told_since(since) == [
        ("release.begun", DOG, HUANGPU, before.version.number, before.package_id),
        ("release.ended", DOG, XUHUI, gone.version.number, gone.package_id),
    ]
    assert Event.objects.latest("pk").facts["ending"] == "rolled_back"


def test_a_withdrawal_is_a_tombstone_of_what_was_there(last: int) -> None:
    (gone,) = Release.objects.live().filter(subject__code=DOG, division__code=HUANGPU).select_related("version")
    _withdraw(DOG, HUANGPU)
    assert _told_since(last) == [("release.ended", DOG, HUANGPU, gone.version.number, gone.package_id)]
    gone.refresh_from_db()
    event = Event.objects.latest("pk")
    assert (event.is_tombstone, event.at) == (True, gone.ended_at)


def test_a_pause_is_told_again_with_what_begins_or_comes_back_during_it(last: int) -> None:
    plan = planned(new_version(DOG), HUANGPU)
    _pause(HUANGPU)
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
    _release(DOG, HUANGPU)
    _withdraw(DOG, HUANGPU)
    _release(DOG, HUANGPU)
    begun = Event.objects.filter(pk__gt=last, type="release.begun").order_by("pk").values_list("facts", flat=True)
    assert list(begun) == [{}, {"paused": "停电"}, {"paused": "停电"}, {}]


def test_what_is_refused_is_not_told(last: int) -> None:
    with pytest.raises(NotApproved):
        _release(DOG, HUANGPU, approved=False)
    _withdraw(DOG, HUANGPU)
    with pytest.raises(WrongState):
        _withdraw(DOG, HUANGPU)
    assert len(_told_since(last)) == 1


def test_forms_of_items_are_not_told_of(last: int) -> None:
    assert Release.objects.live().filter(subject__kind="item_form").exists()
    assert not Event.objects.exclude(kind="theme").exists()


# --- following it as the guide says -----------------------------------------------------------------------------------


@pytest.fixture
def guided(live_site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the guide's example, which reads this site."""
    monkeypatch.setenv("OPSPLATFORM_URL", live_site)
    monkeypatch.setenv("TOKEN", token_of(machine(), ["export:read"]))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.chdir(tmp_path)
    script = next(text for text in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "follow" in text)
    names: dict[str, Any] = {}
    exec(compile(script, GUIDE.name, "exec"), names)
    names["time"] = SimpleNamespace(sleep=lambda seconds: None)
    return names


def _times(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is not None


Shown = dict[tuple[str, str], tuple[str, str | None]]


def _on_show() -> Shown:
    """What is on show where, and what applicants are told while nobody may apply."""
    pauses = dict(Pause.objects.open().values_list(Concat("subject__code", "division__code"), "message"))
    live = Release.objects.live().filter(subject__kind="theme")
    rows = live.values_list("subject__code", "division__code", "package_id")
    return {(code, division): (digest, pauses.get(code + division)) for code, division, digest in rows}


def test_who_follows_the_feed_as_the_guide_says_knows_what_is_on_show(
    demo_clone: str, guided: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp("test")
    shown: Shown = {}
    place = guided["follow"](shown, "", _times(1))
    assert shown == _on_show()

    _release(DOG, HUANGPU)
    _withdraw(RESTAURANT, HUANGPU, XUHUI)
    _release(DOG)
    _release(RESTAURANT, XUHUI)
    stamp("test")
    before = dict(shown)
    place = guided["follow"](shown, place, _times(2))
    assert shown == _on_show() != before
    assert Path("feed-place.txt").read_text() == place

    # What was released meanwhile is gone with a restore, and the feed is another one.
    begin_epoch(actor=account("sysadmin"), note="从备份恢复")
    shown[DOG, HUANGPU] = "of the time that is lost", None
    place = guided["follow"](shown, place, _times(1))
    assert shown == _on_show()
    _withdraw(DOG, XUHUI)
    stamp("test")
    place = guided["follow"](shown, place, _times(1))
    assert shown == _on_show()

    _pause(HUANGPU, MINHANG)
    _release(DOG, HUANGPU)
    stamp("test")
    guided["follow"](shown, place, _times(1))
    assert shown == _on_show() and shown[DOG, HUANGPU][1] == "停电" == shown[DOG, MINHANG][1]
    resume_theme(actor=account("operator"), code=DOG, division_codes=[MINHANG], note="来电")
    stamp("test")

    monkeypatch.setattr(compacting, "KEPT", timedelta(0))
    compacting.compact()
    told: Shown = {}
    for event in Event.objects.order_by("position"):
        tree = {"kind": event.kind, "code": event.code, "division": event.division_code, "type": event.type,
                "digest": event.digest, "facts": event.facts, "tombstone": event.is_tombstone}  # fmt: skip
        guided["apply"](tree, told)
    assert told == _on_show()
