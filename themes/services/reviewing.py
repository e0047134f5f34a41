"""A theme submitted, approved or returned by the parties of its review, commented on, let through in an emergency."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import CommentResolution, Emergency, ReviewComment, ReviewParty, Version
from opsplatform.release.services import commenting, delegating, emergencies, reviewing
from themes import selectors
from themes.services.certifying import keep_proof
from themes.services.checking_proof import BEING_PROVED
from themes.services.proving import ask_for_report
from themes.services.showing import show_draft


def submit_theme(*, actor: User, code: str, expected_revision: int, note: str) -> Version:
    """The draft stands as the next version, every reference frozen, its review open at the first step."""
    theme = selectors.get_theme(actor, code)
    try:
        return _submitted(actor, theme.subject_id, expected_revision, note)
    except GateClosed as closed:
        if any(finding.code == BEING_PROVED for finding in closed.findings):
            ask_for_report(show_draft(theme).frozen, clock.today())  # what the gate asked for went with the refusal
        raise


@transaction.atomic
def _submitted(actor: User, subject_id: int, expected_revision: int, note: str) -> Version:
    version = reviewing.submit(actor=actor, subject_id=subject_id, expected_revision=expected_revision, note=note)
    keep_proof(version)
    return version


def approve_theme(*, actor: User, code: str, digest: str, note: str) -> Version:
    """Every open party of the review that the actor may decide for has approved exactly the bytes of this digest."""
    theme = selectors.get_theme(actor, code)
    return reviewing.approve(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)


def return_theme(*, actor: User, code: str, digest: str, note: str) -> Version:
    """The pending version goes back to its authors with the reviewer's reason."""
    theme = selectors.get_theme(actor, code)
    return reviewing.return_to_draft(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)


def comment_on_theme(*, actor: User, code: str, digest: str, pointer: str, note: str) -> ReviewComment:
    """The editors see beside the element what the reviewer says about it."""
    theme = selectors.get_theme(actor, code)
    return commenting.comment(actor=actor, subject_id=theme.subject_id, digest=digest, pointer=pointer, note=note)


def resolve_theme_comment(*, actor: User, code: str, comment_id: int, note: str) -> CommentResolution:
    """The comment is dealt with, as the editor says."""
    theme = selectors.get_theme(actor, code)
    return commenting.resolve_comment(actor=actor, subject_id=theme.subject_id, comment_id=comment_id, note=note)


def delegate_theme_review(
    *, actor: User, code: str, digest: str, party_id: int | None, to: str, note: str
) -> ReviewParty:
    """The decision of one party is a colleague's, who holds the same right."""
    theme = selectors.get_theme(actor, code)
    return delegating.delegate(
        actor=actor, subject_id=theme.subject_id, digest=digest, party_id=party_id, to=to, note=note
    )


def ask_theme_emergency(*, actor: User, code: str, digest: str, note: str) -> Emergency:
    """It stands on record why the version cannot wait for its review."""
    theme = selectors.get_theme(actor, code)
    return emergencies.ask_emergency(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)


def confirm_theme_emergency(*, actor: User, code: str, digest: str, note: str) -> Version:
    """The version may be released before its review ends, which everybody sees is owed."""
    theme = selectors.get_theme(actor, code)
    return emergencies.confirm_emergency(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)
