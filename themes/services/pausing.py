"""Applications for a theme paused in divisions, with a message to applicants, and opened again."""

from collections.abc import Sequence

from opsplatform.accounts.models import User
from opsplatform.release.models import Pause
from opsplatform.release.services import pausing
from themes import selectors
from themes.services.publishing import chosen_or_live


def pause_theme(
    *, actor: User, code: str, division_codes: Sequence[str] | None, message: str, note: str
) -> list[Pause]:
    """The theme stays on show and nobody may apply in the divisions; None means wherever it is live."""
    theme = selectors.get_theme(actor, code)
    divisions = chosen_or_live(theme, division_codes)
    return pausing.pause(actor=actor, subject_id=theme.subject_id, divisions=divisions, message=message, note=note)


def resume_theme(*, actor: User, code: str, division_codes: Sequence[str] | None, note: str) -> list[Pause]:
    """Applications are open again in the divisions; None means wherever the theme is live."""
    theme = selectors.get_theme(actor, code)
    divisions = chosen_or_live(theme, division_codes)
    return pausing.resume(actor=actor, subject_id=theme.subject_id, divisions=divisions, note=note)
