"""What lists that depend on other fields leave to choose, taken together over all items.

Every item's rule by itself may leave something and the code lists of the other items take just that away: a street
within the district, where one item knows the districts and another only streets of a different one. So the lists are
held against one another until nothing more falls away (arc consistency): an answer stays only while every list that
must be answered with it still has enough codes. Where the fields form no circle nothing impossible is overlooked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from forms_builder.merge.constraints import Constraint
from forms_builder.merge.dependence import Dependence, codes_in
from forms_builder.merge.intersection import Finding, Source

Link = tuple[str, str]
"""Merged key of a list, and of a field on which it depends."""


class Field(Protocol):
    """What is asked of a merged field here."""

    @property
    def constraint(self) -> Constraint: ...
    @property
    def sources(self) -> tuple[Source, ...]: ...


class Choices:
    """The lists of one form that depend on other fields, with the codes that may be chosen in each."""

    def __init__(
        self,
        dependences: Sequence[Dependence],
        fields: Mapping[str, Field],
        conditional: Collection[tuple[str, str]],
    ) -> None:
        """`fields`: by merged key; `conditional`: fields of items, as (item, code), that are not in every record. A
        field that nothing satisfies is left out: it is told by itself."""
        self._fields = fields
        self._conditional = conditional
        self._links: dict[Link, list[Dependence]] = {}
        for one in dependences:
            if not (fields[one.key].constraint.impossible or fields[one.parent_key].constraint.impossible):
                self._links.setdefault((one.key, one.parent_key), []).append(one)
        keys = dict.fromkeys(key for link in self._links for key in link)
        self._codes = {key: self._codes_of(key) for key in keys}
        self._required = {key for key in keys if self._is_always_required(key)}

    def conflicts(self) -> list[Finding]:
        """Lists that are left without a code whatever is answered above them.

        The witness is by merged key, of values that some item accepts and another refuses; null where there is none.
        """
        stuck = [link for link in self._links if not self._leaving(link)]
        sound = {link: rules for link, rules in self._links.items() if link not in stuck}
        further = self._first_empty(sound, {})
        return [self._conflict(link) for link in (*stuck, *([] if further is None else [further]))]

    def fixed_conflicts(self, fixed: Mapping[str, Any]) -> list[Finding]:
        """The list that the values fixed by guidance leave without a code, in a form that has no conflict without them.

        `fixed`: by merged key, values that the fields themselves accept.
        """
        here = {key: value for key, value in fixed.items() if key in self._codes}
        link = None if not here or self.conflicts() else self._first_empty(self._links, here)
        if link is None:
            return []
        key, above = link
        rules = self._links[link]
        refusing = {one.item for one in rules if key in here and one.outside(here[key], here.get(above))}
        refusing = refusing or {one.item for one in rules}
        items = dict.fromkeys(source.item for source in self._fields[key].sources)
        return [
            Finding(
                severity="conflict", key=key, aspect="fixed_value",
                accepts=tuple(item for item in items if item not in refusing) if key in here else (),
                refuses=tuple(item for item in items if item in refusing),
                witness={one: here[one] for one in (above, key) if one in here} or here,
            )
        ]  # fmt: skip

    def partly_empty(self) -> Iterator[tuple[Link, list[str]]]:
        """Lists with the answers above that leave too few codes, where others leave enough."""
        for link in self._links:
            kept = self._leaving(link)
            lost = self._codes[link[1]] - kept
            if kept and lost:
                yield link, sorted(lost)

    def is_required(self, key: str) -> bool:
        """Whether the field is answered in every record."""
        return key in self._required

    def _codes_of(self, key: str) -> frozenset[str]:
        """The codes of the merged field; of one without a list, the answers below which anything lies."""
        codes = self._fields[key].constraint.codes
        if codes is not None:
            return frozenset(codes)
        return frozenset(
            above for (_, parent), rules in self._links.items() if parent == key for one in rules for above in one.below
        )

    def _is_always_required(self, key: str) -> bool:
        return any(
            source.own.required and (source.item, source.field) not in self._conditional
            for source in self._fields[key].sources
        )

    def _least(self, key: str) -> int:
        return max(self._fields[key].constraint.min_items or 0, 1)

    def _leaving(self, link: Link) -> frozenset[str]:
        """The answers above that leave enough codes to choose."""
        key, above = link
        rules, codes, least = self._links[link], self._codes[key], self._least(key)
        return frozenset(answer for answer in self._codes[above] if len(_left(rules, answer, codes)) >= least)

    def _first_empty(self, links: Mapping[Link, Sequence[Dependence]], fixed: Mapping[str, Any]) -> Link | None:
        """The first list of which nothing can stand in any record, None where all have something.

        Only by rules that hold in every record, and only for fields that are answered there.
        """
        codes = self._codes | {key: frozenset(codes_in(value)) for key, value in fixed.items()}
        answered = self._required | fixed.keys()
        always = {
            link: kept
            for link, rules in links.items()
            if link[0] in answered and (kept := [one for one in rules if not self._is_conditional(one)])
        }
        is_moving = True
        while is_moving:
            is_moving = False
            for (key, above), rules in always.items():
                least = len(codes[key]) if key in fixed else self._least(key)
                left = {answer: _left(rules, answer, codes[key]) for answer in codes[above]}
                left = {answer: some for answer, some in left.items() if len(some) >= max(least, 1)}
                if above not in answered:
                    continue  # who leaves it blank is offered the whole list
                if not left:
                    return key, above
                answers, reached = frozenset(left), frozenset[str]().union(*left.values())
                is_moving = is_moving or (answers, reached) != (codes[above], codes[key])
                codes[above], codes[key] = answers, reached
        return None

    def _is_conditional(self, one: Dependence) -> bool:
        return (one.item, one.field) in self._conditional or (one.item, one.parent) in self._conditional

    def _conflict(self, link: Link) -> Finding:
        key, above = link
        rules = self._links[link]
        items = tuple(dict.fromkeys(source.item for source in self._fields[key].sources))
        for answer, code in self._candidates(link):
            refuses = {one.item for one in rules if one.outside(code, answer)}
            if refuses and refuses != set(items):
                is_list = self._fields[key].constraint.kind == "multi_dict"
                return Finding(
                    severity="conflict", key=key, aspect="within",
                    accepts=tuple(item for item in items if item not in refuses),
                    refuses=tuple(item for item in items if item in refuses),
                    witness={above: answer, key: [code] if is_list else code},
                )  # fmt: skip
        return Finding(severity="conflict", key=key, aspect="within", accepts=(), refuses=items, witness=None)

    def _candidates(self, link: Link) -> Iterator[tuple[str, str]]:
        """Answers above with codes of the list that one item may take there and another not."""
        key, above = link
        some = sorted(self._codes[key])[:1]
        for answer in sorted(self._codes[above]):
            inside = {code for one in self._links[link] for code in one.below.get(answer, ())}
            yield from ((answer, code) for code in (*sorted(inside & self._codes[key]), *some))


def _left(rules: Iterable[Dependence], answer: str, codes: frozenset[str]) -> frozenset[str]:
    for one in rules:
        codes &= frozenset(one.below.get(answer, ()))
    return codes
