"""What may go on show again, or go on show later, where the city releases anew, takes back, or a district decides."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import WrongState
from opsplatform.release.errors import CannotRollBack, GateClosed
from opsplatform.release.models import PlanStage, ReleasePlan, Version
from opsplatform.release.services.emergencies import ask_emergency, confirm_emergency
from opsplatform.release.services.reviewing import return_to_draft
from themes.models import CityChange, LocalisationException
from themes.services.excepting import decide_exception, request_exception, withdraw_exception
from themes.services.joining import join_release_plan
from themes.services.localising import settle_conflict
from themes.services.planning import ThemePlan, ThemeStage, plan_release, roll_back_plan, run_plan_stage
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import DOG, account, get, new_version, submitted
from themes.tests.localised import (
    DAYS,
    HALL,
    HUANGPU,
    MINHANG,
    PHONE_HALL,
    WHERE,
    approve,
    city_drafts,
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

ELSEWHERE = "310104"
BARRED = "闵行区的本地化版本 1：“.*”的例外已.*不再允许"


def excepted() -> LocalisationException:
    """Minhang shows eight days, by an exception of the city."""
    localise({DAYS: 8})
    until = clock.today() + timedelta(days=3)
    asked = request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)
    decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=True, note="同意")
    approve(submit())
    publish()
    return asked


def take_exception_back(exception: LocalisationException) -> None:
    withdraw_exception(actor=account("operator"), exception_id=exception.pk, note="不再允许")


def decide() -> None:
    """Minhang keeps its own days; that is approved."""
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    approve(submit())


def withdraw(*places: str) -> None:
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=list(places), note="停办")


def roll_back(plan: ReleasePlan) -> None:
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")


def joined(version: int) -> ReleasePlan:
    """Minhang's approved localisation goes on show there with a plan's release of the version."""
    plan = plan_of(version)
    join_release_plan(actor=account("mh_publisher"), **WHERE, plan_id=plan.pk)
    run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)
    return plan


def plan_of(version: int, *places: str, due: datetime | None = None, until: datetime | None = None) -> ReleasePlan:
    stages = [ThemeStage(due, list(places) or [MINHANG])]
    wanted = ThemePlan("改版", [(DOG, version)], stages, "改版", effective_until=until)
    return plan_release(actor=account("operator"), wanted=wanted)


def open_changes() -> list[int]:
    return list(CityChange.objects.filter(closed_at__isnull=True).values_list("version__number", flat=True))


def test_a_new_version_does_not_carry_an_exception_that_was_withdrawn() -> None:
    take_exception_back(excepted())
    version, before = new_version(DOG), live().pk
    with pytest.raises(GateClosed, match=BARRED):
        city_releases(version)
    assert live().pk == before and live(HUANGPU).version.number == 1
    assert "例外已由市级" in text_of(logged_in("operator").get(f"/themes/{DOG}/release/"))
    city_releases(version, HUANGPU)
    localise({PHONE_HALL: HALL})
    approve(submit())
    publish()
    city_releases(version)
    assert live().version == version and days_in(package()) == 5


def test_an_exception_that_is_over_does_not_return_after_a_withdrawal(monkeypatch: pytest.MonkeyPatch) -> None:
    excepted()
    withdraw(MINHANG)
    late = clock.today() + timedelta(days=10)
    monkeypatch.setattr(clock, "today", lambda: late)
    with pytest.raises(GateClosed, match="到期"):
        release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[MINHANG], note="恢复")


def test_a_rollback_does_not_bring_a_withdrawn_exception_back_and_says_what_to_do() -> None:
    exception = excepted()
    localise({PHONE_HALL: HALL})
    approve(submit())
    plan = joined(new_version(DOG).number)
    take_exception_back(exception)
    with pytest.raises(CannotRollBack, match=BARRED + ".*可以先在闵行区撤回"):
        roll_back(plan)
    withdraw(MINHANG)
    roll_back(plan)
    assert PlanStage.objects.get(plan=plan).state == PlanStage.State.ROLLED_BACK


@pytest.mark.parametrize("policy", ["keep_old", "suspend"])
def test_a_district_decides_about_no_version_that_was_rolled_back_there(policy: str) -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4, on_conflict=policy)
    city_releases(version, ELSEWHERE)
    plan = planned(version, MINHANG, HUANGPU)
    assert open_changes() == [version.number]
    roll_back(plan)
    assert not open_changes() and live(ELSEWHERE).version == version
    assert live().version.number == 1
    with pytest.raises(WrongState):
        settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())


def test_a_district_waits_for_nothing_where_the_theme_was_withdrawn() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    withdraw(MINHANG)
    assert not open_changes()


def by_hand(version: Version, until: datetime) -> None:
    places = [MINHANG, HUANGPU]
    release_theme(
        actor=account("operator"), code=DOG, version=version.number, division_codes=places, note="试行", until=until
    )


def by_plan(version: Version, until: datetime) -> None:
    plan = plan_of(version.number, MINHANG, HUANGPU, until=until)
    run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)


@pytest.mark.parametrize("releasing", [by_hand, by_plan])
def test_what_a_district_decided_about_ends_when_the_citys_release_does(
    releasing: Callable[[Version, datetime], None],
) -> None:
    put_on_show({DAYS: 3})
    version, until = city_promises(4), clock.now() + timedelta(days=30)
    releasing(version, until)
    assert live().version.number == 1
    decide()
    shown = publish()
    assert shown.version == version and shown.effective_until == live(HUANGPU).effective_until == until


def test_a_district_does_not_wait_for_what_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_show({DAYS: 3})
    until = clock.now() + timedelta(days=30)
    by_hand(city_promises(4), until)
    decide()
    monkeypatch.setattr(clock, "now", lambda: until + timedelta(hours=1))
    with pytest.raises(WrongState):
        publish()
    assert live().version.number == 1


def test_a_district_does_not_wait_for_an_emergency_whose_review_said_no() -> None:
    put_on_show({DAYS: 3})
    city_drafts(4)
    version = submitted(DOG)
    known = {"subject_id": get(DOG).subject_id, "digest": version.digest}
    ask_emergency(actor=account("operator"), **known, note="急")
    confirm_emergency(actor=account("operator2"), **known, note="急")
    city_releases(version, MINHANG, HUANGPU)
    assert live().version.number == 1 and open_changes() == [version.number]
    return_to_draft(actor=account("ny_reviewer"), **known, note="不行")
    assert not open_changes()
    localise({DAYS: 2})
    approve(submit())
    assert publish().version.number == 1


def test_released_again_a_district_has_what_its_publisher_had_published_and_nothing_newer() -> None:
    first = put_on_show({PHONE_HALL: HALL})
    localise({DAYS: 3, PHONE_HALL: HALL})
    approve(submit())
    withdraw(MINHANG)
    told = AuditEntry.objects.filter(action="localisation.released")
    before = told.count()
    release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[MINHANG], note="恢复")
    assert live().localisation == first.localisation and told.count() == before + 1


def test_released_again_a_district_does_not_have_what_was_rolled_back() -> None:
    localise({DAYS: 1})
    approve(submit())
    roll_back(joined(1))
    withdraw(MINHANG)
    release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[MINHANG], note="恢复")
    assert live().localisation is None


def test_plans_are_rolled_back_one_after_the_other() -> None:
    before = live(HUANGPU).package_id
    first, second, third = (planned(new_version(DOG), HUANGPU) for _ in range(3))
    for plan, number in ((third, 3), (second, 2)):
        roll_back(plan)
        assert live(HUANGPU).version.number == number
    roll_back(first)
    assert live(HUANGPU).package_id == before


def test_a_district_that_published_on_what_a_rollback_put_back_is_rolled_back_with_the_first_plan() -> None:
    before = live().package_id
    first, second = (planned(new_version(DOG), MINHANG) for _ in range(2))
    roll_back(second)
    put_on_show({PHONE_HALL: HALL})
    roll_back(first)
    assert live().package_id == before


def test_places_where_nothing_is_on_show_do_not_stand_in_the_way_of_a_rollback() -> None:
    plan = planned(new_version(DOG), HUANGPU, MINHANG)
    withdraw(HUANGPU)
    roll_back(plan)
    assert live().version.number == 1
    entry = AuditEntry.objects.filter(action="release_plan.rolled_back").latest("pk")
    assert entry.facts["skipped"] == [f"{DOG}/{HUANGPU}"]
    page = text_of(logged_in("operator").get(f"/themes/plans/{plan.pk}/"))
    assert "曾上线" in page and "撤回" in page


def test_a_rollback_restores_no_period_that_reaches_into_a_plan() -> None:
    until = clock.now() + timedelta(days=9)
    release_theme(actor=account("operator"), code=DOG, version=1, division_codes=[HUANGPU], note="试行", until=until)
    version = new_version(DOG)
    plan = planned(version, HUANGPU)
    due, end = clock.now() + timedelta(days=5), clock.now() + timedelta(days=8)
    plan_of(version.number, HUANGPU, due=due, until=end)
    with pytest.raises(CannotRollBack, match=r"有效期会伸进计划：.*计划“改版”定于"):
        roll_back(plan)
