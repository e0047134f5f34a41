"""What a proof hands back."""

from typing import Any, Literal

import msgspec

Kind = Literal[
    "dead_end",
    "waits_in_vain",
    "question_never_shown",
    "question_never_matters",
    "option_never_matters",
    "options_alike",
    "rule_never_fires",
    "rule_always_overridden",
    "rule_never_matters",
    "effect_never_matters",
    "item_never_selected",
    "material_never_required",
    "field_never_shown",
    "notice_never_shown",
    "contradiction",
]
Property = Literal["dead_end", "waits_in_vain", "never_matters", "contradiction"]
BLOCKING: frozenset[Kind] = frozenset({"dead_end", "waits_in_vain"})


class Example(msgspec.Struct, frozen=True):
    """Answers of one applicant, to visible questions only, on a day (ISO date; null: the guidance knows no periods).

    `division`: whose values parameters have; null where they make no difference.

    `is_smallest`: no other set of answers with this finding is smaller: fewest questions answered plus options chosen
    beyond the first; of equal ones the first by order of questions and options.
    """

    answers: dict[str, Any]
    on: str | None = None
    division: str | None = None
    is_smallest: bool = False


class ProofFinding(msgspec.Struct, frozen=True):
    """One thing that does not hold. `pointer`: JSON pointer (RFC 6901) to the element of the theme document.

    `example` replays in the evaluator; null where the finding is about no applicant at all. `others`: pointers of the
    elements it is about besides.
    """

    kind: Kind
    pointer: str
    sentence: str
    example: Example | None = None
    others: tuple[str, ...] = ()

    @property
    def is_blocking(self) -> bool:
        """Whether a theme with it may not be submitted."""
        return self.kind in BLOCKING


class NotProved(msgspec.Struct, frozen=True):
    """A property that was not settled for one element, or as a whole at pointer "/guidance", and why."""

    property: Property
    pointer: str
    reason: str


class ProofReport(msgspec.Struct, frozen=True):
    """Findings in document order, blocking ones first. `classes`: number of answer classes; null beyond counting.

    A property without findings and without an entry in `not_proved` is proved for all of them.
    """

    classes: int | None
    findings: tuple[ProofFinding, ...]
    not_proved: tuple[NotProved, ...]

    def at(self, pointer: str) -> tuple[ProofFinding, ...]:
        """The findings at an element or inside it."""
        return tuple(one for one in self.findings if f"{one.pointer}/".startswith(f"{pointer}/"))
