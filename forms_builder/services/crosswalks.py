"""Crosswalks are registered and corrected, whole: how the codes of one dictionary are spelled in another."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from forms_builder import selectors
from forms_builder.models import Crosswalk, CrosswalkMapping, Dictionary
from opsplatform.accounts.models import User
from opsplatform.kernel import registers
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code

FIELDS = ("name", "partner", "from_dictionary", "to_dictionary", "note")
MAPPING_FIELDS = ("from_code", "to_code", "relation", "valid_from", "valid_to")


@transaction.atomic
def save_crosswalk(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Crosswalk:
    """The crosswalk stands with its mappings in the order given; every code it names is there and not over before it.

    `values` may carry `mappings`: every mapping, in order. Without it the mappings stay as they are.
    """
    crosswalk = registers.lock_or_new(Crosswalk.objects.all(), pk, expected_revision)
    standing = list(crosswalk.mappings.all()) if pk else []
    before = _content(crosswalk, standing) if pk else {}
    values = dict(values)
    mappings = values.pop("mappings", None)
    registers.fill(crosswalk, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    rows: Any = None if mappings is None else registers.new_elements(CrosswalkMapping, mappings, MAPPING_FIELDS)
    registers.refuse(
        [
            *registers.column_problems(crosswalk),
            *registers.element_problems(rows or (), "crosswalk"),
            *_problems(crosswalk, standing if rows is None else rows),
        ]
    )
    changes = registers.differences(before, _content(crosswalk, standing if rows is None else rows))
    is_written = registers.store(crosswalk, changes, actor=actor, event="crosswalk", division=city_code())
    if is_written and rows is not None:
        registers.write_elements(crosswalk, "mappings", rows, key=None)
    return crosswalk


def _content(crosswalk: Crosswalk, mappings: Sequence[Any]) -> dict[str, Any]:
    return {**registers.content_of(crosswalk), "mappings": registers.elements_of(mappings, "crosswalk")}


def _sides(crosswalk: Crosswalk) -> Iterator[tuple[str, Dictionary | None]]:
    for side in ("from", "to"):
        is_given = getattr(crosswalk, f"{side}_dictionary_id") is not None
        yield f"{side}_code", getattr(crosswalk, f"{side}_dictionary") if is_given else None


def _problems(crosswalk: Crosswalk, rows: Sequence[Any]) -> Iterator[Problem]:
    if not CodePatterns(settings.CODE_PATTERNS).accepts("dictionary", crosswalk.code):
        yield Problem("/code", "malformed_code", "代码须以字母开头，只含字母、数字和 _ . -。")
    lasting = [
        (column, dictionary, selectors.last_days(dictionary))
        for column, dictionary in _sides(crosswalk)
        if dictionary is not None  # told with the other columns
    ]
    periods: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for number, row in enumerate(rows):
        place = f"/mappings/{number}"
        begins, ends = row.valid_from or date.min, row.valid_to or date.max
        if ends < begins:
            yield Problem(f"{place}/valid_to", "empty_period", f"{row} 的停用日期早于启用日期。")
        for column, dictionary, last_days in lasting:
            code = getattr(row, column)
            if code and code not in last_days:
                yield Problem(f"{place}/{column}", "unknown_code", f"字典“{dictionary}”没有代码 {code}。")
            elif code and ends > last_days[code]:
                sentence = f"{row} 晚于代码 {code} 停用：字典“{dictionary}”用到 {last_days[code]}。"
                yield Problem(f"{place}/valid_to", "outlives_code", sentence)
        known = periods.setdefault((row.from_code, row.to_code), [])
        if begins <= ends and any(begins <= last and first <= ends for first, last in known):
            yield Problem(f"{place}/from_code", "mapping_twice", f"{row} 在同一时间出现了不止一次。")
        known.append((begins, ends))
