"""A rule's condition in the columns of its questions, one line for each test; what no column says is spelled out."""

import re
from collections.abc import Collection

from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.condition_spelling import Unreadable, read, spell
from opsplatform.kernel.conditions import Condition, Op, all_of, is_answered
from opsplatform.kernel.documents import write
from themes.documents import Question
from themes.guidance.tables.words import ANSWERED, CHOSE, NOT, ONE_OF, SEPARATOR, Words

ALWAYS = "总是"
_SIGNS: dict[Op, str] = {"ge": "≥", "le": "≤", "gt": ">", "lt": "<"}
_READ_SIGNS: dict[str, Op] = {
    "≥": "ge", ">=": "ge", "＞=": "ge", "＞＝": "ge", "≤": "le", "<=": "le", "＜=": "le", "＜＝": "le",
    ">": "gt", "＞": "gt", "<": "lt", "＜": "lt",
}  # fmt: skip
_COMPARED = re.compile(rf"({'|'.join(sorted(_READ_SIGNS, key=len, reverse=True))})\s*(.+)")
_ORDERED = ("number", "date")


# --- out --------------------------------------------------------------------------------------------------------------


def cells_of(when: Condition, columns: Collection[str], words: Words) -> tuple[dict[str, str], str]:
    """What the condition asks of each question that has a column, by its code, and the rest, spelled out."""
    lines: dict[str, list[str]] = {}
    rest = []
    for part in _parts(when):
        text = _test_text(part, words) if part.q in columns else None
        if part.q is None or text is None:
            rest.append(part)
        else:
            lines.setdefault(part.q, []).append(text)
    cells = {code: "\n".join(texts) for code, texts in lines.items()}
    if rest:
        return cells, spell(all_of(rest), words.spell_parameter)
    return cells, "" if cells else ALWAYS


def tested_in_cells(when: Condition, words: Words) -> set[str]:
    """The questions of which the condition asks what a cell can say."""
    return {part.q for part in _parts(when) if part.q is not None and _test_text(part, words) is not None}


def _parts(when: Condition) -> list[Condition]:
    return [when] if when.all is None else [inner for part in when.all for inner in _parts(part)]


def _test_text(test: Condition, words: Words) -> str | None:
    """The test as a line of its question's cell; None where a cell cannot say it."""
    question = words.questions.get(test.q or "")
    if question is None:
        return None
    if test.op == "answered":
        return ANSWERED if test.value is None else None
    values = list(test.value) if test.op in ("in", "not_in", "contains_any") else [test.value]
    texts = [words.spell_answer(question, value) for value in values]
    told = SEPARATOR.join(text for text in texts if text is not None)
    if not texts or None in texts:
        return None
    is_multi = question.type == "multi"
    match test.op:
        case "eq" | "in" if not is_multi:
            return told
        case "ne" if not is_multi:
            return f"{NOT} {told}"
        case "not_in" if not is_multi and len(texts) > 1:
            return f"{NOT} {told}"
        case "contains" if is_multi:
            return f"{CHOSE} {told}"
        case "contains_any" if is_multi:
            return f"{CHOSE} {told} {ONE_OF}"
        case "ge" | "le" | "gt" | "lt" if question.type in _ORDERED:
            return f"{_SIGNS[test.op]} {told}"
    return None


# --- in ---------------------------------------------------------------------------------------------------------------


def tests_in(cell: str, question: Question, words: Words) -> list[Condition]:
    """What the cell asks of its question; raises Unreadable."""
    return [_test(line.strip(), question, words) for line in cell.splitlines() if line.strip()]


def rest_in(cell: str, words: Words) -> list[Condition]:
    """What is spelled out beside the columns; raises Unreadable, and for questions that the theme has not."""
    if cell == ALWAYS:
        return []
    condition = read(cell, words.read_parameter)
    parts = [] if condition is None else _parts(condition)
    for part in parts:
        for name in _names(part):
            if name not in words.questions:
                raise Unreadable(f"这个主题没有代码为 {name} 的问题；代码见“说明”表。")
    return parts


def is_same(one: Condition, other: Condition) -> bool:
    """Whether both ask the same, whatever the order and the grouping of what they ask together."""
    return canonical_bytes(write(_normal(one))) == canonical_bytes(write(_normal(other)))


def _test(line: str, question: Question, words: Words) -> Condition:
    code = question.code
    if line == ANSWERED:
        return Condition(q=code, op="answered")
    if question.type == "multi":
        if not line.startswith(f"{CHOSE} "):
            raise Unreadable(f"多选问题应写“{CHOSE} 选项”，或“{CHOSE} 选项{SEPARATOR}选项 {ONE_OF}”。")
        chosen = line.removeprefix(CHOSE).strip()
        if chosen.endswith(ONE_OF):
            return Condition(q=code, op="contains_any", value=_answers(chosen.removesuffix(ONE_OF), question, words))
        return Condition(q=code, op="contains", value=words.read_answer(question, chosen))
    compared = _COMPARED.fullmatch(line) if question.type in _ORDERED else None
    if compared is not None:
        return Condition(q=code, op=_READ_SIGNS[compared[1]], value=words.read_answer(question, compared[2].strip()))
    is_negated = line.startswith(f"{NOT} ")
    answers = _answers(line.removeprefix(f"{NOT} "), question, words)
    several: Op = "not_in" if is_negated else "in"
    single: Op = "ne" if is_negated else "eq"
    return Condition(q=code, op=several if len(answers) > 1 else single, value=answers if answers[1:] else answers[0])


def _answers(text: str, question: Question, words: Words) -> list[object]:
    return [words.read_answer(question, one.strip()) for one in text.split(SEPARATOR)]


def _names(condition: Condition) -> list[str]:
    inner = (*(condition.all or ()), *(condition.any or ()), *((condition.not_,) if condition.not_ else ()))
    return [*((condition.q,) if condition.q else ()), *(name for part in inner for name in _names(part))]


def _normal(condition: Condition) -> Condition:
    """The condition with what stands together flattened and in one order: equal where only the writing differs."""
    if condition.not_ is not None:
        return Condition(not_=_normal(condition.not_))
    if condition.q is not None:
        listed = list(condition.value) if condition.op == "in" else []
        is_one = len(listed) == 1 and is_answered(listed[0])
        return Condition(q=condition.q, op="eq", value=listed[0]) if is_one else condition
    flat: list[Condition] = []
    for part in map(_normal, condition.all if condition.all is not None else condition.any or ()):
        inner = part.all if condition.all is not None else part.any
        flat += [part] if inner is None else inner
    flat.sort(key=lambda part: canonical_bytes(write(part)))
    if len(flat) == 1:
        return flat[0]
    return Condition(all=tuple(flat)) if condition.all is not None else Condition(any=tuple(flat))
