"""The door of the proof."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator

from themes.documents import ThemeDocument
from themes.guidance.answers import Divisions
from themes.guidance.proof.classes import tests_in
from themes.guidance.proof.context import Context
from themes.guidance.proof.contradictions import find_contradictions
from themes.guidance.proof.counting import count_classes
from themes.guidance.proof.ends import find_dead_ends, find_vain_waits
from themes.guidance.proof.flow import Flow
from themes.guidance.proof.interrupting import tell_parts
from themes.guidance.proof.mattering import find_idle
from themes.guidance.proof.report import NotProved, ProofFinding, ProofReport, Property
from themes.guidance.proof.space import AnswerSpace, conditions_of
from themes.guidance.proof.streets import TWO_STREETS, are_taken_together
from themes.guidance.proof.survey import Survey
from themes.guidance.proof.wording import Words
from themes.guidance.visibility import find_show_when_cycles
from themes.guidance.wording import NO_NAMES, Names

CONFLICTS_EACH = 20_000  # of the solver, on one question
CONFLICTS = 100_000  # on all of a proof's questions
NODES = 1_000_000  # of the circuit, simulated on counterparts of the samples
MOST_TESTS = 100_000  # tests in all conditions of a theme

PROPERTIES: tuple[Property, ...] = ("dead_end", "waits_in_vain", "never_matters", "contradiction")

_PARTS: dict[Property, Callable[[Context], Iterator[ProofFinding | NotProved]]] = {
    "dead_end": find_dead_ends,
    "waits_in_vain": find_vain_waits,
    "contradiction": find_contradictions,
    "never_matters": find_idle,
}


def prove(
    document: ThemeDocument,
    *,
    names: Names = NO_NAMES,
    divisions: Divisions | None = None,
    on: datetime.date | None = None,
    properties: tuple[Property, ...] = PROPERTIES,
) -> ProofReport:
    """What holds for every applicant of the theme, from the day given on, and what does not (domain.md §2, §6).

    `divisions`: those that may be answered, by code; None takes those that conditions name and one more. `on` None: all
    days. `properties`: only these are looked at. Never raises for a document that can be read; what cannot be judged
    is not proved. Long ones can be watched and broken off (`interrupting.watched`).
    """
    reason = why_not(document)
    if reason is not None:
        return ProofReport(None, (), tuple(NotProved(one, "/guidance", reason) for one in properties))
    space = AnswerSpace([document], divisions, on)
    flow = Flow(space, document)
    wishes = [[flow.complete, fires] for fires in flow.fires.values()]
    findings: list[ProofFinding] = []
    not_proved: list[NotProved] = []
    with Survey(space, wishes, conflicts=CONFLICTS_EACH, allowance=CONFLICTS, nodes=NODES) as survey:
        if are_taken_together(flow, survey):
            return ProofReport(None, (), tuple(NotProved(one, "/guidance", TWO_STREETS) for one in properties))
        context = Context(flow, survey, Words(document.guidance, names))
        for done, one in enumerate(properties):
            tell_parts(done, len(properties) + 1)
            for told in _PARTS[one](context):
                if isinstance(told, NotProved):
                    not_proved.append(told)
                else:
                    findings.append(told)
    tell_parts(len(properties), len(properties) + 1)  # the classes are still to be counted
    findings.sort(key=lambda finding: not finding.is_blocking)
    return ProofReport(count_classes(flow), tuple(findings), tuple(not_proved))


def why_not(document: ThemeDocument) -> str | None:
    """Why nothing can be proved about the theme, if so."""
    guidance = document.guidance
    if cycles := find_show_when_cycles(guidance):
        return f"问题的显示条件形成循环：{'、'.join(cycles[0])}。"
    for elements in (guidance.questions, guidance.rules, document.items, document.notices):
        repeated = [code for code, times in Counter(one.code for one in elements).items() if times > 1]
        if repeated:
            return f"编码 {repeated[0]} 出现了不止一次。"
    multis = {question.code for question in guidance.questions if question.type == "multi"}
    count = 0
    for condition in conditions_of(document):
        for test in tests_in(condition):
            count += 1
            listed = test.value if test.op in ("in", "not_in") else (test.value,)
            is_equality = test.q in multis and test.op in ("eq", "ne", "in", "not_in")
            if is_equality and any(isinstance(one, list | tuple) for one in listed):
                return f"有条件把多选题 {test.q} 的整组答案连同先后次序拿来比较，证明不处理这种条件。"
    return f"条件里有 {count} 个判断，超过 {MOST_TESTS} 个。" if count > MOST_TESTS else None
