"""What changed between two documents, in words: how two sides are paired and told, for every page that shows it.

Complete by construction: every attribute of every element is compared, and one without a label of its own is named by
its identifier rather than left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignObjectRel, Model

Render = Callable[[Any], str]


@dataclass(frozen=True)
class Line:
    """One difference: what, and how it reads on both sides; None where it does not exist."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Section:
    """The differences of one part of the document."""

    title: str
    lines: tuple[Line, ...]


def sections_of(parts: Iterable[tuple[str, Iterable[Line]]]) -> list[Section]:
    """The parts in their order, those without any difference left out."""
    return [Section(title, lines) for title, found in parts if (lines := tuple(found))]


def text_of(value: Any) -> str:
    """A plain value as people read it: 是 or 否, lists joined, nothing as （空）."""
    if value is None or value == "" or value == [] or value == () or value == {}:
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(text_of(part) for part in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{text_of(part)}" for key, part in value.items())
    return str(value)


def place_in_words(model: type[Model] | None, pointer: str) -> str:
    """A changed place of a register's row: columns and elements by their names, codes of elements as they are; the
    pointer itself where no register is named.
    """
    if model is None:
        return pointer
    told = []
    for step in pointer.strip("/").split("/"):
        field = _field_of(model, step)
        if isinstance(field, ForeignObjectRel):
            model = field.related_model
            told.append(str(model._meta.verbose_name))
        else:
            told.append(step if field is None else str(field.verbose_name))
    return " ".join(told)


def _field_of(model: type[Model], step: str) -> Any:
    try:
        return model._meta.get_field(step)
    except FieldDoesNotExist:
        return None


def changes_in_words(model: type[Model] | None, changes: Iterable[Mapping[str, Any]]) -> list[Section]:
    """What a stale save is told of a register's row: who changed which place from what into what."""
    lines = tuple(
        Line(
            "：".join(part for part in (change.get("by", ""), place_in_words(model, change["place"])) if part),
            *(None if change[side] is None else text_of(change[side]) for side in ("before", "after")),
        )
        for change in changes
    )
    return [Section("改动", lines)] if lines else []


def pairs(old: Iterable[Any], new: Iterable[Any], key: str = "code") -> Iterator[tuple[str, Any, Any]]:
    """Elements of the same key that differ, None on the side that lacks one."""
    was = {getattr(one, key): one for one in old}
    now = {getattr(one, key): one for one in new}
    for code in {**was, **now}:
        if was.get(code) != now.get(code):
            yield code, was.get(code), now.get(code)


def attributes(
    what: str,
    old: Any,
    new: Any,
    names: Mapping[str, str],
    renders: Mapping[str, Render],
    handled: frozenset[str] = frozenset({"code"}),
) -> Iterator[Line]:
    """A line for each attribute of two structs that differs; `handled` ones are told elsewhere."""
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name not in handled and before != after:
            render = renders.get(name, text_of)
            label = names.get(name, name)
            yield Line(f"{what}的{label}" if what else label, render(before), render(after))


def changed(what: str, before: Any, after: Any, render: Render) -> Iterator[Line]:
    """A line for the whole, where the sides differ."""
    if before != after:
        yield whole(what, before, after, render)


def whole(what: str, before: Any, after: Any, render: Render) -> Line:
    """The line for something that is told as a whole; None where a side lacks it."""
    return Line(what, None if before is None else render(before), None if after is None else render(after))
