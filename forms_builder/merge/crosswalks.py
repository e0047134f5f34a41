"""How the codes of one dictionary are said in another, where that can be said without changing the meaning.

A merged code may become an item's code that means the same or something wider: "a partnership" is truly told as "other
organisation". It may not become something narrower, which nobody said, nor something that is only close to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

Translation = Mapping[str, str]
Crosswalks = Mapping[tuple[str, str, str], Translation]
"""(item, merged dictionary, the item's dictionary) → merged code → the item's code."""

Relation = Literal["same", "narrower", "broader", "close"]


class CodePair(msgspec.Struct, frozen=True):
    """`code` of one dictionary and `counterpart` of the other; `relation` says what `code` is to `counterpart`."""

    code: str
    counterpart: str
    relation: Relation = "same"

    def reversed(self) -> "CodePair":
        """The pair as the other dictionary sees it."""
        turned: dict[Relation, Relation] = {"narrower": "broader", "broader": "narrower"}
        return CodePair(self.counterpart, self.code, turned.get(self.relation, self.relation))


class Resolved(msgspec.Struct, frozen=True):
    """The translation, and the codes that have counterparts of which none may be chosen."""

    codes: dict[str, str]
    unclear: tuple[str, ...] = ()


def resolve(pairs: Iterable[CodePair]) -> Resolved:
    """What each code is said as: its only equal counterpart, else its only wider one; nothing is guessed."""
    same: dict[str, list[str]] = defaultdict(list)
    wider: dict[str, list[str]] = defaultdict(list)
    known: dict[str, None] = {}
    for pair in pairs:
        known[pair.code] = None
        if pair.relation == "same":
            same[pair.code].append(pair.counterpart)
        elif pair.relation == "narrower":
            wider[pair.code].append(pair.counterpart)
    codes: dict[str, str] = {}
    unclear: list[str] = []
    for code in known:
        candidates = list(dict.fromkeys(same[code] or wider[code]))
        if len(candidates) == 1:
            codes[code] = candidates[0]
        else:
            unclear.append(code)
    return Resolved(codes, tuple(unclear))


def same_names(merged: Mapping[str, str], own: Mapping[str, str]) -> Resolved:
    """Without a crosswalk: a code is itself where both dictionaries have it under one name, and nothing elsewhere.

    Both by code → name. A code that two dictionaries give to different things is unclear.
    """
    shared = [code for code in merged if code in own]
    alike = {code: code for code in shared if _plain(merged[code]) == _plain(own[code])}
    return Resolved(alike, tuple(code for code in shared if code not in alike))


def _plain(name: str) -> str:
    return "".join(name.split())
