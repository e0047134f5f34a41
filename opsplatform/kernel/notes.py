"""The note that an act of consequence needs: why it was done, for the trail."""

from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.registers import refuse
from opsplatform.kernel.shape import unfit_texts
from opsplatform.kernel.texts import is_visible

LONGEST = 1000  # characters: a note stands on home pages and in every history


class NoteMissing(Invalid):
    """The act needs a note saying why."""

    code = "note_missing"
    sentence = "请填写说明或理由。"

    def __init__(self) -> None:
        super().__init__(problems=(Problem("/note", "required", self.sentence),))


class NoteTooLong(Invalid):
    """The note is longer than people will read."""

    code = "note_too_long"
    sentence = f"说明或理由最多 {LONGEST} 个字。"

    def __init__(self, place: str) -> None:
        super().__init__(problems=(Problem(place, "too_long", self.sentence),))


def require_note(note: str, *, place: str = "/note") -> str:
    """The note without surrounding blanks.

    Raises NoteMissing when nothing is seen of it, NoteTooLong past the limit, Invalid for characters that nobody sees.
    """
    stripped = note.strip()
    if not is_visible(stripped):
        raise NoteMissing
    if len(stripped) > LONGEST:
        raise NoteTooLong(place)
    refuse(unfit_texts(stripped, place))
    return stripped
