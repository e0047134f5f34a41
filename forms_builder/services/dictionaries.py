"""Dictionaries are registered and corrected, whole: the code list with every entry."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from forms_builder.models import Dictionary, DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.kernel import registers
from opsplatform.kernel.codes import CodePatterns
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code

FIELDS = ("name", "standard", "source", "confidence", "note")
ENTRY_FIELDS = ("code", "name", "alias", "parent_code", "valid_from", "valid_to")


@transaction.atomic
def save_dictionary(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Dictionary:
    """The dictionary stands with its entries in the order given. No entry goes: it is dated out.

    `values` may carry `entries`: every entry, in order. Without it the entries stay as they are.
    """
    dictionary = registers.lock_or_new(Dictionary.objects.all(), pk, expected_revision)
    before = _content(dictionary) if pk else {}
    values = dict(values)
    entries = values.pop("entries", None)
    registers.fill(dictionary, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    rows = None if entries is None else registers.new_elements(DictionaryEntry, "dictionary", entries, ENTRY_FIELDS)
    known = {entry["code"] for entry in before.get("entries", [])}
    registers.refuse(
        [
            *registers.column_problems(dictionary),
            *_code_problems(dictionary),
            *([] if rows is None else _entry_problems(rows, known)),
        ]
    )
    after = registers.content_of(dictionary)
    after["entries"] = before.get("entries", []) if rows is None else registers.elements_of(rows, "dictionary")
    changes = registers.differences(before, after)
    is_written = registers.store(dictionary, changes, actor=actor, event="dictionary", division=city_code())
    if is_written and rows is not None:
        registers.write_elements(dictionary, "entries", rows, key="code")
    return dictionary


def _content(dictionary: Dictionary) -> dict[str, Any]:
    entries = registers.elements_of(dictionary.entries.all(), "dictionary")
    return {**registers.content_of(dictionary), "entries": entries}


def _code_problems(dictionary: Dictionary) -> Iterator[Problem]:
    if not CodePatterns(settings.CODE_PATTERNS).accepts("dictionary", dictionary.code):
        yield Problem("/code", "malformed_code", "字典代码须以字母开头，只含字母、数字和 _ . -。")


def _entry_problems(rows: list[Any], known: set[str]) -> Iterator[Problem]:
    patterns = CodePatterns(settings.CODE_PATTERNS)
    codes = Counter(row.code for row in rows)
    for code in sorted(known - set(codes)):
        yield Problem("/entries", "entry_removed", f"字典项 {code} 不能删除，请填写停用日期。")
    for code in sorted(code for code, count in codes.items() if count > 1):
        yield Problem("/entries", "code_twice", f"代码 {code} 出现了不止一次。")
    for row in rows:
        place = f"/entries/{row.code}"
        if not patterns.accepts("dictionary_entry", row.code):
            yield Problem(place, "malformed_code", f"字典项代码 {row.code} 不符合规定的格式。")
        if row.parent_code and row.parent_code not in codes:
            yield Problem(place, "no_parent", f"字典项 {row.code} 的上级代码 {row.parent_code} 不存在。")
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            yield Problem(place, "empty_period", f"字典项 {row.code} 的停用日期早于启用日期。")
