"""Effects that contradict each other on one target, so that only their order decides (advisory)."""

import random
from collections.abc import Iterator

from themes.guidance.proof.context import Context
from themes.guidance.proof.flow import ACCUMULATING, YES, Flow, Step, Target
from themes.guidance.proof.report import NotProved, ProofFinding
from themes.guidance.proof.smallest import example_of
from themes.guidance.proof.solving import Model, Undecided

MOST_PAIRS = 50_000


def find_contradictions(context: Context) -> Iterator[ProofFinding | NotProved]:
    """For every effect the later ones of other rules that want something else of its target for the same applicant."""
    flow = context.flow
    pairs: list[tuple[Target, Step, Step]] = []
    for target, steps in flow.steps.items():
        if target.kind not in ACCUMULATING:
            pairs += [
                (target, one, other)
                for place, one in enumerate(steps)
                for other in steps[place + 1 :]
                if other.rule != one.rule and other.value != one.value
            ]
    if len(pairs) > MOST_PAIRS:
        reason = f"有 {len(pairs)} 对作用要比较，超过 {MOST_PAIRS} 对，没有逐对检查。"
        yield NotProved("contradiction", "/guidance", reason)
        return
    queries = [[flow.complete, one.fires, other.fires, flow.noticeable(target)] for target, one, other in pairs]
    chance = random.Random(len(pairs))  # noqa: S311 - samples, not secrets
    wishes = [[one.fires, other.fires, *_selecting(flow, target, chance)] for target, one, other in pairs]
    found: dict[tuple[Target, str], list[tuple[Step, Step, Model]]] = {}
    for (target, one, other), model in zip(pairs, context.survey.find_each(queries, wishes), strict=True):
        if isinstance(model, Undecided):
            yield context.undecided("contradiction", _pointer(one))
        elif model is not None:
            found.setdefault((target, _pointer(one)), []).append((one, other, model))
    for (target, _), met in found.items():
        yield _told(context, target, met)


def _selecting(flow: Flow, target: Target, chance: random.Random) -> list[int]:
    """That some effect selects the item that the target is of; nothing where that is no matter."""
    adding = [step for step in flow.steps.get(Target("item", None, target.owner or ""), ()) if step.value == YES]
    return [chance.choice(adding).fires] if adding else []


def _told(context: Context, target: Target, met: list[tuple[Step, Step, Model]]) -> ProofFinding:
    rules = context.flow.document.guidance.rules
    one, first, model = met[0]
    others = {_pointer(other): rules[other.rule] for _, other, _ in met}
    names = "、".join(dict.fromkeys(f"“{rule.name}”" for rule in others.values()))
    equal = any(rule.priority == rules[one.rule].priority for rule in others.values())
    decides = "优先级相同，只凭编码的先后决定" if equal else "由优先级决定，以后面的为准"
    example = example_of(context.flow, model)
    decisive = context.flow.space.questions_in([one.fires, first.fires])
    sentence = (
        f"规则“{rules[one.rule].name}”与{names}对{context.words.target(target)}的要求不同，会同时起作用，{decides}。"
        f"例：{context.words.answers(example, decisive)}。"
    )
    return ProofFinding("contradiction", _pointer(one), sentence, example, tuple(others))


def _pointer(step: Step) -> str:
    return f"/guidance/rules/{step.rule}/effects/{step.effect}"
