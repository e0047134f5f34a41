"""A theme gives way to another in divisions: people are led there, or it goes on show instead."""

from collections.abc import Sequence

from opsplatform.accounts.models import User
from opsplatform.release.models import Release
from opsplatform.release.services import handing_over
from themes import selectors
from themes.services.publishing import chosen_or_live


def redirect_theme(
    *,
    actor: User,
    code: str,
    successor: str,
    division_codes: Sequence[str] | None,
    note: str,
    public_note: str = "",
) -> list[Release]:
    """The theme is off show in the divisions and people are led to the successor, which is on show there."""
    theme = selectors.get_theme(actor, code)
    return handing_over.redirect(
        actor=actor,
        subject_id=theme.subject_id,
        successor_id=selectors.get_theme(actor, successor).subject_id,
        divisions=chosen_or_live(theme, division_codes),
        note=note,
        public_note=public_note,
    )


def replace_theme(
    *,
    actor: User,
    code: str,
    successor: str,
    version: int,
    division_codes: Sequence[str] | None,
    note: str,
    public_note: str = "",
) -> list[Release]:
    """The successor's approved version is on show in the divisions in place of the theme."""
    theme = selectors.get_theme(actor, code)
    return handing_over.replace(
        actor=actor,
        subject_id=theme.subject_id,
        successor_id=selectors.get_theme(actor, successor).subject_id,
        version_number=version,
        divisions=chosen_or_live(theme, division_codes),
        note=note,
        public_note=public_note,
    )
