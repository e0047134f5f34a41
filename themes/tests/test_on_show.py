"""What is done to a theme on show: paused, redirected, replaced, over by itself; and what the export says of it."""

from datetime import datetime, timedelta
from time import sleep
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from opsplatform.accounts.tests.machines import machine, token_of
from opsplatform.jobs.models import Job
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, WrongState
from opsplatform.release.models import Pause, Release
from opsplatform.release.services import expiring
from themes import selectors
from themes.services.handing_over import redirect_theme, replace_theme
from themes.services.pausing import pause_theme, resume_theme
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.browsing import logged_in, text_of, url
from themes.tests.demonstrated import DOG, RESTAURANT, account, contents, get, new_version
from themes.tests.localised import DAYS, MINHANG, city_promises, put_on_show

pytestmark = pytest.mark.every_server

HERE, THERE = "310101", "310104"
EXPORT = "/api/v1/export/themes/"


@pytest.fixture
def platform() -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(machine(), ['export:read'])}")
    return client


def read(platform: APIClient, code: str = DOG, place: str = HERE, at: datetime | None = None) -> Any:
    return platform.get(f"{EXPORT}{code}/{place}/" + (f"?at={quote(at.isoformat())}" if at else ""))


def listed(platform: APIClient, at: datetime | None = None) -> dict[tuple[str, str], Any]:
    query = f"&at={quote(at.isoformat())}" if at else ""
    rows = platform.get(f"{EXPORT}?limit=200{query}").json()["results"]
    return {(row["code"], row["division"]): row for row in rows}


def pause(places: list[str] | None = None, message: str = "系统维护，周一恢复。") -> list[Pause]:
    return pause_theme(
        actor=account("operator"), code=DOG, division_codes=places or [HERE], message=message, note="升级系统"
    )


def resume(places: list[str] | None = None) -> list[Pause]:
    return resume_theme(actor=account("operator"), code=DOG, division_codes=places or [HERE], note="已升级")


@pytest.mark.usefixtures("demo_db")
class TestPausing:
    def test_the_bytes_stay_and_applicants_are_told_why(self, platform: APIClient) -> None:
        before = read(platform)
        (row,) = pause()
        after = read(platform)
        assert (after.content, after["ETag"]) == (before.content, before["ETag"])
        assert unquote(after["X-Pause-Message"]) == "UTF-8''系统维护，周一恢复。"
        assert datetime.fromisoformat(after["X-Paused-Since"]) == row.paused_at
        assert listed(platform)[DOG, HERE]["paused"]["message"] == "系统维护，周一恢复。"
        assert listed(platform)[DOG, THERE]["paused"] is None
        unchanged = platform.get(f"{EXPORT}{DOG}/{HERE}/", headers={"If-None-Match": after["ETag"]})
        assert unchanged.status_code == 304 and unchanged["X-Pause-Message"]
        assert "升级系统" not in str(after.headers) + str(listed(platform))

    def test_resumed_nothing_is_said_and_the_past_still_tells(self, platform: APIClient) -> None:
        (row,) = pause()
        resume()
        assert "X-Paused-Since" not in read(platform)
        assert Pause.objects.get().resumed_by == account("operator")
        assert list(Pause.objects.at(row.paused_at)) == []  # begun and ended at one moment of this transaction

    def test_it_outlasts_a_new_version_and_not_a_withdrawal(self, platform: APIClient) -> None:
        pause([HERE, THERE])
        number = new_version(DOG).number
        release_theme(actor=account("operator"), code=DOG, version=number, division_codes=[HERE], note="发布")
        assert read(platform)["X-Paused-Since"]
        withdraw_theme(actor=account("operator"), code=DOG, division_codes=[THERE], note="撤回")
        release_theme(actor=account("operator"), code=DOG, version=number, division_codes=[THERE], note="恢复")
        assert "X-Paused-Since" not in read(platform, place=THERE)

    def test_another_message_takes_the_place_of_the_first(self, platform: APIClient) -> None:
        pause()
        pause(message="延期到周三。")
        assert unquote(read(platform)["X-Pause-Message"]).endswith("延期到周三。")
        assert Pause.objects.count() == 2 and Pause.objects.open().count() == 1

    @pytest.mark.parametrize("message", ["", " ", "长" * 301])
    def test_a_message_is_needed(self, message: str) -> None:
        with pytest.raises(Invalid):
            pause(message=message)

    def test_what_is_not_on_show_cannot_be_paused_nor_what_is_not_paused_resumed(self) -> None:
        withdraw_theme(actor=account("operator"), code=DOG, division_codes=[HERE], note="撤回")
        before = contents()
        with pytest.raises(WrongState, match="没有上线"):
            pause([HERE, THERE])
        with pytest.raises(WrongState, match="没有暂停"):
            resume([THERE])
        assert contents() == before

    def test_a_pause_is_ended_once_and_never_rewritten_even_by_sql(self) -> None:
        (row,) = pause()
        with pytest.raises(DatabaseError, match="ended once"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE release_pause SET message = 'x' WHERE id = %s", [row.pk])
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM release_pause WHERE id = %s", [row.pk])


@pytest.mark.usefixtures("demo_db")
class TestGivingWay:
    def test_redirected_people_are_led_to_the_other_theme(self, platform: APIClient) -> None:
        redirect_theme(
            actor=account("operator"), code=DOG, successor=RESTAURANT, division_codes=[HERE], note="内部理由",
            public_note="请改办开饭店。",
        )  # fmt: skip
        answer = read(platform)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (410, "redirected")
        assert (told["facts"]["successor"], told["facts"]["note"]) == (RESTAURANT, "请改办开饭店。")
        assert "内部理由" not in answer.content.decode()
        assert read(platform, place=THERE).status_code == 200
        assert Release.objects.get(ending="redirected").successor == get(RESTAURANT).subject

    def test_who_withdraws_the_other_theme_is_told_who_is_led_to_it(self) -> None:
        redirect_theme(
            actor=account("operator"), code=DOG, successor=RESTAURANT, division_codes=[HERE, THERE], note="并入"
        )
        release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[THERE], note="恢复")
        shown = text_of(logged_in("operator").get(url("withdraw", RESTAURANT)))
        assert f"“{get(DOG)}”：黄浦区 " in shown

    def test_replaced_the_other_goes_on_show_in_the_same_act(self, platform: APIClient) -> None:
        withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=[HERE], note="停办")
        replace_theme(
            actor=account("operator"), code=DOG, successor=RESTAURANT, version=1, division_codes=[HERE], note="合并"
        )
        assert read(platform).json()["code"] == "replaced"
        assert read(platform, code=RESTAURANT).status_code == 200

    def test_nothing_is_replaced_where_the_district_decides_first(self) -> None:
        put_on_show({DAYS: 3})
        number, before = city_promises(4).number, contents()
        with pytest.raises(WrongState, match=f"版本 {number} 与闵行区的改动有冲突"):
            replace_theme(
                actor=account("operator"), code=RESTAURANT, successor=DOG, version=number,
                division_codes=[MINHANG], note="合并",
            )  # fmt: skip
        assert contents() == before

    def test_nobody_is_led_where_nothing_is(self) -> None:
        withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=[HERE], note="停办")
        before = contents()
        for successor, sentence in ((RESTAURANT, "没有上线"), (DOG, "它自己")):
            with pytest.raises(WrongState, match=sentence):
                redirect_theme(
                    actor=account("operator"), code=DOG, successor=successor, division_codes=[HERE], note="并入"
                )
        assert contents() == before

    def test_withdrawn_it_is_gone_and_the_answer_says_how(self, platform: APIClient) -> None:
        (row,) = withdraw_theme(
            actor=account("operator"), code=DOG, division_codes=[HERE], note="内部理由", public_note="政策到期。"
        )
        answer = read(platform)
        assert (answer.status_code, answer.json()["code"]) == (404, "withdrawn")
        assert answer.json()["facts"]["note"] == "政策到期。" and "内部理由" not in answer.content.decode()
        assert row.end_note == "内部理由"
        assert read(platform, code="NEVER-WAS").json()["code"] == "not_found"


@pytest.mark.usefixtures("demo_db")
class TestPeriods:
    def released(self) -> Release:
        number = new_version(DOG).number
        (row,) = release_theme(
            actor=account("operator"), code=DOG, version=number, division_codes=[HERE], note="试行",
            public_note="试行一小时。", until=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        return row

    def test_it_says_until_when_and_work_waits_for_then(self, platform: APIClient) -> None:
        row = self.released()
        assert datetime.fromisoformat(read(platform)["X-Effective-Until"]) == row.effective_until
        job = Job.objects.get(kind=expiring.EXPIRE)
        assert (job.due_at, job.payload) == (row.effective_until, {"releases": [str(row.pk)]})
        assert unquote(read(platform)["X-Release-Note"]) == "UTF-8''试行一小时。"

    def test_before_its_end_the_work_does_nothing(self) -> None:
        row = self.released()
        before = contents()
        expiring.expire(row.pk)
        assert contents() == before

    def test_at_its_end_it_is_over_and_says_so(self, platform: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        row = self.released()
        pause()
        later = clock.now() + timedelta(hours=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        expiring.expire(row.pk)
        row.refresh_from_db()
        assert (row.ending, row.ended_at, row.ended_by) == ("expired", later, account("operator"))
        assert read(platform).json()["code"] == "expired" and not Pause.objects.open().exists()

    @pytest.mark.parametrize("minutes", [-5, 0])
    def test_an_end_that_is_past_is_refused(self, minutes: int) -> None:
        with pytest.raises(Invalid):
            release_theme(
                actor=account("operator"), code=DOG, version=new_version(DOG).number, division_codes=[HERE],
                note="发布", until=clock.now() + timedelta(minutes=minutes),
            )  # fmt: skip


@pytest.mark.usefixtures("demo_db")
class TestTheListAtAMoment:
    def test_it_says_what_was_on_show_then(self, platform: APIClient) -> None:
        first = selectors.get_live(get(DOG), selectors.get_division(HERE))
        assert listed(platform, at=first.released_at).keys() >= {(DOG, HERE), (DOG, THERE)}
        assert listed(platform, at=first.released_at - timedelta(microseconds=1)) == {}

    def test_of_the_future_nothing_is_known(self, platform: APIClient) -> None:
        answer = platform.get(f"{EXPORT}?at={quote((clock.now() + timedelta(days=1)).isoformat())}")
        assert answer.status_code == 400


def test_past_its_end_nothing_is_shown_even_before_the_work_has_run(demo_clone: str, platform: APIClient) -> None:
    number = new_version(DOG).number
    until = clock.now() + timedelta(seconds=6)  # time enough to release and to look, whatever else runs
    release_theme(actor=account("operator"), code=DOG, version=number, division_codes=[HERE], note="试行", until=until)
    assert read(platform).status_code == 200
    while clock.now() <= until:
        sleep(0.1)
    assert (read(platform).status_code, read(platform).json()["code"]) == (404, "expired")
    assert (DOG, HERE) not in listed(platform)
    (row,) = Release.objects.live().filter(subject__code=DOG, division__code=HERE)

    # What is released before the work has run follows an end, and is no successor.
    then = clock.now()
    release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[HERE], note="恢复")
    row.refresh_from_db()
    assert row.ending == "expired" and read(platform)["X-Package-Version"] == "1"
    told = read(platform, at=then).json()
    assert told["code"] == "expired"
    assert until - datetime.fromisoformat(told["facts"]["ended_at"]) < timedelta(milliseconds=1)


@pytest.mark.usefixtures("demo_db")
def test_why_another_division_did_something_is_told_as_the_public_is() -> None:
    number = new_version(DOG).number
    for place, note in ((HERE, "本区的内情"), (THERE, "邻区的内情")):
        release_theme(
            actor=account("operator"),
            code=DOG,
            version=number,
            division_codes=[place],
            note=note,
            public_note="启用新版。",
        )
    pause([THERE])
    pages = (url("history", DOG), reverse("themes:on_show"), f"/api/v1/themes/{DOG}/releases/")
    for path in pages:
        clerk, operator = (logged_in(who).get(path).content.decode() for who in ("hp_editor", "operator"))
        assert "本区的内情" in clerk and "启用新版。" in clerk, path
        assert "邻区的内情" not in clerk and "升级系统" not in clerk, path
        assert "邻区的内情" in operator and "本区的内情" in operator, path
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=[HERE], note="撤回的内情")
    assert "撤回的内情" in logged_in("hp_editor").get(pages[0]).content.decode()
