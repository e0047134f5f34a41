"""Effective periods that reach into what plans hold."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.models import PlanElement, ReleasePlan, Subject


def find_planned(
    subject: Subject, divisions: Sequence[Division], until: datetime, *, beside: ReleasePlan | None = None
) -> PlanElement | None:
    """The first that a plan begins in one of the divisions before that end, but for the plan `beside`.

    A stage that runs holds no place any more.
    """
    taken = PlanElement.objects.filter(subject=subject, division__in=divisions, period__startswith__lt=until)
    return taken.exclude(stage__plan=beside).select_related("stage__plan", "division").order_by("stage__due_at").first()


def told(subject: Subject, planned: PlanElement) -> str:
    """Which plan begins where and when, so that a period may not reach beyond it."""
    begins = timezone.localtime(planned.stage.due_at)
    return (
        f"“{subject}”在{planned.division.name}，计划“{planned.stage.plan}”定于 {begins:%Y-%m-%d %H:%M} 发布，"
        "有效期不能重叠。"
    )


def require_nothing_planned(subject: Subject, divisions: Sequence[Division], until: datetime | None) -> None:
    """Passes when no plan begins in one of the divisions before that end; without an end, what is planned comes after.

    Raises Invalid otherwise, with the plan.
    """
    planned = find_planned(subject, divisions, until) if until is not None else None
    if planned is not None:
        sentence = told(subject, planned) + "请让有效期在那时或之前结束，或不填有效期，由计划的版本到时取代。"
        raise Invalid(sentence, problems=(Problem("/effective_until", "periods_overlap", sentence),))
