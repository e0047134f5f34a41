"""Exceptions: granted against what the city said then, and taken back by the district before they are decided."""

from datetime import timedelta

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, WrongState
from opsplatform.release.errors import GateClosed
from themes.models import LocalisationException
from themes.services.excepting import decide_exception, request_exception, take_exception_back
from themes.services.localising import settle_conflict
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import DOG, account
from themes.tests.localised import (
    DAYS,
    MINHANG,
    WHERE,
    approve,
    city_promises,
    city_releases,
    days_in,
    live,
    localise,
    package,
    publish,
    revision,
    submit,
)

pytestmark = pytest.mark.usefixtures("demo_db")

PAGE = f"/themes/{DOG}/localisations/{MINHANG}/"


def ask() -> LocalisationException:
    until = clock.today() + timedelta(days=90)
    return request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)


def grant(asked: LocalisationException) -> None:
    decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=True, note="同意")


def excepted() -> None:
    """Minhang shows eight days where the city promises five."""
    localise({DAYS: 8})
    grant(ask())
    approve(submit())
    publish()


def keep_ours() -> None:
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())


def test_what_was_excepted_is_confirmed_anew_when_the_city_promises_more() -> None:
    excepted()
    city_releases(city_promises(3))
    keep_ours()
    with pytest.raises(GateClosed, match="原来的例外是市级还是“5”时批准的，现在已改为“3”，要市级重新确认"):
        submit()
    assert "要市级重新确认" in text_of(logged_in("mh_editor").get(PAGE))
    grant(ask())
    approve(submit())
    publish()
    assert days_in(package()) == 8 and live().version.number == 2


def test_an_exception_stands_where_the_city_gets_slower() -> None:
    excepted()
    city_releases(city_promises(6))
    keep_ours()
    approve(submit())
    publish()
    assert days_in(package()) == 8


def test_what_nobody_decided_the_district_takes_back_and_may_ask_for_anew() -> None:
    localise({DAYS: 8})
    asked = ask()
    with pytest.raises(Forbidden):
        take_exception_back(actor=account("operator"), exception_id=asked.pk, note="不")
    editor = logged_in("mh_editor")
    assert "收回申请" in text_of(editor.get(PAGE))
    editor.post(PAGE, {"do": "take_back", "exception": asked.pk, "note": "改为按期办结"})
    asked.refresh_from_db()
    assert asked.get_state_display() == "本区已收回" and asked.decided_by is None
    assert AuditEntry.objects.get(action="localisation.exception_retracted").reason == "改为按期办结"
    assert "收回：改为按期办结" in text_of(editor.get(PAGE))
    assert "收回：改为按期办结" in text_of(logged_in("operator").get(f"/themes/{DOG}/localisations/"))
    with pytest.raises(WrongState, match="本区已收回，不能再决定"):
        grant(asked)
    granted = ask()
    grant(granted)
    with pytest.raises(WrongState, match="没有可收回的"):
        take_exception_back(actor=account("mh_editor"), exception_id=granted.pk, note="不需要了")
