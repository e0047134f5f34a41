"""A district's localisation goes on show with a release plan of the city, and is rolled back with it."""

from dataclasses import dataclass
from datetime import datetime

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import NotFound, WrongState
from opsplatform.release.models import JoinedLocalisation, PlanElement, PlanStage, Version
from opsplatform.release.selectors import find_last_approved
from opsplatform.release.services import joining
from themes.services.localising import Place, get_place, require_fitting

_WAITING = (PlanStage.State.WAITING, PlanStage.State.REFUSED)


@dataclass(frozen=True)
class PlannedHere:
    """A release of the theme that is planned in a district, and the localisation that goes with it."""

    plan: int
    title: str
    position: int
    due_at: datetime | None
    version: Version
    joined: JoinedLocalisation | None


def list_planned(place: Place) -> list[PlannedHere]:
    """What is planned in the district, the earliest plan first; who may see the district's draft may know."""
    elements = PlanElement.objects.filter(
        subject=place.theme.subject, division=place.division, stage__state__in=_WAITING
    ).select_related("stage__plan", "version")
    rows = JoinedLocalisation.objects.filter(subject=place.theme.subject, division=place.division)
    joined = {row.plan_id: row for row in rows.select_related("localisation", "joined_by")}
    return [
        PlannedHere(
            plan=element.stage.plan_id,
            title=element.stage.plan.title,
            position=element.stage.position,
            due_at=element.stage.due_at,
            version=element.version,
            joined=joined.get(element.stage.plan_id),
        )
        for element in elements.order_by("stage__plan_id", "stage__position")
    ]


def join_release_plan(*, actor: User, code: str, division_code: str, plan_id: int) -> JoinedLocalisation:
    """The newest approved localisation goes on show with the plan; raises WrongState where the two are at odds."""
    place = get_place(actor, code, division_code)
    planned = next((one for one in list_planned(place) if one.plan == plan_id), None)
    if place.localisation is None or planned is None:
        raise NotFound("本区没有这个主题待发布的计划，或还没有本地化。")
    actor.require("localisations.release", within=place.division)
    approved = find_last_approved(place.localisation.subject)
    if approved is None:
        raise WrongState("还没有经第二人批准的本地化版本。")
    require_fitting(planned.version, approved, place.division)
    return joining.join_plan(
        actor=actor, plan_id=plan_id, subject=place.theme.subject, division=place.division, localisation=approved
    )


def leave_release_plan(*, actor: User, code: str, division_code: str, plan_id: int) -> None:
    """The plan is about the theme alone in the district: so say its people, or city operation."""
    place = get_place(actor, code, division_code)
    if not any(one.plan == plan_id for one in list_planned(place)):
        raise NotFound("本区没有这个主题待发布的计划。")
    joining.leave_plan(actor=actor, plan_id=plan_id, subject=place.theme.subject, division=place.division)
