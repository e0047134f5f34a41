"""Streets follow the question for the district; where that is not asked they are free, and a proof cannot say so."""

from itertools import combinations

from themes.guidance.proof.flow import Flow
from themes.guidance.proof.solving import Undecided
from themes.guidance.proof.survey import Survey

Key = tuple[str, str]
TWO_STREETS = "有人被问几个街道而不被问区，证明总把它们当作在同一个区里。请让街道只在问过区之后问。"


def is_loose(flow: Flow, survey: Survey, key: Key) -> bool:
    """Whether the question is a street that somebody is asked without its district, or that district; or Undecided."""
    return any(
        _are_asked_alone(flow, survey, above, (street,))
        for above, streets in flow.space.streets_follow.items()
        for street in streets
        if key in (above, street)
    )


def are_taken_together(flow: Flow, survey: Survey) -> bool:
    """Whether somebody may be asked two streets without their district: they may lie apart, here they never do."""
    try:
        return any(
            _are_asked_alone(flow, survey, above, two)
            for above, streets in flow.space.streets_follow.items()
            for two in combinations(streets, 2)
        )
    except Undecided:
        return True


def _are_asked_alone(flow: Flow, survey: Survey, above: Key, streets: tuple[Key, ...]) -> bool:
    if above not in flow.visible or any(one not in flow.visible for one in streets):
        return False
    asked = [flow.visible[one] for one in streets]
    return survey.find([flow.complete, -flow.visible[above], *asked]) is not None
