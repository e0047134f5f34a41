"""What came of the stages of a plan, place by place, in words."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from opsplatform.release.models import JoinedLocalisation, PlanElement, PlanStage, ReleasePlan
from themes.models import CityChange
from themes.services.localising import find_undecided

_RAN = (PlanStage.State.DONE, PlanStage.State.ROLLED_BACK)


@dataclass(frozen=True)
class Result:
    """What became of a subject in these places."""

    subject: str
    told: str
    places: list[str]


@dataclass(frozen=True)
class Joined:
    """A localisation that joined the plan, and what comes or came of it with the stage."""

    row: JoinedLocalisation
    told: str
    is_well: bool


def joined_of(plan: ReleasePlan, stage: PlanStage) -> list[Joined]:
    """What joined for the places of the stage."""
    rows = {(row.subject_id, row.division_id): row for row in plan.joined.all()}
    return [
        _joined(element, row, stage)
        for element in stage.elements.all()
        if (row := rows.get((element.subject_id, element.division_id))) is not None
    ]


def _joined(element: PlanElement, row: JoinedLocalisation, stage: PlanStage) -> Joined:
    if stage.state in _RAN:
        if element.release is None or element.release.localisation_id != row.localisation_id:
            return Joined(row, "没有随这一批上线", is_well=False)
    elif stage.may_still_run and (count := len(find_undecided(element.version, row.localisation))):
        told = f"与版本 {element.version.number} 有 {count} 处冲突，须由该区先决定，再加入；现在这样不能照改动上线"
        return Joined(row, told, is_well=False)
    return Joined(row, "同批上线、同批回退", is_well=True)


def results_of(stage: PlanStage) -> list[Result]:
    """What became of each subject of a stage that ran, and where; nothing of one that did not run."""
    if stage.state not in _RAN:
        return []
    elements = list(stage.elements.all())
    held = _held(elements)
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for element in elements:
        places[element.subject.title, _told(element, held.get(_place(element)))].append(element.division.name)
    return [Result(subject, told, names) for (subject, told), names in places.items()]


def waiting_of(stage: PlanStage) -> int:
    """In how many places of the stage the district has yet to decide."""
    return sum(change.closed_at is None for change in _held(list(stage.elements.all())).values())


def _held(elements: list[PlanElement]) -> dict[tuple[int, int, int], CityChange]:
    """The places where the district had to decide first."""
    quiet = [element for element in elements if element.release_id is None]
    changes = CityChange.objects.filter(
        outcome=CityChange.Outcome.HELD,
        version__in=[element.version_id for element in quiet],
        localisation__subject__division__in=[element.division_id for element in quiet],
    )
    return {
        (change.localisation.theme_id, change.version_id, change.localisation.subject.division_id): change
        for change in changes.select_related("localisation__subject").defer("localisation__subject__draft")
    }


def _place(element: PlanElement) -> tuple[int, int, int]:
    return element.subject_id, element.version_id, element.division_id


def _told(element: PlanElement, held: CityChange | None) -> str:
    number, release = element.version.number, element.release
    if release is None and held is not None:
        if held.closed_at is None:
            return "与本区的改动有冲突，旧版保留，等本区决定"
        return f"与本区的改动有冲突，当时旧版保留；{_at(held.closed_at)} 处理完毕"
    if release is None:
        return f"此前已是版本 {number}，没有变化"
    if release.ended_at is None:
        return f"版本 {number} 在用"
    return f"版本 {number} 曾上线，{_at(release.ended_at)} {release.get_ending_display()}"


def _at(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}"
