"""The parties of a review that a person decides for, as pages of reviews show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsplatform.accounts.models import User
from opsplatform.release.models import ReviewParty, Version
from opsplatform.release.review_selectors import list_colleagues, parties_of


@dataclass(frozen=True)
class OpenParty:
    """A decision that is the person's, and the colleagues whom they can hand it to."""

    party: ReviewParty
    colleagues: Sequence[User]


def open_parties_of(actor: User, version: Version) -> list[OpenParty]:
    """What this person can decide about the version now; nothing where they took part in writing it."""
    if actor.pk in version.author_ids:
        return []
    return [
        OpenParty(party, list(list_colleagues(party).exclude(pk=actor.pk)))
        for party in parties_of(actor, version)
        if party.state == ReviewParty.State.OPEN
    ]
