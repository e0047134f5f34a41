"""The order in which questions can be judged: a question after all questions its `show_when` names."""

import datetime
from collections.abc import Iterable, Sequence

from opsplatform.kernel.conditions import names_in
from themes.documents import Guidance, Question
from themes.guidance.periods import is_in_force


def find_show_when_cycles(guidance: Guidance, on: datetime.date | None = None) -> list[tuple[str, ...]]:
    """The groups of questions whose `show_when` lead back to themselves; codes in question order, groups too.

    Such questions are never visible. With a day, only questions in force on it are looked at.
    """
    questions = [question for question in guidance.questions if on is None or is_in_force(question, on)]
    ordered = sort_questions(questions)
    cycles = [
        tuple(question.code for question in ordered if question.code in group)
        for group in _strong_groups(_dependencies(ordered))
        if len(group) > 1 or _names_itself(ordered, group)
    ]
    places = {question.code: place for place, question in enumerate(ordered)}
    return sorted(cycles, key=lambda cycle: places[cycle[0]])


def sort_questions(questions: Iterable[Question]) -> list[Question]:
    """The questions as people meet them: by `order`, equal ones as they stand in the document."""
    return sorted(questions, key=lambda question: question.order)


def order_for_judging(questions: Sequence[Question]) -> list[Question]:
    """The questions such that each comes after those it depends on, otherwise in the order given; cyclic ones left out.

    A question left out is never visible; those that name it see it unanswered.
    """
    dependencies = _dependencies(questions)
    by_code = {question.code: question for question in questions}
    groups = _strong_groups(dependencies)
    judged = [code for group in groups if len(group) == 1 for code in group if code not in dependencies[code]]
    return [by_code[code] for code in judged]


def _names_itself(questions: Sequence[Question], group: frozenset[str]) -> bool:
    return any(question.code in group and question.code in names_in(question.show_when) for question in questions)


def _dependencies(questions: Iterable[Question]) -> dict[str, tuple[str, ...]]:
    questions = tuple(questions)
    known = {question.code for question in questions}
    return {
        question.code: tuple(dict.fromkeys(name for name in names_in(question.show_when) if name in known))
        for question in questions
    }


def _strong_groups(dependencies: dict[str, tuple[str, ...]]) -> list[frozenset[str]]:
    """The strongly connected components, each after those it depends on (Tarjan 1972, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_codes: list[str] = []
    is_open: set[str] = set()
    groups: list[frozenset[str]] = []
    for root, first_step in dependencies.items():
        if root in index:
            continue
        walk = [(root, iter(first_step))]
        index[root] = low[root] = len(index)
        open_codes.append(root)
        is_open.add(root)
        while walk:
            code, rest = walk[-1]
            following = next(rest, None)
            if following is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[code])
                if low[code] == index[code]:
                    place = open_codes.index(code)
                    group = frozenset(open_codes[place:])
                    del open_codes[place:]
                    is_open -= group
                    groups.append(group)
            elif following not in index:
                index[following] = low[following] = len(index)
                open_codes.append(following)
                is_open.add(following)
                walk.append((following, iter(dependencies[following])))
            elif following in is_open:
                low[code] = min(low[code], index[following])
    return groups
