"""Divisions join what they approved of their own to a plan: it goes on show with it, and is rolled back with it."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound, WrongState
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import NotApproved
from opsplatform.release.models import JoinedLocalisation, PlanElement, PlanStage, ReleasePlan, Subject, Version
from opsplatform.release.services import on_show
from opsplatform.release.services.release_plans import raise_revision


@transaction.atomic
def join_plan(
    *, actor: User, plan_id: int, subject: Subject, division: Division, localisation: Version
) -> JoinedLocalisation:
    """The localisation goes on show with the plan's release in the division, in place of what was joined before."""
    plan = selectors.lock_plan(plan_id)
    own = selectors.lock_subject(localisation.subject_id)
    on_show.require_in(actor, "release", own, [division])
    _require_waiting(plan, subject, division)
    if not selectors.is_approved(localisation):
        raise NotApproved
    joined, _ = JoinedLocalisation.objects.update_or_create(
        plan=plan, subject=subject, division=division,
        defaults={"localisation": localisation, "joined_by": actor, "joined_at": clock.now()},
    )  # fmt: skip
    raise_revision(plan)
    trail.record(
        actor, "release_plan.joined", plan, division=division.code, subject=own.code, version=localisation.number
    )
    return joined


@transaction.atomic
def leave_plan(*, actor: User, plan_id: int, subject: Subject, division: Division) -> None:
    """The plan is about the subject alone in the division; so say the division's people or those who planned."""
    plan = selectors.lock_plan(plan_id)
    joined = JoinedLocalisation.objects.select_related("localisation__subject__division")
    row = joined.filter(plan=plan, subject=subject, division=division).first()
    if row is None:
        raise NotFound("这个计划里没有本区的本地化。")
    own = row.localisation.subject
    if not on_show.may_in(actor, "release", subject, division):
        on_show.require_in(actor, "release", own, [division])
    _require_waiting(plan, subject, division)
    row.delete()
    raise_revision(plan)
    trail.record(
        actor, "release_plan.left", plan, division=division.code, subject=own.code, version=row.localisation.number
    )


def find_joined(plan: ReleasePlan, subject: Subject, divisions: Sequence[Division]) -> Mapping[int, JoinedLocalisation]:
    """What was joined to the plan for these places, by the key of the division."""
    rows = JoinedLocalisation.objects.filter(plan=plan, subject=subject, division__in=divisions)
    return {
        row.division_id: row for row in rows.select_related("division", "localisation__subject__division", "joined_by")
    }


def _require_waiting(plan: ReleasePlan, subject: Subject, division: Division) -> None:
    waiting = (PlanStage.State.WAITING, PlanStage.State.REFUSED)
    elements = PlanElement.objects.filter(stage__plan=plan, subject=subject, division=division)
    if not elements.exists():
        raise NotFound(f"计划“{plan}”不在{division}发布“{subject}”。")
    if not elements.filter(stage__state__in=waiting).exists():
        raise WrongState(f"计划“{plan}”在{division}的发布已经办过，不能再改。")
