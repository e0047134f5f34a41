"""The decision table of a theme: a row for each rule in the order in which they hold, a column for each question."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from opsplatform.kernel.codes import ELEMENT_CODE_RULE, is_element_code
from opsplatform.kernel.condition_spelling import Unreadable
from opsplatform.kernel.conditions import Condition, all_of
from opsplatform.kernel.days import parse_day
from themes.documents import LONGEST_TITLE, Basis, Effect, Guidance, Question, Rule, ThemeDocument
from themes.guidance.tables import conditions, effects
from themes.guidance.tables.words import Words, bracketed, read_code
from themes.guidance.wording import NO_NAMES, Names, rule_sentence

MOST_PROBLEMS = 500
MOST_COLUMNS = 100  # that a file may have (opsplatform.spreadsheets.reader_process)
CODE, NAME, PRIORITY, REST = "规则代码", "名称", "优先级", "还须满足"
FROM, TO, LAW, SOURCE = "生效日期", "失效日期", "法律依据", "资料来源"
_FIRST, _LAST = (CODE, NAME, PRIORITY), (FROM, TO, LAW, SOURCE)
_FIXED = (*_FIRST, REST, *effects.COLUMNS, *_LAST)
_SAID_IN: Mapping[str, str] = {
    "name": NAME, "priority": PRIORITY, "when": REST, "effective_from": FROM, "effective_to": TO, "legal_basis": LAW,
    "confidence": SOURCE,
}  # fmt: skip
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_BAR, _UNTIL = "｜", "至"

HELPS: Mapping[str, str] = {
    CODE: "在主题里不重复；改代码就是删去一条规则、添上另一条。表里没有的规则会被删去",
    NAME: "这条规则做什么",
    PRIORITY: "整数；规则按优先级从小到大判断，相同时按代码",
    "问题的列": "空着即不问；一行一个要求，几行都要满足。选项写文字或代码，几个中的一个用“、”分开；"
    "还可以写：非 选项、≥ 数字、≤ 数字、> 数字、< 数字、已回答、参数“名称”；多选写：选了 选项，或 选了 选项、选项 之一",
    REST: '各列写不下的条件，例如 【问题代码】 等于 "选项代码" 或者 不是（【问题代码】 已填写）；没有条件时写“总是”',
    **effects.HELPS,
    FROM: "例如 2026-01-31；空着即不限",
    TO: "最后一天；空着即不限",
    LAW: f"每行一个：名称{_BAR}条款{_BAR}2024-01-01 {_UNTIL} 2026-12-31；条款和期限可以不写",
    SOURCE: "资料的出处",
}  # fmt: skip


class CellFault(msgspec.Struct, frozen=True):
    """Something wrong in the table: the line, the place of its column from 0 (None for the whole line), a sentence."""

    line: int
    column: int | None
    heading: str
    sentence: str


class Change(msgspec.Struct, frozen=True):
    """One difference between two tables: the rule, the heading of the column, what the cell says on both sides.

    Without a heading a whole rule came or went, told as a sentence; the side that lacks it is None.
    """

    rule: Rule
    heading: str
    before: str | None
    after: str | None


# --- out --------------------------------------------------------------------------------------------------------------


def headings_of(document: ThemeDocument, names: Names = NO_NAMES) -> list[str]:
    """The headings: what a rule is called, its questions, what it brings about, from when and why."""
    guidance = document.guidance
    questions = [f"{bracketed(one.code)}{one.text}" for one in _columns(guidance, Words(guidance, names))]
    return [*_FIRST, *questions, REST, *effects.COLUMNS, *_LAST]


def rows_of(document: ThemeDocument, names: Names = NO_NAMES) -> list[list[str]]:
    """The rows under `headings_of`, rules in the order in which they are evaluated."""
    words = Words(document.guidance, names)
    columns = [question.code for question in _columns(document.guidance, words)]
    return [_row(rule, columns, words) for rule in in_sequence(document.guidance.rules)]


def in_sequence(rules: Sequence[Rule]) -> list[Rule]:
    """The rules as they are evaluated: by priority, then by code."""
    return sorted(rules, key=lambda rule: (rule.priority, rule.code))


def _columns(guidance: Guidance, words: Words) -> list[Question]:
    """The questions that have a column: all, or where they are too many the first of those that rules ask."""
    most = MOST_COLUMNS - len(_FIXED)
    questions = sorted(guidance.questions, key=lambda question: question.order)
    if len(questions) <= most:
        return questions
    asked = _asked_in_cells(guidance, words)
    return [question for question in questions if question.code in asked][:most]


def _asked_in_cells(guidance: Guidance, words: Words) -> set[str]:
    return {code for rule in guidance.rules for code in conditions.tested_in_cells(rule.when, words)}


def _row(rule: Rule, columns: Sequence[str], words: Words) -> list[str]:
    asked, rest = conditions.cells_of(rule.when, columns, words)
    brought = effects.cells_of(rule.effects, words)
    laws = "\n".join(_law_text(basis) for basis in rule.legal_basis)
    return [
        rule.code, rule.name, str(rule.priority), *(asked.get(code, "") for code in columns), rest,
        *(brought.get(heading, "") for heading in effects.COLUMNS),
        rule.effective_from or "", rule.effective_to or "", laws, rule.confidence,
    ]  # fmt: skip


def _law_text(basis: Basis) -> str:
    period = f"{basis.effective_from or ''} {_UNTIL} {basis.effective_to or ''}".strip()
    parts = [basis.title, basis.article, "" if period == _UNTIL else period]
    return _BAR.join(parts).rstrip(_BAR)


# --- in ---------------------------------------------------------------------------------------------------------------


class TableReading(msgspec.Struct, frozen=True):
    """What a table says: the theme with its rules, and everything wrong with it.

    `lines`: where each rule stands, by its code; `headings`: of the columns in their order.
    """

    document: ThemeDocument
    faults: tuple[CellFault, ...]
    lines: Mapping[str, int]
    headings: Sequence[str]

    def fault_at(self, pointer: str, sentence: str) -> CellFault | None:
        """What is wrong at that place of `document` (JSON pointer), at the cell that says it; None beside the rules."""
        match pointer.split("/"):
            case ["", "guidance", "rules", place, *steps]:
                rule = self.document.guidance.rules[int(place)]
                heading = _heading_of(rule, steps)
                return CellFault(self.lines[rule.code], self.headings.index(heading), heading, sentence)
        return None


def _heading_of(rule: Rule, steps: Sequence[str]) -> str:
    match steps:
        case ["effects", place, *_]:
            return effects.heading_of(rule.effects[int(place)])
        case [name, *_] if name in _SAID_IN:
            return _SAID_IN[name]
    return CODE


def read_rows(
    lines: Sequence[tuple[int, Sequence[str]]], document: ThemeDocument, names: Names = NO_NAMES
) -> TableReading:
    """The theme with the rules of the numbered lines, headings first.

    A rule that asks and brings about what it did is the rule as it was, with its own order of conditions.
    """
    reader = _Reader(lines[0], document, names)
    if not reader.faults:
        for number, cells in lines[1:]:
            reader.row(number, cells)
    faults = sorted(reader.faults, key=lambda fault: (fault.line, fault.column or 0))
    if faults:
        return TableReading(document, tuple(faults[:MOST_PROBLEMS]), reader.lines, reader.headings)
    return TableReading(replace(document, guidance=reader.guidance()), (), reader.lines, reader.headings)


class _Reader:
    def __init__(self, first: tuple[int, Sequence[str]], document: ThemeDocument, names: Names) -> None:
        self.base = document.guidance
        self.words = Words(self.base, names)
        self.known = effects.Known(document, self.words)
        self.faults: list[CellFault] = []
        self.rules: dict[str, Rule] = {}
        self.former = {rule.code: rule for rule in self.base.rules}
        self.lines: dict[str, int] = {}
        self.line = first[0]
        self.headings = [cell.strip() for cell in first[1]]
        self.questions: dict[int, Question] = {}
        self._read_headings()
        self.places = {heading: place for place, heading in enumerate(self.headings) if heading in _FIXED}

    def _read_headings(self) -> None:
        seen: set[str] = set()
        for place, heading in enumerate(self.headings):
            found = read_code(heading, 0)
            name = found[0] if found is not None else heading
            if not heading:
                self.fault(place, "这一列没有标题；不用的列请整列删去。")
            elif found is None and heading not in _FIXED:
                self.fault(place, f"没有“{heading}”这样的列；问题的列以【问题代码】开头，别的列请照导出的表。")
            elif found is not None and name not in self.words.questions:
                self.fault(place, f"这个主题没有代码为 {name} 的问题；请先在设计页添加这个问题。")
            elif (key := f"{found is not None} {name}") in seen:
                self.fault(place, "这一列出现了两次。")
            else:
                seen.add(key)
                if found is not None:
                    self.questions[place] = self.words.questions[name]
        held = {question.code for question in self.questions.values()}
        needed = _asked_in_cells(self.base, self.words) - held
        for question in _columns(self.base, self.words):
            if question.code in needed:
                what = f"{bracketed(question.code)}{question.text}"
                self.whole_line(f"缺少“{what}”这一列：现有规则问到它，少了它条件就丢了。")
        for heading in _FIXED:
            if heading not in self.headings:
                self.whole_line(f"缺少“{heading}”这一列。")

    def fault(self, place: int, sentence: str) -> None:
        self.faults.append(CellFault(self.line, place, self.headings[place], sentence))

    def whole_line(self, sentence: str) -> None:
        self.faults.append(CellFault(self.line, None, "", sentence))

    def row(self, number: int, cells: Sequence[str]) -> None:
        """The rule that a line says; what is wrong with it is noted."""
        self.line = number
        if any(cell.strip() for cell in cells[len(self.headings) :]):
            self.whole_line("最后一列的右边还有内容，请删去或写上标题。")
        row = _Cells(self, [*cells, *[""] * (len(self.headings) - len(cells))])
        code = row.text(CODE)
        if not code:
            row.fault(CODE, "必填。")
        elif code in self.lines:
            row.fault(CODE, f"规则代码 {code} 重复，第 {self.lines[code]} 行已经有了。")
        else:
            self.lines[code] = number
            if code not in self.former and not is_element_code(code):
                row.fault(CODE, f"{ELEMENT_CODE_RULE}。")
        name = row.cells[self.places[NAME]]
        if not name.strip():
            row.fault(NAME, "必填。")
        if not _WHOLE.fullmatch(row.text(PRIORITY)):
            row.fault(PRIORITY, "应为整数。")
        when, brought, laws = row.condition(), row.effects(), row.laws()
        first, last = row.day(FROM), row.day(TO)
        if first and last and first > last:
            row.fault(TO, "失效日期不能早于生效日期。")
        if when is None or brought is None or any(fault.line == number for fault in self.faults):
            return
        former = self.former.get(code)
        if former is not None and conditions.is_same(when, former.when):
            when = former.when
        self.rules[code] = Rule(
            code=code, name=name, priority=int(row.text(PRIORITY)), when=when, effects=brought,
            confidence=row.cells[self.places[SOURCE]], effective_from=first, effective_to=last, legal_basis=laws,
        )  # fmt: skip

    def guidance(self) -> Guidance:
        """The guidance with these rules; those that were there keep their places."""
        kept = [self.rules[code] for code in self.former if code in self.rules]
        added = [rule for code, rule in self.rules.items() if code not in self.former]
        return replace(self.base, rules=(*kept, *added))


class _Cells:
    """One line, read column by column."""

    def __init__(self, reader: _Reader, cells: Sequence[str]) -> None:
        self.reader = reader
        self.cells = cells

    def text(self, heading: str) -> str:
        return self.cells[self.reader.places[heading]].strip()

    def fault(self, heading: str, sentence: str) -> None:
        self.reader.fault(self.reader.places[heading], sentence)

    def condition(self) -> Condition | None:
        """What the rule asks; None where a cell cannot be read or nothing is asked, which is noted."""
        reader = self.reader
        parts, is_whole = [], True
        for place, question in reader.questions.items():
            try:
                parts += conditions.tests_in(self.cells[place], question, reader.words)
            except Unreadable as error:
                reader.fault(place, str(error))
                is_whole = False
        rest = self.text(REST)
        try:
            more = conditions.rest_in(rest, reader.words)
        except Unreadable as error:
            self.fault(REST, str(error))
            return None
        if is_whole and rest == conditions.ALWAYS and parts:
            self.fault(REST, f"写了“{conditions.ALWAYS}”，就不能再有别的条件。")
        if is_whole and not rest and not parts:
            self.fault(REST, f"这条规则没有条件；任何时候都成立的，请写“{conditions.ALWAYS}”。")
        return all_of([*parts, *more]) if is_whole else None

    def effects(self) -> tuple[Effect, ...] | None:
        """What the rule brings about; None where a cell cannot be read, which is noted."""
        found: list[effects.Line] = []
        is_whole = True
        for heading in effects.COLUMNS:
            try:
                found += effects.effects_in(heading, self.text(heading), self.reader.known)
            except Unreadable as error:
                self.fault(heading, str(error))
                is_whole = False
        if not is_whole:
            return None
        try:
            return effects.in_order(found)
        except Unreadable as error:
            first = next(heading for heading in effects.COLUMNS if self.text(heading))
            self.fault(first, str(error))
            return None

    def day(self, heading: str) -> str | None:
        text = self.text(heading)
        if text and parse_day(text) is None:
            self.fault(heading, "应为 2026-01-31 这样的日期。")
        return text or None

    def laws(self) -> tuple[Basis, ...]:
        try:
            return tuple(_law(line.strip()) for line in self.text(LAW).splitlines() if line.strip())
        except Unreadable as error:
            self.fault(LAW, str(error))
            return ()


def _law(line: str) -> Basis:
    title, article, period, *more = (part.strip() for part in f"{line}{_BAR}{_BAR}".split(_BAR))
    if any(more) or not title or max(len(title), len(article)) > LONGEST_TITLE:
        raise Unreadable(f"“{line}”：应写作 名称{_BAR}条款{_BAR}期限，名称和条款各不超过 {LONGEST_TITLE} 字。")
    first, until, last = (part.strip() for part in period.partition(_UNTIL))
    days = [day for day in (first, last) if day]
    if (period and not (until and days)) or any(parse_day(day) is None for day in days):
        raise Unreadable(f"“{line}”：期限应写作 2024-01-01 {_UNTIL} 2026-12-31，一头可以不写。")
    return Basis(title=title, article=article, effective_from=first or None, effective_to=last or None)


# --- what is different ------------------------------------------------------------------------------------------------


def changes_between(before: ThemeDocument, after: ThemeDocument, names: Names = NO_NAMES) -> Iterator[Change]:
    """Cell by cell what differs between the rules of two states of a theme, in the order of evaluation."""
    words = Words(after.guidance, names)
    columns = [question.code for question in _columns(after.guidance, words)]
    headings = headings_of(after, names)
    former = {rule.code: rule for rule in before.guidance.rules}
    for rule in in_sequence(after.guidance.rules):
        was = former.pop(rule.code, None)
        if was is None:
            yield Change(rule, "", None, rule_sentence(rule, after.guidance, names))
        elif was != rule:
            sides = zip(headings, _row(was, columns, words), _row(rule, columns, words), strict=True)
            yield from (Change(rule, heading, old, new) for heading, old, new in sides if old != new)
    for rule in in_sequence(list(former.values())):
        yield Change(rule, "", rule_sentence(rule, before.guidance, names), None)
