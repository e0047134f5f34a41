"""Crosswalks as a theme freezes them: which of the register's hold for which item, resolved to code → code."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import cast

import msgspec

from forms_builder.documents import DictionaryContent, FormField
from forms_builder.merge.crosswalks import CodePair, Relation, resolve, same_names
from forms_builder.models import Crosswalk, CrosswalkMapping
from themes.documents import MergeDecision, ThemeDocument
from themes.packages.structure import BodyContent, FrozenCrosswalk, ItemContent, PublicFieldContent

Pair = tuple[str, str]
"""A dictionary that a merged field may speak, and another that an item's field in it speaks."""


class FrozenCrosswalks(msgspec.Struct, frozen=True):
    """The crosswalks, and "crosswalk:CODE" → revision of those that say something in them."""

    crosswalks: tuple[FrozenCrosswalk, ...]
    revisions: dict[str, int]


def freeze_crosswalks(
    document: ThemeDocument,
    *,
    items: Mapping[str, ItemContent],
    item_forms: Mapping[str, Sequence[FormField]],
    public_fields: Mapping[str, PublicFieldContent],
    dictionaries: Mapping[str, DictionaryContent],
    departments: Mapping[str, BodyContent],
    on: date,
) -> FrozenCrosswalks:
    """What each item's codes are in those of the fields it may be merged with, wherever two dictionaries meet.

    For an item the crosswalks of its own body count, else those for everybody; where there is none, codes of one name
    are the same. Which way round one was registered does not matter. The crosswalk that a decision names is resolved
    for the decision's items besides.
    """
    pairs = _pairs_of_dictionaries(document, item_forms, public_fields)
    if not pairs:
        return FrozenCrosswalks((), {})
    register = _Register(pairs, on)
    found: list[FrozenCrosswalk] = []
    for (merged, own), using in pairs.items():
        by_choice: dict[tuple[Crosswalk, ...], list[str]] = defaultdict(list)
        for item in using:
            content = items.get(item)
            body = departments.get(content.department) if content else None
            by_choice[register.for_body(merged, own, body.name if body else "")].append(item)
        for chosen, having in by_choice.items():
            found.append(register.frozen(merged, own, chosen, having, dictionaries))
        for decision in document.merge_decisions:
            named = register.named(merged, own, decision)
            having = [item for item in decision.items if item in using]
            if named and having:
                frozen = register.frozen(merged, own, named, having, dictionaries)
                found.append(msgspec.structs.replace(frozen, decision=decision.code))
    return FrozenCrosswalks(tuple(found), register.read)


def _pairs_of_dictionaries(
    document: ThemeDocument,
    item_forms: Mapping[str, Sequence[FormField]],
    public_fields: Mapping[str, PublicFieldContent],
) -> dict[Pair, list[str]]:
    """Every two dictionaries that meet in a merged field or in a column of one → the items that speak the second."""
    spoken: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for use in document.field_uses:
        content = public_fields.get(use.code)
        if content is not None and content.dictionary is not None:
            spoken[use.public_field, ""].setdefault(content.dictionary, {})
    for item, fields in item_forms.items():
        for field in fields:
            if field.public_field is None:
                continue
            for column, dictionary in [("", field.dictionary), *((one.code, one.dictionary) for one in field.columns)]:
                if dictionary is not None:
                    spoken[field.public_field, column][dictionary][item] = None
    pairs: dict[Pair, dict[str, None]] = defaultdict(dict)
    for dictionaries in spoken.values():
        for merged in dictionaries:
            for own, using in dictionaries.items():
                if merged != own and using:
                    pairs[merged, own] |= using
    return {pair: list(using) for pair, using in sorted(pairs.items())}


class _Register:
    """The crosswalks between the dictionaries that meet, read once."""

    def __init__(self, pairs: Mapping[Pair, object], on: date) -> None:
        codes = {code for pair in pairs for code in pair}
        rows = Crosswalk.objects.filter(from_dictionary__code__in=codes, to_dictionary__code__in=codes)
        self.on = on
        self.between: dict[Pair, list[Crosswalk]] = defaultdict(list)
        for row in rows.select_related("from_dictionary", "to_dictionary").prefetch_related("mappings"):
            first, second = row.from_dictionary.code, row.to_dictionary.code
            self.between[first, second].append(row)
            self.between[second, first].append(row)
        self.read: dict[str, int] = {}

    def for_body(self, merged: str, own: str, body: str) -> tuple[Crosswalk, ...]:
        """The crosswalks that count for an item of this body without anybody's decision."""
        rows = self.between[merged, own]
        return tuple(row for row in rows if row.partner == body and body) or tuple(
            row for row in rows if not row.partner
        )

    def named(self, merged: str, own: str, decision: MergeDecision) -> tuple[Crosswalk, ...]:
        """The crosswalk that the decision names, where it joins these two dictionaries."""
        return tuple(row for row in self.between[merged, own] if row.code == decision.crosswalk)

    def frozen(
        self,
        merged: str,
        own: str,
        rows: Sequence[Crosswalk],
        items: Sequence[str],
        dictionaries: Mapping[str, DictionaryContent],
    ) -> FrozenCrosswalk:
        """What the rows say, or where there is none what equal names say, for these items."""
        if rows:
            resolved = resolve(pair for row in rows for pair in self._code_pairs(row, merged))
        else:
            resolved = same_names(_names(dictionaries, merged), _names(dictionaries, own))
        self.read |= {f"crosswalk:{row.code}": row.revision for row in rows}
        return FrozenCrosswalk(
            merged=merged,
            own=own,
            items=tuple(items),
            codes=resolved.codes,
            unclear=resolved.unclear,
            crosswalks=tuple(row.code for row in rows),
            name="、".join(row.name for row in rows),
        )

    def _code_pairs(self, row: Crosswalk, merged: str) -> Iterator[CodePair]:
        """The mappings in force, from the merged dictionary's side."""
        for mapping in row.mappings.all():
            if _is_in_force(mapping, self.on):
                pair = CodePair(mapping.from_code, mapping.to_code, cast(Relation, mapping.relation))
                yield pair if row.from_dictionary.code == merged else pair.reversed()


def _is_in_force(mapping: CrosswalkMapping, on: date) -> bool:
    begins, ends = mapping.valid_from, mapping.valid_to
    return (begins is None or begins <= on) and (ends is None or on <= ends)


def _names(dictionaries: Mapping[str, DictionaryContent], code: str) -> dict[str, str]:
    content = dictionaries.get(code)
    return {entry.code: entry.name for entry in content.entries} if content else {}
