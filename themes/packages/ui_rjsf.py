"""The `uiSchema` of react-jsonschema-form: which widget each field gets, in which order, under which labels."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from themes.packages.ui_looks import FEW_OPTIONS, Look, Options

_CHOOSE = "请选择"


def rjsf_record(questions: Mapping[str, Look], sections: Iterable[tuple[str, Mapping[str, Look]]]) -> dict[str, Any]:
    """The uiSchema of {"answers": …, "data": {section: {name: …}}}; without questions, of the data alone."""
    shown: dict[str, Any] = {"ui:submitButtonOptions": {"submitText": "提交"}}
    if questions:
        shown |= {
            "ui:order": ["on", "answers", "data"],
            "on": {"ui:widget": "hidden"},
            "answers": {"ui:order": [*questions, "*"]} | {code: _widget(look) for code, look in questions.items()},
        }
    shown["data"] = {section: {name: _widget(look) for name, look in looks.items()} for section, looks in sections}
    return shown


def _widget(look: Look) -> dict[str, Any]:
    match look.widget:
        case "textarea":
            return {"ui:widget": "textarea", "ui:options": {"rows": 3}}
        case "date":
            return {"ui:widget": "date"}
        case "yes_no" | "choice" if len(look.options) <= FEW_OPTIONS:
            return {"ui:widget": "radio", "ui:options": {"inline": True}, **_labels(look.options)}
        case "choice":
            return {"ui:widget": "select", "ui:placeholder": _CHOOSE, **_labels(look.options)}
        case "choices" if look.options:
            return {"ui:widget": "checkboxes", "items": _labels(look.options)}
        case "table":
            cells = {code: _widget(column) for code, column in look.columns}
            return {"ui:options": {"orderable": False}, "items": cells}
    return {}


def _labels(options: Options) -> dict[str, Any]:
    """By value, since on a path fewer values may be left than there are labels."""
    return {"ui:enumNames": {json.dumps(value) if isinstance(value, bool) else value: text for value, text in options}}
