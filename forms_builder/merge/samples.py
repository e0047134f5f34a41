"""Values that show something: one that a constraint accepts, and ones that it accepts and a stricter one refuses.

Nothing here is believed: whoever shows such a value first asks `check_value` of both sides.
"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Any

import msgspec

from forms_builder.merge.automata import UndecidedError, shortest
from forms_builder.merge.constraints import CODED, NUMERIC, TEXTUAL, Constraint, check_value, rounded
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.patterns import ANY, NOT_BLANK, Node, Repeat, parse

_NAMES = ("张三", "A1", "1")
_LONG = "长"
_FOREIGN_CODES = ("未列入", "0", "1", "99")
_STREET = "310101002"


def json_number(number: Decimal) -> int | float:
    """The JSON number for a decimal: an integer where it is one."""
    return int(number) if number == number.to_integral_value() else float(number)


def texts_of(constraint: Constraint) -> list[Node]:
    """The patterns a string must match, its least length, the structure of its formats and 'not blank' included."""
    structures = [FORMATS_BY_KIND[name].structure.whole for name in constraint.formats]
    least = [Repeat(ANY, constraint.min_length, None)] if constraint.min_length else []
    return [NOT_BLANK.whole, *least, *structures, *(parse(pattern).whole for pattern in constraint.patterns)]


def find_text(constraint: Constraint, refused: tuple[Node, ...] = (), at_least: int = 0) -> str | None:
    """The shortest text of this shape, None when there is none or the search grew too large to tell."""
    wanted = texts_of(constraint)
    if at_least:
        wanted.append(Repeat(ANY, at_least, None))
    try:
        return shortest(wanted, refused, at_most=constraint.max_length)
    except UndecidedError:
        return None


def accepted_values(constraint: Constraint) -> Iterator[Any]:
    """Values the constraint should accept, the most ordinary first."""
    kind = constraint.kind
    if kind in TEXTUAL:
        for name in constraint.formats:
            yield from FORMATS_BY_KIND[name].examples
        yield from _NAMES
        if constraint.min_length is not None:
            yield _LONG * constraint.min_length
        found = find_text(constraint)
        if found is not None:
            yield found
    elif kind in NUMERIC:
        yield from (json_number(number) for number in _numbers(constraint))
    elif kind in CODED:
        codes = constraint.codes if constraint.codes is not None else _open_codes(constraint)
        if kind == "multi_dict" and constraint.min_items is not None:
            yield list(codes[: constraint.min_items])
        yield from (code if kind == "dict" else [code] for code in codes)
    elif kind == "division":
        yield from (_STREET[:length].ljust(length, "0") for length in constraint.lengths)
    elif kind == "table":
        row = {column.code: sample(column.constraint) for column in constraint.columns}
        cells = {code: value for code, value in row.items() if value is not None}
        yield [cells] * max(constraint.min_items or 0, 1)
    else:
        yield {"boolean": True, "date": "2024-06-30"}.get(kind, "attachment-1")


def _open_codes(constraint: Constraint) -> tuple[str, ...]:
    """Codes where any is accepted: as many and as long as the constraint asks for."""
    least = constraint.min_length or 0
    counted = (str(number) for number in range(max(constraint.min_items or 0, len(_FOREIGN_CODES))))
    return tuple(dict.fromkeys(code.rjust(least, "0") for code in (*_FOREIGN_CODES, *counted)))


def _numbers(constraint: Constraint) -> Iterator[Decimal]:
    step = Decimal(1).scaleb(-(constraint.scale or 0))
    yield from (Decimal(1), Decimal(0))
    if constraint.minimum is not None:
        yield constraint.minimum
        yield rounded(constraint.minimum, constraint.scale or 0, ROUND_CEILING)
    if constraint.maximum is not None:
        yield constraint.maximum
    yield step


def sample(constraint: Constraint) -> Any:
    """A value the constraint accepts, None when none was found (null is never a value)."""
    return next((value for value in accepted_values(constraint) if not check_value(constraint, value)), None)


def lost_values(loose: Constraint, strict: Constraint) -> Iterator[tuple[str, Any]]:
    """Values that `loose` may accept and `strict` refuse, each with the aspect in which they differ.

    Both are of one family of kinds; tables are compared column by column elsewhere.
    """
    kind = strict.kind
    if kind in TEXTUAL:
        yield from _lost_texts(loose, strict)
    elif kind in NUMERIC:
        yield from _lost_numbers(loose, strict)
    elif kind in CODED:
        lost: list[Any] = []
        if strict.codes is not None:
            kept = frozenset(strict.codes)
            pool = loose.codes if loose.codes is not None else _open_codes(loose)
            lost.extend(("codes", code) for code in pool if code not in kept)
        if strict.max_length is not None:
            lost.append(("length", "9" * (strict.max_length + 1)))
        if (strict.min_length or 0) > 1:
            lost.append(("length", "9" * ((strict.min_length or 0) - 1)))
        if kind == "dict":
            yield from lost
        else:
            yield from ((aspect, _listed(loose, code)) for aspect, code in lost)
            pool = strict.codes if strict.codes is not None else _open_codes(loose)
            pool = tuple(dict.fromkeys((*pool, *(loose.codes or ()))))
            yield from (("count", list(pool[:number])) for number in lost_counts(loose, strict))
    elif kind == "division":
        kept_lengths = frozenset(strict.lengths)
        yield from (
            ("codes", _STREET[:length].ljust(length, "0")) for length in loose.lengths if length not in kept_lengths
        )
    elif kind == "file" and strict.max_length is not None:
        yield "length", "f" * (strict.max_length + 1)


def _listed(loose: Constraint, code: str) -> list[str]:
    """A list with the code, as long as the loose side asks for."""
    pool = loose.codes if loose.codes is not None else _open_codes(loose)
    others = [other for other in pool if other != code]
    return [code, *others[: max((loose.min_items or 0) - 1, 0)]]


def lost_counts(loose: Constraint, strict: Constraint) -> Iterator[int]:
    """Numbers of rows or codes that `loose` may accept and `strict` refuse."""
    if strict.max_items is not None and (loose.max_items is None or loose.max_items > strict.max_items):
        yield max(strict.max_items + 1, loose.min_items or 0)
    least = strict.min_items
    if least is not None and least > 1 and (loose.min_items is None or loose.min_items < least):
        yield _lesser(loose.max_items, least - 1)  # no row at all is no answer, which stays possible


def _lost_texts(loose: Constraint, strict: Constraint) -> Iterator[tuple[str, Any]]:
    examples = [example for name in loose.formats for example in FORMATS_BY_KIND[name].examples]
    for name in strict.formats:
        if name in loose.formats:
            continue
        yield from (("format", foreign) for foreign in FORMATS_BY_KIND[name].foreign)
        yield from (("format", example) for example in examples)
        found = find_text(loose, (FORMATS_BY_KIND[name].structure.whole,))
        if found is not None:
            yield "format", found
    longest = strict.max_length
    if longest is not None and (loose.max_length is None or loose.max_length > longest):
        yield "length", _LONG * (longest + 1)
        yield from (("length", example) for example in examples if len(example) > longest)
        if loose.patterns and not loose.formats:
            found = find_text(loose, at_least=longest + 1)
            if found is not None:
                yield "length", found
    least = strict.min_length
    if least is not None and least > 1 and (loose.min_length is None or loose.min_length < least):
        yield "length", _LONG * (least - 1)
        yield from (("length", example) for example in examples if len(example) < least)
        found = find_text(msgspec.structs.replace(loose, max_length=_lesser(loose.max_length, least - 1)))
        if found is not None:
            yield "length", found
    for pattern in strict.patterns:
        if pattern in loose.patterns:
            continue
        refused = parse(pattern).whole
        yield from (("pattern", example) for example in (*examples, *_NAMES))
        found = find_text(loose, (refused,))
        if found is not None:
            yield "pattern", found


def _lesser(bound: int | None, other: int) -> int:
    return other if bound is None else min(bound, other)


def _lost_numbers(loose: Constraint, strict: Constraint) -> Iterator[tuple[str, Any]]:
    steps = [Decimal(1), Decimal(1).scaleb(-(loose.scale if loose.scale is not None else (strict.scale or 0) + 1))]
    if strict.minimum is not None and (loose.minimum is None or loose.minimum < strict.minimum):
        below = [strict.minimum - step for step in steps] + ([loose.minimum] if loose.minimum is not None else [])
        yield from (("range", json_number(number)) for number in below)
        yield "range", json_number(strict.minimum.to_integral_value(ROUND_CEILING) - 1)
    if strict.maximum is not None and (loose.maximum is None or loose.maximum > strict.maximum):
        above = [strict.maximum + step for step in steps] + ([loose.maximum] if loose.maximum is not None else [])
        yield from (("range", json_number(number)) for number in above)
        yield "range", json_number(strict.maximum.to_integral_value(ROUND_CEILING) + 1)
    if strict.digits is not None and (loose.digits is None or loose.digits > strict.digits):
        edge = Decimal(10) ** strict.digits
        yield from (("digits", json_number(number)) for number in (edge, -edge))
        if loose.minimum is not None:
            yield "digits", json_number(max(edge, loose.minimum.to_integral_value(ROUND_CEILING)))
    if strict.scale is not None and (loose.scale is None or loose.scale > strict.scale):
        finer = Decimal(1).scaleb(-(strict.scale + 1))
        bases = [Decimal(0), Decimal(1)]
        bases += [
            rounded(bound, strict.scale, ROUND_CEILING)
            for bound in (strict.minimum, loose.minimum)
            if bound is not None
        ]
        yield from (("scale", json_number(base + sign * finer)) for base in bases for sign in (1, -1))
