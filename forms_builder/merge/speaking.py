"""Which codes a merged field speaks, and what an item's field accepts once it is said in those.

A merged field speaks the public field's dictionary, else that of its first source which has one, else the options of
its first source which has any. Options are nobody's register: one code under two names is not one thing.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from forms_builder.documents import Column, FormField
from forms_builder.merge.constraints import ColumnConstraint, Constraint
from forms_builder.merge.crosswalks import Crosswalks, Translation, same_names
from forms_builder.merge.errors import UnknownDictionary
from forms_builder.merge.intersection import Source, speak

Place = tuple[str, str]
"""A merged key, and a column of it or an empty text for the field itself."""


class Speaking:
    """What is spoken in every merged field of a theme."""

    def __init__(
        self,
        fields: Sequence[tuple[str, FormField]],
        *,
        dictionaries: Mapping[str, Sequence[str]],
        crosswalks: Crosswalks,
        speaks: Mapping[str, str | None],
        names: Mapping[str, Mapping[str, str]],
    ) -> None:
        """`fields`: merged key and field, in theme order. `names`: dictionary → code → name, for options to meet."""
        self._dictionaries, self._crosswalks, self._names = dictionaries, crosswalks, names
        self._spoken: dict[Place, str] = {(key, ""): code for key, code in speaks.items() if code is not None}
        self._options: dict[Place, dict[str, str]] = {}
        for key, field in fields:
            for place, coded in _coded(key, field):
                if coded.dictionary is not None:
                    self._spoken.setdefault(place, coded.dictionary)
                elif coded.options:
                    self._options.setdefault(place, _names_of(coded))

    def source(self, item: str, key: str, field: FormField, own: Constraint) -> Source:
        """The item's field with what it accepts in the merged field's codes."""
        translation, spoken = self._say(item, (key, ""), field, own)
        columns: dict[str, Translation] = {}
        if own.columns:
            said = []
            for column, cell in zip(field.columns, own.columns, strict=True):
                cell_translation, constraint = self._say(item, (key, column.code), column, cell.constraint)
                if cell_translation is not None:
                    columns[column.code] = cell_translation
                said.append(ColumnConstraint(cell.code, cell.label, constraint))
            spoken = msgspec.structs.replace(own, columns=tuple(said))
        return Source(item, field.code, own, spoken, translation, columns)

    def _say(
        self, item: str, place: Place, coded: FormField | Column, own: Constraint
    ) -> tuple[Translation | None, Constraint]:
        """How merged codes become the item's, None where they are the same, and the constraint said in merged codes."""
        merged = self._spoken.get(place)
        if own.codes is None or (coded.dictionary is not None and coded.dictionary == merged):
            return None, own
        if coded.dictionary is None:
            meant = self._options.get(place, {}) if merged is None else self._names.get(merged, {})
            unlike = set(same_names(meant, _names_of(coded)).unclear)
            kept = tuple(code for code in own.codes if code not in unlike)
            return None, own if len(kept) == len(own.codes) else msgspec.structs.replace(own, codes=kept)
        if merged is None:
            return None, own
        if merged not in self._dictionaries:
            raise UnknownDictionary(f"合并字段使用的字典 {merged} 不存在。")
        translation = self._crosswalks.get((item, merged, coded.dictionary))
        return translation, speak(own, translation, self._dictionaries[merged])


def _coded(key: str, field: FormField) -> Iterator[tuple[Place, FormField | Column]]:
    yield (key, ""), field
    for column in field.columns:
        yield (key, column.code), column


def _names_of(coded: FormField | Column) -> dict[str, str]:
    return {option.code: option.name for option in coded.options}
