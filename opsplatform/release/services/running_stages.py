"""Stages run: everything in a stage goes on show in one transaction, or nothing, with the reasons."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, NotFound, Problem, WrongState
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import GateClosed, StageRefused
from opsplatform.release.models import PlanElement, PlanStage, ReleasePlan, Subject
from opsplatform.release.services import on_show
from opsplatform.release.services.joining import find_joined
from opsplatform.release.services.release_plans import raise_revision
from opsplatform.release.services.releasing import release


@transaction.atomic
def run_stage(*, actor: User, plan_id: int, position: int) -> PlanStage:
    """The stage is on show now, because the actor says so, whatever its time; raises StageRefused with every reason."""
    plan = selectors.lock_plan(plan_id)
    stage = _stage(plan, position)
    subjects = _lock_subjects(stage)
    for element in stage.elements.all():
        on_show.require_in(actor, "release", subjects[element.subject_id], [element.division])
    if not stage.may_still_run:
        raise WrongState(f"第 {position} 批{stage.get_state_display()}，不能再发布。")
    _run(plan, stage, actor)
    return stage


def list_due_stages(plan_id: int) -> list[str]:
    """The positions of the stages of the plan whose time has come, in their order."""
    due = PlanStage.objects.filter(plan=plan_id, state=PlanStage.State.WAITING, due_at__lte=clock.now())
    return [str(position) for position in due.order_by("position").values_list("position", flat=True)]


@transaction.atomic
def run_due_stage(plan_id: int, position: int) -> None:
    """The stage is on show in the name of whoever planned it, or is refused and says why.

    Once, and not before its time. Rights, approval and gate are judged as they stand now, not as when it was planned.
    """
    plan = selectors.lock_plan(plan_id)
    stage = plan.stages.filter(position=position, state=PlanStage.State.WAITING, due_at__lte=clock.now()).first()
    if stage is None:
        return
    actor = plan.planned_by
    _lock_subjects(stage)
    try:
        with transaction.atomic():
            _run(plan, stage, actor)
    except StageRefused as refusal:
        PlanElement.objects.filter(stage=stage).update(period=None)
        stage.reasons = [problem.sentence for problem in refusal.problems]
        _settle(stage, actor, PlanStage.State.REFUSED)
        raise_revision(plan)
        trail.record(actor, "release_plan.stage_refused", plan, reason=refusal.sentence, stage=position)


def _stage(plan: ReleasePlan, position: int) -> PlanStage:
    stage = plan.stages.filter(position=position).first()
    if stage is None:
        raise NotFound(f"计划“{plan}”没有第 {position} 批。")
    return stage


def _lock_subjects(stage: PlanStage) -> dict[int, Subject]:
    return selectors.lock_subjects(stage.elements.values_list("subject_id", flat=True))


def _run(plan: ReleasePlan, stage: PlanStage, actor: User) -> None:
    """Everything of the stage is on show; raises StageRefused, whereupon the caller's transaction leaves nothing."""
    earlier = next((other for other in plan.stages.filter(position__lt=stage.position) if other.may_still_run), None)
    if earlier is not None:
        state = earlier.get_state_display()
        raise StageRefused([Problem("", "earlier_stage", f"前面的第 {earlier.position} 批{state}，须先发布它。")])
    planned: dict[int, list[PlanElement]] = defaultdict(list)
    for element in stage.elements.select_related("subject", "version", "division").order_by("subject_id", "pk"):
        planned[element.subject_id].append(element)
    PlanElement.objects.filter(stage=stage).update(period=None)
    problems: list[Problem] = []
    for elements in planned.values():
        try:
            _release(plan, elements, actor)
        except DomainError as refusal:
            problems += _reasons(elements[0].subject, refusal)
    if problems:
        raise StageRefused(problems)
    stage.reasons = []
    _settle(stage, actor, PlanStage.State.DONE)
    raise_revision(plan)
    trail.record(actor, "release_plan.stage_run", plan, reason=plan.note, stage=stage.position)


def _release(plan: ReleasePlan, elements: list[PlanElement], actor: User) -> None:
    divisions: list[Division] = [element.division for element in elements]
    releases = release(
        actor=actor,
        subject_id=elements[0].subject_id,
        version_number=elements[0].version.number,
        divisions=divisions,
        note=plan.note,
        public_note=plan.public_note,
        until=plan.effective_until,
        joined=find_joined(plan, elements[0].subject, divisions),
    )
    begun = {row.division_id: row for row in releases}
    for element in elements:
        element.release = begun.get(element.division_id)
        element.save(update_fields=["release"])


def _reasons(subject: Subject, refusal: DomainError) -> Iterator[Problem]:
    if isinstance(refusal, GateClosed):
        for finding in refusal.findings:
            yield Problem(f"/{subject.code}/{finding.division or ''}", finding.code, f"“{subject}”：{finding.sentence}")
    else:
        yield Problem(f"/{subject.code}", refusal.code, f"“{subject}”：{refusal.sentence}")


def _settle(stage: PlanStage, actor: User, state: PlanStage.State) -> None:
    stage.state, stage.settled_by, stage.settled_at = state, actor, clock.now()
    stage.save(update_fields=["state", "reasons", "settled_by", "settled_at"])
