"""The account of one reading: which keywords a form carries, which it loses, and how the schema changes by that."""

from collections.abc import Iterator
from typing import Any

from forms_builder.exchange.combining import Node
from forms_builder.exchange.losses import DROP, Change, Consequence, Loss, Place

_NOTES = {
    "$comment": "备注不带入。", "examples": "示例不带入。", "default": "默认值不带入，填写人自己选择。",
    "readOnly": "只读标记不带入。", "writeOnly": "只写标记不带入。", "deprecated": "停用标记不带入。",
    "title": "名称不带入。", "description": "说明不带入。",
}  # fmt: skip


class Ledger:
    """Every keyword of every schema ends up carried or lost; `close` lists what nobody spoke of.

    Keywords are known by their places in the file: a definition that is used twice is settled by its first use.
    """

    def __init__(self, root: Node, losses: tuple[Loss, ...]) -> None:
        self.losses: list[Loss] = list(losses)
        self.changes: list[Change] = []
        self.settled: set[str] = set()
        self.keywords = [
            (keyword, origin)
            for node in all_nodes(root)
            for keyword in node.keywords
            for origin in _places(node, keyword)
        ]

    def carry(self, node: Node, *keywords: str) -> None:
        """The form says what these keywords say."""
        for keyword in keywords:
            if keyword in node:
                self.settled.update(_places(node, keyword))

    def carry_all(self, *nodes: Node) -> None:
        """Everything in these schemas went with what was said about them."""
        for node in nodes:
            for inner in all_nodes(node):
                self.carry(inner, *inner.keywords)

    def lose(self, node: Node, keyword: str, consequence: Consequence, sentence: str, field: str = "") -> None:
        """The keyword is listed; one that the file does not write is listed at the place where it is missed."""
        self.carry(node, keyword)
        pointer = node.origin(keyword) if keyword in node else f"{node.pointer}/{keyword}"
        loss = Loss(pointer=pointer, keyword=keyword, consequence=consequence, sentence=sentence, field=field)
        if loss not in self.losses:
            self.losses.append(loss)

    def change(self, place: Place, value: Any) -> None:
        """The form understands this at the place of the normal form."""
        self.changes.append(Change(place, value))

    def drop(self, node: Node, place: Place, keyword: str, sentence: str, field: str = "") -> None:
        """The keyword is listed and does not count any more."""
        self.lose(node, keyword, "wider", sentence, field)
        self.carry_all(*nodes_in(node.get(keyword)))
        self.change((*place, keyword), DROP)

    def replace(self, place: Place, before: Node, after: Node) -> None:
        """The schema at the place becomes the other, keyword by keyword."""
        old, new = before.plain(), after.plain()
        for keyword in [*old, *(keyword for keyword in new if keyword not in old)]:
            if keyword not in new:
                self.change((*place, keyword), DROP)
            elif keyword not in old or old[keyword] != new[keyword]:
                self.change((*place, keyword), new[keyword])

    def close(self) -> None:
        """What nobody carried or lost is listed: a note as such, anything else as a word that checks nothing here."""
        for keyword, origin in self.keywords:
            if origin not in self.settled:
                self.settled.add(origin)
                said = _NOTES.get(keyword, f"“{keyword[:60]}”不是这里能用的校验词，没有带入。")
                self.losses.append(Loss(pointer=origin, keyword=keyword, consequence="none", sentence=said))


def all_nodes(node: Node) -> Iterator[Node]:
    """The schema and all below it."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        for value in one.keywords.values():
            pending.extend(nodes_in(value))


def nodes_in(value: Any) -> list[Node]:
    """The schemas that a keyword holds."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    return [one for one in members if isinstance(one, Node)]


def _places(node: Node, keyword: str) -> list[str]:
    return node.origins.get(keyword) or [f"{node.pointer}/{keyword}"]
