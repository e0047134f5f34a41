"""Saved cases in words, in findings and on the pages: what is expected, what is missing or too much."""

from collections.abc import Mapping
from typing import Any

from themes.documents import Guidance
from themes.guidance.wording import Names
from themes.packages.case_runs import CaseResult

CASE_KEYS: Mapping[str, str] = {
    "visible_questions": "显示的问题",
    "fired_rules": "生效的规则",
    "items": "事项",
    "stopped": "不能办理的原因",
    "notices": "须知",
    "field_count_before": "原字段数",
    "field_count_merged": "合并后字段数",
    "fields_prefilled": "预填字段数",
    "fields_from_guide": "由引导带入的字段数",
    "fields_left_to_fill": "需填写的字段数",
    "materials_before": "原材料数",
    "materials_merged": "合并后材料数",
    "materials_to_submit": "需上传的材料",
    "days_before_serial_statutory": "原办理天数",
    "days_after_parallel_promised": "现办理天数",
    "visits_before": "原跑动次数",
    "visits_after": "现跑动次数",
    "windows_before": "原跑部门数",
    "windows_after": "现跑部门数",
}

_UNITS: Mapping[str, str] = {"days_after_parallel_promised": "个工作日", "days_before_serial_statutory": "个工作日"}
_LONGEST = 120  # characters of one thing that is told: reasons are whole sentences


def names_under(key: str, names: Names, guidance: Guidance) -> Mapping[str, str]:
    """What the codes in an expectation under this key are called; empty where they are no codes."""
    known: Mapping[str, Mapping[str, str]] = {
        "items": names.items,
        "materials_to_submit": names.materials,
        "notices": names.notices,
        "visible_questions": {question.code: question.text for question in guidance.questions},
        "fired_rules": {rule.code: rule.name for rule in guidance.rules},
    }
    return known.get(key, {})


def result_in_words(result: CaseResult, names: Names, guidance: Guidance) -> list[str]:
    """Everything in which the case does not hold, each in a few words; empty where it does."""
    if result.problems:
        return [f"不能运行：{problem.rstrip('。')}" for problem in result.problems]
    told: list[str] = []
    for key, (expected, computed) in result.differences.items():
        label, called = CASE_KEYS.get(key, key), names_under(key, names, guidance)
        if isinstance(expected, list) and isinstance(computed, list):
            told += _lists(label, expected, computed, called)
        else:
            unit = _UNITS.get(key, "")
            told.append(f"{label}应为 {_value(expected)}{unit}，现在是 {_value(computed)}{unit}")
    return told


def _lists(label: str, expected: list[Any], computed: list[Any], called: Mapping[str, str]) -> list[str]:
    missing = [one for one in expected if one not in computed]
    extra = [one for one in computed if one not in expected]
    told = []
    if missing:
        told.append(f"{label}少了{_things(missing, called)}")
    if extra:
        told.append(f"{label}多了{_things(extra, called)}")
    if not told:
        told.append(f"{label}的次序不同")
    return told


def _things(codes: list[Any], called: Mapping[str, str]) -> str:
    return "、".join(f"“{_cut(called.get(code, code) if isinstance(code, str) else str(code))}”" for code in codes)


def _value(value: Any) -> str:
    if isinstance(value, list):
        value = "、".join(str(one) for one in value)
    return "（无）" if value in (None, "") else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
