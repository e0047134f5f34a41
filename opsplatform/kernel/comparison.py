"""What changed between two JSON documents whose lists are keyed by code: written once for every difference shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from opsplatform.kernel.errors import Problem

KEYS = ("code", "material", "field", "library", "type")


@dataclass(frozen=True)
class Change:
    """One difference: the path of keys and element codes, and the values on both sides (absent is None)."""

    path: tuple[str, ...]
    kind: Literal["added", "removed", "changed", "moved"]
    before: Any
    after: Any

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer whose list steps are element codes."""
        return "".join(f"/{_step(step)}" for step in self.path)


def compare(before: Any, after: Any, path: tuple[str, ...] = ()) -> list[Change]:
    """Every difference between two trees; lists of objects are matched by their key, other lists compared whole.

    An absent key is a null, and 1.0 is 1, but no truth value is a number.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        return _compare_keys(before, after, path)
    if isinstance(before, list) and isinstance(after, list):
        old, new = _keyed(before), _keyed(after)
        if old is not None and new is not None:
            changes = _compare_keys(old, new, path)
            kept = [key for key in old if key in new]
            if kept != [key for key in new if key in old]:
                changes.append(Change(path, "moved", list(old), list(new)))
            return changes
    if _is_same(before, after):
        return []
    if before is None:
        return [Change(path, "added", before, after)]
    if after is None:
        return [Change(path, "removed", before, after)]
    return [Change(path, "changed", before, after)]


def _compare_keys(before: dict[str, Any], after: dict[str, Any], path: tuple[str, ...]) -> list[Change]:
    changes: list[Change] = []
    for key in [*before, *(key for key in after if key not in before)]:
        changes += compare(before.get(key), after.get(key), (*path, key))
    return changes


def part_at(tree: Any, path: Sequence[str]) -> Any:
    """The part of the tree at a path of keys and element codes, as a Change names it; None where there is none."""
    for step in path:
        if isinstance(tree, list):
            tree = _keyed(tree)
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _is_same(before: Any, after: Any) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return all(_is_same(before.get(key), after.get(key)) for key in before.keys() | after.keys())
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(_is_same(*pair) for pair in zip(before, after, strict=True))
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return bool(before == after)


def _keyed(elements: list[Any]) -> dict[str, Any] | None:
    if not all(isinstance(element, dict) for element in elements):
        return None
    for key in KEYS:
        names = [element.get(key) for element in elements]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, elements, strict=True))
    return None


def duplicate_keys(tree: Any, path: tuple[str, ...] = ()) -> list[Problem]:
    """Elements of keyed lists that share their key; without codes, elements that carry a `type` are a sequence."""
    if isinstance(tree, dict):
        return [problem for key, value in tree.items() for problem in duplicate_keys(value, (*path, _step(key)))]
    if not isinstance(tree, list):
        return []
    problems: list[Problem] = []
    key = next((key for key in KEYS if tree and all(isinstance(part, dict) and key in part for part in tree)), None)
    seen: set[str] = set()
    for number, part in enumerate(tree):
        place = (*path, str(number))
        problems += duplicate_keys(part, place)
        if key is not None and (key == "code" or "type" not in part) and isinstance(part[key], str):
            if part[key] in seen:
                problems.append(Problem("/" + "/".join((*place, key)), "duplicate_code", f"代码 {part[key]} 重复。"))
            seen.add(part[key])
    return problems
