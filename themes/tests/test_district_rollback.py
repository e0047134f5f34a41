"""A district takes back what it published by itself: to the bytes of before, and to what was undecided then."""

from datetime import timedelta
from typing import Any

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.feed.models import Event
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, WrongState
from opsplatform.release.errors import CannotRollBack
from opsplatform.release.models import Release, Version
from themes.models import CityChange
from themes.services import carrying_over
from themes.services.excepting import decide_exception, request_exception, withdraw_exception
from themes.services.joining import join_release_plan
from themes.services.localising import roll_back_localisation, settle_conflict
from themes.services.planning import ThemePlan, ThemeStage, plan_release, roll_back_plan, run_plan_stage
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import DOG, account, new_version
from themes.tests.localised import (
    DAYS,
    HALL,
    HUANGPU,
    MINHANG,
    PHONE_HALL,
    WHERE,
    approve,
    city_promises,
    city_releases,
    days_in,
    live,
    localise,
    package,
    planned,
    publish,
    put_on_show,
    revision,
    submit,
)

pytestmark = pytest.mark.usefixtures("demo_db")

PAGE = f"/themes/{DOG}/localisations/{MINHANG}/"


def take_back(by: str = "mh_publisher", **more: Any) -> Release:
    return roll_back_localisation(actor=account(by), **WHERE, digest=live().package_id, note="窗口有误", **more)


def keep_own_days() -> None:
    """Minhang keeps its own days; that is approved and published."""
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    approve(submit())
    publish()


def open_changes() -> list[tuple[int, str]]:
    return list(CityChange.objects.filter(closed_at__isnull=True).values_list("version__number", "outcome"))


def roll_back(plan: Any) -> None:
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")


def test_a_district_returns_to_its_publication_before_and_to_the_citys_and_everybody_is_told() -> None:
    bare, first = live(), put_on_show({DAYS: 3})
    put_on_show({DAYS: 2, PHONE_HALL: HALL})
    restored = take_back(public_note="恢复原来的窗口。")
    assert restored.package_id == first.package_id == live().package_id and days_in(package()) == 3
    assert restored.public_note == "恢复原来的窗口。" and restored.localisation == first.localisation
    entry = AuditEntry.objects.get(action="localisation.rolled_back")
    assert entry.reason == "窗口有误" and entry.facts["restored"] == first.package_id
    told = Event.objects.filter(code=DOG, division_code=MINHANG).latest("pk")
    assert told.digest == first.package_id and not told.is_tombstone
    take_back()
    assert live().package_id == bare.package_id and live().localisation is None
    with pytest.raises(WrongState, match="没有可回退的"):
        take_back()


def test_only_what_the_district_published_itself_and_showed_last_is_taken_back() -> None:
    put_on_show({PHONE_HALL: HALL})
    city_releases(new_version(DOG))
    with pytest.raises(WrongState, match="没有可回退的"):
        take_back()
    localise({DAYS: 3})
    approve(submit())
    plan = plan_release(
        actor=account("operator"), wanted=ThemePlan("改版", [(DOG, 2)], [ThemeStage(None, [MINHANG])], "改版")
    )
    join_release_plan(actor=account("mh_publisher"), **WHERE, plan_id=plan.pk)
    run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)
    with pytest.raises(WrongState, match="随计划一起回退"):
        take_back()
    with pytest.raises(Forbidden):
        take_back("mh_editor")


def test_two_windows_go_one_step_back() -> None:
    put_on_show({DAYS: 5, PHONE_HALL: HALL})
    first = put_on_show({DAYS: 3})
    seen = {"digest": put_on_show({DAYS: 2}).package_id, "note": "窗口有误"}
    publisher = logged_in("mh_publisher")
    assert seen["digest"] in publisher.get(PAGE).content.decode()
    assert publisher.post(PAGE, {"do": "roll_back", **seen}).status_code == 302
    again = publisher.post(PAGE, {"do": "roll_back", **seen})
    assert again.status_code == 409 and "请刷新后再看" in text_of(again)
    page = again.content.decode()
    assert page.count("窗口有误</textarea>") == 1, (
        "what was typed stays where it was typed, and is no note of another act"
    )
    assert '<details class="op-confirm th-gap" open>' in page
    address = f"/api/v1/themes/{DOG}/localisations/{MINHANG}/roll-back/"
    assert publisher.post(address, seen, content_type="application/json").status_code == 409
    assert live().package_id == first.package_id


def test_a_window_from_before_does_not_publish_again_what_was_taken_back_since() -> None:
    put_on_show({DAYS: 3})
    localise({DAYS: 2})
    approve(submit())
    publisher = logged_in("mh_publisher")
    page = publisher.get(PAGE).content.decode()
    seen = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("digest", "live")}
    assert publisher.post(PAGE, {"do": "publish", "note": "更快", **seen}).status_code == 302
    assert days_in(package()) == 2
    take_back()
    take_back()
    again = publisher.post(PAGE, {"do": "publish", "note": "更快", **seen})
    assert again.status_code == 409 and "请刷新后再看" in text_of(again)
    assert live().localisation is None


def test_what_lapsed_meanwhile_does_not_return() -> None:
    localise({DAYS: 8})
    until = clock.today() + timedelta(days=3)
    asked = request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)
    decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=True, note="同意")
    approve(submit())
    publish()
    second = put_on_show({PHONE_HALL: HALL})
    withdraw_exception(actor=account("operator"), exception_id=asked.pk, note="不再允许")
    with pytest.raises(CannotRollBack, match=r"本地化版本 1：.*的例外已.*请改好草稿"):
        take_back()
    assert live().pk == second.pk


def test_what_was_held_waits_again_for_the_districts_decision() -> None:
    first = put_on_show({DAYS: 3})
    version = city_promises(4)
    city_releases(version)
    keep_own_days()
    assert live().version == version and not open_changes()
    take_back()
    assert live().package_id == first.package_id
    assert open_changes() == [(version.number, "held")]
    publish()
    assert live().version == version and not open_changes()


def test_the_home_page_says_how_far_the_decision_about_a_change_of_the_city_has_come() -> None:
    def told() -> str:
        return text_of(logged_in("mh_editor").get("/"))

    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    assert "市 v2 与本区的改动有 1 处冲突，请选择" in told()
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    assert "与市 v2 的冲突都已决定，请提交审核" in told() and "请选择" not in told()
    page = text_of(logged_in("mh_editor").get(f"{PAGE}conflicts/"))
    assert "冲突都已决定" in page and "没有冲突" not in page
    version = submit()
    assert "与市 v2 的冲突都已决定，等待审核" in told()
    approve(version)
    assert "与市 v2 的冲突都已决定，等本区发布" in told()
    publish()
    assert "与市 v2 的冲突" not in told()
    take_back()
    assert "与市 v2 的冲突都已决定，等本区发布" in told(), "the draft still says so, and there is nothing to choose"


def test_what_waits_again_where_the_city_released_it_nowhere_else_waits_whatever_others_do() -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4)
    city_releases(version, MINHANG)
    keep_own_days()
    take_back()
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=[HUANGPU], note="窗口装修")
    assert open_changes() == [(version.number, "held")]


def test_of_two_versions_that_wait_the_newest_is_decided_about_and_the_other_when_that_is_taken_back() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    keep_own_days()
    plan = planned(city_promises(6), MINHANG, HUANGPU)
    take_back()
    home = text_of(logged_in("mh_editor").get("/"))
    assert "市 v3 与本区的改动有 1 处冲突，请选择" in home and "市 v2" not in home
    roll_back(plan)
    home = text_of(logged_in("mh_editor").get("/"))
    assert "与市 v2 的冲突都已决定" in home and "市 v3" not in home


def test_what_may_go_on_show_no_more_is_not_asked_for_on_the_home_page(monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_show({DAYS: 3})
    version, until = city_promises(4), clock.now() + timedelta(hours=1)
    release_theme(
        actor=account("operator"), code=DOG, version=version.number, division_codes=None, note="试行", until=until
    )
    editor = logged_in("mh_editor")
    assert "请选择" in text_of(editor.get("/"))
    monkeypatch.setattr(clock, "now", lambda: until)
    assert "请选择" not in text_of(editor.get("/"))


def test_what_the_city_released_after_a_withdrawal_is_not_the_districts_to_take_back() -> None:
    put_on_show({DAYS: 3})
    put_on_show({DAYS: 2})
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=[MINHANG], note="窗口装修")
    release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[MINHANG], note="恢复")
    assert days_in(package()) == 2
    with pytest.raises(WrongState, match="没有可回退的"):
        take_back()


def test_who_takes_back_what_a_plan_will_show_again_is_told() -> None:
    put_on_show({DAYS: 3})
    plan = plan_release(
        actor=account("operator"), wanted=ThemePlan("秋季改版", [(DOG, 1)], [ThemeStage(None, [MINHANG])], "改版")
    )
    join_release_plan(actor=account("mh_publisher"), **WHERE, plan_id=plan.pk)
    page = logged_in("mh_publisher").get(PAGE)
    assert "本地化 v1 还要随计划“秋季改版”上线；不要的，先在下面按“不随这一批发布”" in text_of(page)
    take_back()
    assert "本地化 v1 还要随计划“秋季改版”上线" in text_of(logged_in("mh_publisher").get(PAGE))


def test_what_was_suspended_waits_again_for_the_districts_decision() -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4, on_conflict="suspend")
    city_releases(version)
    keep_own_days()
    assert days_in(package()) == 3
    take_back()
    assert days_in(package()) == 4 and open_changes() == [(version.number, "suspended")]


@pytest.mark.parametrize("policy", ["keep_old", "suspend"])
def test_a_rollback_of_the_next_version_opens_the_conflict_with_the_former_one_again(policy: str) -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4, on_conflict=policy)
    city_releases(version)
    before = open_changes()
    assert before == [(version.number, "held" if policy == "keep_old" else "suspended")]
    plan = planned(city_promises(6, on_conflict=policy), MINHANG, HUANGPU)
    assert open_changes() != before
    roll_back(plan)
    assert open_changes() == before


def test_a_rollback_that_forgets_what_gave_way_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_over, "_close_others", lambda localisation, version: _close_all_but(version))
    with pytest.raises(AssertionError):
        test_a_rollback_of_the_next_version_opens_the_conflict_with_the_former_one_again("keep_old")


def _close_all_but(version: Version) -> None:
    CityChange.objects.exclude(version=version).update(closed_at=clock.now())


def test_a_former_version_that_is_rolled_back_itself_is_decided_about_no_more() -> None:
    put_on_show({DAYS: 3})
    first, second = (planned(city_promises(days), MINHANG) for days in (4, 6))
    roll_back(first)
    roll_back(second)
    assert not open_changes()


def test_what_a_district_decided_about_is_told_with_the_notes_of_the_city() -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4)
    release_theme(
        actor=account("operator"), code=DOG, version=version.number, division_codes=None, note="法规修订",
        public_note="按新条例办理。",
    )  # fmt: skip
    keep_own_days()
    assert live().note == "本区办理方式（市级发布时：法规修订）"
    assert live().public_note == "按新条例办理。按本区的办理方式更新。"


def test_page_and_rest_take_back_and_the_page_tells_it() -> None:
    put_on_show({DAYS: 3})
    publisher = logged_in("mh_publisher")
    assert "回退本区的发布" in text_of(publisher.get(PAGE))
    assert "回退本区的发布" not in text_of(logged_in("mh_editor").get(PAGE))
    seen = {"do": "roll_back", "digest": live().package_id, "note": "窗口有误"}
    publisher.post(PAGE, seen)
    assert live().localisation is None
    page = text_of(publisher.get(PAGE))
    assert "本地化 v1 已由" in page and "回退：窗口有误" in page
    assert "已回退，没有在用" in text_of(publisher.get("/"))
    publish()
    page = text_of(publisher.get(PAGE))
    assert "回退：窗口有误" not in page


def test_nobody_is_offered_to_publish_what_is_at_odds_with_the_city() -> None:
    put_on_show({DAYS: 3})
    plan = planned(city_promises(4), MINHANG)
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    approve(submit())
    publisher = logged_in("mh_publisher")
    assert "已批准，等待本区发布" in text_of(publisher.get("/"))
    roll_back(plan)
    home = text_of(publisher.get("/"))
    assert "等待本区发布" not in home and "有 1 处冲突" in home
