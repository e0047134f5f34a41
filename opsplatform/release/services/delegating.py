"""A party's decision handed to a colleague who holds the same right."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.notes import require_note
from opsplatform.release import review_selectors
from opsplatform.release.errors import NotYourTurn
from opsplatform.release.models import ReviewParty
from opsplatform.release.services.reviewing import get_pending, record_act, require_reviewer


@transaction.atomic
def delegate(*, actor: User, subject_id: int, digest: str, party_id: int | None, to: str, note: str) -> ReviewParty:
    """The open party is the named colleague's to decide, and on their list; the others with the right still may.

    Without `party_id` it is the one for which it is the actor's turn; raises Invalid where those are several.
    """
    note = require_note(note)
    subject, version = get_pending(subject_id, digest)
    mine = {party.pk for party in require_reviewer(actor, version)}
    if party_id is None:
        if len(mine) > 1:
            raise Invalid(problems=(Problem("/party", "required", "轮到您决定的不止一方，请写明转交哪一方。"),))
        (party_id,) = mine
    if party_id not in mine:
        raise NotYourTurn
    party = review_selectors.get_party(version, party_id)
    colleague = review_selectors.list_colleagues(party).exclude(pk=actor.pk).filter(username=to).first()
    if colleague is None:
        sentence = "只能转交给持有同样权限、没有参与编写的同事。"
        raise Invalid(sentence, problems=(Problem("/to", "not_a_colleague", sentence),))
    party.assignee = colleague
    party.save(update_fields=["assignee"])
    record_act(actor, "delegated", subject, version, note, party=str(party), to=colleague.username)
    return party
