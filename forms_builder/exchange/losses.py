"""What a schema says and a form cannot: where, which keyword, what changes, and the change itself."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Consequence = Literal["wider", "narrower", "different", "none"]
Place = tuple[str, ...]

CONSEQUENCES: dict[Consequence, str] = {
    "wider": "放宽：表单接受一些原来不接受的内容",
    "narrower": "收紧：表单不接受一些原来接受的内容",
    "different": "写法不同：同样的内容换一种填法",
    "none": "不影响填写：只是说明性内容",
}
DROP = object()
APPEND = "+"
REFUSED = False  # the schema that accepts nothing


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not carried over: `pointer` is its place in the file, `field` the code it concerns, if one."""

    pointer: str
    keyword: str
    consequence: Consequence
    sentence: str
    field: str = ""


class Change(msgspec.Struct, frozen=True):
    """What losses do to the normal form: the value at a place, `DROP` for none; the step `APPEND` adds to a list."""

    place: Place
    value: Any


def changed(schema: dict[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The schema as the form understands it: a copy with every change made, in their order."""
    tree: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(schema))
    for change in changes:
        _make(tree, change)
    return tree


def _make(tree: dict[str, Any], change: Change) -> None:
    node: Any = tree
    *way, last = change.place
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, [] if step == "allOf" else {})
    if isinstance(node, list) and last == APPEND:
        node.append(change.value)
    elif isinstance(node, list):
        node[int(last)] = True if change.value is DROP else change.value
    elif change.value is DROP:
        node.pop(last, None)
    else:
        node[last] = change.value
