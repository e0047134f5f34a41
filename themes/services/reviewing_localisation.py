"""A district's localisation submitted, approved or returned by the parties of its review, commented on."""

from opsplatform.accounts.models import User
from opsplatform.release.models import CommentResolution, ReviewComment, ReviewParty, Version
from opsplatform.release.services import commenting, delegating, reviewing
from themes.services.localising import get_place


def submit_localisation(*, actor: User, code: str, division_code: str, expected_revision: int, note: str) -> Version:
    """The draft stands as the next version of the localisation, waiting for a second person."""
    subject_id = _subject(actor, code, division_code)
    return reviewing.submit(actor=actor, subject_id=subject_id, expected_revision=expected_revision, note=note)


def approve_localisation(*, actor: User, code: str, division_code: str, digest: str, note: str) -> Version:
    """The pending version may be published; the approval is bound to the digest the reviewer saw."""
    return reviewing.approve(actor=actor, subject_id=_subject(actor, code, division_code), digest=digest, note=note)


def return_localisation(*, actor: User, code: str, division_code: str, digest: str, note: str) -> Version:
    """The pending version goes back to its authors with the reviewer's reason."""
    subject_id = _subject(actor, code, division_code)
    return reviewing.return_to_draft(actor=actor, subject_id=subject_id, digest=digest, note=note)


def comment_on_localisation(
    *, actor: User, code: str, division_code: str, digest: str, pointer: str, note: str
) -> ReviewComment:
    """The district's editors see beside the element what the reviewer says about it."""
    subject_id = _subject(actor, code, division_code)
    return commenting.comment(actor=actor, subject_id=subject_id, digest=digest, pointer=pointer, note=note)


def resolve_localisation_comment(
    *, actor: User, code: str, division_code: str, comment_id: int, note: str
) -> CommentResolution:
    """The comment is dealt with, as the district's editor says."""
    subject_id = _subject(actor, code, division_code)
    return commenting.resolve_comment(actor=actor, subject_id=subject_id, comment_id=comment_id, note=note)


def delegate_localisation_review(
    *, actor: User, code: str, division_code: str, digest: str, party_id: int | None, to: str, note: str
) -> ReviewParty:
    """The decision of one party is a colleague's, who holds the same right."""
    subject_id = _subject(actor, code, division_code)
    return delegating.delegate(actor=actor, subject_id=subject_id, digest=digest, party_id=party_id, to=to, note=note)


def _subject(actor: User, code: str, division_code: str) -> int:
    return get_place(actor, code, division_code).begun.subject_id
