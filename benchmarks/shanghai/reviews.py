"""Reviews written in batches, each step agreed to in its turn, as the triggers want to see it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db.models.functions import Now

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.release.models import ReviewParty, ReviewStep, Version
from opsplatform.release.subjects import Party, Step

Meeting = tuple[Step, Sequence[Party]]


def open_reviews(opened: Sequence[tuple[Version, Sequence[Meeting]]]) -> None:
    """The versions, just submitted, have these steps with these parties; the first of each are open."""
    steps = [
        ReviewStep(
            version=version, code=step.code, name=step.name, position=step.position, action=step.action,
            needed=len(parties), days=step.days,
        )
        for version, meetings in opened
        for step, parties in meetings
    ]  # fmt: skip
    ReviewStep.objects.bulk_create(steps)
    taking_part = [parties for _, meetings in opened for _, parties in meetings]
    first = {version.pk: min(step.position for step, _ in meetings) for version, meetings in opened}
    today = clock.today()
    ReviewParty.objects.bulk_create(
        _party(
            step, party, due_on=today + timedelta(days=step.days) if step.position == first[step.version_id] else None
        )
        for step, parties in zip(steps, taking_part, strict=True)
        for party in parties
    )


def _party(step: ReviewStep, party: Party, due_on: object) -> ReviewParty:
    state = ReviewParty.State.OPEN if due_on else ReviewParty.State.WAITING
    return ReviewParty(step=step, division=party.division, department=party.department, state=state, due_on=due_on)


def agree(versions: Sequence[Version], reviewer: Callable[[ReviewParty], User], note: str) -> None:
    """Every party of these versions has approved, position after position."""
    parties = ReviewParty.objects.filter(step__version__in=versions).select_related("step__version")
    for position in sorted(set(parties.values_list("step__position", flat=True))):
        agreed = list(parties.filter(step__position=position).defer("step__version__content"))
        for party in agreed:
            party.state, party.decided_by, party.note = ReviewParty.State.APPROVED, reviewer(party), note
            party.digest, party.decided_at = party.step.version.digest, Now()
        ReviewParty.objects.bulk_update(agreed, ["state", "decided_by", "decided_at", "digest", "note"])
