"""City operation plans which steps reviews have; what is under review already keeps the steps it was submitted with."""

from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.comparison import compare, duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound, Problem, StaleRevision
from opsplatform.kernel.shape import read_document
from opsplatform.release.documents import ReviewPlanDocument
from opsplatform.release.models import ReviewPlan, Subject
from opsplatform.release.subjects import SubjectKind, kind_named, kinds

PLAN = "registers.edit"  # the right to do this


@transaction.atomic
def plan_reviews(*, actor: User, kind: str, code: str, tree: Any, expected_revision: int) -> ReviewPlan:
    """Reviews of the kind, or of its one subject of that code, have these steps from the next submission on.

    `expected_revision` is 0 where nothing was planned.
    """
    actor.require(PLAN)
    subject_kind, subject = find_planned(kind, code)
    steps = write(read_document(ReviewPlanDocument, tree))["steps"]
    problems = [*duplicate_keys({"steps": steps}), *_unknown(subject_kind, steps)]
    if problems:
        raise Invalid(problems=tuple(problems))
    plans = ReviewPlan.objects.select_for_update(of=("self",))
    plan, is_new = plans.get_or_create(kind=kind, subject=subject, defaults={"steps": steps})
    before = [] if is_new else plan.steps
    _require_revision(0 if is_new else plan.revision, expected_revision)
    if not is_new:
        plan.steps, plan.revision, plan.updated_at = steps, plan.revision + 1, clock.now()
        plan.save(update_fields=["steps", "revision", "updated_at"])
    changes = compare(before, steps)
    trail.record(
        actor, "review_plan.review_planned", plan,
        before={change.pointer: change.before for change in changes},
        after={change.pointer: change.after for change in changes},
    )  # fmt: skip
    return plan


@transaction.atomic
def unplan_reviews(*, actor: User, kind: str, code: str, expected_revision: int) -> None:
    """Nothing is planned for exactly this any more: the kind's plan or the usual steps apply again."""
    actor.require(PLAN)
    _, subject = find_planned(kind, code)
    plan = ReviewPlan.objects.select_for_update(of=("self",)).filter(kind=kind, subject=subject).first()
    _require_revision(plan.revision if plan else 0, expected_revision)
    if plan is not None:
        trail.record(actor, "review_plan.review_planned", plan, before={"": plan.steps}, after={"": None})
        plan.delete()


def find_planned(kind: str, code: str) -> tuple[SubjectKind, Subject | None]:
    """The kind and, where a code is given, its subject; raises NotFound."""
    if kind not in {one.kind for one in kinds()}:
        raise NotFound
    if not code:
        return kind_named(kind), None
    subject = Subject.objects.defer("draft").filter(kind=kind, code=code).first()
    if subject is None:
        raise NotFound(f"没有代码为 {code} 的{kind_named(kind).title}。")
    return kind_named(kind), subject


def _unknown(kind: SubjectKind, steps: list[dict[str, Any]]) -> list[Problem]:
    known = {step.code for step in kind.steps}
    return [
        Problem(f"/steps/{number}/code", "unknown_step", f"{kind.title}没有步骤 {step['code']}。")
        for number, step in enumerate(steps)
        if step["code"] not in known
    ]


def _require_revision(current: int, expected: int) -> None:
    if current != expected:
        raise StaleRevision(
            f"审核步骤已保存到修订 {current}，您看到的是修订 {expected}。", current_revision=current, changes=[]
        )
