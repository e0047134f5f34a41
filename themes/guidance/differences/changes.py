"""What a comparison in citizens' terms hands back, and what it may know of the registers."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from themes.guidance.proof.report import Example

ChangeKind = Literal[
    "item_gained",
    "item_lost",
    "material_gained",
    "material_lost",
    "necessity_changed",
    "field_gained",
    "field_lost",
    "field_value_changed",
    "days_changed",
    "stop_gained",
    "stop_lost",
    "notice_gained",
    "notice_lost",
    "question_gained",
    "question_lost",
    "option_gained",
    "option_lost",
    "answer_gained",
    "answer_lost",
    "upload_gained",
    "upload_lost",
    "prefill_gained",
    "prefill_lost",
    "wait_gained",
    "wait_lost",
    "choice_gained",
    "choice_lost",
    "division_gained",
    "division_lost",
    "period_changed",
]


class Change(msgspec.Struct, frozen=True):
    """One thing that some applicants gain, lose or meet otherwise.

    `subject`: what it is about, by local codes ("BL", "FOOD.M_LAYOUT", "q_sign.yes"). `who`: of the example's answers
    those that alone decide it: everyone who answers so is affected. `sentence` says it in words.
    """

    kind: ChangeKind
    subject: str
    sentence: str
    who: dict[str, Any]
    example: Example | None


class Comparison(msgspec.Struct, frozen=True):
    """Changes by kind of thing, in the order of the theme. `unsettled`: what could not be compared, and why."""

    changes: tuple[Change, ...]
    unsettled: tuple[str, ...] = ()

    @property
    def is_without_effect(self) -> bool:
        """No applicant notices any difference."""
        return not self.changes and not self.unsettled


class Registered(msgspec.Struct, frozen=True):
    """What registers say beside a version. `fields`: codes of each item's form; `days`: promised days of each item.

    Days in words, by item, as they hold where no rule sets them; equal texts are equal days everywhere. `exempt`:
    materials that nobody uploads. `divisions`: codes of the districts where the theme is offered.
    """

    fields: Mapping[str, tuple[str, ...]] = {}
    days: Mapping[str, str] = {}
    exempt: frozenset[str] = frozenset()
    divisions: tuple[str, ...] = ()
