"""Every applicant ends somewhere (blocking), and nobody waits for what cannot come (blocking)."""

from collections.abc import Iterator

from themes.guidance.proof.circuit import FALSE
from themes.guidance.proof.context import Context
from themes.guidance.proof.flow import NONE
from themes.guidance.proof.report import NotProved, ProofFinding
from themes.guidance.proof.smallest import find_smallest
from themes.guidance.proof.solving import Undecided


def find_dead_ends(context: Context) -> Iterator[ProofFinding | NotProved]:
    """The smallest set of answers that ends in no item and no declared exit, if there is one."""
    flow, survey = context.flow, context.survey
    nowhere = [flow.complete, -flow.ends]
    try:
        found = survey.find(nowhere)
        if found is None:
            return
        example = find_smallest(flow, survey, nowhere, found)
    except Undecided:
        yield context.undecided("dead_end", "/guidance")
        return
    told = context.words.answers(example)
    yield ProofFinding(
        "dead_end", "/guidance", f"这样回答的申请人没有任何事项可办，也没有说明不能办理的原因：{told}。", example
    )


def find_vain_waits(context: Context) -> Iterator[ProofFinding | NotProved]:
    """Items that wait for one which is never selected with them, and whose result cannot be brought along."""
    flow, survey = context.flow, context.survey
    for place, item in enumerate(flow.document.items):
        for number, other in enumerate(item.depends_on):
            if other not in flow.items or other == item.code:
                continue
            pointer = f"/items/{place}/depends_on/{number}"
            alone = [flow.complete, flow.selected[item.code]]
            try:
                if survey.find([*alone, flow.selected[other]]) is not None or _brings_result(context, item.code, other):
                    continue
                found = survey.find(alone)
                if found is None:
                    continue
                example = find_smallest(flow, survey, alone, found)
            except Undecided:
                yield context.undecided("waits_in_vain", pointer)
                continue
            this, that = context.words.item(item.code), context.words.item(other)
            sentence = (
                f"{this}要等{that}办好，可是没有一种回答会同时办这两个事项，材料里也没有{that}的结果可以带来。"
                f"例：{context.words.answers(example)}。"
            )
            yield ProofFinding("waits_in_vain", pointer, sentence, example)


def _brings_result(context: Context, item: str, other: str) -> bool:
    """Whether some applicant hands in, for the item, a material that is the other's result; raises Undecided."""
    flow = context.flow
    results = {binding.code for binding in flow.document.materials if binding.result_of_item == other}
    targets = [one for one in flow.targets() if one.kind == "material" and one.owner == item and one.name in results]
    asked = [-flow.slots_after(one, len(flow.steps.get(one, ()))).get(NONE, FALSE) for one in targets]
    return context.survey.find([flow.complete, flow.selected[item], flow.circuit.any_of(asked)]) is not None
