"""What a dossier's entry has otherwise than the registered one, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms_builder.pages.item_form_wording import TYPES
from opsplatform.console.differences import text_of
from themes.models import Collision
from themes.pages.wording import labels

_PUBLIC_FIELD: Mapping[str, str] = {
    "label": "名称",
    "data_type": "类型",
    "max_length": "最大长度",
    "scale": "小数位数",
    "dictionary": "字典",
    "format": "格式",
    "std_format": "标准格式",
    "prefill_library": "预填来源库",
    "prefill_element": "预填数据项",
}
_BODY: Mapping[str, str] = {
    "name": "名称",
    "short_name": "简称",
    "level": "层级",
    "uscc": "统一社会信用代码",
}
_SERVICE_POINT: Mapping[str, str] = {
    "address": "地址",
    "window": "窗口",
    "hours": "办公时间",
    "phone": "电话",
    "longitude": "经度",
    "latitude": "纬度",
    "is_illustrative": "示例数据",
}
_FIELD: Mapping[str, str] = {
    **_PUBLIC_FIELD,
    "code": "代码",
    "order": "次序",
    "required": "必填",
    "public_field": "公共字段",
    "group": "分组",
    "help": "说明",
    "pattern": "书写规则",
    "minimum": "最小值",
    "maximum": "最大值",
    "columns": "表格的列",
    "prefill": "预填",
    "library": "预填来源库",
    "element": "预填数据项",
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    Collision.Kind.PUBLIC_FIELD: _PUBLIC_FIELD,
    Collision.Kind.MATERIAL: labels.REGISTERED_MATERIAL,
    Collision.Kind.BODY_KIND: _BODY,
    Collision.Kind.DEPARTMENT: _BODY,
    Collision.Kind.ITEM: labels.REGISTERED_ITEM,
    Collision.Kind.DICTIONARY: {"entries": "字典项"},
    Collision.Kind.SERVICE_POINT: _SERVICE_POINT,
}


@dataclass(frozen=True)
class Difference:
    """One attribute as it is registered and as the dossier has it."""

    what: str
    registered: str
    dossier: str


def differences_of(collision: Collision) -> list[Difference]:
    """Every difference the import found; an attribute without a label keeps its identifier."""
    return [
        Difference(
            _place(collision.kind, _steps(part.get("place", ""))),
            _value(_steps(part.get("place", ""))[-1], part.get("registered")),
            _value(_steps(part.get("place", ""))[-1], part.get("dossier")),
        )
        for part in collision.differences
    ]


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]] or [""]


def _place(kind: str, steps: Sequence[str]) -> str:
    match steps:
        case ["form"]:
            return "表单"
        case ["form", "fields"]:
            return "表单字段的次序"
        case ["form", "fields", code, *rest]:
            return "".join([f"表单字段 {code}", *(f"的{_FIELD.get(step, step)}" for step in rest)])
        case ["entries"]:
            return "字典项的次序"
        case ["entries", code, *rest]:
            return f"字典项 {code}" + ("的名称" if rest else "")
        case [first, *rest]:
            known = _LABELS.get(kind, {})
            return " ".join([known.get(first, first), *rest])
    return ""


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "；".join(_value(name, part) for part in value) or text_of(value)
    if isinstance(value, dict):
        return _element(value)
    if name == "data_type":
        return TYPES.get(value, text_of(value))
    if name == "exempt":
        return labels.SUBMISSION.get(value or None, text_of(value))
    return text_of(value)


def _element(element: Mapping[str, Any]) -> str:
    """An element of a list, by what people know it by."""
    if "division_codes" in element:
        return f"{'、'.join(element['division_codes'])}：{element.get('promised_days')} 个工作日"
    for name in ("label", "name"):
        if element.get(name):
            return str(element[name])
    if "fields" in element:
        return _value("fields", element["fields"])
    return text_of(dict(element))
