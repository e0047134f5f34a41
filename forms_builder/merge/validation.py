"""Everything wrong with filled-in data, at once, with a sentence for people."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from forms_builder.merge.constraints import Constraint, checker
from forms_builder.merge.dependence import Dependence
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.projection import absent_keys, complete, hidden_fields
from opsplatform.kernel.errors import Problem

_WRONG_TYPE = {
    "integer": "应填写整数",
    "decimal": "应填写数字",
    "boolean": "应选择“是”或“否”",
    "date": "应填写日期",
    "multi_dict": "应为选项列表",
    "table": "应为若干行内容",
}
_SENTENCES: Mapping[str, Callable[[Constraint], str]] = {
    "wrong_type": lambda constraint: _WRONG_TYPE.get(constraint.kind, "应填写文字"),
    "blank": lambda constraint: "不能为空",
    "empty": lambda constraint: "至少应填写一行" if constraint.kind == "table" else "至少应选择一项",
    "missing": lambda constraint: "必须填写",
    "too_long": lambda constraint: f"不能超过 {constraint.max_length} 个字",
    "too_short": lambda constraint: f"不能少于 {constraint.min_length} 个字",
    "too_few": lambda constraint: (
        f"至少应填写 {constraint.min_items} 行"
        if constraint.kind == "table"
        else f"至少应选择 {constraint.min_items} 项"
    ),
    "too_many": lambda constraint: (
        f"最多填写 {constraint.max_items} 行" if constraint.kind == "table" else f"最多选择 {constraint.max_items} 项"
    ),
    "pattern": lambda constraint: "格式不符合要求",
    "too_many_digits": lambda constraint: f"整数部分不能超过 {constraint.digits} 位",
    "too_many_decimals": lambda constraint: f"小数不能超过 {constraint.scale} 位" if constraint.scale else "应为整数",
    "too_small": lambda constraint: f"不能小于 {constraint.minimum}",
    "too_large": lambda constraint: f"不能大于 {constraint.maximum}",
    "not_a_date": lambda constraint: "应为真实日期，写作 2024-06-30 的样子",
    "not_a_division": lambda constraint: f"应为 {' 或 '.join(map(str, constraint.lengths))} 位数字的区划代码",
    "not_in_dictionary": lambda constraint: "不在可选范围内",
    "repeated": lambda constraint: "有重复的选项",
    "unknown": lambda constraint: "表格中没有这一列",
    "impossible": lambda constraint: "各部门的要求互相矛盾，目前无法填写",
    **{
        f"not_{name}": lambda constraint, title=one.title: f"不是有效的{title}"  # type: ignore[misc]
        for name, one in FORMATS_BY_KIND.items()
    },
}


def pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer of a place (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def validate(form: MergedForm, data: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with merged data, in form order; the verdict is that of the form's JSON Schema.

    Unknown keys, fields that do not exist on this data, and values contradicting what guidance fixed are problems too.
    """
    filled = complete(form, data)
    hidden = hidden_fields(form, filled)
    absent = absent_keys(form, hidden)
    problems: list[Problem] = []
    for field in form.fields:
        if field.key in absent:
            if field.key in data:
                problems.append(_problem(field, (), "not_applicable", "在当前情形下不需要填写"))
        elif field.key in filled:
            if field.key in data and not same_json(data[field.key], filled[field.key]):
                problems.append(_problem(field, (), "fixed", "已由引导回答确定，不能更改"))
            problems.extend(_value_problems(field, filled[field.key]))
            problems.extend(_outside_parents(form, field, filled, hidden))
        elif is_required(field, hidden):
            problems.append(_problem(field, (), "missing", "必须填写"))
    problems.extend(
        Problem(pointer((key,)), "unknown", "表单中没有这个字段。") for key in data if form.field(key) is None
    )
    return problems


def is_required(field: MergedField, hidden: Mapping[str, set[str]]) -> bool:
    """Whether an existing source of the field requires it."""
    if not field.constraint.required:
        return False
    return any(source.own.required and source.field not in hidden.get(source.item, ()) for source in field.sources)


def _rules_here(
    form: MergedForm, key: str, filled: Mapping[str, Any], hidden: Mapping[str, set[str]]
) -> list[Dependence]:
    """On what the list of the field depends on completed data: items' rules of which both fields exist there."""
    return [
        one
        for one in form.dependences
        if one.key == key and one.parent_key in filled and not {one.field, one.parent} & set(hidden.get(one.item, ()))
    ]


def _outside_parents(
    form: MergedForm, field: MergedField, filled: Mapping[str, Any], hidden: Mapping[str, set[str]]
) -> Iterable[Problem]:
    """One problem per field on which the list depends and within whose answer the value does not lie."""
    told: set[str] = set()
    for one in _rules_here(form, field.key, filled, hidden):
        parent = form.field(one.parent_key)
        is_outside = one.outside(filled[field.key], filled[one.parent_key])
        if parent is not None and is_outside and one.parent_key not in told:
            told.add(one.parent_key)
            sentence = f"不属于“{parent.label}”所选的一项，请改选“{field.label}”，或改正“{parent.label}”"
            yield _problem(field, (), "outside_parent", sentence)


def offered_codes(
    form: MergedForm, field: MergedField, filled: Mapping[str, Any], hidden: Mapping[str, set[str]]
) -> tuple[str, ...] | None:
    """The codes that may be chosen on completed data; None where any may."""
    codes = field.constraint.codes
    for one in _rules_here(form, field.key, filled, hidden):
        allowed = one.allowed(filled[one.parent_key])
        if codes is not None and allowed is not None:
            codes = tuple(code for code in codes if code in allowed)
    return codes


def _value_problems(field: MergedField, value: Any) -> Iterable[Problem]:
    for fault in checker(field.constraint)(value):
        label = field.label if fault.label is None else f"{field.label} · {fault.label}"
        sentence = _SENTENCES[fault.code](fault.constraint)
        yield Problem(pointer((field.key, *fault.path)), fault.code, f"“{label}”{sentence}。")


def _problem(field: MergedField, path: tuple[str | int, ...], code: str, sentence: str) -> Problem:
    return Problem(pointer((field.key, *path)), code, f"“{field.label}”{sentence}。")


def same_json(left: Any, right: Any) -> bool:
    """Whether two values are one JSON value: 1 and 1.0 are, 1 and true are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_json, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(left[key], right[key]) for key in left)
    return bool(left == right)
