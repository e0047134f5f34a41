"""The strictest of several constraints, and what is lost by it.

Every source of a merged field is first said in the codes of the merged field's dictionary (`spoken`); from there on the
sources are compared as they stand.

Kinds that go together: string, text, address, uscc, id_card, phone, postcode (string kinds); integer and decimal; every
other kind only with itself. Two different ones of uscc, id_card, phone and postcode do not go together although a few
numbers pass both check rules by chance: they name different things.

Tables unite their columns: the citizen fills every column that some item asks for, and the projection hands each item
its own. So a column that only one item knows costs nobody anything; a column of the same code in several is their
intersection, and one that nothing satisfies makes the table impossible only where some item requires it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal

import msgspec

from forms_builder.documents import DataType
from forms_builder.merge.automata import UndecidedError, shortest
from forms_builder.merge.constraints import (
    NUMERIC,
    TEXTUAL,
    ColumnConstraint,
    Constraint,
    check_value,
    without_required,
)
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.samples import accepted_values, lost_values, texts_of

Translation = Mapping[str, str]
Crosswalks = Mapping[tuple[str, str], Translation]


class Source(msgspec.Struct, frozen=True):
    """One item's field within a merged field.

    `own` speaks the item's codes, `spoken` the merged field's; `translation` turns a merged code into the item's, None
    where they are the same.
    """

    item: str
    field: str
    own: Constraint
    spoken: Constraint
    translation: Translation | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What merging costs (`narrowing`, advisory) or cannot do (`conflict`, blocks publishing).

    `witness` is a value that the items in `accepts` accept and the merged field refuses because of those in `refuses`;
    null only where no value tells the items apart, as when one item by itself accepts nothing. In the aspect
    `crosswalk` it is a code of the accepting item.
    """

    severity: Literal["narrowing", "conflict"]
    key: str
    aspect: str
    accepts: tuple[str, ...]
    refuses: tuple[str, ...]
    witness: Any
    column: str | None = None


# --- speaking one dictionary ------------------------------------------------------------------------------------------


def translation_between(merged: str, own: str, crosswalks: Crosswalks) -> Translation | None:
    """How a code of the dictionary `merged` is said in the dictionary `own`; None: as it stands.

    The crosswalk in that direction, else the inverse of the opposite one as far as it is unambiguous.
    """
    if merged == own:
        return None
    if (merged, own) in crosswalks:
        return crosswalks[merged, own]
    opposite = crosswalks.get((own, merged))
    if opposite is None:
        return None
    targets = list(opposite.values())
    return {said: code for code, said in opposite.items() if targets.count(said) == 1}


def speak(own: Constraint, translation: Translation | None, merged_codes: Iterable[str]) -> Constraint:
    """The constraint said in the merged dictionary: it accepts a merged code when it accepts what that stands for."""
    if translation is None:
        return own
    single = msgspec.structs.replace(own, kind="dict", required=False)
    kept = tuple(code for code in merged_codes if code in translation and not check_value(single, translation[code]))
    return msgspec.structs.replace(own, codes=kept, max_length=None)


# --- the strictest ----------------------------------------------------------------------------------------------------


def family(kind: str) -> str:
    """The kinds that may be merged with each other share a family."""
    if kind in TEXTUAL:
        return "string"
    return "number" if kind in NUMERIC else kind


def intersect(constraints: Sequence[Constraint]) -> Constraint:
    """The constraint that accepts exactly what all accept, required if any is; `impossible` when that is nothing.

    For kinds that do not go together it is impossible and keeps the first kind.
    """
    first = constraints[0]
    if len(constraints) == 1:
        return first if first.impossible or is_satisfiable(first) else msgspec.structs.replace(first, impossible=True)
    required = any(one.required for one in constraints)
    if len({family(one.kind) for one in constraints}) > 1:
        return Constraint(kind=first.kind, required=required, impossible=True)
    if first.kind == "table":
        return _intersect_tables(constraints, required=required)
    merged = Constraint(
        kind=_merged_kind([one.kind for one in constraints]),
        required=required,
        max_length=_least(one.max_length for one in constraints),
        digits=_least(one.digits for one in constraints),
        scale=_least(one.scale for one in constraints),
        minimum=max((one.minimum for one in constraints if one.minimum is not None), default=None),
        maximum=_least(one.maximum for one in constraints),
        patterns=tuple(dict.fromkeys(pattern for one in constraints for pattern in one.patterns)),
        formats=tuple(sorted({name for one in constraints for name in one.formats})),
        codes=_common_codes(constraints),
        lengths=tuple(length for length in first.lengths if all(length in other.lengths for other in constraints[1:])),
        impossible=any(one.impossible for one in constraints),
    )
    if merged.impossible or is_satisfiable(merged):
        return merged
    return msgspec.structs.replace(merged, impossible=True)


def _least(values: Iterable[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def _merged_kind(kinds: Sequence[DataType]) -> DataType:
    for kind in (*FORMATS_BY_KIND, "address", "string", "integer"):
        if kind in kinds:
            return kind  # type: ignore[return-value]
    return kinds[0]


def _common_codes(constraints: Sequence[Constraint]) -> tuple[str, ...] | None:
    closed = [one.codes for one in constraints if one.codes is not None]
    if not closed:
        return None
    others = [frozenset(codes) for codes in closed[1:]]
    longest = _least(one.max_length for one in constraints)
    return tuple(
        code
        for code in closed[0]
        if all(code in other for other in others) and (longest is None or len(code) <= longest)
    )


def _intersect_tables(constraints: Sequence[Constraint], *, required: bool) -> Constraint:
    by_code: dict[str, list[ColumnConstraint]] = {}
    for one in constraints:
        for column in one.columns:
            by_code.setdefault(column.code, []).append(column)
    columns = tuple(
        ColumnConstraint(code, same[0].label, intersect([column.constraint for column in same]))
        for code, same in by_code.items()
    )
    merged = Constraint(kind="table", required=required, columns=columns)
    return merged if is_satisfiable(merged) else msgspec.structs.replace(merged, impossible=True)


def is_satisfiable(constraint: Constraint) -> bool:
    """Whether some value satisfies the constraint; true also where the search was too large to tell."""
    kind = constraint.kind
    if constraint.impossible:
        return False
    if kind in TEXTUAL:
        return _some_text(constraint)
    if kind in NUMERIC:
        return _some_number(constraint)
    if constraint.codes is not None and not constraint.codes:
        return False
    if kind == "division":
        return bool(constraint.lengths)
    if kind == "table":
        return not any(
            column.constraint.required and not is_satisfiable(column.constraint) for column in constraint.columns
        )
    return constraint.max_length is None or constraint.max_length > 0


def _some_text(constraint: Constraint) -> bool:
    longest = constraint.max_length
    if len(constraint.formats) > 1:
        return False
    if constraint.formats and longest is not None and longest < FORMATS_BY_KIND[constraint.formats[0]].lengths[0]:
        return False
    if not constraint.patterns:
        return longest is None or longest > 0
    try:
        return shortest(texts_of(constraint), at_most=longest) is not None
    except UndecidedError:
        return True


def _some_number(constraint: Constraint) -> bool:
    lowest, highest = constraint.minimum, constraint.maximum
    if constraint.digits is not None:
        edge = Decimal(10) ** constraint.digits
        step = Decimal(1).scaleb(-(constraint.scale if constraint.scale is not None else MOST_DECIMALS))
        lowest = step - edge if lowest is None else max(lowest, step - edge)
        highest = edge - step if highest is None else min(highest, edge - step)
    if lowest is None or highest is None:
        return True
    if constraint.scale is not None:
        step = Decimal(1).scaleb(-constraint.scale)
        lowest, highest = lowest.quantize(step, ROUND_CEILING), highest.quantize(step, ROUND_FLOOR)
    return lowest <= highest


MOST_DECIMALS = 9
"""How fine a number without a scale is taken to be when asking whether any lies between two bounds."""


# --- what is lost -----------------------------------------------------------------------------------------------------


def findings(key: str, sources: Sequence[Source], merged: Constraint) -> list[Finding]:
    """Everything merging these sources costs: the conflicts, else the narrowings, each witness verified both ways.

    That one item requires an answer and another does not is no narrowing: every value stays possible. One finding per
    aspect and witness; `accepts` and `refuses` name items in source order.
    """
    parties = [(source.item, without_required(source.spoken)) for source in sources]
    return [
        *_crosswalk_findings(key, sources),
        *_compare(key, None, parties, without_required(merged)),
    ]


def _compare(
    key: str, column: str | None, parties: Sequence[tuple[str, Constraint]], merged: Constraint
) -> Iterator[Finding]:
    if merged.kind == "table" and len({one.kind for _, one in parties}) == 1:
        for place in merged.columns:
            owners = [
                (item, own.constraint) for item, table in parties for own in table.columns if own.code == place.code
            ]
            yield from _compare(key, place.code, owners, place.constraint)
    elif merged.impossible:
        yield _conflict(key, column, parties)
    else:
        yield from _narrowings(key, column, parties, merged)


def _sides(parties: Sequence[tuple[str, Constraint]], value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    verdicts = [(item, not check_value(constraint, value)) for item, constraint in parties]
    accepts = tuple(dict.fromkeys(item for item, accepted in verdicts if accepted))
    refuses = tuple(dict.fromkeys(item for item, accepted in verdicts if not accepted))
    return accepts, refuses


def _conflict(key: str, column: str | None, parties: Sequence[tuple[str, Constraint]]) -> Finding:
    families = {family(constraint.kind) for _, constraint in parties}
    aspect = "kinds" if len(families) > 1 else "nothing_satisfies_all"
    values = [value for _, constraint in parties for value in accepted_values(constraint)]
    limits = sorted({constraint.max_length for _, constraint in parties if constraint.max_length is not None})
    for value in (*values, *("长" * (limit + 1) for limit in limits), ""):
        accepts, refuses = _sides(parties, value)
        if accepts and refuses:
            return Finding(
                severity="conflict",
                key=key,
                aspect=aspect,
                column=column,
                accepts=accepts,
                refuses=refuses,
                witness=value,
            )
    everyone = tuple(dict.fromkeys(item for item, _ in parties))
    return Finding(
        severity="conflict", key=key, aspect=aspect, column=column, accepts=(), refuses=everyone, witness=None
    )


def _narrowings(
    key: str, column: str | None, parties: Sequence[tuple[str, Constraint]], merged: Constraint
) -> Iterator[Finding]:
    told: list[tuple[str, Any]] = []
    for _, loose in parties:
        aspects: set[str] = set()
        for aspect, value in lost_values(loose, merged):
            if aspect in aspects or check_value(loose, value) or not check_value(merged, value):
                continue
            aspects.add(aspect)
            if (aspect, value) in told:
                continue
            told.append((aspect, value))
            accepts, refuses = _sides(parties, value)
            yield Finding(
                severity="narrowing", key=key, aspect=aspect, column=column, accepts=accepts, refuses=refuses,
                witness=value,
            )  # fmt: skip


def _crosswalk_findings(key: str, sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if source.translation is None or source.own.codes is None:
            continue
        reachable = frozenset(source.translation[code] for code in source.spoken.codes or ())
        lost = next((code for code in source.own.codes if code not in reachable), None)
        if lost is not None:
            others = tuple(
                dict.fromkeys(other.item for other in sources if other.translation is not source.translation)
            )
            yield Finding(
                severity="narrowing", key=key, aspect="crosswalk", accepts=(source.item,), refuses=others, witness=lost
            )
