"""What evaluation hands back, and what it must know of items."""

from typing import Any, Protocol

import msgspec

from themes.documents import MaterialUse


class GuidedItem(Protocol):
    """What guidance must know of an item: a `ThemeItem` or a `PackageItem`, in a sequence that is the theme's order."""

    @property
    def code(self) -> str: ...

    @property
    def mandatory(self) -> bool: ...

    @property
    def materials(self) -> tuple[MaterialUse, ...]: ...


class ResolvedItem(msgspec.Struct, frozen=True):
    """A guided item whose conditions name values in the place of parameters."""

    code: str
    mandatory: bool
    materials: tuple[MaterialUse, ...]


class RequiredMaterial(msgspec.Struct, frozen=True):
    """A material that a selected item asks for on this path; `necessity_code` null: as the register says."""

    material: str
    necessity_code: str | None = None
    note: str = ""


class GuidanceOutcome(msgspec.Struct, frozen=True):
    """Where answers lead on a day. Values are shared with the compiled guidance: read, never changed.

    `visible_questions`: in question order. `answers`: what was answered to them. `fired_rules`: in (priority, code)
    order. `items`: selected, in theme order. `stopped`: reasons, `notices`: codes, both in the order of the rules, each
    once; default notices are not listed. `fields`: by (item, field), item None for a public field. `promised_days`:
    working days by item. `materials`: for every selected item, its own in its order, then added ones in the order in
    which rules name them. Effects on items that are not selected stay in `fields` and `promised_days`.
    """

    visible_questions: tuple[str, ...]
    answers: dict[str, Any]
    fired_rules: tuple[str, ...]
    items: tuple[str, ...]
    stopped: tuple[str, ...]
    notices: tuple[str, ...]
    fields: dict[tuple[str | None, str], Any]
    promised_days: dict[str, int]
    materials: dict[str, tuple[RequiredMaterial, ...]]
