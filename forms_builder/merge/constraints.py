"""What one field accepts, and what is wrong with a value it refuses.

Values are what JSON gives: string kinds a string; integer and decimal a number; boolean; date "YYYY-MM-DD"; dict a
code; multi_dict an array of distinct codes; division a string of digits; table an array of row objects; file an
attachment reference. `null` is never a value: a field without an answer is left out.

Numbers are judged as the decimal that double precision prints, so 19.99 has two decimals. 5.0 is an integer, as in JSON
Schema. No number has more than 15 digits before the point: beyond that, partners reading doubles would see another one
(RFC 7493 §2.2).
"""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from forms_builder.documents import Column, DataType, FormField
from forms_builder.merge.automata import automaton
from forms_builder.merge.errors import UnknownDictionary
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.patterns import NOT_BLANK, parse

TEXTUAL: frozenset[str] = frozenset({"string", "text", "address", *FORMATS_BY_KIND})
NUMERIC: frozenset[str] = frozenset({"integer", "decimal"})
CODED: frozenset[str] = frozenset({"dict", "multi_dict"})
DIVISION_LENGTHS = (6, 9)
MOST_DIGITS = 15
LONGEST_REFERENCE = 200
EXACTLY = Context(prec=400)
"""Arithmetic in which every number that JSON can write, up to 1.8e308, keeps all of its digits and decimals."""
DATE_PATTERN = "^[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![\\s\\S])"
_DATE = re.compile(DATE_PATTERN)


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """What one field accepts; what does not concern its kind is left at the default.

    `min_length` and `max_length` count characters of a string or of each code; numbers have `digits` before the point
    and `scale` after it; `min_items` and `max_items` count rows of a table and codes of a multi_dict. `codes` None
    means any code; `lengths` are those a division code may have. `impossible` refuses every value.
    """

    kind: DataType
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    digits: int | None = None
    scale: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    codes: tuple[str, ...] | None = None
    lengths: tuple[int, ...] = ()
    columns: tuple["ColumnConstraint", ...] = ()
    impossible: bool = False


class ColumnConstraint(msgspec.Struct, frozen=True):
    """One column of a table."""

    code: str
    label: str
    constraint: Constraint


class Fault(NamedTuple):
    """One thing wrong with a value: where inside it, and what; `label` names the column when the place is a cell."""

    path: tuple[str | int, ...]
    code: str
    label: str | None
    constraint: Constraint


Checker = Callable[[Any], list[Fault]]


def exact(number: float | int) -> Decimal:
    """The decimal a JSON number is taken for."""
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))


def rounded(number: Decimal, scale: int, rounding: str) -> Decimal:
    """The number with that many decimals, however long it gets: bounds may be any that JSON can write."""
    return number.quantize(Decimal(1).scaleb(-scale), rounding, context=EXACTLY)


def constraint_of(
    field: FormField | Column,
    dictionaries: Mapping[str, Sequence[str]],
    division_lengths: tuple[int, ...] = DIVISION_LENGTHS,
) -> Constraint:
    """What an item's field accepts by itself; `dictionaries` gives the entry codes in order by dictionary code.

    A division field whose `max_length` is a length of division codes takes exactly that length: six digits mean a
    district, nine a street. A `format` that names a kind of string adds that kind; any other (cert_no: an identity
    number of whatever kind) says what is meant, not what is accepted. A code longer than `max_length` is none of a
    coded field's, nor is a shorter one than `min_length`. Raises UnknownDictionary and PatternNotPortable.
    """
    kind = field.data_type
    common: dict[str, Any] = {"kind": kind, "required": field.required}
    if kind in TEXTUAL:
        named = {kind, field.format} if isinstance(field, FormField) else {kind}
        formats = tuple(name for name in FORMATS_BY_KIND if name in named)
        patterns = (field.pattern,) if field.pattern else ()
        for pattern in patterns:
            parse(pattern)
        return Constraint(**common, **_lengths(field), patterns=patterns, formats=formats)
    if kind in NUMERIC:
        return Constraint(**common, **_numeric(field))
    if kind in CODED:
        rows = _rows(field) if kind == "multi_dict" else {}
        return Constraint(**common, **_lengths(field), **rows, codes=_codes(field, dictionaries))
    if kind == "division":
        exactly = tuple(length for length in division_lengths if length == field.max_length)
        return Constraint(**common, lengths=exactly or division_lengths)
    if kind == "file":
        return Constraint(**common, max_length=min(field.max_length or LONGEST_REFERENCE, LONGEST_REFERENCE))
    if kind == "table" and isinstance(field, FormField):
        columns = tuple(
            ColumnConstraint(column.code, column.label, constraint_of(column, dictionaries, division_lengths))
            for column in field.columns
        )
        return Constraint(**common, **_rows(field), columns=columns)
    return Constraint(**common)


def _lengths(field: FormField | Column) -> dict[str, Any]:
    return {"min_length": field.min_length or None, "max_length": field.max_length}


def _rows(field: FormField | Column) -> dict[str, Any]:
    if not isinstance(field, FormField):
        return {}
    return {"min_items": field.min_items or None, "max_items": field.max_items}


def _numeric(field: FormField | Column) -> dict[str, Any]:
    scale = 0 if field.data_type == "integer" else field.scale
    digits = MOST_DIGITS
    if field.max_length is not None:
        digits = max(0, min(MOST_DIGITS, field.max_length - (scale or 0)))
    return {
        "digits": digits,
        "scale": scale,
        "minimum": None if field.minimum is None else exact(field.minimum),
        "maximum": None if field.maximum is None else exact(field.maximum),
    }


def _codes(field: FormField | Column, dictionaries: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    if field.dictionary is not None:
        if field.dictionary not in dictionaries:
            raise UnknownDictionary(f"字段“{field.label}”引用的字典 {field.dictionary} 不存在。")
        listed = dictionaries[field.dictionary]
    elif field.options:
        listed = [option.code for option in field.options]
    else:
        return None
    least, most = field.min_length or 0, field.max_length
    return tuple(code for code in listed if least <= len(code) and (most is None or len(code) <= most))


def check_value(constraint: Constraint, value: Any) -> list[str]:
    """The codes of everything wrong with a value, each once; empty when the field accepts it."""
    return list(dict.fromkeys(fault.code for fault in faults_in(constraint, value)))


def faults_in(constraint: Constraint, value: Any) -> list[Fault]:
    """Everything wrong with a value, with the place inside it."""
    return checker(constraint)(value)


@lru_cache(maxsize=16_384)
def checker(constraint: Constraint) -> Checker:
    """A function of a value that lists its faults, made once per constraint."""
    if constraint.impossible:
        return lambda value: [Fault((), "impossible", None, constraint)]
    if constraint.kind == "table":
        return _table_checker(constraint)
    if constraint.kind == "multi_dict":
        return _codes_checker(constraint)
    judge = _judge(constraint)

    def check(value: Any) -> list[Fault]:
        return [Fault((), code, None, constraint) for code in judge(value)]

    return check


def _judge(constraint: Constraint) -> Callable[[Any], list[str]]:
    kind = constraint.kind
    if kind in TEXTUAL:
        return _text_judge(constraint)
    if kind in NUMERIC:
        return lambda value: _number_problems(constraint, value)
    if kind == "boolean":
        return lambda value: [] if isinstance(value, bool) else ["wrong_type"]
    if kind == "date":
        return _date_problems
    if kind == "division":
        return lambda value: _division_problems(constraint, value)
    if kind == "dict":
        return _code_judge(constraint)
    return lambda value: _reference_problems(constraint, value)


def is_blank(text: str) -> bool:
    """Whether a text holds nothing but white space."""
    return not automaton(NOT_BLANK.whole).matches(text)


def _text_judge(constraint: Constraint) -> Callable[[Any], list[str]]:
    shortest, longest = constraint.min_length, constraint.max_length
    formats = [(name, FORMATS_BY_KIND[name].judge) for name in constraint.formats]
    machines = [automaton(parse(pattern).whole) for pattern in constraint.patterns]

    def judge(value: Any) -> list[str]:
        if not isinstance(value, str):
            return ["wrong_type"]
        if constraint.required and is_blank(value):
            return ["blank"]
        problems = []
        if longest is not None and len(value) > longest:
            problems.append("too_long")
        if shortest is not None and len(value) < shortest:
            problems.append("too_short")
        problems.extend(f"not_{name}" for name, accepts in formats if not accepts(value))
        if not all(machine.matches(value) for machine in machines):
            problems.append("pattern")
        return problems

    return judge


def _number_problems(constraint: Constraint, value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return ["wrong_type"]
    number = value if isinstance(value, Decimal) else exact(value)
    if not number.is_finite():
        return ["wrong_type"]
    if constraint.kind == "integer" and number != number.to_integral_value():
        return ["wrong_type"]
    problems = []
    if constraint.digits is not None and abs(number) >= 10**constraint.digits:
        problems.append("too_many_digits")
    if constraint.scale is not None and _decimals(number) > constraint.scale:
        problems.append("too_many_decimals")
    if constraint.minimum is not None and number < constraint.minimum:
        problems.append("too_small")
    if constraint.maximum is not None and number > constraint.maximum:
        problems.append("too_large")
    return problems


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _date_problems(value: Any) -> list[str]:
    if not isinstance(value, str):
        return ["wrong_type"]
    if not _DATE.match(value):
        return ["not_a_date"]
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return ["not_a_date"]
    return []


def _division_problems(constraint: Constraint, value: Any) -> list[str]:
    if not isinstance(value, str):
        return ["wrong_type"]
    known = value.isascii() and value.isdigit() and len(value) in constraint.lengths
    return [] if known else ["not_a_division"]


def _code_judge(constraint: Constraint) -> Callable[[Any], list[str]]:
    allowed = None if constraint.codes is None else frozenset(constraint.codes)
    shortest, longest = constraint.min_length or 0, constraint.max_length

    def judge(value: Any) -> list[str]:
        if not isinstance(value, str):
            return ["wrong_type"]
        if allowed is not None:
            return [] if value in allowed else ["not_in_dictionary"]
        if is_blank(value):
            return ["blank"]
        if len(value) < shortest:
            return ["too_short"]
        return ["too_long"] if longest is not None and len(value) > longest else []

    return judge


def _reference_problems(constraint: Constraint, value: Any) -> list[str]:
    if not isinstance(value, str):
        return ["wrong_type"]
    if is_blank(value):
        return ["blank"]
    return ["too_long"] if len(value) > (constraint.max_length or LONGEST_REFERENCE) else []


def _codes_checker(constraint: Constraint) -> Checker:
    judge = _code_judge(constraint)

    def check(value: Any) -> list[Fault]:
        if not isinstance(value, list | tuple):
            return [Fault((), "wrong_type", None, constraint)]
        if constraint.required and not value:
            return [Fault((), "empty", None, constraint)]
        faults = _count_faults(constraint, value)
        faults += [Fault((place,), code, None, constraint) for place, one in enumerate(value) for code in judge(one)]
        texts = [one for one in value if isinstance(one, str)]
        if len(set(texts)) < len(texts):
            faults.append(Fault((), "repeated", None, constraint))
        return faults

    return check


def _table_checker(constraint: Constraint) -> Checker:
    columns = {column.code: (column, checker(column.constraint)) for column in constraint.columns}

    def check_row(place: int, row: Any) -> list[Fault]:
        if not isinstance(row, dict):
            return [Fault((place,), "wrong_type", None, constraint)]
        faults = [Fault((place, code), "unknown", None, constraint) for code in row if code not in columns]
        for code, (column, check_cell) in columns.items():
            if code in row:
                faults.extend(
                    Fault((place, code, *fault.path), fault.code, column.label, fault.constraint)
                    for fault in check_cell(row[code])
                )
            elif column.constraint.required:
                faults.append(Fault((place, code), "missing", column.label, column.constraint))
        return faults

    def check(value: Any) -> list[Fault]:
        if not isinstance(value, list | tuple):
            return [Fault((), "wrong_type", None, constraint)]
        if constraint.required and not value:
            return [Fault((), "empty", None, constraint)]
        within = [fault for place, row in enumerate(value) for fault in check_row(place, row)]
        return [*_count_faults(constraint, value), *within]

    return check


def _count_faults(constraint: Constraint, value: Sequence[Any]) -> list[Fault]:
    """Too few or too many rows of a table, or codes of a list."""
    if constraint.min_items is not None and len(value) < constraint.min_items:
        return [Fault((), "too_few", None, constraint)]
    if constraint.max_items is not None and len(value) > constraint.max_items:
        return [Fault((), "too_many", None, constraint)]
    return []


def without_required(constraint: Constraint) -> Constraint:
    """The same constraint on values alone: whether an answer must be given is another question."""
    columns = tuple(
        msgspec.structs.replace(column, constraint=without_required(column.constraint)) for column in constraint.columns
    )
    return msgspec.structs.replace(constraint, required=False, columns=columns)
