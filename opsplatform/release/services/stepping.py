"""The steps of a review: set at the submission, opened one position after another, closed when none is left."""

from datetime import timedelta

from opsplatform.kernel import clock
from opsplatform.release import review_selectors
from opsplatform.release.models import ReviewParty, ReviewStep, Subject, Version

_State = ReviewParty.State


def set_up_steps(subject: Subject, version: Version) -> None:
    """The version has the steps that are planned now, with who takes part in them; the first are open."""
    for meeting in review_selectors.meetings_of(subject):
        planned = meeting.step
        step = ReviewStep.objects.create(
            version=version, code=planned.code, name=planned.name, position=planned.position,
            action=planned.action, needed=meeting.needed, days=planned.days,
        )  # fmt: skip
        ReviewParty.objects.bulk_create(
            ReviewParty(step=step, division=party.division, department=party.department) for party in meeting.parties
        )
    advance(version)


def advance(version: Version) -> bool:
    """Who is left in steps that are met is spared, and the next position is open; says whether all steps are met."""
    steps = review_selectors.list_steps(version)
    met = [step.pk for step in steps if step.is_met]
    undecided = ReviewParty.objects.filter(state__in=[_State.OPEN, _State.WAITING])
    undecided.filter(step__in=met).update(state=_State.SPARED)
    unmet = [step for step in steps if not step.is_met]
    if not unmet:
        return True
    for step in unmet:
        if step.position == unmet[0].position:
            waiting = ReviewParty.objects.filter(step=step, state=_State.WAITING)
            waiting.update(state=_State.OPEN, due_on=clock.today() + timedelta(days=step.days))
    return False


def close_steps(version: Version) -> None:
    """Nobody has anything left to decide about the version."""
    left = ReviewParty.objects.filter(step__version=version, state__in=[_State.OPEN, _State.WAITING])
    left.update(state=_State.SPARED)
