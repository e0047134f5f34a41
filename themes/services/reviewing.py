"""A theme submitted, approved by a second person, or returned."""

from opsplatform.accounts.models import User
from opsplatform.release.models import Version
from opsplatform.release.services import reviewing
from themes import selectors


def submit_theme(*, actor: User, code: str, expected_revision: int, note: str) -> Version:
    """The draft stands as the next version, every reference frozen, waiting for a second person."""
    theme = selectors.get_theme(actor, code)
    return reviewing.submit(actor=actor, subject_id=theme.subject_id, expected_revision=expected_revision, note=note)


def approve_theme(*, actor: User, code: str, digest: str, note: str) -> Version:
    """The pending version may be released; the approval is bound to the digest the reviewer saw."""
    theme = selectors.get_theme(actor, code)
    return reviewing.approve(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)


def return_theme(*, actor: User, code: str, digest: str, note: str) -> Version:
    """The pending version goes back to its authors with the reviewer's reason."""
    theme = selectors.get_theme(actor, code)
    return reviewing.return_to_draft(actor=actor, subject_id=theme.subject_id, digest=digest, note=note)
