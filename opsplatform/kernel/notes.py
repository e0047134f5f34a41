"""The note that an act of consequence needs: why it was done, for the trail."""

from opsplatform.kernel.errors import Invalid, Problem


class NoteMissing(Invalid):
    """The act needs a note saying why."""

    code = "note_missing"
    sentence = "请填写说明或理由。"

    def __init__(self) -> None:
        super().__init__(problems=(Problem("/note", "required", self.sentence),))


def require_note(note: str) -> str:
    """The note without surrounding blanks; raises NoteMissing when nothing is left."""
    stripped = note.strip()
    if not stripped:
        raise NoteMissing
    return stripped
