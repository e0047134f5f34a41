"""The one form as the preview shows it: groups of fields, each with its input, its source and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from forms_builder.merge.constraints import Constraint, check_value
from forms_builder.merge.dependence import codes_in
from forms_builder.merge.form import MergedField, MergedForm
from forms_builder.merge.formats import FORMATS_BY_KIND
from forms_builder.merge.projection import absent_keys, complete, hidden_fields, project
from forms_builder.merge.samples import sample
from forms_builder.merge.validation import is_required, offered_codes, validate
from forms_builder.sensitivity import class_of, shown_in_field
from opsplatform.kernel.condition_wording import number_text
from opsplatform.kernel.errors import Problem
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import PackageItemField
from themes.pages.preview_given import FIELD

Choice = tuple[str, str, bool]  # code, text, whether it is chosen
_WIDGETS = {
    "text": "textarea", "address": "textarea", "integer": "number", "decimal": "number", "boolean": "choice",
    "date": "date", "dict": "choice", "multi_dict": "choices", "division": "choice", "phone": "tel", "table": "table",
    "file": "file",
}  # fmt: skip


@dataclass(frozen=True)
class Input:
    """One input. `widget`: text, textarea, number, date, tel, file, choice, choices or table; `step` of numbers."""

    name: str
    label: str
    widget: str
    value: Any
    shown: str
    is_required: bool
    hint: str
    choices: list[Choice] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rows: list[list["Input"]] = field(default_factory=list)
    longest: int | None = None
    step: str = "any"
    is_followed: bool = False  # other fields' choices depend on it


@dataclass(frozen=True)
class ShownField:
    """A merged field: `kind` asked, prefilled or from_guidance; `source` says who fills it, `items` who asks."""

    key: str
    kind: str
    source: str
    items: list[str]
    input: Input


@dataclass(frozen=True)
class ShownGroup:
    name: str
    fields: list[ShownField]


@dataclass(frozen=True)
class Record:
    """What one department would receive for one item."""

    item: str
    department: str
    values: list[tuple[str, str]]


class FilledForm:
    """The form of a path with what was filled in, judged as the server would judge it."""

    def __init__(
        self,
        opened: OpenPackage,
        form: MergedForm,
        data: Mapping[str, Any],
        *,
        rows: Mapping[str, list[dict[str, Any]]],
        libraries: Mapping[str, str],
        is_checked: bool,
    ) -> None:
        """`rows`: tables as they stand on the page; `libraries`: names of base libraries; checked: problems show."""
        self.opened, self.form, self.rows, self.libraries, self.is_checked = opened, form, rows, libraries, is_checked
        self.questions = {question.code: question for question in opened.package.guidance.questions}
        self.dictionaries = _Dictionaries(opened)
        self.data = {**data, **self._examples()}
        self.filled = complete(form, self.data)
        self.hidden = hidden_fields(form, self.filled)
        self.absent = absent_keys(form, self.hidden)
        self.data = {key: value for key, value in self.data.items() if key not in self.absent}
        self.problems = validate(form, self.data)
        self._sentences = _by_place(
            problem for problem in self.problems if is_checked or problem.code == "outside_parent"
        )
        self._followed = {one.parent_key for one in form.dependences}

    def _examples(self) -> dict[str, Any]:
        """A made-up value for everything a base library will fill, so that the rest can be judged."""
        made = {
            entry.key: _example(entry.constraint, prefill.element)
            for entry in self.form.fields
            if (prefill := self.form.provenance(entry.key).prefill) is not None
        }
        return {key: value for key, value in made.items() if value is not None}

    @cached_property
    def groups(self) -> list[ShownGroup]:
        """The fields by group, then those that one item alone asks for, item by item."""
        names = {group.code: group.name for group in self.opened.package.form.groups}
        grouped: dict[str, list[ShownField]] = {
            group.name: [] for group in sorted(self.opened.package.form.groups, key=lambda group: group.order)
        }
        for entry in self.form.fields:
            if entry.key not in self.absent:
                group = names.get(entry.group or "") or self.opened.names.items[entry.sources[0].item]
                grouped.setdefault(group, []).append(self._shown(entry.key))
        return [ShownGroup(name, fields) for name, fields in grouped.items() if fields]

    def count(self, kind: str) -> int:
        """How many fields of the form are asked, prefilled or from guidance."""
        return sum(self.form.provenance(entry.key).kind == kind for entry in self.form.fields)

    def records(self) -> list[Record]:
        """What every department would receive; only for data without problems."""
        items, found = self.opened.items, []
        labels = {
            (item, part.field.code): (part.field.label, part)
            for item, parts in self.opened.package.form.item_forms.items()
            for part in parts
        }
        for item, record in project(self.form, self.data).items():
            values = []
            for code, value in record.items():
                label, part = labels[item, code]
                texts = self.dictionaries.entries(part.field.dictionary)
                columns = {column.code: column for column in part.field.columns}
                cells = {one.code: self.dictionaries.entries(one.dictionary) for one in columns.values()}
                headings = {one.code: one.label for one in columns.values()}
                values.append((label, self._text(self._masked(part, value), texts, cells, headings)))
            found.append(Record(items[item].content.name, items[item].department_name, values))
        return found

    def _masked(self, part: PackageItemField, value: Any) -> Any:
        """What of the value is shown: a record is read by more people than the one who typed it."""
        public, field = self.opened.package.form.public_fields.get(part.key), part.field
        own = public.sensitivity if public else class_of("", field.data_type, field.format or "")
        return shown_in_field(value, own, {column.code: class_of("", column.data_type, "") for column in field.columns})

    # --- one field -------------------------------------------------------------------------------------------------

    def _shown(self, key: str) -> ShownField:
        entry = self.form.field(key)
        assert entry is not None
        provenance = self.form.provenance(key)
        source = ""
        if provenance.prefill is not None:
            library = self.libraries.get(provenance.prefill.library, provenance.prefill.library)
            source = f"{library} · {provenance.prefill.element}"
        elif provenance.question is not None:
            source = f"来自回答：{self.questions[provenance.question].text}"
        elif provenance.kind == "from_guidance":
            source = "由引导规则填写"
        items = list(dict.fromkeys(self.opened.names.items[source.item] for source in entry.sources))
        dictionary = self.dictionaries.of_field(key)
        required = is_required(entry, self.hidden)
        name = FIELD + key
        shown = self._input(name, key, entry.label, self._offered(entry), dictionary, self.filled.get(key), required)
        shown = replace(shown, is_followed=key in self._followed)
        if entry.constraint.kind == "table":
            shown = self._table(shown, key, entry.constraint)
        return ShownField(key, provenance.kind, source, items, shown)

    def _offered(self, entry: MergedField) -> Constraint:
        """The constraint with the choices that are left; what was chosen stays among them and is told to be wrong."""
        codes = offered_codes(self.form, entry, self.filled, self.hidden)
        if codes == entry.constraint.codes:
            return entry.constraint
        chosen = codes_in(self.filled.get(entry.key))
        left = tuple(code for code in entry.constraint.codes or () if code in (codes or ()) or code in chosen)
        return msgspec.structs.replace(entry.constraint, codes=left)

    def _input(
        self,
        name: str,
        place: str,
        label: str,
        constraint: Constraint,
        dictionary: str | None,
        value: Any,
        required: bool,  # noqa: FBT001
    ) -> Input:
        texts = self.dictionaries.entries(dictionary)
        widget = _WIDGETS.get(constraint.kind, "text")
        if constraint.kind in ("dict", "multi_dict") and constraint.codes is None:
            widget = "text"
        return Input(
            name=name,
            label=label,
            widget=widget,
            value="" if value is None else number_text(value) if _is_number(value) else value,
            shown="" if value is None else self._text(value, texts | self._places(constraint), {}, {}),
            is_required=required,
            hint=_hint(constraint),
            choices=list(self._choices(constraint, texts, value)),
            problems=self._sentences.get(place, []),
            longest=constraint.max_length if widget in ("text", "textarea", "tel") else None,
            step="1"
            if constraint.scale == 0
            else f"{Decimal(1).scaleb(-constraint.scale):f}"
            if constraint.scale
            else "any",
        )

    def _table(self, whole: Input, key: str, constraint: Constraint) -> Input:
        rows = self.rows.get(key) or [{}]
        places = iter(range(len(rows)))  # problems count filled rows only
        shown = []
        for number, row in enumerate(rows):
            place = next(places) if row else None
            shown.append(
                [
                    self._input(
                        f"{FIELD}{key}:{number}:{column.code}",
                        f"{key}/{place}/{column.code}",
                        column.label,
                        column.constraint,
                        self.dictionaries.of_column(key, column.code),
                        row.get(column.code),
                        column.constraint.required,
                    )
                    for column in constraint.columns
                ]
            )
        return Input(
            name=whole.name, label=whole.label, widget="table", value="", shown="", is_required=whole.is_required,
            hint=whole.hint, problems=whole.problems, rows=shown,
        )  # fmt: skip

    def _choices(self, constraint: Constraint, texts: Mapping[str, str], value: Any) -> Iterator[Choice]:
        if constraint.kind == "boolean":
            yield from (("true", "是", value is True), ("false", "否", value is False))
        elif constraint.kind == "division":
            yield from ((code, name, code == value) for code, name in self._places(constraint).items())
        elif constraint.codes is not None:
            chosen = value if isinstance(value, list) else [value]
            yield from ((code, texts.get(code, code), code in chosen) for code in constraint.codes)

    def _places(self, constraint: Constraint) -> dict[str, str]:
        if constraint.kind != "division":
            return {}
        places = self.opened.package.divisions
        return {
            code: place.name
            for code, place in places.items()
            if len(code) in constraint.lengths and not place.is_statistical and place.parent is not None
        }

    def _text(
        self,
        value: Any,
        texts: Mapping[str, str],
        cells: Mapping[str, Mapping[str, str]],
        headings: Mapping[str, str],
    ) -> str:
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, dict):
            return "，".join(
                f"{headings.get(code, code)} {self._text(cell, cells.get(code, {}), {}, {})}"
                for code, cell in value.items()
            )
        if isinstance(value, list | tuple):
            joint = "；" if cells else "、"
            return joint.join(self._text(one, texts, cells, headings) for one in value)
        if _is_number(value):
            return number_text(value)
        place = self.opened.package.divisions.get(str(value))
        return texts.get(str(value)) or (place.name if place else str(value))


class _Dictionaries:
    def __init__(self, opened: OpenPackage) -> None:
        self._entries = {
            code: {entry.code: entry.name for entry in one.entries} for code, one in opened.package.dictionaries.items()
        }
        self._fields: dict[str, str | None] = {}
        self._columns: dict[tuple[str, str], str | None] = {}
        for parts in opened.package.form.item_forms.values():
            for part in parts:
                self._fields.setdefault(part.key, part.field.dictionary)
                for column in part.field.columns:
                    self._columns.setdefault((part.key, column.code), column.dictionary)
        for key, content in opened.package.form.public_fields.items():
            self._fields[key] = content.dictionary or self._fields.get(key)

    def entries(self, code: str | None) -> dict[str, str]:
        return self._entries.get(code or "", {})

    def of_field(self, key: str) -> str | None:
        return self._fields.get(key)

    def of_column(self, key: str, column: str) -> str | None:
        return self._columns.get((key, column))


def _example(constraint: Constraint, element: str) -> Any:
    """A value that the field accepts and nobody takes for a real one."""
    likely = {"phone": "13800138000"}.get(constraint.kind, f"示例{element.rpartition('.')[2]}")
    return likely if not check_value(constraint, likely) else sample(constraint)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _by_place(problems: Iterable[Problem]) -> dict[str, list[str]]:
    """The sentences by field key, or by key/row/column for a cell."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in problem.pointer.split("/")[1:]]
        place = "/".join(steps[:3]) if len(steps) >= 3 else steps[0]
        places.setdefault(place, []).append(problem.sentence)
    return places


def _hint(constraint: Constraint) -> str:
    kind, parts = constraint.kind, []
    if kind in FORMATS_BY_KIND:
        parts.append(FORMATS_BY_KIND[kind].title)
    if constraint.max_length is not None and kind in ("string", "text", "address"):
        parts.append(f"最多 {constraint.max_length} 个字")
    if kind in ("integer", "decimal"):
        low, high = constraint.minimum, constraint.maximum
        if low is not None:
            parts.append(f"不小于 {low}")
        if high is not None:
            parts.append(f"不大于 {high}")
        if constraint.scale:
            parts.append(f"最多 {constraint.scale} 位小数")
        elif constraint.scale == 0:
            parts.append("整数")
    if kind == "file":
        parts.append("正式办理时在此上传附件，预览时填写任意编号即可")
    return "，".join(parts)
