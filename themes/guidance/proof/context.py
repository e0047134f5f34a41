"""What every part of a proof works on."""

from typing import NamedTuple

from themes.guidance.proof.flow import Flow
from themes.guidance.proof.report import NotProved, Property
from themes.guidance.proof.survey import Survey
from themes.guidance.proof.wording import Words


class Context(NamedTuple):
    """The flow, where applicants are looked for, and the words findings are told in."""

    flow: Flow
    survey: Survey
    words: Words

    def undecided(self, of: Property, pointer: str) -> NotProved:
        """That the solver gave up on a property of an element."""
        return NotProved(of, pointer, "求解器在规定的步数内没有得出结论。")
