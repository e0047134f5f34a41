"""Where answers lead, as the preview shows it: questions with problems, items, materials, rules, figures, cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opsplatform.kernel.condition_wording import number_text
from themes.documents import Question, SavedCase
from themes.guidance.answers import AnswerProblem
from themes.guidance.explanation import Cause, Explanation, GivenAnswer, explain
from themes.guidance.wording import condition_sentence, effect_sentence
from themes.packages.evaluation import OpenPackage, PathOutcome
from themes.packages.structure import PackageItem
from themes.pages.preview_given import ANSWER

_MEASURES = (
    ("windows", "环节（跑几个部门）", "个"),
    ("days", "时间", "个工作日"),
    ("materials", "材料", "份"),
    ("visits", "跑动", "次"),
    ("fields", "填写字段", "项"),
)
_EXEMPT = {"data_share": "数据共享核验，免提交", "generated": "由申请表自动生成"}
_EXPECTED = {
    "visible_questions": "出现的问题", "fired_rules": "触发的规则", "items": "办理事项", "stopped": "不能办理的原因",
    "notices": "提示的须知", "field_count_before": "改革前字段数", "field_count_merged": "合并后字段数",
    "fields_prefilled": "预填字段数", "fields_from_guide": "引导带入字段数", "fields_left_to_fill": "须填写字段数",
    "materials_before": "改革前材料数", "materials_merged": "合并后材料数", "materials_to_submit": "须提交的材料",
    "days_before_serial_statutory": "改革前时限", "days_after_parallel_promised": "改革后时限",
    "visits_before": "改革前跑动", "visits_after": "改革后跑动", "windows_before": "改革前环节",
    "windows_after": "改革后环节",
}  # fmt: skip


@dataclass(frozen=True)
class Option:
    code: str
    text: str
    help: str
    is_chosen: bool


@dataclass(frozen=True)
class ShownQuestion:
    """A visible question. `widget`: radio, checkbox, number, date or select (whose options may stand in groups)."""

    name: str
    question: Question
    widget: str
    value: Any
    options: list[Option]
    groups: list[tuple[str, list[Option]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    least: str = ""
    most: str = ""


@dataclass(frozen=True)
class ShownItem:
    code: str
    name: str
    formal_name: str
    department: str
    receiver: str
    days: int
    statutory_days: int
    waits_for: list[str]
    results: list[str]
    reasons: list[str]


@dataclass(frozen=True)
class ShownMaterial:
    """A material of the path, once; `how` says who brings it, `is_uploaded` whether the applicant does."""

    name: str
    items: list[str]
    how: str
    is_uploaded: bool
    reasons: list[str]


@dataclass(frozen=True)
class FiredRule:
    code: str
    name: str
    because: str
    does: list[str]


@dataclass(frozen=True)
class Measure:
    """One of the 四减: before and after, and the share saved in per cent."""

    name: str
    unit: str
    before: int
    after: int

    @property
    def saved(self) -> int | None:
        return round(100 * (self.before - self.after) / self.before) if self.before else None


@dataclass(frozen=True)
class Comparison:
    """A saved case against what is computed now."""

    name: str
    expected: Any
    computed: Any

    @property
    def is_equal(self) -> bool:
        return bool(self.expected == self.computed)


class ShownOutcome:
    """Everything the preview tells of the path of some answers."""

    def __init__(
        self, opened: OpenPackage, given: Mapping[str, Any], path: PathOutcome, problems: Sequence[AnswerProblem]
    ) -> None:
        """`given`: the answers as typed, good or not; `problems`: what is wrong with them."""
        self.opened, self.given, self.path = opened, given, path
        self.answers = path.guidance.answers
        self.why: Explanation = explain(opened.guidance.as_of(path.on), path.guidance, opened.names)
        self._by_question: dict[str, list[str]] = {}
        for problem in problems:
            self._by_question.setdefault(problem.question, []).append(problem.message)
        self._questions = {question.code: question for question in opened.package.guidance.questions}

    # --- for the citizen -------------------------------------------------------------------------------------------

    def questions(self) -> list[ShownQuestion]:
        """The visible questions in order."""
        return [self._question(self._questions[code]) for code in self.path.guidance.visible_questions]

    def unanswered(self) -> int:
        """How many visible required questions are still open."""
        return len(self.opened.unanswered(self.path.guidance))

    def kept(self) -> dict[str, Any]:
        """Answers to questions that are not visible now: kept in case they are again."""
        return {
            code: answer
            for code, answer in self.given.items()
            if code in self._questions and code not in self.path.guidance.visible_questions
        }

    def items(self) -> list[ShownItem]:
        """The items to be done, in theme order."""
        reasons = {one.item: one for one in self.why.items}
        days = {one.item: one.causes for one in self.why.promised_days}
        shown = []
        for code in self.path.guidance.items:
            item, names = self.opened.items[code], self.opened.names.items
            told = ["每次都办"] if reasons[code].mandatory else []
            told += [_cause(cause) for cause in reasons[code].causes]
            told += [f"承诺时限由规则确定：{_cause(cause)}" for cause in days.get(code, ())]
            shown.append(
                ShownItem(
                    code=code,
                    name=item.content.daily_name or item.content.name,
                    formal_name=item.content.name,
                    department=item.department_name,
                    receiver=self._receiver(item),
                    days=self.path.days[code],
                    statutory_days=item.content.statutory_days,
                    waits_for=[names[other] for other in item.depends_on if other in self.path.guidance.items],
                    results=[result.name for result in item.content.results],
                    reasons=told,
                )
            )
        return shown

    def materials(self) -> list[ShownMaterial]:
        """The materials, each once, those to be uploaded first."""
        reasons: dict[str, list[str]] = {}
        askers: dict[str, list[str]] = {}
        for one in self.why.materials:
            askers.setdefault(one.material, []).append(self.opened.names.items[one.item])
            told = [_cause(cause) for cause in one.causes] or [_answers(one.answers)] * bool(one.answers)
            known = reasons.setdefault(one.material, [])
            known.extend(reason for reason in told if reason not in known)
        shown = [
            ShownMaterial(
                name=self.opened.materials[code].content.name,
                items=askers[code],
                how=self._how(code),
                is_uploaded=code in self.path.materials_to_submit,
                reasons=reasons[code],
            )
            for code in self.path.materials
        ]
        return sorted(shown, key=lambda one: not one.is_uploaded)

    def notices(self) -> list[Any]:
        """The default notices and those that rules add, in order."""
        told = self.path.guidance.notices
        notices = [one for one in self.opened.package.notices if one.default or one.code in told]
        return sorted(notices, key=lambda one: one.order)

    def measures(self) -> list[Measure]:
        """四减 of the path."""
        pairs = self.path.figures.as_pairs()
        return [Measure(title, unit, pairs[name]["before"], pairs[name]["after"]) for name, title, unit in _MEASURES]

    # --- for the official ------------------------------------------------------------------------------------------

    def stops(self) -> list[tuple[str, list[str]]]:
        """The declared exits with their reasons."""
        return [(one.message, [_cause(cause) for cause in one.causes]) for one in self.why.stopped]

    def rules(self) -> list[FiredRule]:
        """The rules that fired, in the order in which they count."""
        guidance, names = self.opened.package.guidance, self.opened.names
        rules = {rule.code: rule for rule in guidance.rules}
        return [
            FiredRule(
                code=code,
                name=rules[code].name,
                because=condition_sentence(rules[code].when, guidance, names),
                does=[effect_sentence(effect, names) for effect in rules[code].effects],
            )
            for code in self.path.guidance.fired_rules
        ]

    def left_out(self) -> list[str]:
        """What rules took away: items, and materials of selected items."""
        names = self.opened.names
        removed = [f"不办“{names.items[one.item]}”：{_causes(one.causes)}" for one in self.why.removed_items]
        waived = [
            f"“{names.items[one.item]}”免交“{names.materials[one.material]}”：{_causes(one.causes)}"
            for one in self.why.waived_materials
        ]
        return [*removed, *waived]

    def comparisons(self, case: SavedCase) -> list[Comparison]:
        """The saved case as the gate judges it, expected against computed."""
        computed = self.opened.evaluate(case.answers, self.path.on)
        return [
            Comparison(_EXPECTED.get(key, key), expected, computed.get(key)) for key, expected in case.expected.items()
        ]

    # --- the parts -------------------------------------------------------------------------------------------------

    def _question(self, question: Question) -> ShownQuestion:
        given = self.given.get(question.code)
        chosen = given if isinstance(given, list) else [given]
        options = [Option(one.code, one.text, one.help, one.code in chosen) for one in question.options]
        groups: list[tuple[str, list[Option]]] = []
        widget = {"multi": "checkbox", "number": "number", "date": "date"}.get(question.type, "radio")
        if question.type == "boolean":
            options = [Option("true", "是", "", given is True), Option("false", "否", "", given is False)]
        elif question.type in ("division6", "division9"):
            widget, groups = "select", self._places(question, given)
            options = groups[0][1] if len(groups) == 1 else []
        return ShownQuestion(
            name=ANSWER + question.code,
            question=question,
            widget=widget,
            value="" if given is None else number_text(given) if isinstance(given, float) else given,
            options=options,
            groups=groups if len(groups) > 1 else [],
            problems=self._by_question.get(question.code, []),
            least="" if question.min is None else number_text(question.min),
            most="" if question.max is None else number_text(question.max),
        )

    def _places(self, question: Question, given: Any) -> list[tuple[str, list[Option]]]:
        """Districts, or the streets of the answered district (else of every district), statistical units left out."""
        known = self.opened.package.divisions
        is_street = question.type == "division9"
        district = self.given.get(self.opened.package.guidance.division_question or "") if is_street else None
        groups: dict[str, list[Option]] = {}
        for code, place in known.items():
            parent = known.get(place.parent or "")
            if len(code) != (9 if is_street else 6) or place.is_statistical or parent is None:
                continue
            if district is None or place.parent == district:
                groups.setdefault(parent.name, []).append(Option(code, place.name, "", code == given))
        return list(groups.items())

    def _receiver(self, item: PackageItem) -> str:
        """The body that receives the item where the applicant is, as far as the answers tell."""
        places = [
            answer for code, answer in self.answers.items() if self._questions[code].type in ("division6", "division9")
        ]
        bodies = {receiver.division: receiver.name for receiver in item.receivers}
        for place in sorted(places, key=len, reverse=True):
            if place in bodies:
                return bodies[place]
        return item.receivers[0].name if len(item.receivers) == 1 else ""

    def _how(self, code: str) -> str:
        material = self.opened.materials[code]
        if material.result_of_item in self.path.guidance.items:
            return f"“{self.opened.names.items[material.result_of_item or '']}”办结后自动带入"
        exempt = material.content.exempt
        if exempt == "e_license":
            return f"调用电子证照：{material.content.e_license or material.content.name}"
        return _EXEMPT.get(exempt or "", "须上传")


def _cause(cause: Cause) -> str:
    return f"规则“{cause.name}”（{_answers(cause.answers)}）" if cause.answers else f"规则“{cause.name}”"


def _causes(causes: Sequence[Cause]) -> str:
    return "；".join(_cause(cause) for cause in causes)


def _answers(answers: Sequence[GivenAnswer]) -> str:
    return "，".join(f"{one.text} {one.answer_text}" for one in answers)
