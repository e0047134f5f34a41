"""Reviewers are reminded while what waits for them is due."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.release.models import ReviewParty

REMIND = "release.remind_reviewers"  # the kind of work that does this


def list_due() -> list[str]:
    """The keys of the open parties that are due tomorrow or before, and were not reminded today."""
    today = clock.today()
    due = ReviewParty.objects.filter(state=ReviewParty.State.OPEN, due_on__lte=today + timedelta(days=1))
    fresh = due.filter(Q(reminded_on=None) | Q(reminded_on__lt=today))
    return [str(pk) for pk in fresh.order_by("pk").values_list("pk", flat=True)]


@transaction.atomic
def remind(party_id: int) -> None:
    """The home pages of those who can decide say that it is due, and the trail that they were told; once a day."""
    parties = ReviewParty.objects.select_related("step__version__subject__division", "department", "division")
    party = parties.select_for_update(of=("self",), no_key=True).filter(pk=party_id).first()
    today = clock.today()
    if party is None or party.state != ReviewParty.State.OPEN or party.reminded_on == today:
        return
    party.reminded_on = today
    party.save(update_fields=["reminded_on"])
    subject = party.step.version.subject
    trail.record(
        None, f"{subject.kind}.review_reminded", subject,
        division=subject.division.code, version=party.step.version.number, step=party.step.name, party=str(party),
        due_on=party.due_on.isoformat() if party.due_on else None,
    )  # fmt: skip
