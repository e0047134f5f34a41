"""A theme and its districts' localisations as one bundle: on show together, rolled back together."""

from datetime import timedelta

import pytest

from opsplatform.accounts.models import Membership
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, NotFound, StaleRevision, WrongState
from opsplatform.release.errors import StageRefused
from opsplatform.release.models import JoinedLocalisation, ReleasePlan
from opsplatform.release.selectors import stages_at_a_loss
from themes.services.excepting import decide_exception, request_exception
from themes.services.joining import join_release_plan, leave_release_plan, list_planned
from themes.services.localising import get_place
from themes.services.planning import (
    ThemePlan,
    ThemeStage,
    change_release_plan,
    plan_release,
    roll_back_plan,
    run_plan_stage,
)
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import DOG, account, new_version
from themes.tests.localised import (
    CITY_HALL,
    DAYS,
    HALL,
    HUANGPU,
    MINHANG,
    PHONE_HALL,
    WHERE,
    approve,
    city_promises,
    city_releases,
    close_window,
    days_in,
    live,
    localise,
    package,
    put_on_show,
    second_window,
    submit,
)

pytestmark = pytest.mark.usefixtures("demo_db")


def wanted(number: int, *places: str) -> ThemePlan:
    return ThemePlan("新规", [(DOG, number)], [ThemeStage(None, list(places))], "发布")


def planned(number: int) -> ReleasePlan:
    return plan_release(actor=account("operator"), wanted=wanted(number, MINHANG, HUANGPU))


def approved_days(days: int = 3) -> None:
    localise({DAYS: days, PHONE_HALL: HALL})
    approve(submit())


def join(plan: ReleasePlan, *, by: str = "mh_publisher") -> JoinedLocalisation:
    return join_release_plan(actor=account(by), **WHERE, plan_id=plan.pk)


def run(plan: ReleasePlan) -> None:
    run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)


class TestTheBundle:
    def test_theme_and_localisation_are_on_show_together_and_gone_together(self) -> None:
        before = live().package_id
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        assert live().package_id == before, "nothing is on show before the stage runs"
        run(plan)
        assert live().version.number == 2 and live().localisation is not None and days_in(package()) == 3
        assert live(HUANGPU).localisation is None
        assert AuditEntry.objects.filter(action="localisation.released", object_key=f"{DOG}@{MINHANG}").count() == 1
        roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
        assert live().package_id == before and live(HUANGPU).version.number == 1

    def test_what_no_longer_fits_the_version_is_named_by_the_stage_and_nothing_of_it_is_on_show(self) -> None:
        other = second_window()
        city_releases(new_version(DOG))
        before = live().package_id
        localise({CITY_HALL: None})
        approve(submit())
        plan = planned(new_version(DOG).number)
        plan = join(plan).plan
        close_window(other)
        newer = wanted(new_version(DOG).number, MINHANG, HUANGPU)
        change_release_plan(actor=account("operator"), plan_id=plan.pk, wanted=newer, expected_revision=plan.revision)
        with pytest.raises(StageRefused) as refused:
            run(plan)
        (problem,) = refused.value.problems
        assert (problem.pointer, problem.code) == (f"/{DOG}/{MINHANG}", "no_service_point")
        assert "闵行区的本地化版本 1：闵行区没有这个主题的办理地址。" in problem.sentence
        assert live().package_id == before and live(HUANGPU).version.number == 2
        leave_release_plan(actor=account("mh_publisher"), **WHERE, plan_id=plan.pk)
        run(plan)
        assert live().version.number == live(HUANGPU).version.number == 4

    def test_what_is_live_with_another_localisation_gets_the_one_that_joined(self) -> None:
        first = put_on_show({PHONE_HALL: HALL})
        plan = planned(1)
        approved_days()
        join(plan)
        run(plan)
        assert days_in(package()) == 3 and live().version.number == 1
        roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
        assert live().package_id == first.package_id

    def test_a_plan_that_is_changed_keeps_what_joined_it(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        plan.refresh_from_db()
        change_release_plan(
            actor=account("operator"), plan_id=plan.pk, wanted=wanted(2, MINHANG), expected_revision=plan.revision
        )
        run(plan)
        assert days_in(package()) == 3

    def test_whoever_saw_the_plan_before_is_told_that_something_joined(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        with pytest.raises(StaleRevision):
            change_release_plan(
                actor=account("operator"), plan_id=plan.pk, wanted=wanted(2, MINHANG), expected_revision=1
            )


class TestWhatIsRefused:
    def test_only_the_districts_publisher_joins_and_only_where_something_is_planned(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        for name in ("mh_editor", "operator"):
            with pytest.raises(Forbidden):
                join(plan, by=name)
        with pytest.raises(NotFound):
            join(plan, by="hp_publisher")
        with pytest.raises(NotFound):
            join(plan_release(actor=account("operator"), wanted=wanted(2, "310104")))
        run(plan)
        with pytest.raises(NotFound):
            join(plan)

    def test_what_is_at_odds_with_the_planned_version_cannot_join(self) -> None:
        put_on_show({DAYS: 3})
        plan = planned(city_promises(4).number)
        with pytest.raises(WrongState, match="1 处冲突"):
            join(plan)

    def test_an_approval_that_was_voided_stops_the_whole_stage_and_leaving_lets_it_go(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        localise({DAYS: 2})
        with pytest.raises(StageRefused, match="闵行区的本地化版本 1 已不再是批准的版本"):
            run(plan)
        assert live(HUANGPU).version.number == 1
        leave_release_plan(actor=account("operator"), **WHERE, plan_id=plan.pk)
        run(plan)
        assert live(HUANGPU).version.number == 2 and live().localisation is None

    def test_that_is_told_before_the_stage_is_run(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        assert not stages_at_a_loss().exists()
        localise({DAYS: 2})
        assert [stage.plan for stage in stages_at_a_loss()] == [plan]

    def test_an_exception_that_is_over_stops_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plan = planned(new_version(DOG).number)
        localise({DAYS: 8})
        until = clock.today() + timedelta(days=3)
        asked = request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)
        decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=True, note="同意")
        approve(submit())
        join(plan)
        monkeypatch.setattr(clock, "today", lambda: until + timedelta(days=1))
        with pytest.raises(StageRefused):
            run(plan)
        assert live(HUANGPU).version.number == 1

    def test_who_lost_the_right_since_publishes_nothing(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        Membership.objects.filter(user=account("mh_publisher")).delete()
        with pytest.raises(StageRefused):
            run(plan)
        assert live().version.number == 1

    def test_a_neighbour_does_not_take_it_out(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        join(plan)
        with pytest.raises(NotFound):
            leave_release_plan(actor=account("hp_publisher"), **WHERE, plan_id=plan.pk)
        with pytest.raises(Forbidden):
            leave_release_plan(actor=account("mh_editor"), **WHERE, plan_id=plan.pk)
        assert JoinedLocalisation.objects.exists()


class TestThePages:
    def test_the_district_joins_and_leaves_on_its_page_and_the_plan_says_so(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        publisher, page = logged_in("mh_publisher"), url("localisation", DOG, division=MINHANG)
        form = form_of(publisher.get(page), holding="plan")
        answer = publisher.post(page, {**form, "do": "join"}, follow=True)
        assert "本地化版本 1 随这一批上线，也随计划一起回退" in text_of(answer)
        shown = text_of(logged_in("operator").get(f"/themes/plans/{plan.pk}/"))
        assert "闵行区的“我要办犬证”本地化版本 1 同批上线、同批回退" in shown
        publisher.post(page, {**form, "do": "leave"})
        assert not JoinedLocalisation.objects.exists()

    def test_what_waits_for_the_publisher_is_on_the_home_page_until_it_joined(self) -> None:
        plan = planned(new_version(DOG).number)
        approved_days()
        assert "本地化版本 1" in text_of(logged_in("mh_publisher").get("/"))
        join(plan)
        assert "没有等待发布的本地化" in text_of(logged_in("mh_publisher").get("/"))

    def test_after_its_own_stage_it_waits_again_whatever_other_stages_do(self) -> None:
        put_on_show({PHONE_HALL: HALL})
        stages = [ThemeStage(None, [MINHANG]), ThemeStage(None, [HUANGPU])]
        plan = plan_release(
            actor=account("operator"), wanted=ThemePlan("新规", [(DOG, new_version(DOG).number)], stages, "发布")
        )
        approved_days()
        join(plan)
        self._turn_to(plan, city_promises(4).number, stages)
        shown = text_of(logged_in("operator").get(f"/themes/plans/{plan.pk}/"))
        assert "本地化版本 2 与版本 3 有 1 处冲突" in shown and "同批上线" not in shown
        run(plan)
        shown = text_of(logged_in("operator").get(f"/themes/plans/{plan.pk}/"))
        assert "本地化版本 2 没有随这一批上线" in shown and "同批上线" not in shown
        assert "本地化版本 2" in text_of(logged_in("mh_publisher").get("/"))

    def _turn_to(self, plan: ReleasePlan, number: int, stages: list[ThemeStage]) -> None:
        plan.refresh_from_db()
        change_release_plan(
            actor=account("operator"), plan_id=plan.pk, wanted=ThemePlan("新规", [(DOG, number)], stages, "发布"),
            expected_revision=plan.revision,
        )  # fmt: skip

    def test_what_is_planned_is_told_with_the_version(self) -> None:
        plan = planned(new_version(DOG).number)
        (one,) = list_planned(get_place(account("mh_editor"), DOG, MINHANG))
        assert (one.plan, one.position, one.version.number, one.joined) == (plan.pk, 1, 2, None)


def test_a_plan_that_forgets_who_joined_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsplatform.release.services.running_stages.find_joined", lambda *_: {})
    with pytest.raises(AssertionError):
        TestTheBundle().test_theme_and_localisation_are_on_show_together_and_gone_together()
