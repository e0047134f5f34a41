"""Two changes of one JSON document brought together where they touch different things; lists keyed by code."""

from typing import Any

from opsplatform.kernel.comparison import KEYS


class Clash(Exception):
    """Both changed the same thing; `path` says which, as keys and element codes."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__("/" + "/".join(path))
        self.path = path


def bring_together(base: Any, mine: Any, theirs: Any, path: tuple[str, ...] = ()) -> Any:
    """`mine` with what `theirs` changed in `base`; raises Clash where mine changed that too and otherwise.

    Where mine is the base, the answer is theirs to the byte: order of lists and spelling of numbers included.
    """
    if mine == base or _is_as(mine, theirs):
        return theirs
    if theirs == base:
        return mine
    if isinstance(base, dict) and isinstance(mine, dict) and isinstance(theirs, dict):
        return _keys(base, mine, theirs, path)
    old, own, other = _keyed(base), _keyed(mine), _keyed(theirs)
    if old is not None and own is not None and other is not None:
        merged = _keys(old, own, other, path)
        was_moved = [key for key in own if key in old] != [key for key in old if key in own]
        order = list(merged) if was_moved else [*other, *(key for key in merged if key not in other)]
        return [merged[key] for key in order if key in merged]
    if _are_words(base) and _are_words(mine) and _are_words(theirs):
        return _words(base, mine, theirs)
    raise Clash(path)


_ABSENT: Any = object()


def _keys(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    merged = {}
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        sides = [side.get(key, _ABSENT) for side in (base, mine, theirs)]
        if any(side is _ABSENT for side in sides):
            old, own, other = sides
            if own is not old and own != old and other is not old and other != old and own != other:
                raise Clash((*path, key))
            value = other if own is old or own == old else own
        else:
            value = bring_together(sides[0], sides[1], sides[2], (*path, key))
        if value is not _ABSENT:
            merged[key] = value
    return merged


def _words(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """Lists of names: what theirs took out goes, what it put in comes where it stands there."""
    gone = set(base) - set(theirs)
    kept = [one for one in mine if one not in gone]
    for place, one in enumerate(theirs):
        if one not in base and one not in kept:
            after = next((kept.index(left) + 1 for left in reversed(theirs[:place]) if left in kept), 0)
            kept.insert(after, one)
    return kept


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value) and len(set(value)) == len(value)


def _keyed(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        return None
    for key in KEYS:
        names = [one.get(key) for one in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, value, strict=True))
    return None


def _is_as(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
