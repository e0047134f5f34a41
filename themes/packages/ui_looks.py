"""What one field or question looks like to the person who fills it in, before any renderer is chosen.

The schema parts here are what every source of a field agrees on, with labels for codes; they refuse nothing that the
sources would accept.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from forms_builder.merge.constraints import CODED, NUMERIC, TEXTUAL, Constraint
from forms_builder.merge.form import MergedField
from forms_builder.merge.samples import json_number
from opsplatform.kernel.condition_wording import number_text
from themes.documents import Question
from themes.packages.structure import Package

FEW_OPTIONS = 5  # as many are shown beside each other; more are opened as a list
YES_NO = ((True, "是"), (False, "否"))
_HINTS = {
    "uscc": "18 位统一社会信用代码",
    "id_card": "18 位居民身份证号码",
    "phone": "手机号码，或带区号的固定电话",
    "postcode": "6 位数字",
    "file": "上传文件后得到的附件编号",
}

Options = tuple[tuple[Any, str], ...]  # value, what people read


class Look(msgspec.Struct, frozen=True):
    """One input. `widget`: text, textarea, number, date, yes_no, choice, choices, table.

    `schema` is what holds of the values on every path.
    """

    title: str
    widget: str
    schema: dict[str, Any]
    description: str = ""
    options: Options = ()
    columns: "tuple[tuple[str, Look], ...]" = ()

    @property
    def described(self) -> dict[str, Any]:
        """The schema with title and description."""
        return {"title": self.title, **({"description": self.description} if self.description else {}), **self.schema}

    @property
    def is_labelled(self) -> bool:
        """Whether people read something else than the codes that are stored."""
        return self.widget in ("choice", "choices", "table")

    @property
    def labelled(self) -> dict[str, Any]:
        """The same with what people read in place of codes."""
        listed = {"oneOf": [{"const": value, "title": text} for value, text in self.options]}
        if self.widget == "choice":
            return {word: said for word, said in self.described.items() if word != "enum"} | listed
        if self.widget == "choices" and self.options:
            return self.described | {"items": {"type": "string", **listed}}
        if self.widget == "table":
            cells = {code: column.labelled for code, column in self.columns}
            return self.described | {"items": {"type": "object", "properties": cells}}
        return self.described


class Looks:
    """The looks of the fields of one package."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._helps: dict[str, str] = {}
        self._dictionaries: dict[str, str | None] = {}
        self._names: dict[str, dict[str, str]] = {}
        for parts in package.form.item_forms.values():
            for part in parts:
                field = part.field
                unit = f"单位：{field.unit}" if field.unit else ""
                self._helps[part.key] = self._helps.get(part.key) or _sentences([field.help, unit])
                self._learn(part.key, field.dictionary, field.options)
                for column in field.columns:
                    self._learn(f"{part.key}/{column.code}", column.dictionary, column.options)
        for key, content in package.form.public_fields.items():
            self._learn(key, content.dictionary, ())

    def _learn(self, place: str, dictionary: str | None, options: Iterable[Any]) -> None:
        entries = self.package.dictionaries[dictionary].entries if dictionary in self.package.dictionaries else ()
        names = self._names.setdefault(place, {})
        names.update({one.code: one.name for one in (*options, *entries)})

    def field(self, field: MergedField) -> Look:
        """What the field looks like wherever it is there."""
        constraints = [source.spoken for source in field.sources]
        return self._look(field.key, field.label, constraints, self._helps.get(field.key, ""))

    def _look(self, place: str, title: str, constraints: Sequence[Constraint], help_text: str) -> Look:
        kind = _common_kind(constraints)
        names = self._names.get(place, {})
        codes = _codes(constraints)
        options: Options = () if codes is None else tuple((code, names.get(code, code)) for code in codes)
        description = _sentences([help_text, _hint(constraints)])
        if kind == "table":
            columns = tuple(self._columns(place, constraints))
            rows = {"type": "object", "properties": {code: column.described for code, column in columns}}
            return Look(title, "table", {"type": "array", "items": rows}, description, columns=columns)
        if kind == "boolean":
            return Look(title, "yes_no", {"type": "boolean"}, description, YES_NO)
        if kind == "multi_dict":
            return Look(title, "choices", _several(()), description, options)
        if kind == "dict" and options:
            return Look(title, "choice", {"type": "string"}, description, options)
        widget, schema = _plain(kind)
        return Look(title, widget, schema, description)

    def _columns(self, place: str, constraints: Sequence[Constraint]) -> Iterable[tuple[str, Look]]:
        by_code: dict[str, list[Any]] = {}
        for constraint in constraints:
            for column in constraint.columns:
                by_code.setdefault(column.code, []).append(column)
        for code, same in by_code.items():
            cell = self._look(f"{place}/{code}", same[0].label, [column.constraint for column in same], "")
            yield code, cell


def question_look(question: Question, schema: Mapping[str, Any], places: Mapping[str, str]) -> Look:
    """What a question looks like; `schema` is what an answer must be, `places` the names of divisions."""
    bounds = [f"不少于 {number_text(question.min)}"] if question.min is not None else []
    bounds += [f"不超过 {number_text(question.max)}"] if question.max is not None else []
    unit = f"单位：{question.unit}" if question.unit else ""
    description = _sentences([question.help, unit, "，".join(bounds)])
    options = tuple((option.code, option.text) for option in question.options)
    match question.type:
        case "multi":
            return Look(question.text, "choices", _several(options), description, options)
        case "boolean":
            return Look(question.text, "yes_no", {"type": "boolean"}, description, YES_NO)
        case "division6" | "division9":
            options = tuple((code, places.get(code, code)) for code in schema["enum"])
        case "date" | "number":
            return Look(question.text, question.type, dict(schema), description)
    return Look(question.text, "choice", dict(schema), description, options)


def _several(options: Options) -> dict[str, Any]:
    codes = {"enum": [code for code, _ in options]} if options else {}
    return {"type": "array", "uniqueItems": True, "items": {"type": "string", **codes}}


def _common_kind(constraints: Sequence[Constraint]) -> str:
    kinds = list(dict.fromkeys(constraint.kind for constraint in constraints))
    if len(kinds) == 1:
        return kinds[0]
    if set(kinds) <= NUMERIC:
        return "decimal"
    if set(kinds) <= TEXTUAL | {"dict", "division", "file", "date"}:
        return "text" if "text" in kinds else "string"
    return ""


def _plain(kind: str) -> tuple[str, dict[str, Any]]:
    if kind in ("text", "address"):
        return "textarea", {"type": "string"}
    if kind in NUMERIC:
        return "number", {"type": "integer" if kind == "integer" else "number"}
    if kind == "date":
        return "date", {"type": "string", "format": "date"}
    return "text", {"type": "string"} if kind else {}


def _codes(constraints: Sequence[Constraint]) -> list[str] | None:
    """What any of the sources takes, in the order of the first; None where one takes any code."""
    if not all(constraint.kind in CODED and constraint.codes is not None for constraint in constraints):
        return None
    return list(dict.fromkeys(code for constraint in constraints for code in constraint.codes or ()))


def _hint(constraints: Sequence[Constraint]) -> str:
    strictest = next((one for one in constraints if one.formats), constraints[0])
    kind = strictest.formats[0] if strictest.formats else strictest.kind
    if kind in _HINTS:
        return _HINTS[kind]
    if kind == "division":
        return f"{'或'.join(map(str, strictest.lengths))} 位区划代码"
    lowest, highest = _agreed([one.minimum for one in constraints]), _agreed([one.maximum for one in constraints])
    longest = _agreed([one.max_length for one in constraints]) if kind == "text" else None
    said = [f"不少于 {json_number(lowest)}"] if lowest is not None else []
    said += [f"不超过 {json_number(highest)}"] if highest is not None else []
    said += [f"不超过 {longest} 个字"] if longest is not None else []
    return "，".join(said)


def _agreed(limits: Sequence[Any]) -> Any:
    """The limit that every source sets, so that it holds on every path."""
    return limits[0] if len(set(limits)) == 1 else None


def _sentences(parts: Iterable[str]) -> str:
    return "；".join(part.rstrip("。；") for part in parts if part)
