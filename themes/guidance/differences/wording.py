"""Changes in the words of those who meet them."""

from collections.abc import Mapping
from typing import Any

from themes.documents import Guidance, Option, Question, ThemeDocument
from themes.guidance.proof.flow import Target
from themes.guidance.proof.report import Example
from themes.guidance.proof.wording import Words
from themes.guidance.wording import Names


class DifferenceWords:
    """Sentences about two versions; a question is called what the later one calls it."""

    def __init__(self, before: ThemeDocument, after: ThemeDocument, names: Names) -> None:
        known = {question.code: question for question in (*before.guidance.questions, *after.guidance.questions)}
        self._words = Words(Guidance(questions=tuple(known.values()), rules=after.guidance.rules), names)

    def with_who(self, sentence: str, who: Mapping[str, Any], example: Example) -> str:
        """The sentence with those it is about: everyone who answers like this."""
        told = "，".join(
            f"“{self._words.question(code)}”答“{self._words.answer(code, given)}”" for code, given in who.items()
        )
        when = self._words.circumstances(example)
        return f"{f'{told}的' if told else '所有'}申请人{when}{sentence}。"

    def item_gained(self, item: str) -> str:
        """An item more."""
        return f"要多办事项{self._words.item(item)}"

    def item_lost(self, item: str) -> str:
        """An item less."""
        return f"不再办事项{self._words.item(item)}"

    def material_gained(self, target: Target) -> str:
        """A material more."""
        return f"要多交{self._words.target(target)}"

    def material_lost(self, target: Target) -> str:
        """A material less."""
        return f"不再交{self._words.target(target)}"

    def necessity_changed(self, target: Target) -> str:
        """A material as before, of another necessity."""
        return f"交{self._words.target(target)}的必要性变了"

    def field_gained(self, target: Target) -> str:
        """A field more on the form."""
        return f"表上多了{self._words.target(target)}"

    def field_lost(self, target: Target) -> str:
        """A field less."""
        return f"表上不再有{self._words.target(target)}"

    def value_changed(self, target: Target) -> str:
        """A field filled by guidance otherwise than before."""
        return f"{self._words.target(target)}由引导填的值变了"

    def days_changed(self, item: str, was: str, now: str) -> str:
        """Other promised days."""
        return f"事项{self._words.item(item)}的承诺时限由{was}变为{now}"

    def told_now(self, target: Target) -> str:
        """A reason or notice that was not told before."""
        return f"会看到{self._words.target(target)}"

    def told_no_more(self, target: Target) -> str:
        """One that is told no longer."""
        return f"不再看到{self._words.target(target)}"

    def asked_now(self, question: str) -> str:
        """A question more."""
        return f"要多回答问题“{self._words.question(question)}”"

    def asked_no_more(self, question: str) -> str:
        """A question less."""
        return f"不再回答问题“{self._words.question(question)}”"

    def option_gained(self, question: Question, option: Option) -> str:
        """An option more."""
        return f"问题“{question.text}”可以选“{option.text}”了。"

    def option_lost(self, question: Question, option: Option) -> str:
        """An option less."""
        return f"问题“{question.text}”不能再选“{option.text}”。"

    def bounds_changed(self, was: Question, now: Question) -> str:
        """Another range of numbers."""
        return f"回答“{now.text}”能填的数由{_bounds(was)}变为{_bounds(now)}"

    def must_answer(self, question: Question) -> str:
        """A question that could be left unanswered."""
        return f"不能再不回答“{question.text}”"

    def need_not_answer(self, question: Question) -> str:
        """A question that had to be answered."""
        return f"可以不回答“{question.text}”了"

    def upload_gained(self, material: str) -> str:
        """A material that was not uploaded."""
        return f"要自己上传材料“{self._words.names.materials.get(material, material)}”"

    def upload_lost(self, material: str) -> str:
        """A material that was uploaded."""
        return f"不用再自己上传材料“{self._words.names.materials.get(material, material)}”"

    def prefill_gained(self, library: str) -> str:
        """Fields that a library may fill now."""
        return f"可以由基础库“{self._library(library)}”预填表单"

    def prefill_lost(self, library: str) -> str:
        """Fields that a library may fill no more."""
        return f"不再由基础库“{self._library(library)}”预填表单"

    def wait_gained(self, item: str, other: str) -> str:
        """An item that could be handled at once."""
        return f"办事项{self._words.item(item)}要先等{self._words.item(other)}办好"

    def wait_lost(self, item: str, other: str) -> str:
        """An item that waited for another."""
        return f"办事项{self._words.item(item)}不用再等{self._words.item(other)}办好"

    def choice_gained(self, item: str) -> str:
        """An item that was handled everywhere."""
        return f"只在选办它的区才办事项{self._words.item(item)}"

    def choice_lost(self, item: str) -> str:
        """An item that only some districts had."""
        return f"在各区都办事项{self._words.item(item)}，不再由区里选"

    def division_gained(self, code: str) -> str:
        """A district more."""
        return f"{self._division(code)}的申请人可以办这件事了。"

    def division_lost(self, code: str) -> str:
        """A district less."""
        return f"{self._division(code)}的申请人不能再办这件事。"

    def period_changed(self, was: ThemeDocument, now: ThemeDocument) -> str:
        """Another period of the whole theme."""
        return f"办这件事的期限由{_period(was)}变为{_period(now)}。"

    def _library(self, code: str) -> str:
        return self._words.names.libraries.get(code, code)

    def _division(self, code: str) -> str:
        return self._words.names.divisions.get(code, code)


def _bounds(question: Question) -> str:
    if question.min is None and question.max is None:
        return "任意数"
    if question.max is None:
        return f"不小于 {question.min:.15g}"
    if question.min is None:
        return f"不大于 {question.max:.15g}"
    return f"{question.min:.15g} 至 {question.max:.15g}"


def _period(document: ThemeDocument) -> str:
    if not (document.effective_from or document.effective_to):
        return "不限"
    return f"{document.effective_from or '一直'}至{document.effective_to or '长期'}"
