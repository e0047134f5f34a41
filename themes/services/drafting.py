"""A theme's draft, saved whole with the revision it was read at."""

from typing import Any

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.release.services import drafting
from themes import selectors
from themes.models import Theme
from themes.services.deciding import require_standing


@transaction.atomic
def save_theme(*, actor: User, code: str, tree: Any, expected_revision: int) -> Theme:
    """The theme's draft is this document at the next revision; a pending approval of the old one is void.

    Decisions about the merge stay as they were decided, or go: this is not where they are made.
    """
    theme = selectors.get_theme(actor, code, lock=True)
    before = theme.subject.draft
    theme.subject = drafting.save_draft(
        actor=actor, subject_id=theme.subject_id, tree=tree, expected_revision=expected_revision
    )
    require_standing(before, theme.subject.draft)
    return theme
