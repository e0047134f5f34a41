"""Dictionaries are registered and corrected, whole: the code list with every entry."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from forms_builder import registry, selectors
from forms_builder.models import Dictionary, DictionaryEntry, FormerName
from forms_builder.services import where_used
from opsplatform.accounts.models import User
from opsplatform.kernel import clock, registers
from opsplatform.kernel.codes import CodePatterns, is_code
from opsplatform.kernel.errors import Problem
from opsplatform.organizations.selectors import city_code

FIELDS = ("name", "standard", "source", "confidence", "note", "parent_dictionary", "is_below_divisions")
ENTRY_FIELDS = ("code", "name", "alias", "parent_code", "valid_from", "valid_to")


@transaction.atomic
def save_dictionary(
    *, actor: User, pk: int | None = None, values: Mapping[str, Any], expected_revision: int | None = None
) -> Dictionary:
    """The dictionary stands with its entries in the order given. No entry goes: it is dated out.

    `values` may carry `entries`: every entry, in order. Without it the entries stay as they are. A code that is still
    named somewhere is not dated out here (forms_builder.services.ending_codes); a new name keeps the former one.
    `warnings` of what is returned say which lists that depend on an answer are emptied by this.
    """
    dictionary = registers.lock_or_new(Dictionary.objects.all(), pk, expected_revision)
    standing = list(dictionary.entries.order_by("order", "code")) if pk else []
    before = _content(dictionary, standing) if pk else {}
    values = dict(values)
    entries = values.pop("entries", None)
    registers.fill(dictionary, values, FIELDS if pk else ("code", *FIELDS))
    actor.require("registers.edit")
    rows: Any = None if entries is None else registers.new_elements(DictionaryEntry, entries, ENTRY_FIELDS)
    today = clock.today()
    if pk and rows is not None:
        _forget_moves(dictionary, standing, rows, today)
    registers.refuse(
        [
            *registers.column_problems(dictionary),
            *registers.element_problems(rows or (), "dictionary"),
            *_code_problems(dictionary),
            *_dictionary_cycle(dictionary),
            *_tree_problems(dictionary, standing if rows is None else rows),
            *([] if rows is None else _entry_problems(rows, standing)),
            *([] if rows is None else _dating_problems(dictionary, rows, standing, today)),
        ]
    )
    after = _content(dictionary, standing if rows is None else rows)
    changes = registers.differences(before, after)
    is_written = registers.store(dictionary, changes, actor=actor, event="dictionary", division=city_code())
    if is_written and rows is not None:
        keep_former_names(standing, rows, today)
        registers.write_elements(dictionary, "entries", rows, key="code")
        _forget_successors(standing, rows)
        dictionary.warnings = tuple(_emptied(dictionary, standing, rows, today))
    return dictionary


def change_entries(
    *, actor: User, dictionary: Dictionary, entries: Sequence[DictionaryEntry], reason: str
) -> Dictionary:
    """The entries, which the caller has judged, stand in the dictionary at its next revision; others stay."""
    actor.require("registers.edit")
    changed = {entry.code: entry for entry in entries}
    standing = list(dictionary.entries.order_by("order", "code"))
    last = max((entry.order for entry in standing), default=-1)
    known = {entry.code for entry in standing}
    added = [entry for code, entry in changed.items() if code not in known]
    for number, entry in enumerate(added, start=1):
        entry.order = last + number
    after = [*(changed.get(entry.code, entry) for entry in standing), *added]
    registers.refuse(_tree_problems(dictionary, after))
    changes = registers.differences(_content(dictionary, standing), _content(dictionary, after))
    if registers.store(dictionary, changes, actor=actor, event="dictionary", division=city_code(), reason=reason):
        for entry in changed.values():
            entry.dictionary = dictionary
            entry.save()
    return dictionary


def _forget_moves(
    dictionary: Dictionary, standing: Sequence[DictionaryEntry], rows: Sequence[Any], today: date
) -> None:
    """Where another parent is given now, the entry lies below that from now on."""
    former = {entry.code: entry.parent_code for entry in standing}
    changed = [row.code for row in rows if former.get(row.code, row.parent_code) != row.parent_code]
    selectors.list_moving(today).filter(entry__dictionary=dictionary, entry__code__in=changed).delete()


def _emptied(
    dictionary: Dictionary, standing: Sequence[DictionaryEntry], rows: Sequence[Any], today: date
) -> Iterator[str]:
    """The parents that keep nothing below them while they can still be chosen, where the dictionary is offered."""
    elsewhere = selectors.codes_above(dictionary)
    above = {row.code: row.valid_to or date.max for row in rows} if elsewhere is None else elsewhere
    before, after = _last_days_below(standing), _last_days_below(rows)
    days = {
        code: after.get(code, date.min)
        for code, last in before.items()
        if last >= today and after.get(code, date.min) < min(last, above.get(code, date.min))
    }
    if not days:
        return
    places = [use for use in where_used.list_offers(dictionary.code) if where_used.is_open(use)]
    if not places:
        return
    for code, last in sorted(days.items()):
        since = "" if last < today else f"，从 {last + timedelta(days=1)} 起"
        yield (
            f"上级 {code} 下面{since}不再有字典项。选项取决于它的字段，选了它就没有可选的内容，必填的不能提交；"
            f"用这本字典的有 {len(places)} 处，请在字典页“使用处”核对。"
        )


def _last_days_below(rows: Sequence[Any]) -> dict[str, date]:
    """Until when each parent has something below it."""
    last: dict[str, date] = {}
    for row in rows:
        if row.parent_code:
            last[row.parent_code] = max(last.get(row.parent_code, date.min), row.valid_to or date.max)
    return last


def _forget_successors(standing: Sequence[DictionaryEntry], rows: Sequence[Any]) -> None:
    """A code that is open again has nothing that takes over."""
    is_open = {row.code for row in rows if row.valid_to is None}
    for entry in standing:
        if entry.valid_to is not None and entry.code in is_open:
            entry.successors.clear()


def keep_former_names(standing: Sequence[DictionaryEntry], rows: Sequence[Any], since: date) -> None:
    """Entries whose name differs keep the one they had, until the day before the new one holds."""
    names = {row.code: row.name for row in rows}
    FormerName.objects.bulk_create(
        (
            FormerName(entry=entry, name=entry.name, until=since - timedelta(days=1))
            for entry in standing
            if names.get(entry.code, entry.name) != entry.name
        ),
        ignore_conflicts=True,  # a name that held for less than a day is nobody's label
    )


def _content(dictionary: Dictionary, entries: Sequence[Any]) -> dict[str, Any]:
    return {**registers.content_of(dictionary), "entries": registers.elements_of(entries, "dictionary")}


def _code_problems(dictionary: Dictionary) -> Iterator[Problem]:
    if not CodePatterns(settings.CODE_PATTERNS).accepts("dictionary", dictionary.code):
        yield Problem("/code", "malformed_code", "字典代码须以字母开头，只含字母、数字和 _ . -。")


def _dictionary_cycle(dictionary: Dictionary) -> Iterator[Problem]:
    above, seen = dictionary.parent_dictionary, {dictionary.code}
    while above is not None:
        if above.code in seen:
            yield Problem("/parent_dictionary", "cycle", "上级字典形成循环。")
            return
        seen.add(above.code)
        above = above.parent_dictionary


def _tree_problems(dictionary: Dictionary, rows: Sequence[Any]) -> Iterator[Problem]:
    """Parents that are not there or not as long, and codes that lie below themselves."""
    elsewhere = selectors.codes_above(dictionary)
    above = {row.code: row.valid_to or date.max for row in rows} if elsewhere is None else elsewhere
    places = {row.code: _place(row, number) for number, row in enumerate(rows)}
    later = {row.code: row.parent_code for row in rows}
    lasting = [(row.code, row.parent_code, row.valid_to or date.max) for row in rows]
    moving = [
        (one.entry.code, one.parent_code, one.until)
        for one in selectors.list_moving(clock.today()).filter(entry__dictionary=dictionary.pk)
        if one.entry.code in places
    ]
    for code, parent, until in [*lasting, *moving]:
        if not parent:
            continue
        what = f"字典项 {code} 的上级代码 {parent}"
        if parent not in above:
            yield Problem(f"{places[code]}/parent_code", "no_parent", f"{what} 不存在。")
        elif until > above[parent]:
            sentence = f"{what} 于 {above[parent]} 停用，它却更晚。"
            yield Problem(f"{places[code]}/valid_to", "outlives_parent", sentence)
    if elsewhere is None:
        days = sorted({date.max, *(until for _, _, until in moving)})
        of_days = [later | {code: parent for code, parent, until in reversed(moving) if until >= day} for day in days]
        for circle in dict.fromkeys(circle for of_day in of_days for circle in _circles(of_day)):
            sentence = f"上级代码形成循环：{' → '.join([*circle, circle[0]])}。"
            yield Problem(f"{places[circle[0]]}/parent_code", "cycle", sentence)


def _circles(parents: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Every circle, each code followed by the one that it lies below; there is one such code at most."""
    seen: set[str] = set()
    for first in parents:
        path, code = [], first
        while code and code in parents and code not in seen:
            seen.add(code)
            path.append(code)
            code = parents[code]
        if code in path:
            yield tuple(path[path.index(code) :])


def _entry_problems(rows: Sequence[Any], standing: Sequence[DictionaryEntry]) -> Iterator[Problem]:
    patterns = CodePatterns(settings.CODE_PATTERNS)
    codes = Counter(row.code for row in rows)
    for code in sorted({entry.code for entry in standing} - set(codes)):
        yield Problem("/entries", "entry_removed", f"字典项 {code} 不能删除，请填写停用日期。")
    for number, row in enumerate(rows):
        place = _place(row, number)
        if codes[row.code] > 1:
            yield Problem(f"{place}/code", "code_twice", f"代码 {row.code} 出现了不止一次。")
        if is_code(row.code) and not patterns.accepts("dictionary_entry", row.code):
            yield Problem(f"{place}/code", "malformed_code", f"字典项代码 {row.code} 不符合规定的格式。")
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            yield Problem(f"{place}/valid_to", "empty_period", f"字典项 {row.code} 的停用日期早于启用日期。")


def _place(row: Any, number: int) -> str:
    return registers.element_place(row, "dictionary", number)


def _dating_problems(
    dictionary: Dictionary, rows: Sequence[Any], standing: Sequence[DictionaryEntry], today: date
) -> Iterator[Problem]:
    """Codes that would go out of force while something still names them, or outlive what takes over from them."""
    former, later = {entry.code: entry for entry in standing}, {row.code: row for row in rows}
    for number, row in enumerate(rows):
        old, place = former.get(row.code), _place(row, number)
        if old is None:
            continue
        is_sooner = row.valid_to is not None and (old.valid_to is None or row.valid_to < old.valid_to)
        if old.valid_to is not None and row.valid_to is not None and row.valid_to > old.valid_to:
            kept = [later[one.code] for one in old.successors.all() if one.code in later]  # others: told as removed
            over = [one.code for one in kept if not one.is_in_force(row.taken_over_on)]
            if over:
                said = f"字典项 {row.code} 停用后改用的 {'、'.join(over)} 那时已不在用，请打开这个字典项重新办理停用。"
                yield Problem(f"{place}/valid_to", "outlives_successor", said)
        is_later = row.valid_from is not None and row.valid_from > today and old.is_in_force(today)
        last_day = row.valid_to if is_sooner else date.min
        if not is_sooner and not is_later:
            continue
        place = f"{place}/{'valid_to' if is_sooner else 'valid_from'}"
        used = [
            use
            for use in where_used.outliving(dictionary.code, row.code, last_day)
            # entries below in the same dictionary are judged as they will be, as a tree
            if use.source != "entry" or not use.key.startswith(f"{dictionary.code}/")
        ]
        if used:
            yield Problem(
                place,
                "code_in_use",
                f"字典项 {row.code} {registry.places_told(used)}在用，请打开这个字典项办理停用、合并或拆分。",
            )
        elif is_sooner and last_day < today and where_used.shown_to_public(dictionary.code, row.code):
            yield Problem(place, "on_show", f"字典项 {row.code} 在已发布的主题中可选，停用日期不能早于今天。")
        elif is_sooner and last_day < today and (places := where_used.referring(dictionary.code, row.code)):
            yield Problem(
                place,
                "in_use",
                f"字典项 {row.code} {registry.places_told(places)}引用或可选，停用日期不能早于今天。",
            )
