"""Which texts a set of patterns allows: matching in linear time, and the shortest text allowed here and refused there.

A state is the set of places in the pattern that may take the next character (V. M. Glushkov, 1961), repetitions
written out, so no pattern can make matching backtrack, and questions about two patterns together ("does any text
satisfy both?") are walks over pairs of states.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from forms_builder.merge.patterns import TOP, Chain, Chars, Choice, Node, Nothing, Ranges, Repeat

State = int  # a bit for each place; the lowest says that the text may end
MOST_CACHED_STEPS = 5_000
MOST_STATES_WALKED = 20_000
MOST_PLACES_WALKED = 3_000_000  # about a second
_ENDS = 1
_READABLE = "1Aa张0 -."
_SURROGATES = (0xD800, 0xDFFF)


class UndecidedError(Exception):
    """The walk grew past its limit; nothing was shown either way."""


class Automaton:
    """A pattern's places, and its states as they are needed."""

    def __init__(self, whole: Node) -> None:
        self._follow: list[State] = [0]  # by place, what may come after it
        self._of_ranges: dict[Ranges, State] = defaultdict(int)  # the places that take a character of these
        self.start: State = self._enter(whole, _ENDS)
        self.breaks = sorted(
            {edge for ranges in self._of_ranges for low, high in ranges for edge in (low, high + 1)} | {0}
        )
        self._takes = [self._places_for(point) for point in self.breaks]
        self._next: dict[tuple[State, int], State] = {}

    def _enter(self, node: Node, after: State) -> State:
        """The state in front of the node, where `after` is the state behind it."""
        match node:
            case Nothing():
                return after
            case Chars(ranges):
                self._follow.append(after)
                place = 1 << (len(self._follow) - 1)
                self._of_ranges[ranges] |= place
                return place
            case Chain():
                parts: list[Node] = []
                while isinstance(node, Chain):
                    parts.append(node.head)
                    node = node.tail
                for part in (node, *reversed(parts)):
                    after = self._enter(part, after)
                return after
            case Choice(options):
                found = 0
                for option in options:
                    found |= self._enter(option, after)
                return found
            case Repeat(body, low, high):
                state = after if high is not None else self._enter_loop(body, after)
                for done in reversed(range(low if high is None else high)):
                    state = self._enter(body, state) | (after if done >= low else 0)
                return state
        raise TypeError(node)

    def _enter_loop(self, body: Node, after: State) -> State:
        """The state in front of any number of times the body: behind one time, it is in front of the next."""
        first_place = len(self._follow)
        self._follow.append(0)  # stands for the state that is not known yet
        again = 1 << first_place
        state = (self._enter(body, again) & ~again) | after
        for place in range(first_place + 1, len(self._follow)):
            if self._follow[place] & again:
                self._follow[place] = (self._follow[place] & ~again) | state
        return state

    def _places_for(self, point: int) -> State:
        found = 0
        for ranges, places in self._of_ranges.items():
            if any(low <= point <= high for low, high in ranges):
                found |= places
        return found

    def step(self, state: State, point: int) -> State:
        """The state after one more character; an empty state allows nothing any more."""
        kind = bisect_right(self.breaks, point) - 1
        following = self._next.get((state, kind))
        if following is None:
            if len(self._next) > MOST_CACHED_STEPS:
                self._next.clear()
            following, active = 0, state & self._takes[kind]
            while active:
                place = active & -active
                following |= self._follow[place.bit_length() - 1]
                active ^= place
            self._next[state, kind] = following
        return following

    @staticmethod
    def accepts(state: State) -> bool:
        """Whether the text may end in this state."""
        return bool(state & _ENDS)

    def matches(self, text: str) -> bool:
        """Whether the pattern holds for the text; time grows with the length of the text only."""
        state = self.start
        for character in text:
            state = self.step(state, ord(character))
            if not state:
                return False
        return self.accepts(state)


@lru_cache(maxsize=512)
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
    more than MOST_STATES_WALKED combinations of states, or MOST_PLACES_WALKED places in them, would have to be seen.
    """
    machines = [automaton(node) for node in (*allowed, *refused)]
    must = len(allowed)
    letters = _letters(machines)
    start = tuple(machine.start for machine in machines)
    seen = {start}
    layer: list[tuple[tuple[State, ...], str]] = [(start, "")]
    places_left = MOST_PLACES_WALKED
    while layer:
        following: list[tuple[tuple[State, ...], str]] = []
        for states, text in layer:
            verdicts = [machine.accepts(state) for machine, state in zip(machines, states, strict=True)]
            if all(verdicts[:must]) and not any(verdicts[must:]):
                return text
            if at_most is not None and len(text) >= at_most:
                continue
            places_left -= len(letters) * sum(state.bit_count() for state in states)
            if places_left < 0:
                raise UndecidedError
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
