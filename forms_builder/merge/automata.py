"""Which texts a set of patterns allows: matching in linear time, and the shortest text allowed here and refused there.

A state is the set of what may still follow (partial derivatives, V. Antimirov, 1996), so no pattern can make matching
backtrack, and questions about two patterns together ("does any text satisfy both?") are walks over pairs of states.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from forms_builder.merge.patterns import TOP, Chain, Chars, Choice, Node, Nothing, Repeat, chain

State = frozenset[Node]
MOST_CACHED_STATES = 5_000
MOST_STATES_WALKED = 20_000
_READABLE = "1Aa张0 -."
_SURROGATES = (0xD800, 0xDFFF)


class UndecidedError(Exception):
    """The walk grew past its limit; nothing was shown either way."""


def _may_end(node: Node) -> bool:
    match node:
        case Nothing():
            return True
        case Chars():
            return False
        case Chain(head, tail):
            return _may_end(head) and _may_end(tail)
        case Choice(options):
            return any(_may_end(option) for option in options)
        case Repeat(body, low, _):
            return low == 0 or _may_end(body)
    raise TypeError(node)


def _after(node: Node, point: int) -> set[Node]:
    match node:
        case Chars(ranges):
            return {Nothing()} if any(low <= point <= high for low, high in ranges) else set()
        case Chain(head, tail):
            follow: set[Node] = {chain(rest, tail) for rest in _after(head, point)}
            return follow | _after(tail, point) if _may_end(head) else follow
        case Choice(options):
            return set().union(*(_after(option, point) for option in options))
        case Repeat(body, low, high) if high != 0:
            again = Repeat(body, max(low - 1, 0), None if high is None else high - 1)
            left: Node = Nothing() if again.high == 0 else again
            return {chain(rest, left) for rest in _after(body, point)}
    return set()


def _breaks(node: Node) -> set[int]:
    match node:
        case Chars(ranges):
            return {edge for low, high in ranges for edge in (low, high + 1)}
        case Chain(head, tail):
            return _breaks(head) | _breaks(tail)
        case Choice(options):
            return set().union(*(_breaks(option) for option in options))
        case Repeat(body, _, _):
            return _breaks(body)
    return set()


class Automaton:
    """A pattern's states, found as they are needed."""

    def __init__(self, whole: Node) -> None:
        self.start: State = frozenset({whole})
        self.breaks = sorted(_breaks(whole) | {0})
        self._next: dict[State, dict[int, State]] = {}

    def step(self, state: State, point: int) -> State:
        """The state after one more character; an empty state allows nothing any more."""
        kind = bisect_right(self.breaks, point)
        known = self._next.get(state)
        if known is None:
            if len(self._next) > MOST_CACHED_STATES:
                self._next.clear()
            known = self._next[state] = {}
        following = known.get(kind)
        if following is None:
            following = known[kind] = frozenset(rest for node in state for rest in _after(node, point))
        return following

    @staticmethod
    def accepts(state: State) -> bool:
        """Whether the text may end in this state."""
        return any(_may_end(node) for node in state)

    def matches(self, text: str) -> bool:
        """Whether the pattern holds for the text; time grows with the length of the text only."""
        state = self.start
        for character in text:
            state = self.step(state, ord(character))
            if not state:
                return False
        return self.accepts(state)


@lru_cache(maxsize=4096)
def automaton(whole: Node) -> Automaton:
    """The automaton of a node, made once."""
    return Automaton(whole)


def _letters(machines: Iterable[Automaton]) -> list[str]:
    """One readable character out of every range within which no machine makes a difference."""
    edges = sorted({edge for machine in machines for edge in machine.breaks} | {TOP + 1, *_SURROGATES, 0xE000})
    chosen: list[tuple[int, str]] = []
    for low, following in pairwise(edges):
        if low > TOP or low == _SURROGATES[0] or low == _SURROGATES[1]:
            continue
        readable = [rank for rank, one in enumerate(_READABLE) if low <= ord(one) < following]
        if readable:
            chosen.append((readable[0], _READABLE[readable[0]]))
        else:
            point = max(low, min(0x20, following - 1))
            if point:  # NUL never gets past the parser
                chosen.append((len(_READABLE) + point, chr(point)))
    return [character for _, character in sorted(chosen)]


def shortest(allowed: Sequence[Node], refused: Sequence[Node] = (), *, at_most: int | None = None) -> str | None:
    """The shortest text every node of `allowed` and no node of `refused` describes, None when there is none.

    `at_most` limits its length in characters. The same input always gives the same text. Raises UndecidedError when
    more than MOST_STATES_WALKED combinations of states would have to be seen.
    """
    machines = [automaton(node) for node in (*allowed, *refused)]
    must = len(allowed)
    letters = _letters(machines)
    start = tuple(machine.start for machine in machines)
    seen = {start}
    layer: list[tuple[tuple[State, ...], str]] = [(start, "")]
    while layer:
        following: list[tuple[tuple[State, ...], str]] = []
        for states, text in layer:
            verdicts = [machine.accepts(state) for machine, state in zip(machines, states, strict=True)]
            if all(verdicts[:must]) and not any(verdicts[must:]):
                return text
            if at_most is not None and len(text) >= at_most:
                continue
            for letter in letters:
                reached = tuple(
                    machine.step(state, ord(letter)) for machine, state in zip(machines, states, strict=True)
                )
                if all(reached[:must]) and reached not in seen:
                    if len(seen) >= MOST_STATES_WALKED:
                        raise UndecidedError
                    seen.add(reached)
                    following.append((reached, text + letter))
        layer = following
    return None
