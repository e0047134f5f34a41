"""What a proof is about, and its findings, in words."""

from collections.abc import Container, Mapping
from typing import Any

from themes.documents import Guidance, Question
from themes.guidance.periods import find_boundaries
from themes.guidance.proof.flow import Target
from themes.guidance.proof.report import Example, Property
from themes.guidance.wording import Names, answer_text

PROPERTIES_IN_WORDS: Mapping[Property, str] = {
    "dead_end": "每一类回答都有事项可办，或说明了为什么不能办",
    "waits_in_vain": "没有事项要等一个永远不会同时办的事项",
    "contradiction": "没有规则对同一件事要求不同",
    "never_matters": "没有永远不起作用的问题、选项、规则、作用、须知、事项、材料或字段",
}


class Words:
    """What things of a theme are called. A question is called by its text, everything else by its name or code."""

    def __init__(self, guidance: Guidance, names: Names) -> None:
        self.names = names
        self._is_dated = bool(find_boundaries(guidance))
        self._questions: Mapping[str, Question] = {question.code: question for question in guidance.questions}

    def item(self, code: str) -> str:
        """An item in quotation marks."""
        return f"“{self.names.items.get(code, code)}”"

    def target(self, target: Target) -> str:
        """What effects compete for."""
        match target.kind:
            case "item":
                return f"事项{self.item(target.name)}"
            case "material":
                name = self.names.materials.get(target.name, target.name)
                return f"事项{self.item(target.owner or '')}的材料“{name}”"
            case "field":
                if target.owner is None:
                    return f"共用字段“{self.names.fields.get(target.name, target.name)}”"
                label = self.names.fields.get(f"{target.owner}.{target.name}", target.name)
                return f"事项{self.item(target.owner)}的字段“{label}”"
            case "days":
                return f"事项{self.item(target.owner or '')}的承诺时限"
            case "notice":
                return f"须知“{self.names.notices.get(target.name, target.name)}”"
            case "stop":
                return f"不能办理的原因“{target.name}”"

    def answers(self, example: Example, only: Container[str] | None = None) -> str:
        """The answers of an example, to all questions or to some, with the day where it counts."""
        parts = [
            f"“{self.question(code)}”答“{self.answer(code, given)}”"
            for code, given in example.answers.items()
            if only is None or code in only
        ]
        told = "，".join(parts) or "什么也不用回答"
        return f"{told}（{self.circumstances(example)}申请）" if self.circumstances(example) else told

    def circumstances(self, example: Example) -> str:
        """On which day and in which division, where that counts: "2025-06-01 在黄浦区"; else nothing."""
        place = self.names.divisions.get(example.division, example.division) if example.division else ""
        when = f"{example.on} " if example.on and self._is_dated else ""
        return f"{when}{f'在{place}' if place else ''}"

    def question(self, code: str) -> str:
        """The text of a question."""
        question = self._questions.get(code)
        return question.text if question is not None else code

    def answer(self, code: str, given: Any) -> str:
        """An answer as the applicant sees it."""
        return answer_text(self._questions.get(code), given, self.names)
