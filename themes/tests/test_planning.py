"""Plans: bound versions, stages that run once and whole, changes before they run, rolling back together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction

from opsplatform.accounts.models import Membership
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.organizations.models import Department
from opsplatform.release.errors import CannotRollBack, NotApproved, StageRefused
from opsplatform.release.models import PlanElement, PlanStage, Release, ReleasePlan
from opsplatform.release.services import release_plans as engine
from opsplatform.release.services import running_stages
from themes import selectors
from themes.services.planning import (
    ThemePlan,
    ThemeStage,
    call_off_plan,
    change_release_plan,
    plan_release,
    roll_back_plan,
    run_plan_stage,
)
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.browsing import form_of, logged_in, text_of
from themes.tests.demonstrated import (
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    contents,
    districts,
    get,
    new_version,
    save,
)
from themes.tests.demonstrated import run as run_command

FIRST, SECOND = ["310101", "310104"], ["310105"]
pytestmark = [pytest.mark.usefixtures("demo_db"), pytest.mark.every_server]


def soon(minutes: int = 10) -> datetime:
    return clock.now() + timedelta(minutes=minutes)


def wanted(versions: Sequence[tuple[str, int]], *stages: tuple[datetime | None, list[str] | None], **more: Any) -> Any:
    steps = [ThemeStage(due_at, places) for due_at, places in stages]
    return ThemePlan(**{"title": "秋季更新", "versions": versions, "stages": steps, "note": "按通知发布", **more})


def plan(*stages: tuple[datetime | None, list[str] | None], versions: Any = None, **more: Any) -> ReleasePlan:
    chosen = versions or [(DOG, new_version(DOG).number)]
    return plan_release(actor=account("operator"), wanted=wanted(chosen, *stages, **more))


def run(made: ReleasePlan, position: int = 1) -> PlanStage:
    return run_plan_stage(actor=account("operator"), plan_id=made.pk, position=position)


def come_due(made: ReleasePlan, position: int = 1) -> PlanStage:
    """The time of the stage has come, and the work that was asked for with it is done."""
    past = clock.now() - timedelta(seconds=1)
    PlanStage.objects.filter(plan=made, position=position).update(due_at=past)
    for job in Job.objects.filter(kind=engine.RUN, payload__plan=made.pk, state=Job.State.WAITING):
        Job.objects.filter(pk=job.pk).update(due_at=past)
        running.run_job(job.pk)
    return PlanStage.objects.get(plan=made, position=position)


def versions_of(code: str, places: list[str]) -> set[int | None]:
    live = {row.division.code: row.version.number for row in selectors.list_live(get(code))}
    return {live.get(place) for place in places}


class TestStages:
    def test_one_stage_after_the_other_and_the_rest_at_last(self) -> None:
        made = plan((None, FIRST), (None, None))
        number = made.stages.get(position=1).elements.first().version.number
        assert versions_of(DOG, districts()) == {1}
        run(made)
        assert (versions_of(DOG, FIRST), versions_of(DOG, districts()[2:])) == ({number}, {1})
        run(made, 2)
        assert versions_of(DOG, districts()) == {number}
        assert {row.note for row in selectors.list_live(get(DOG))} == {"按通知发布"}

    def test_a_later_stage_waits_for_the_one_before_it(self) -> None:
        made = plan((None, FIRST), (None, SECOND))
        with pytest.raises(StageRefused, match="前面的第 1 批"):
            run(made, 2)

    def test_what_is_live_already_is_left_and_the_result_says_so(self) -> None:
        made = plan((None, ["310101"]), versions=[(DOG, 1)])
        run(made)
        assert made.stages.get().elements.get().release is None
        assert made.stages.get().state == PlanStage.State.DONE

    def test_a_due_stage_is_on_show_in_the_name_of_who_planned_it(self) -> None:
        made = plan((soon(), FIRST))
        assert come_due(made).state == PlanStage.State.DONE
        releases = Release.objects.filter(planned__stage__plan=made)
        assert {row.released_by for row in releases} == {account("operator")} and len(releases) == 2
        assert AuditEntry.objects.filter(action="release_plan.stage_run", channel="job").count() == 1

    def test_before_its_time_nothing_happens(self) -> None:
        made = plan((soon(), FIRST))
        running_stages.run_due_stage(made.pk, 1)
        assert made.stages.get().state == PlanStage.State.WAITING and versions_of(DOG, FIRST) == {1}

    def test_run_twice_it_is_done_once(self) -> None:
        made = plan((soon(), FIRST))
        come_due(made)
        before = contents()
        running_stages.run_due_stage(made.pk, 1)
        assert contents() == before
        with pytest.raises(WrongState, match="已发布"):
            run(made)

    def test_a_bundle_is_whole_or_not_at_all_and_every_reason_is_told(self) -> None:
        body = Department.objects.filter(kind__code__startswith="D-", division__code="310101", items=None)
        Department.objects.filter(pk__in=body).update(uscc="")
        numbers = [(DOG, 1), (RESTAURANT, new_version(RESTAURANT).number)]
        withdraw_theme(actor=account("operator"), code=DOG, division_codes=FIRST, note="撤回")
        made = plan((soon(), FIRST), versions=numbers)
        stage = come_due(made)
        assert stage.state == PlanStage.State.REFUSED
        assert (versions_of(DOG, FIRST), versions_of(RESTAURANT, FIRST)) == ({None}, {1})
        assert all(str(get(RESTAURANT)) in reason for reason in stage.reasons) and stage.reasons
        with pytest.raises(StageRefused):
            run(made)


class TestWhatChangedSince:
    """Rights, approval and gate are judged when the stage runs."""

    def refused(self, made: ReleasePlan) -> str:
        stage = come_due(made)
        assert (stage.state, versions_of(DOG, FIRST)) == (PlanStage.State.REFUSED, {1})
        assert not made.stages.get().elements.filter(release__isnull=False).exists()
        assert AuditEntry.objects.filter(action="release_plan.stage_refused").count() == 1
        return "".join(stage.reasons)

    def test_whoever_lost_the_right_releases_nothing(self) -> None:
        made = plan((soon(), FIRST))
        Membership.objects.filter(user=account("operator")).delete()
        assert "发布主题" in self.refused(made)

    def test_an_account_that_was_closed_releases_nothing(self) -> None:
        made = plan((soon(), FIRST))
        type(account("operator")).objects.filter(username="operator").update(is_active=False)
        assert "发布主题" in self.refused(made)

    def test_an_approval_that_was_voided_releases_nothing(self) -> None:
        made = plan((soon(), FIRST))
        save(DOG, add_sentence)
        assert "第二人批准" in self.refused(made)

    def test_an_approval_that_was_voided_is_told_before_the_time_comes(self) -> None:
        made, operator = plan((soon(60 * 24), FIRST), (None, SECOND)), logged_in("operator")
        pages = ("/", "/themes/plans/", f"/themes/plans/{made.pk}/")
        assert not any("批准已失效" in text_of(operator.get(page)) for page in pages)
        save(DOG, add_sentence)
        for page in pages:
            assert text_of(operator.get(page)).count("批准已失效") == 2, page
        call_off_plan(actor=account("operator"), plan_id=made.pk, note="另有安排")
        assert not any("批准已失效" in text_of(operator.get(page)) for page in pages)

    def test_the_saboteur_that_trusts_what_was_judged_when_it_was_planned_is_stopped_by_the_database(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = plan((soon(), FIRST))
        save(DOG, add_sentence)
        monkeypatch.setattr("opsplatform.release.services.releasing._require_releasable", lambda *_: None)
        with pytest.raises(DatabaseError, match="only an approved version"), transaction.atomic():
            run(made)

    def test_the_version_that_was_planned_is_released_whatever_was_approved_later(self) -> None:
        number = new_version(DOG).number
        release_theme(actor=account("operator"), code=DOG, version=number, division_codes=["310117"], note="试点")
        made = plan((soon(), FIRST), versions=[(DOG, number)])
        new_version(DOG)
        come_due(made)
        assert versions_of(DOG, FIRST) == {number}


class TestMaking:
    def test_what_no_second_person_approved_is_not_planned(self) -> None:
        with pytest.raises(NotApproved):
            plan((None, FIRST), versions=[(DOG, new_version(DOG, approved=False).number)])

    def test_whoever_may_not_release_may_not_plan(self) -> None:
        number = new_version(DOG).number
        before = contents()
        with pytest.raises(Forbidden):
            plan_release(actor=account("ga_editor"), wanted=wanted([(DOG, number)], (None, FIRST)))
        assert contents() == before

    @pytest.mark.parametrize(
        ("stages", "more", "code"),
        [
            ([(-5, FIRST)], {}, "in_the_past"),
            ([(20, FIRST), (10, SECOND)], {}, "out_of_order"),
            ([(None, FIRST), (None, FIRST)], {}, "placed_twice"),
            ([(None, [])], {}, "no_divisions"),
            ([], {}, "no_stages"),
            ([(None, ["310000"])], {}, "division_not_offered"),
            ([(None, ["999999"])], {}, "unknown_division"),
            ([(None, FIRST)], {"title": " "}, "required"),
            ([(None, FIRST)], {"versions": []}, "no_versions"),
            ([(None, FIRST)], {"versions": [(DOG, 1), (DOG, 1)]}, "two_versions"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_place(self, stages: Any, more: Any, code: str) -> None:
        steps = [(minutes and soon(minutes), places) for minutes, places in stages]
        before = contents()
        with pytest.raises(Invalid) as refusal:
            plan_release(actor=account("operator"), wanted=replace(wanted([(DOG, 1)], *steps), **more))
        assert code in {problem.code for problem in refusal.value.problems}
        assert contents() == before

    def test_two_plans_do_not_hold_one_place_at_one_time(self) -> None:
        number, at = new_version(DOG).number, soon()
        plan((at, FIRST), versions=[(DOG, number)], effective_until=soon(60))
        with pytest.raises(Invalid, match="有效期不能重叠"):
            plan((soon(30), ["310104"]), versions=[(DOG, 1)])
        plan((soon(90), ["310104"]), versions=[(DOG, 1)])

    @pytest.mark.parametrize(
        ("first", "second", "is_refused"),
        [
            ((10, 60), (5, None), True),  # it would end what was to last
            ((5, None), (10, 60), True),
            ((10, 60), (60, None), False),
            ((5, 10), (10, 60), False),
            ((5, None), (10, None), False),  # the later takes the place of the earlier
            ((10, None), (5, None), False),
        ],
    )
    def test_what_has_no_end_reaches_into_what_has_one(self, first: Any, second: Any, is_refused: bool) -> None:
        number, start = new_version(DOG).number, clock.now()

        def planned(begins: int, ends: int | None) -> None:
            until = start + timedelta(minutes=ends) if ends else None
            stage = (start + timedelta(minutes=begins), FIRST)
            plan(stage, versions=[(DOG, number)], effective_until=until)

        planned(*first)
        if is_refused:
            with pytest.raises(Invalid, match="有效期不能重叠"):
                planned(*second)
        else:
            planned(*second)

    def test_what_is_released_by_hand_ends_before_what_is_planned_and_the_other_way_round(self) -> None:
        number = new_version(DOG).number
        made = plan((soon(30), FIRST), versions=[(DOG, number)], effective_until=soon(90))

        def release(until: datetime | None) -> list[Release]:
            return release_theme(
                actor=account("operator"), code=DOG, version=number, division_codes=FIRST, note="先行", until=until
            )

        with pytest.raises(Invalid, match="由计划的版本到时取代"):
            release(soon(40))
        assert len(release(soon(20))) == 2
        call_off_plan(actor=account("operator"), plan_id=made.pk, note="另有安排")
        with pytest.raises(Invalid, match="在用的版本有效期到"):
            plan((soon(10), FIRST), versions=[(DOG, 1)])

    def test_released_again_with_another_end_it_ends_then_and_the_history_says_so(self) -> None:
        until = soon(60)
        ends = [soon(30), until, until, None, None]
        begun = [
            len(
                release_theme(
                    actor=account("operator"), code=DOG, version=1, division_codes=FIRST, note="改", until=end
                )
            )
            for end in ends
        ]
        assert begun == [2, 2, 0, 2, 0]
        history = Release.objects.filter(subject=get(DOG).subject, division__code=FIRST[0]).order_by("pk")
        assert [row.effective_until for row in history] == [None, ends[0], until, None]
        assert len({row.package_id for row in history}) == 1 and history[1].end_note == "改了有效期：改"

    def test_the_database_holds_that_too(self) -> None:
        plan((soon(), ["310101"]), effective_until=soon(60))
        element = PlanElement.objects.get()
        element.pk = None
        element.stage = PlanStage.objects.create(plan=element.stage.plan, position=9)
        with pytest.raises(DatabaseError, match="planned_periods_apart"), transaction.atomic():
            element.save()


class TestChanging:
    def test_what_has_not_run_is_changed_and_what_ran_stays(self) -> None:
        made = plan((None, FIRST), (None, SECOND))
        number = made.stages.first().elements.first().version.number
        run(made)
        made.refresh_from_db()
        changed = change_release_plan(
            actor=account("operator"), plan_id=made.pk, expected_revision=made.revision,
            wanted=wanted([(DOG, number)], (None, ["310106"]), (soon(), None)),
        )  # fmt: skip
        places = [{each.division.code for each in stage.elements.all()} for stage in changed.stages.all()]
        assert places[:2] == [set(FIRST), {"310106"}] and len(places[2]) == 13
        assert [stage.state for stage in changed.stages.all()] == ["done", "waiting", "waiting"]

    def test_a_stale_change_is_refused(self) -> None:
        made = plan((None, FIRST))
        run(made)
        with pytest.raises(StaleRevision):
            change_release_plan(
                actor=account("operator"),
                plan_id=made.pk,
                expected_revision=1,
                wanted=wanted([(DOG, 1)], (None, FIRST)),
            )

    def test_moved_to_another_time_it_runs_then_and_not_before(self) -> None:
        made = plan((soon(), FIRST))
        number = made.stages.get().elements.first().version.number
        change_release_plan(
            actor=account("operator"), plan_id=made.pk, expected_revision=1,
            wanted=wanted([(DOG, number)], (soon(60), FIRST)),
        )  # fmt: skip
        first, _ = Job.objects.filter(kind=engine.RUN).order_by("pk")
        Job.objects.filter(pk=first.pk).update(due_at=clock.now())
        running.run_job(first.pk)
        assert made.stages.get().state == PlanStage.State.WAITING
        assert come_due(made).state == PlanStage.State.DONE

    def test_called_off_it_never_runs(self) -> None:
        made = plan((soon(), FIRST))
        call_off_plan(actor=account("operator"), plan_id=made.pk, note="另有安排")
        assert come_due(made).state == PlanStage.State.CALLED_OFF
        assert versions_of(DOG, FIRST) == {1}
        with pytest.raises(WrongState):
            call_off_plan(actor=account("operator"), plan_id=made.pk, note="再取消")

    def test_from_a_neighbour_it_does_not_exist(self) -> None:
        made = plan((None, FIRST))
        with pytest.raises(NotFound):
            call_off_plan(actor=account("mh_editor"), plan_id=made.pk, note="取消")


class TestTheForm:
    """The page of a plan sends back all that it shows of it."""

    def test_saved_unchanged_a_plan_of_many_stages_stays_as_it_was(self) -> None:
        start = soon().replace(second=30, microsecond=0)
        times = [start + timedelta(minutes=number) for number in range(10)]
        made = plan(*((at, [place]) for at, place in zip(times, districts(), strict=False)))
        before = self.stages(made)
        answer = self.saved(made)
        assert (answer.status_code, self.stages(made), len(before)) == (302, before, 10)

    def test_a_stage_with_a_time_and_no_district_is_named(self) -> None:
        made = plan((soon(), FIRST))
        answer = self.saved(made, **{"due-3": "2999-01-01T09:00"})
        assert (answer.status_code, len(self.stages(made))) == (422, 1)
        assert "第 3 批填了时间，没有选区" in text_of(answer) and "2999-01-01T09:00" in answer.content.decode()

    def stages(self, made: ReleasePlan) -> list[Any]:
        return [
            (stage.due_at, sorted(each.division.code for each in stage.elements.all())) for stage in made.stages.all()
        ]

    def saved(self, made: ReleasePlan, **more: str) -> Any:
        operator, page = logged_in("operator"), f"/themes/plans/{made.pk}/edit/"
        return operator.post(page, {**form_of(operator.get(page), holding="title"), **more})


class TestRollingBack:
    def bundle(self) -> ReleasePlan:
        numbers = [(DOG, new_version(DOG).number), (RESTAURANT, new_version(RESTAURANT).number)]
        withdraw_theme(actor=account("operator"), code=DOG, division_codes=["310104"], note="停办")
        made = plan((None, FIRST), (None, SECOND), (soon(), None), versions=numbers)
        run(made)
        run(made, 2)
        return made

    def back(self, made: ReleasePlan) -> ReleasePlan:
        return roll_back_plan(actor=account("operator"), plan_id=made.pk, note="有误")

    def test_every_division_returns_to_what_was_there_before(self) -> None:
        before = {
            code: {r.division.code: r.package_id for r in selectors.list_live(get(code))} for code in (DOG, RESTAURANT)
        }
        before[DOG].pop("310104")
        made = self.bundle()
        rows = Release.objects.count()
        self.back(made)
        now = {
            code: {r.division.code: r.package_id for r in selectors.list_live(get(code))} for code in (DOG, RESTAURANT)
        }
        assert now == before
        assert Release.objects.count() == rows + 5  # history only grows: six ended, five came back, one had nothing
        assert [stage.state for stage in made.stages.all()] == ["rolled_back", "rolled_back", "called_off"]
        assert Release.objects.filter(ending=Release.Ending.ROLLED_BACK).count() == 6

    def test_where_something_newer_is_live_it_is_refused_whole_with_the_place(self) -> None:
        made = self.bundle()
        newer = new_version(DOG).number
        release_theme(actor=account("operator"), code=DOG, version=newer, division_codes=["310105"], note="再改")
        before = contents()
        with pytest.raises(CannotRollBack, match=f"又发布了版本 {newer}"):
            self.back(made)
        assert contents() == before

    def test_a_plan_that_did_nothing_has_nothing_to_undo(self) -> None:
        with pytest.raises(WrongState, match="还没有发布过"):
            self.back(plan((None, FIRST)))
        made = self.bundle()
        self.back(made)
        with pytest.raises(WrongState, match="已经回退过了"):
            self.back(made)

    def test_the_saboteur_that_takes_for_the_former_whatever_is_oldest_is_caught(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def oldest(row: Release) -> Release:
            return Release.objects.filter(subject=row.subject_id, division=row.division_id).earliest("pk")

        monkeypatch.setattr("opsplatform.release.services.rolling_back._before", oldest)
        with pytest.raises(AssertionError):
            self.test_every_division_returns_to_what_was_there_before()


class TestTheCommand:
    def told(self, *arguments: str) -> Any:
        new_version(DOG)
        return run_command("release_theme", DOG, *arguments, "--note", "发布", "--actor", "operator", "--json").report

    def test_it_plans_stages_by_hand_and_by_the_clock(self) -> None:
        report = self.told("--stage", "310101,310104", "--stage", "all@2999-01-01T09:00:00+08:00")
        first, second = report["stages"]
        assert (first["due_at"], first["divisions"]) == (None, FIRST)
        assert second["due_at"].startswith("2999-01-01") and len(second["divisions"]) == 14
        assert versions_of(DOG, FIRST) == {1}

    def test_at_a_time_is_a_plan_of_one_stage(self) -> None:
        report = self.told("--divisions", "310101", "--at", "2999-01-01T09:00:00+08:00")
        assert [stage["divisions"] for stage in report["stages"]] == [["310101"]]

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--divisions", "310101", "--stage", "310104"], ["--stage", "310101", "--at", "2999-01-01T09:00:00Z"],
         ["--divisions", "310101", "--at", "tomorrow"], ["--divisions", "310101", "--until", "2999-01-01"]],
    )  # fmt: skip
    def test_what_cannot_be_understood_is_a_matter_of_usage(self, arguments: list[str]) -> None:
        with pytest.raises(CommandError) as refusal:
            self.told(*arguments)
        assert refusal.value.returncode == 2
