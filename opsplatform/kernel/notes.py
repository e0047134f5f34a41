"""The note that an act of consequence needs: why it was done, for the trail."""

from opsplatform.kernel.errors import Invalid, Problem

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

    def __init__(self) -> None:
        super().__init__(problems=(Problem("/note", "too_long", self.sentence),))


def require_note(note: str) -> str:
    """The note without surrounding blanks; raises NoteMissing when nothing is left, NoteTooLong past the limit."""
    stripped = note.strip()
    if not stripped:
        raise NoteMissing
    if len(stripped) > LONGEST:
        raise NoteTooLong
    return stripped
