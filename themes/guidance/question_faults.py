"""What is wrong with questions and rules by themselves: nothing to answer, no words for it, no division answered."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from themes.documents import Guidance, Question, Stop
from themes.guidance.dictionary_options import CHOICES

Code = Literal["no_answer", "no_words", "not_a_division"]


class QuestionFault(msgspec.Struct, frozen=True):
    """A fault with its place in the theme document (JSON pointer)."""

    code: Code
    pointer: str
    message: str


def find_question_faults(guidance: Guidance) -> Iterator[QuestionFault]:
    """Everything of that kind, in document order."""
    for place, question in enumerate(guidance.questions):
        yield from _of_question(question, f"/guidance/questions/{place}")
        if question.code == guidance.division_question and question.type not in ("division6", "division9"):
            message = (
                f"问题“{question.text}”的回答作为办理区划，它问的却不是区或街道。"
                "请把回答方式改回“区”，或在另一个问区的问题上勾选“以这个回答作为办理区划”。"
            )
            yield QuestionFault("not_a_division", "/guidance/division_question", message)
    for place, rule in enumerate(guidance.rules):
        pointer = f"/guidance/rules/{place}"
        if not rule.name.strip():
            yield QuestionFault("no_words", f"{pointer}/name", f"规则 {rule.code} 没有名称。")
        for number, effect in enumerate(rule.effects):
            if isinstance(effect, Stop) and not effect.message.strip():
                message = f"规则“{rule.name}”不能办理，却没有写明原因。"
                yield QuestionFault("no_words", f"{pointer}/effects/{number}/message", message)


def _of_question(question: Question, pointer: str) -> Iterator[QuestionFault]:
    called = question.text.strip() or question.code
    if not question.text.strip():
        yield QuestionFault("no_words", f"{pointer}/text", f"问题 {question.code} 没有写问什么。")
    if question.dictionary is not None and question.type not in CHOICES:
        message = f"问题“{called}”不是选择题，不能从字典 {question.dictionary} 取选项。"
        yield QuestionFault("no_answer", f"{pointer}/dictionary", message)
    if question.type in CHOICES and not question.options:
        why = f"：字典 {question.dictionary} 没有现行的项" if question.dictionary else ""
        yield QuestionFault("no_answer", f"{pointer}/options", f"问题“{called}”没有选项{why}，谁也答不了。")
    for number, option in enumerate(question.options):
        if not option.text.strip():
            message = f"问题“{called}”的选项 {option.code} 没有文字。"
            yield QuestionFault("no_words", f"{pointer}/options/{number}/text", message)
    if question.min is not None and question.max is not None and question.min > question.max:
        message = f"问题“{called}”的最小值 {question.min:g} 大于最大值 {question.max:g}，没有数可以填。"
        yield QuestionFault("no_answer", f"{pointer}/min", message)
