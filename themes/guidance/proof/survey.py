"""Looking for an applicant with given properties: among samples first, then by SAT.

Samples are drawn once, with a fixed seed: for every rule one applicant for whom it should fire, and others by chance.
What a sample shows is shown; only what no sample shows is asked of the solver, which alone can say "nobody".
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from themes.guidance.proof.circuit import TRUE, Circuit, Simulation, first_bit
from themes.guidance.proof.interrupting import look_in
from themes.guidance.proof.solving import Model, Solver, Undecided
from themes.guidance.proof.space import AnswerSpace, Choice

SEED = 6
BY_CHANCE = 2048
AIMED = (1, 4, 8)  # samples for each of many queries, one attempt after the other
WAYS = 4  # in which a literal may come to hold, that are tried
CHOSEN_OPTION = 0.35  # how likely a sample contains an option of a multi

Ways = dict[int, list[tuple[frozenset[int], frozenset[int]]]]  # literal → literals of variables, and what they exclude


class Samples:
    """Applicants as rows of bits. `wishes`: literals that one sample each should fulfil; many do, none must.

    `ways`: in which literals may come to hold, as far as other samples of the space found any.
    """

    def __init__(
        self,
        space: AnswerSpace,
        wishes: Iterable[Iterable[int]],
        by_chance: int = 0,
        attempt: int = 0,
        ways: Ways | None = None,
    ) -> None:
        self.space = space
        self._chance = random.Random(SEED + attempt)  # noqa: S311 - samples, not secrets
        choices = [space.worlds, *(raw.choice for raw in space.raws.values() if raw.choice is not None)]
        self.places = {literal: (one, place) for one in choices for place, literal in enumerate(one.literals)}
        self.ways: Ways = {} if ways is None else ways
        wanted = [self._fulfilled(wish) for wish in wishes] + [frozenset()] * by_chance
        self.size = len(wanted)
        self.rows: dict[int, int] = {}
        self._packed: dict[int, bytes] = {}
        self._wishing: dict[int, list[int]] = defaultdict(list)  # literal → the samples that shall fulfil it
        for sample, wish in enumerate(wanted):
            for literal in wish:
                self._wishing[literal].append(sample)
        districts = {space.raws[key].choice for key in space.streets_follow}
        drawn: dict[tuple[int, ...], list[int]] = {}
        for choice in choices:
            if choice not in districts and len(choice.values) > 1:
                drawn[choice.literals] = self._draw(choice, wanted)
        for above, streets in space.streets_follow.items():
            district = space.raws[above].choice
            assert district is not None
            if len(district.values) > 1:
                self._draw_district(district, streets, drawn, wanted)
        for literals, places in drawn.items():
            self._write(literals, places)
        for raw in space.raws.values():
            for variable in raw.options.values():
                self.rows[variable] = _packed(self._ticked(variable))

    def simulate(self) -> Simulation:
        """Every literal on every sample."""
        return Simulation(self.space.circuit, self.rows, self.size)

    def exchanged(self, changed: Mapping[int, int], simulation: Simulation) -> Simulation:
        """The samples with variables exchanged for literals of the simulation."""
        rows = {**self.rows, **{variable: simulation.of(literal) for variable, literal in changed.items()}}
        return Simulation(self.space.circuit, rows, self.size)

    def model(self, sample: int) -> Model:
        """One sample as a model."""
        if not self._packed:  # a bit of a long int costs its length, a byte costs nothing
            length = self.size // 8 + 1
            self._packed = {variable: row.to_bytes(length, "little") for variable, row in self.rows.items()}
        byte, bit = sample >> 3, 1 << (sample & 7)
        return frozenset([TRUE, *(variable for variable, row in self._packed.items() if row[byte] & bit)])

    def _fulfilled(self, wish: Iterable[int]) -> frozenset[int]:
        """Literals of variables that make the wished literals hold, as far as these do not contradict one another."""
        found: set[int] = set()
        look_in()
        for literal in wish:
            ways = self.ways.get(literal)
            if ways is None:
                ways = self.ways[literal] = [self._justified(literal) for _ in range(WAYS)]
            found |= next((way for way, excluded in ways if found.isdisjoint(excluded)), ways[0][0])
        return frozenset(found)

    def _justified(self, literal: int) -> tuple[frozenset[int], frozenset[int]]:
        """Literals of variables that make one literal hold, alternatives by chance; and the literals they exclude."""
        found: set[int] = set()
        needed = [literal]
        while needed:
            one = needed.pop()
            inputs = self.space.circuit.inputs[abs(one)]
            if inputs is None:
                found.add(one)
            elif one > 0:
                needed.extend(inputs)
            elif inputs:
                needed.append(-self._chance.choice(inputs))
        choices = [self.places[one][0] for one in found if one in self.places]
        beside = {literal for choice in choices for literal in choice.literals} - found
        return frozenset(found), frozenset(beside | {-one for one in found})

    def _ticked(self, option: int) -> list[bool]:
        with_it, without = self._wishing.get(option, ()), self._wishing.get(-option, ())
        chance = self._chance.random
        if not with_it and not without:
            return [chance() < CHOSEN_OPTION for _ in range(self.size)]
        told = dict.fromkeys(without, False) | dict.fromkeys(with_it, True)
        return [told[sample] if sample in told else chance() < CHOSEN_OPTION for sample in range(self.size)]

    def _draw(self, choice: Choice, wanted: Sequence[frozenset[int]]) -> list[int]:
        look_in()
        places = self._chance.choices(range(len(choice.literals)), k=self.size)
        settled: dict[int, int] = {}
        for place, literal in enumerate(choice.literals):
            for sample in self._wishing.get(literal, ()):
                settled.setdefault(sample, place)
        for sample, place in settled.items():
            places[sample] = place
        avoiding = {sample for literal in choice.literals for sample in self._wishing.get(-literal, ())}
        for sample in sorted(avoiding - settled.keys()):
            wish = wanted[sample]
            if -choice.literals[places[sample]] in wish:
                left = [place for place, literal in enumerate(choice.literals) if -literal not in wish]
                places[sample] = self._chance.choice(left or [places[sample]])
        return places

    def _draw_district(
        self,
        district: Choice,
        streets: Sequence[tuple[str, str]],
        drawn: dict[tuple[int, ...], list[int]],
        wanted: Sequence[frozenset[int]],
    ) -> None:
        """The district of the first street that has one; samples whose second street lies elsewhere go unused."""
        places = self._draw(district, wanted)
        for key in reversed(streets):
            choice = self.space.raws[key].choice
            assert choice is not None
            own = [self.space.place_of_district(value) for value in choice.values]
            for sample, street in enumerate(drawn.get(choice.literals, [0] * self.size)):
                place = own[street]
                if place is not None:
                    places[sample] = place
        drawn[district.literals] = places

    def _write(self, literals: tuple[int, ...], places: Sequence[int]) -> None:
        for place, literal in enumerate(literals):
            look_in()
            if literal > 0:
                self.rows[literal] = _packed([one == place for one in places])


def _packed(bits: Iterable[bool]) -> int:
    text = bytes(bits)[::-1].translate(_DIGITS)
    return int(text, 2) if text else 0


_DIGITS = bytes([48, 49]) + bytes(range(2, 256))


class Survey:
    """Applicants who fulfil literals. To be closed after use.

    `conflicts`, `allowance`: of the solver. `nodes`: how many may be simulated on counterparts, in all.
    """

    def __init__(
        self, space: AnswerSpace, wishes: Iterable[Iterable[int]], *, conflicts: int, allowance: int, nodes: int
    ) -> None:
        self.space, self.circuit = space, space.circuit
        self._nodes_left = nodes
        self._demands: dict[int, dict[Choice, frozenset[int]]] = {}
        self.samples = Samples(space, wishes, BY_CHANCE)
        self.simulation = self.samples.simulate()
        self._consistent = self._where_consistent(self.simulation)
        self.solver = Solver(space.circuit, space.clauses, conflicts=conflicts, allowance=allowance)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.solver.close()

    def find(self, literals: Sequence[int]) -> Model | None:
        """An applicant for whom all literals hold, None where there is none; raises Undecided."""
        return self._at_hand(literals) or self.solver.find(literals)

    def shown(self, literals: Iterable[int]) -> int:
        """The samples on which all literals hold."""
        bits = self._consistent
        for literal in literals:
            bits &= self.simulation.of(literal)
            if not bits:
                break
        return bits

    def find_each(
        self, queries: Sequence[Sequence[int]], wishes: Sequence[Sequence[int]]
    ) -> list[Model | Undecided | None]:
        """`find` for many at once, with samples that fulfil the wishes for each one, if they can.

        What the samples at hand do not show is looked for among these, what these do not show is asked of a solver of
        its own, first without the query's last literal, which may be the hardest. Undecided is handed back, not raised.
        """
        found: list[Model | Undecided | None] = [self._at_hand(query) for query in queries]
        possible = [one is not None or not self._is_refuted(query) for query, one in zip(queries, found, strict=True)]
        self._aim(found, queries, wishes, possible)
        solver = self.solver.another()
        for place, query in enumerate(queries):
            if found[place] is None and possible[place]:
                try:
                    found[place] = None if solver.find(query[:-1]) is None else self.find(query)
                except Undecided as undecided:
                    found[place] = undecided
        solver.close()
        return found

    def _at_hand(self, query: Iterable[int]) -> Model | None:
        """A sample that shows it, of those drawn for everybody."""
        shown = self.shown(query)
        return self.samples.model(first_bit(shown)) if shown else None

    def _aim(
        self,
        found: list[Model | Undecided | None],
        queries: Sequence[Sequence[int]],
        wishes: Sequence[Sequence[int]],
        possible: Sequence[bool],
    ) -> None:
        """What samples drawn for each query still open show: one at first, then more for those it did not show."""
        for attempt, times in enumerate(AIMED, start=1):
            pending = [place for place, model in enumerate(found) if model is None and possible[place]]
            ways = self.samples.ways if attempt == 1 else None  # whoever is hard to find is looked for in new ways
            wished = [wishes[place] for place in pending for _ in range(times)]
            samples = Samples(self.space, wished, attempt=attempt, ways=ways)
            simulation = samples.simulate()
            consistent = self._where_consistent(simulation)
            for number, place in enumerate(pending):
                look_in()
                bits = consistent & ((1 << times) - 1) << number * times
                for literal in queries[place]:
                    bits &= simulation.of(literal)
                if bits:
                    found[place] = samples.model(first_bit(bits))

    def _is_refuted(self, query: Iterable[int]) -> bool:
        """Whether two of the literals ask one question for answers that have none in common."""
        look_in()
        taken: dict[Choice, frozenset[int]] = {}
        for literal in query:
            for choice, literals in self._demanded(literal).items():
                left = taken[choice] = taken.get(choice, literals) & literals
                if not left:
                    return True
        return False

    def _demanded(self, literal: int) -> dict[Choice, frozenset[int]]:
        """Choices of which the literal demands one of these literals, as far as that is plain from how it is made."""
        known = self._demands.get(literal)
        if known is not None:
            return known
        known = self._demands[literal] = {}
        inputs = self.circuit.inputs[abs(literal)]
        if literal > 0 and inputs:
            for one in inputs:
                for choice, literals in self._demanded(one).items():
                    known[choice] = known.get(choice, literals) & literals
            return known
        alternatives = frozenset([literal] if inputs is None else (-one for one in inputs))
        choices = {self.samples.places[one][0] for one in alternatives if one in self.samples.places}
        if len(choices) == 1 and all(one in self.samples.places for one in alternatives):
            known[choices.pop()] = alternatives
        return known

    def shown_to_differ(self, changed: Mapping[int, int], kept: Sequence[int], noticed: Sequence[int]) -> int:
        """The samples on which, as on their counterparts with variables exchanged, `kept` holds and something noticed
        differs.

        Raises Undecided where the nodes allowed are used up.
        """
        self._nodes_left -= len(self.circuit.inputs)
        if self._nodes_left < 0:
            raise Undecided
        other = self.samples.exchanged(changed, self.simulation)
        both = self._consistent & self._where_consistent(other)
        for literal in kept:
            both &= self.simulation.of(literal) & other.of(literal)
        found = 0
        for one in noticed:
            found |= both & (self.simulation.of(one) ^ other.of(one))
            if found == both:
                break
        return found

    def _where_consistent(self, simulation: Simulation) -> int:
        bits = simulation.everywhere
        for clause in self.space.linking:
            found = 0
            for literal in clause:
                found |= simulation.of(literal)
            bits &= found
        return bits


def differences(circuit: Circuit, changed: Mapping[int, int], noticed: Iterable[int]) -> list[int]:
    """For everything noticed that changes with the exchanged nodes, when it differs."""
    found = []
    for literal in noticed:
        node = changed.get(abs(literal))
        if node is not None:
            found.append(circuit.differ(abs(literal), node))
    return found
