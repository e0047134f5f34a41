"""Boolean circuits: conjunctions and negations, each written once, simulated on many samples at a time.

A literal is an int: a node, or its negation as the negative number. A node's inputs have smaller numbers.
"""

from collections.abc import Iterable, Mapping

from themes.guidance.proof.interrupting import look_in

TRUE, FALSE = 1, -1

_NODES_BETWEEN = 256  # two looks of whoever watches


class Circuit:
    """`inputs[node]`: the literals whose conjunction the node is; None for one of the `variables`."""

    def __init__(self) -> None:
        self.inputs: list[tuple[int, ...] | None] = [None, ()]  # node 0 is no node, node 1 is true
        self.variables: set[int] = set()
        self._known: dict[tuple[int, ...], int] = {}
        self._asked = 0  # how often a conjunction was

    def variable(self) -> int:
        """A new variable."""
        self.inputs.append(None)
        self.variables.add(len(self.inputs) - 1)
        return len(self.inputs) - 1

    def all_of(self, parts: Iterable[int]) -> int:
        """The conjunction, simplified where a part is constant, repeated or contradicted."""
        self._asked += 1
        if self._asked % _NODES_BETWEEN == 0:
            look_in()
        seen: set[int] = set()
        for part in parts:
            if part == FALSE or -part in seen:
                return FALSE
            if part != TRUE:
                seen.add(part)
        if len(seen) < 2:
            return seen.pop() if seen else TRUE
        key = tuple(sorted(seen))
        node = self._known.get(key)
        if node is None:
            self.inputs.append(key)
            node = self._known[key] = len(self.inputs) - 1
        return node

    def any_of(self, parts: Iterable[int]) -> int:
        """The disjunction."""
        return -self.all_of(-part for part in parts)

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`then` where the condition holds, `otherwise` elsewhere."""
        if then == otherwise:
            return then
        return self.any_of((self.all_of((condition, then)), self.all_of((-condition, otherwise))))

    def differ(self, left: int, right: int) -> int:
        """Exactly one of the two."""
        return self.choose(left, -right, right)

    def cone(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots are made of, ascending, constants left out."""
        found: set[int] = set()
        open_nodes = [abs(root) for root in roots]
        while open_nodes:
            node = open_nodes.pop()
            if node > TRUE and node not in found:
                found.add(node)
                open_nodes.extend(abs(part) for part in self.inputs[node] or ())
        return sorted(found)

    def replaced(self, variables: Mapping[int, int], roots: Iterable[int]) -> dict[int, int]:
        """Node → literal that is the node with variables exchanged, for every node of the roots' cone that changes."""
        changed = dict(variables)
        for node in self.cone(roots):
            inputs = self.inputs[node]
            if inputs and any(abs(part) in changed for part in inputs):
                changed[node] = self.all_of(exchanged(changed, part) for part in inputs)
        return changed


def exchanged(changed: Mapping[int, int], literal: int) -> int:
    """The literal after `Circuit.replaced`."""
    node = changed.get(abs(literal))
    if node is None:
        return literal
    return node if literal > 0 else -node


class Simulation:
    """Every node's value on many samples at once: bit n of an int is the value on sample n.

    `rows`: variable → its bits; a variable not named is false everywhere.
    """

    def __init__(self, circuit: Circuit, rows: Mapping[int, int], samples: int) -> None:
        self.circuit, self.rows = circuit, rows
        self.everywhere = (1 << samples) - 1
        self._values = [0, self.everywhere]

    def of(self, literal: int) -> int:
        """The samples on which the literal holds."""
        if abs(literal) >= len(self._values):
            self._extend()
        value = self._values[abs(literal)]
        return value if literal > 0 else value ^ self.everywhere

    def _extend(self) -> None:
        values, everywhere = self._values, self.everywhere
        for node in range(len(values), len(self.circuit.inputs)):
            if node % _NODES_BETWEEN == 0:
                look_in()
            inputs = self.circuit.inputs[node]
            if inputs is None:
                values.append(self.rows.get(node, 0))
                continue
            value = everywhere
            for part in inputs:
                value &= values[part] if part > 0 else ~values[-part]
                if not value:
                    break
            values.append(value)


def first_bit(bits: int) -> int:
    """The place of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1
