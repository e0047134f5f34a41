"""Plans: which versions go on show where and when, made, changed before they run, and called off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Max
from django.utils import timezone

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.jobs.services import asking
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, Problem, StaleRevision, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import NotApproved
from opsplatform.release.models import PlanElement, PlanStage, Release, ReleasePlan, Subject, Version
from opsplatform.release.services import on_show

RUN = "release.run_plan"  # the kind of work that runs the stages of a plan that are due
LONGEST_TITLE = 200
MOST_STAGES = 20


@dataclass(frozen=True)
class WantedRelease:
    """A version of a subject in a division."""

    subject_id: int
    version_number: int
    division: Division


@dataclass(frozen=True)
class WantedStage:
    """What goes on show together; without `due_at` when somebody says so."""

    due_at: datetime | None
    releases: Sequence[WantedRelease]


@dataclass(frozen=True)
class WantedPlan:
    """A plan as somebody wants it: of one that has begun, the stages still to run."""

    title: str
    stages: Sequence[WantedStage]
    note: str
    public_note: str = ""
    effective_until: datetime | None = None


@transaction.atomic
def make_plan(*, actor: User, wanted: WantedPlan) -> ReleasePlan:
    """The plan stands, its stages wait, and work is asked for at the time of each that has one."""
    plan = ReleasePlan(planned_by=actor)
    _write(plan, actor, wanted)
    trail.record(actor, "release_plan.made", plan, reason=plan.note, **_told(plan))
    return plan


@transaction.atomic
def change_plan(*, actor: User, plan_id: int, wanted: WantedPlan, expected_revision: int) -> ReleasePlan:
    """What of the plan has not run yet is as wanted now; what has run stays."""
    plan = selectors.lock_plan(plan_id)
    if plan.revision != expected_revision:
        raise StaleRevision(
            f"{plan.planned_by} 已把计划改到修订 {plan.revision}，您看到的是修订 {expected_revision}。",
            current_revision=plan.revision,
        )
    waiting = [stage for stage in plan.stages.all() if stage.may_still_run]
    if not waiting:
        raise WrongState("这个计划已经没有待发布的批次，不能再改。")
    _require_rights(actor, waiting, beside=[each.subject_id for stage in wanted.stages for each in stage.releases])
    PlanStage.objects.filter(pk__in=[stage.pk for stage in waiting]).delete()
    plan.planned_by, plan.revision, plan.updated_at = actor, plan.revision + 1, clock.now()
    _write(plan, actor, wanted)
    trail.record(actor, "release_plan.changed", plan, reason=plan.note, revision=plan.revision, **_told(plan))
    return plan


@transaction.atomic
def call_off(*, actor: User, plan_id: int, note: str) -> ReleasePlan:
    """What of the plan has not run yet will not; what has run stays."""
    note = require_note(note)
    plan = selectors.lock_plan(plan_id)
    waiting = [stage for stage in plan.stages.all() if stage.may_still_run]
    if not waiting:
        raise WrongState("这个计划没有待发布的批次，无需取消。")
    _require_rights(actor, waiting)
    call_off_stages(waiting, actor)
    raise_revision(plan)
    trail.record(actor, "release_plan.called_off", plan, reason=note, stages=[stage.position for stage in waiting])
    return plan


def call_off_stages(waiting: Sequence[PlanStage], actor: User) -> None:
    """These stages will not run."""
    keys = [stage.pk for stage in waiting]
    PlanElement.objects.filter(stage__in=keys).update(period=None)
    PlanStage.objects.filter(pk__in=keys).update(
        state=PlanStage.State.CALLED_OFF, settled_by=actor, settled_at=clock.now()
    )


def raise_revision(plan: ReleasePlan) -> None:
    """Whoever read the plan before this act is told that it has changed."""
    plan.revision, plan.updated_at = plan.revision + 1, clock.now()
    plan.save(update_fields=["revision", "updated_at"])


def _require_rights(actor: User, stages: Sequence[PlanStage], *, beside: Sequence[int] = ()) -> None:
    """Passes when the actor may release what these stages hold; their subjects are locked, and those beside them."""
    elements = list(PlanElement.objects.filter(stage__in=stages).select_related("division"))
    subjects = selectors.lock_subjects([*(element.subject_id for element in elements), *beside])
    for element in elements:
        on_show.require_in(actor, "release", subjects[element.subject_id], [element.division])


def _told(plan: ReleasePlan) -> dict[str, Any]:
    """What the trail says of a plan: its name, and per stage when, which versions, where."""
    stages = []
    for stage in plan.stages.prefetch_related("elements__subject", "elements__version", "elements__division"):
        elements = list(stage.elements.all())
        stages.append(
            {
                "position": stage.position,
                "due_at": stage.due_at and stage.due_at.isoformat(),
                "versions": sorted({f"{each.subject.code} v{each.version.number}" for each in elements}),
                "divisions": sorted({each.division.code for each in elements}),
            }
        )
    return {"title": plan.title, "stages": stages}


def _write(plan: ReleasePlan, actor: User, wanted: WantedPlan) -> None:
    """The plan's row and its stages say what is wanted; raises Invalid with everything that cannot be."""
    plan.note = require_note(wanted.note)
    plan.public_note = on_show.public_sentence(wanted.public_note, "按计划发布。")
    plan.title, plan.effective_until = wanted.title.strip(), wanted.effective_until
    problems = list(_problems(plan, wanted))
    if problems:
        raise Invalid(problems[0].sentence, problems=tuple(problems))
    subjects = selectors.lock_subjects(each.subject_id for stage in wanted.stages for each in stage.releases)
    versions: dict[tuple[int, int], Version] = {}
    for stage in wanted.stages:
        for each in stage.releases:
            subject = subjects[each.subject_id]
            on_show.require_in(actor, "release", subject, [each.division])
            if (subject.pk, each.version_number) not in versions:
                versions[subject.pk, each.version_number] = _approved(subject, each.version_number)
    _require_one_version_each(plan, versions)
    plan.save()
    _require_periods_apart(plan, wanted, subjects)
    before = plan.stages.aggregate(last=Max("position"))["last"] or 0
    for position, stage in enumerate(wanted.stages, before + 1):
        row = PlanStage.objects.create(plan=plan, position=position, due_at=stage.due_at)
        PlanElement.objects.bulk_create(
            PlanElement(
                stage=row,
                subject=subjects[each.subject_id],
                version=versions[each.subject_id, each.version_number],
                division=each.division,
                period=_period(stage.due_at, plan.effective_until),
            )
            for each in stage.releases
        )
        if stage.due_at is not None:
            asking.ask(
                RUN, actor=actor, payload={"plan": plan.pk}, due_at=stage.due_at,
                object_type=ReleasePlan._meta.label_lower, object_key=str(plan.pk),
            )  # fmt: skip


def _problems(plan: ReleasePlan, wanted: WantedPlan) -> Iterator[Problem]:
    if not plan.title or len(plan.title) > LONGEST_TITLE:
        yield Problem("/title", "required", f"请给计划起一个名称，最多 {LONGEST_TITLE} 个字。")
    if not 1 <= len(wanted.stages) <= MOST_STAGES:
        yield Problem("/stages", "no_stages", f"请安排 1 至 {MOST_STAGES} 个批次。")
    now, last = clock.now(), None
    placed: set[tuple[int, int]] = set(
        PlanElement.objects.filter(stage__plan=plan.pk).values_list("subject_id", "division_id") if plan.pk else ()
    )
    for number, stage in enumerate(wanted.stages):
        at = f"/stages/{number}"
        if not stage.releases:
            yield Problem(f"{at}/divisions", "no_divisions", f"第 {number + 1} 批没有选区。")
        if stage.due_at is not None:
            if stage.due_at <= now:
                yield Problem(f"{at}/due_at", "in_the_past", f"第 {number + 1} 批的时间已经过去。")
            if last is not None and stage.due_at <= last:
                yield Problem(f"{at}/due_at", "out_of_order", f"第 {number + 1} 批应晚于前一批。")
            last = stage.due_at
        for each in stage.releases:
            if (each.subject_id, each.division.pk) in placed:
                sentence = f"{each.division.name}在这个计划里已经有了，每个区只能在一批里。"
                yield Problem(f"{at}/divisions", "placed_twice", sentence)
                break
            placed.add((each.subject_id, each.division.pk))
    until = plan.effective_until
    if until is not None and until <= max(now, last or now):
        yield Problem("/effective_until", "in_the_past", "有效期须在最后一批发布之后结束。")


def _approved(subject: Subject, number: int) -> Version:
    version = selectors.get_version(subject, number)
    if not selectors.is_approved(version):
        raise NotApproved(f"“{subject}”的版本 {number} 未经第二人批准，不能列入计划。")
    return version


def _require_one_version_each(plan: ReleasePlan, versions: dict[tuple[int, int], Version]) -> None:
    """Passes when the plan speaks of one version of each subject, in the stages that have run as in those to come."""
    ran = PlanElement.objects.filter(stage__plan=plan.pk) if plan.pk else PlanElement.objects.none()
    spoken = {(each.subject_id, each.version.number) for each in ran.select_related("version")} | set(versions)
    if len(spoken) != len({subject_id for subject_id, _ in spoken}):
        raise Invalid(problems=(Problem("/versions", "two_versions", "一个计划里，每个主题只能有一个版本。"),))


def _require_periods_apart(plan: ReleasePlan, wanted: WantedPlan, subjects: dict[int, Subject]) -> None:
    """Passes when neither another plan nor an end that was said holds one of the places at such a time.

    The table's constraint is behind it for plans with an end. Of two without, the later takes the earlier's place.
    """
    until = plan.effective_until
    for number, stage in enumerate(wanted.stages):
        if stage.due_at is None:
            continue
        for each in stage.releases:
            what = f"“{subjects[each.subject_id]}”在{each.division.name}"
            sentence = ""
            if taken := _plan_at(each, stage.due_at, until):
                end = (
                    f"到 {timezone.localtime(taken.effective_until):%Y-%m-%d %H:%M}"
                    if taken.effective_until
                    else "不限"
                )
                sentence = (
                    f"{what}的这段时间，计划“{taken}”（有效期{end}）已经安排，有效期不能重叠。"
                    "请改时间，或给先开始的一个填上有效期，在后一个开始时或之前结束。"
                )
            elif ends := _end_on_show(each, stage.due_at):
                sentence = (
                    f"{what}在用的版本有效期到 {timezone.localtime(ends):%Y-%m-%d %H:%M}，有效期不能重叠。"
                    "请把这一批排在那以后，或先以另一个有效期重新发布在用的版本。"
                )
            if sentence:
                raise Invalid(sentence, problems=(Problem(f"/stages/{number}/due_at", "periods_overlap", sentence),))


def _plan_at(wanted: WantedRelease, begins: datetime, ends: datetime | None) -> ReleasePlan | None:
    """A plan whose period in that place overlaps; one without end lasts until another without end begins."""
    planned = PlanElement.objects.filter(
        subject=wanted.subject_id, division=wanted.division, period__isnull=False
    ).select_related("stage__plan")
    for other in planned:
        begun, over = other.stage.due_at, other.stage.plan.effective_until
        if begun is None:
            continue
        if ends is None and over is None:
            overlaps = begins == begun
        else:
            overlaps = (over is None or begins < over) and (ends is None or begun < ends)
        if overlaps:
            return other.stage.plan
    return None


def _end_on_show(wanted: WantedRelease, begins: datetime) -> datetime | None:
    """When what is on show in that place ends by itself, if that is after the planned beginning."""
    live = Release.objects.live().filter(subject=wanted.subject_id, division=wanted.division)
    return live.filter(effective_until__gt=begins).values_list("effective_until", flat=True).first()


def _period(due_at: datetime | None, until: datetime | None) -> DateTimeTZRange | None:
    if due_at is None:
        return None
    return DateTimeTZRange(due_at, until, "[)") if until else DateTimeTZRange(due_at, due_at, "[]")
