"""The smallest applicant with given properties: fewest questions answered, then fewest options, then first in order."""

from collections.abc import Iterable, Mapping, Sequence

from themes.guidance.proof.circuit import FALSE, TRUE, Circuit
from themes.guidance.proof.flow import Flow
from themes.guidance.proof.report import Example
from themes.guidance.proof.solving import Model, Undecided
from themes.guidance.proof.survey import Survey

Key = tuple[str, str]  # of a question


def example_of(flow: Flow, model: Model, *, is_smallest: bool = False) -> Example:
    """What the model answers to the questions it sees."""
    shown = _judged(flow.circuit, flow.asking, model)
    seen = [key for key, literal in flow.visible.items() if shown[abs(literal)] == (literal > 0)]
    day, division = flow.space.world_of(model)
    on = day.isoformat() if day else None
    return Example(flow.space.answers_of(model, seen), on, division or None, is_smallest)


def keys_where(flow: Flow, literals: Mapping[Key, int], model: Model) -> list[Key]:
    """The questions whose literal holds in the model."""
    return [key for key, holds in zip(literals, truths(flow.circuit, literals.values(), model), strict=True) if holds]


def truths(circuit: Circuit, literals: Iterable[int], model: Model) -> list[bool]:
    """Whether each literal holds in a model, which need name variables only."""
    literals = list(literals)
    known = _judged(circuit, circuit.cone(literals), model)
    return [known[abs(literal)] == (literal > 0) for literal in literals]


def _judged(circuit: Circuit, cone: Iterable[int], model: Model) -> dict[int, bool]:
    known: dict[int, bool] = {TRUE: True}
    for node in cone:
        inputs = circuit.inputs[node]
        known[node] = node in model if inputs is None else all(known[abs(one)] == (one > 0) for one in inputs)
    return known


def find_smallest(flow: Flow, survey: Survey, literals: Sequence[int], found: Model) -> Example:
    """The smallest of all applicants for whom the literals hold; `found` is one of them.

    Where the solver gives up on the way the best so far is handed back, and not called the smallest.
    """
    circuit, solver = flow.circuit, survey.solver
    best = found
    try:
        at_least = _counter(flow)
        while True:
            size = sum(truths(flow.circuit, at_least, best))
            if size == 0:
                break
            smaller = solver.find([*literals, -at_least[size - 1]])
            if smaller is None:
                break
            best = smaller
        fixed = [*literals, *([-at_least[size]] if size < len(at_least) else [])]
        for preferred in _preferences(flow):
            if circuit.all_of([*fixed, preferred]) == FALSE:
                continue
            model = solver.find([*fixed, preferred])
            if model is not None:
                best = model
                fixed.append(preferred)
    except Undecided:
        return example_of(flow, best)
    return example_of(flow, best, is_smallest=True)


def _counter(flow: Flow) -> list[int]:
    """Literal n: more than n answers and further options are counted (a unary counter)."""
    circuit = flow.circuit
    at_least: list[int] = []
    for counted in _counted(flow):
        carried = counted
        for place, held in enumerate(at_least):
            at_least[place] = circuit.any_of([held, carried])
            carried = circuit.all_of([held, carried])
        at_least.append(carried)
    return at_least


def _counted(flow: Flow) -> Iterable[int]:
    circuit = flow.circuit
    for key, shown in flow.visible.items():
        raw = flow.space.raws[key]
        if raw.choice is not None:
            yield circuit.all_of([shown, flow.space.answered(key)])
        else:
            yield from (circuit.all_of([shown, literal]) for literal in raw.options.values())


def _preferences(flow: Flow) -> Iterable[int]:
    """The first day, then question by question: not to be asked, else the first answer, or no option but the first."""
    yield from flow.space.worlds.literals
    for key, shown in flow.visible.items():
        raw = flow.space.raws[key]
        yield -shown
        if raw.choice is not None:
            yield from raw.choice.literals
        else:
            yield from raw.options.values()
