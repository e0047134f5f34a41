"""情形 of a theme: every distinct outcome that applicants meet; listed in the background where that is long."""

from datetime import date

from themes.guidance.proof.situations import Situations
from themes.packages.structure import FrozenTheme
from themes.services.proving import find_situations

_WAIT = "引导较大，正在后台列出，列好后显示在这里；可以先去做别的。"


def situations_of(frozen: FrozenTheme, today: date) -> Situations:
    """Every situation of the theme from today on; none, and why, while they are being listed."""
    listed = find_situations(frozen, today)
    return Situations((), None, None, _WAIT) if listed is None else listed


def are_being_listed(listed: Situations) -> bool:
    """Whether these are none yet, for background work is at it."""
    return listed.why_not_all == _WAIT
