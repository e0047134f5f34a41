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
    EXACTLY,
    NUMERIC,
    TEXTUAL,
    ColumnConstraint,
    Constraint,
    check_value,
    rounded,
    without_required,
)
from forms_builder.merge.crosswalks import Translation
from forms_builder.merge.dependence import Dependence
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.samples import accepted_values, lost_counts, lost_values, sample, texts_of


class Source(msgspec.Struct, frozen=True):
    """One item's field within a merged field.

    `own` speaks the item's codes, `spoken` the merged field's; `translation` turns a merged code into the item's, None
    where they are the same; `columns` does so for the columns of a table where they are not. `within`: on what its list
    depends.
    """

    item: str
    field: str
    own: Constraint
    spoken: Constraint
    translation: Translation | None = None
    columns: Mapping[str, Translation] = {}
    within: Dependence | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What merging costs (`narrowing`, advisory) or cannot do (`conflict`, blocks publishing).

    `witness` is a value that the items in `accepts` accept and the merged field refuses because of those in `refuses`;
    null only where no value tells the items apart, as when one item by itself accepts nothing. In the aspect
    `crosswalk` it is a code of the accepting item, in `within` values by merged key: of the field and of its parents;
    so in `fixed_value` where they do not belong together.
    """

    severity: Literal["narrowing", "conflict"]
    key: str
    aspect: str
    accepts: tuple[str, ...]
    refuses: tuple[str, ...]
    witness: Any
    column: str | None = None


BY_KEY = frozenset({"within", "fixed_value"})
"""Aspects whose witness may be values by merged key."""


# --- speaking one dictionary ------------------------------------------------------------------------------------------


def speak(own: Constraint, translation: Translation | None, merged_codes: Iterable[str]) -> Constraint:
    """The constraint said in the merged dictionary: it accepts a merged code when it accepts what that stands for."""
    if translation is None:
        return own
    single = msgspec.structs.replace(own, kind="dict", required=False)
    kept = [code for code in merged_codes if code in translation and not check_value(single, translation[code])]
    if (own.min_items or 0) > 1:  # several codes that mean one would arrive as fewer than the item asks for
        first = {translation[code]: code for code in reversed(kept)}
        kept = [code for code in kept if first[translation[code]] == code]
    return msgspec.structs.replace(own, codes=tuple(kept), min_length=None, max_length=None)


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
        min_length=_most(one.min_length for one in constraints),
        max_length=_least(one.max_length for one in constraints),
        min_items=_most(one.min_items for one in constraints),
        max_items=_least(one.max_items for one in constraints),
        digits=_least(one.digits for one in constraints),
        scale=_least(one.scale for one in constraints),
        minimum=_most(one.minimum for one in constraints),
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


def _most(values: Iterable[Any]) -> Any:
    return max((value for value in values if value is not None), default=None)


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
    least = _most(one.min_length for one in constraints) or 0
    longest = _least(one.max_length for one in constraints)
    return tuple(
        code
        for code in closed[0]
        if all(code in other for other in others) and least <= len(code) and (longest is None or len(code) <= longest)
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
    merged = Constraint(
        kind="table",
        required=required,
        min_items=_most(one.min_items for one in constraints),
        max_items=_least(one.max_items for one in constraints),
        columns=columns,
    )
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
    if not _some_count(constraint):
        return False
    if kind == "table":
        return not any(
            column.constraint.required and not is_satisfiable(column.constraint) for column in constraint.columns
        )
    return constraint.max_length is None or constraint.max_length >= max(constraint.min_length or 0, 1)


def _some_count(constraint: Constraint) -> bool:
    """Whether any number of rows or of different codes lies within the bounds; without any answer nothing is said."""
    least, most = max(constraint.min_items or 0, 1), constraint.max_items
    if most is not None and most < least:
        return False
    return constraint.codes is None or least <= len(constraint.codes)


def _some_text(constraint: Constraint) -> bool:
    least, longest = max(constraint.min_length or 0, 1), constraint.max_length
    if len(constraint.formats) > 1 or (longest is not None and longest < least):
        return False
    if constraint.formats:
        shortest_known, longest_known = FORMATS_BY_KIND[constraint.formats[0]].lengths
        if least > longest_known or (longest is not None and longest < shortest_known):
            return False
    if not constraint.patterns:
        return True
    try:
        return shortest(texts_of(constraint), at_most=longest) is not None
    except UndecidedError:
        return True


def _some_number(constraint: Constraint) -> bool:
    lowest, highest = constraint.minimum, constraint.maximum
    if constraint.digits is not None:
        edge = Decimal(10) ** constraint.digits
        step = Decimal(1).scaleb(-(constraint.scale if constraint.scale is not None else MOST_DECIMALS))
        most = EXACTLY.subtract(edge, step)
        lowest = most.copy_negate() if lowest is None else max(lowest, most.copy_negate())
        highest = most if highest is None else min(highest, most)
    if lowest is None or highest is None:
        return True
    if constraint.scale is not None:
        lowest = rounded(lowest, constraint.scale, ROUND_CEILING)
        highest = rounded(highest, constraint.scale, ROUND_FLOOR)
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
    compared = _compare(key, None, parties, without_required(merged))
    return [
        *_crosswalk_findings(key, sources),
        *(_said_exactly(finding, sources) for finding in compared),
        *_dependence_findings(key, sources, merged),
    ]


def _said_exactly(finding: Finding, sources: Sequence[Source]) -> Finding:
    """A code that the refusing item has as well, for something else, is told as that."""
    if finding.aspect != "codes" or finding.column is not None:
        return finding
    for source in sources:
        may_mean_another = source.item in finding.refuses and source.translation is None
        if may_mean_another and not check_value(without_required(source.own), finding.witness):
            return msgspec.structs.replace(finding, aspect="meaning")
    return finding


def _compare(
    key: str, column: str | None, parties: Sequence[tuple[str, Constraint]], merged: Constraint
) -> Iterator[Finding]:
    if merged.kind == "table" and len({one.kind for _, one in parties}) == 1:
        for place in merged.columns:
            owners = [
                (item, own.constraint) for item, table in parties for own in table.columns if own.code == place.code
            ]
            yield from _compare(key, place.code, owners, place.constraint)
        yield from _row_findings(key, parties, merged)
    elif merged.impossible:
        yield _conflict(key, column, parties)
    else:
        yield from _narrowings(key, column, parties, merged)


def _row_findings(key: str, parties: Sequence[tuple[str, Constraint]], merged: Constraint) -> Iterator[Finding]:
    """What bounds on the number of rows cost; of a witness's rows every item is asked about its own columns only."""
    counted = [
        (item, msgspec.structs.replace(table, columns=(), required=False, impossible=False)) for item, table in parties
    ]
    strict = msgspec.structs.replace(merged, columns=(), required=False, impossible=False)
    row = {column.code: cell for column in merged.columns if (cell := sample(column.constraint)) is not None}
    is_conflict = not is_satisfiable(strict)
    if is_conflict:
        numbers = [strict.max_items or 0, strict.min_items or 0]
    elif merged.impossible:  # for the sake of a column, which is told there
        return
    else:
        numbers = list(dict.fromkeys(number for _, loose in counted for number in lost_counts(loose, strict)))
    for number in numbers:
        accepts, refuses = _sides(counted, [{}] * number)
        if refuses and (accepts or is_conflict):
            yield Finding(
                severity="conflict" if is_conflict else "narrowing", key=key, aspect="rows", accepts=accepts,
                refuses=refuses, witness=[row] * number if accepts else None,
            )  # fmt: skip
        if is_conflict:
            return


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
    values += [value for _, one in parties for _, other in parties for _, value in lost_values(one, other)]
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
        if source.translation is not None:
            yield from _unreachable(key, None, source, source.own, source.spoken, source.translation, sources)
        own = {column.code: column.constraint for column in source.own.columns}
        spoken = {column.code: column.constraint for column in source.spoken.columns}
        for code, translation in source.columns.items():
            yield from _unreachable(key, code, source, own[code], spoken[code], translation, sources)


def _unreachable(
    key: str,
    column: str | None,
    source: Source,
    own: Constraint,
    spoken: Constraint,
    translation: Translation,
    sources: Sequence[Source],
) -> Iterator[Finding]:
    reachable = frozenset(translation[code] for code in spoken.codes or ())
    lost = next((code for code in own.codes or () if code not in reachable), None)
    if lost is not None:
        others = tuple(dict.fromkeys(other.item for other in sources if other.item != source.item))
        yield Finding(
            severity="narrowing", key=key, aspect="crosswalk", column=column, accepts=(source.item,), refuses=others,
            witness=lost,
        )  # fmt: skip


def _dependence_findings(key: str, sources: Sequence[Source], merged: Constraint) -> Iterator[Finding]:
    """What it costs that the list depends on another field for some sources, or on different ones.

    On different fields it is a conflict: whoever answers those differently has nothing left to choose. The witness is
    what one side accepts and the other refuses. Whether a code is left anywhere, the form tells (`choices`).
    """
    ruled = [source.within for source in sources if source.within is not None]
    if not ruled or merged.impossible:
        return
    taken = frozenset(merged.codes or ())
    told: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for refusing in ruled:
        for source in sources:
            accepting = source.within
            witness = None if source.item == refusing.item else _apart(accepting, refusing, taken)
            if witness is None:
                continue
            code, parents = witness
            sides = _dependence_sides(sources, code, parents)
            if sides in told:
                continue
            told.append(sides)
            is_conflict = accepting is not None and accepting.parent_key != refusing.parent_key
            yield Finding(
                severity="conflict" if is_conflict else "narrowing", key=key, aspect="within", accepts=sides[0],
                refuses=sides[1], witness={**parents, key: [code] if merged.kind == "multi_dict" else code},
            )  # fmt: skip


def _apart(
    accepting: Dependence | None, refusing: Dependence, taken: frozenset[str]
) -> tuple[str, dict[str, str]] | None:
    """A code and values of the parents that the one accepts and the other refuses."""
    is_same = accepting is not None and accepting.parent_key == refusing.parent_key
    offered = {"": tuple(taken)} if accepting is None else accepting.below
    for parent, inside in refusing.below.items():
        for above, codes in offered.items():
            lost = next((code for code in sorted(codes) if code in taken and code not in inside), None)
            if lost is not None and (not is_same or above == parent):
                own = {} if accepting is None else {accepting.parent_key: above}
                return lost, {**own, refusing.parent_key: parent}
    return None


def _dependence_sides(
    sources: Sequence[Source], code: str, parents: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    refuses = [
        source.item
        for source in sources
        if source.within is not None and source.within.outside(code, parents.get(source.within.parent_key))
    ]
    accepts = [source.item for source in sources if source.item not in refuses]
    return tuple(dict.fromkeys(accepts)), tuple(dict.fromkeys(refuses))
