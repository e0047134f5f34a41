"""Satisfiability of literals of a circuit, by CDCL (PySAT's Glucose 4), within a number of conflicts.

Conflicts are counted instead of seconds, so that the same question has the same answer on every machine.
"""

from collections.abc import Iterable, Sequence

from pysat.solvers import Glucose4

from themes.guidance.proof.circuit import FALSE, TRUE, Circuit
from themes.guidance.proof.interrupting import look_in

Model = frozenset[int]  # the variables that are true

_CONFLICTS_BETWEEN = 500  # two looks of whoever watches; what was learned in one stretch is known in the next


class Undecided(Exception):
    """What was allowed is used up; neither answer was found."""


class Solver:
    """To be closed after use. `conflicts`: how many may be spent on one question, `allowance` on all of them."""

    def __init__(self, circuit: Circuit, clauses: Iterable[Sequence[int]], *, conflicts: int, allowance: int) -> None:
        self._circuit = circuit
        self._solver = Glucose4()
        self._written: set[int] = set()
        self._conflicts, self._left = conflicts, allowance
        self._spent = 0
        self._solver.add_clause([TRUE])
        self._clauses = [list(clause) for clause in clauses]
        self.demand(self._clauses)

    def another(self) -> "Solver":
        """A solver of the same clauses that knows nothing of what this one was asked."""
        return Solver(self._circuit, self._clauses, conflicts=self._conflicts, allowance=self._left)

    def close(self) -> None:
        """The solver's memory is given back."""
        self._solver.delete()

    def demand(self, clauses: Iterable[Sequence[int]]) -> None:
        """Clauses over variables that hold from now on."""
        for clause in clauses:
            self._solver.add_clause(list(clause))

    @property
    def work(self) -> int:
        """What was done so far, in propagations: the same on every machine, some millions a second."""
        return int(self._solver.accum_stats()["propagations"])

    def find(self, literals: Iterable[int]) -> Model | None:
        """A model in which all literals hold, None where there is none; raises Undecided."""
        wanted = [literal for literal in literals if literal != TRUE]
        if FALSE in wanted:
            return None
        self._write(wanted)
        if self._left <= 0:
            raise Undecided
        allowed = min(self._conflicts, self._left)
        answer = None
        while answer is None and allowed > 0:
            look_in()
            self._solver.conf_budget(min(_CONFLICTS_BETWEEN, allowed))
            answer = self._solver.solve_limited(assumptions=wanted)
            spent = self._solver.accum_stats()["conflicts"] - self._spent
            self._spent += spent
            self._left -= spent
            allowed -= max(spent, 1)
        if answer is None:
            raise Undecided
        return frozenset(self._circuit.variables.intersection(self._solver.get_model())) if answer else None

    def core(self, literals: Iterable[int]) -> frozenset[int]:
        """Some of the literals that cannot hold together, as few as can be told by leaving out one after another.

        Empty where they can hold together after all; raises Undecided.
        """
        literals = list(literals)
        if FALSE in literals:
            return frozenset([FALSE])
        if self.find(literals) is not None:
            return frozenset()
        kept = list(self._solver.get_core() or literals)
        for literal in list(kept):
            fewer = [one for one in kept if one != literal]
            if self.find(fewer) is None:
                kept = fewer
        return frozenset(kept)

    def _write(self, literals: Iterable[int]) -> None:
        """The defining clauses of everything the literals are made of (Tseitin 1968)."""
        inputs_of, written = self._circuit.inputs, self._written
        open_nodes = [abs(literal) for literal in literals]
        while open_nodes:
            node = open_nodes.pop()
            if node in written:
                continue
            written.add(node)
            inputs = inputs_of[node]
            if not inputs:
                continue
            for part in inputs:
                self._solver.add_clause([-node, part])
                open_nodes.append(abs(part))
            self._solver.add_clause([node, *(-part for part in inputs)])
