"""Item forms in plain words: what a field asks for, when it shows, what two versions of a form differ in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms_builder.documents import (
    Column,
    DictionaryContent,
    FormField,
    FormSection,
    FrozenItemForm,
    ItemFormDocument,
    Prefill,
)
from forms_builder.models import DATA_TYPES
from opsplatform.console.differences import (
    Line,
    Render,
    Section,
    attributes,
    changed,
    pairs,
    sections_of,
    text_of,
    whole,
)
from opsplatform.kernel.condition_wording import Subject, condition_sentence, number_text, value_text
from opsplatform.kernel.conditions import Condition

TYPES: Mapping[str, str] = dict(DATA_TYPES)
STATE_TONES: Mapping[str, str] = {"draft": "neutral", "submitted": "warn", "approved": "good"}
_NAMES: Mapping[str, str] = {
    "code": "代码",
    "name": "名称",
    "label": "名称",
    "data_type": "类型",
    "order": "次序",
    "min_length": "最小长度",
    "max_length": "最大长度",
    "required": "必填",
    "dictionary": "字典",
    "within": "选项取决于",
    "scale": "小数位数",
    "minimum": "最小值",
    "maximum": "最大值",
    "pattern": "校验规则",
    "min_items": "最少条数",
    "max_items": "最多条数",
    "options": "选项",
    "unit": "单位",
    "format": "格式",
    "std_format": "标准格式",
    "public_field": "公共字段",
    "prefill": "预填来源",
    "visible_when": "出现的条件",
    "group": "所属分组",
    "help": "填写说明",
}


class FormNames:
    """What the parts of a form are called: its fields and sections, the dictionaries it names and their entries."""

    def __init__(self, document: ItemFormDocument, dictionaries: Mapping[str, DictionaryContent]) -> None:
        self.document, self.dictionaries = document, dictionaries
        self.fields = {field.code: field for field in document.fields}
        self.sections = {section.code: section.name for section in document.sections}

    def dictionary(self, code: str) -> str:
        """The dictionary's name, with its code."""
        known = self.dictionaries.get(code)
        return f"{known.name}（{code}）" if known else code

    def field(self, code: str) -> str:
        """The field's name, with its code."""
        known = self.fields.get(code)
        return f"{known.label or code}（{code}）" if known else code

    def condition(self, condition: Condition | None) -> str:
        """When something shows."""
        return condition_sentence(condition, self._subject)

    def _subject(self, code: str) -> Subject:
        field = self.fields.get(code)
        if field is None:
            return Subject(code, value_text)
        codes = {option.code: option.name for option in field.options}
        if field.dictionary and field.dictionary in self.dictionaries:
            codes = {entry.code: entry.name for entry in self.dictionaries[field.dictionary].entries}
        return Subject(
            field.label or code,
            lambda value: codes.get(value, value) if isinstance(value, str) else value_text(value),
            is_day=field.data_type == "date",
        )


def limits_of(field: FormField | Column, names: FormNames) -> list[str]:
    """What a field takes beside its type, one short phrase each."""
    told: list[str] = []
    told += _range("字", field.min_length, field.max_length) if field.data_type not in ("integer", "decimal") else []
    told += _range("", field.minimum, field.maximum)
    if isinstance(field, FormField):
        told += _range("条", field.min_items, field.max_items)
    if field.scale is not None and field.data_type == "decimal":
        told.append(f"{field.scale} 位小数")
    if field.pattern:
        told.append(f"须符合 {field.pattern}")
    if field.dictionary:
        told.append(f"字典：{names.dictionary(field.dictionary)}")
    if field.options:
        told.append(f"选项：{'、'.join(option.name for option in field.options)}")
    if field.unit:
        told.append(f"单位：{field.unit}")
    return told


def _range(unit: str, least: float | None, most: float | None) -> list[str]:
    ending = f" {unit}" if unit else ""
    if least is not None and most is not None:
        return [f"{number_text(least)} 至 {number_text(most)}{ending}"]
    if most is not None:
        return [f"最多 {number_text(most)}{ending}" if unit else f"不超过 {number_text(most)}"]
    if least is not None:
        return [f"最少 {number_text(least)}{ending}" if unit else f"不少于 {number_text(least)}"]
    return []


def compare_forms(before: FrozenItemForm, after: FrozenItemForm) -> list[Section]:
    """Every difference between two frozen forms, part by part; parts without any are left out."""
    return sections_of(
        [
            ("事项", _basics(before, after)),
            ("分组", _sections(before, after)),
            ("字段", _fields(before, after)),
            ("字典（随版本冻结）", _dictionaries(before.dictionaries, after.dictionaries)),
        ]
    )


def _basics(before: FrozenItemForm, after: FrozenItemForm) -> Iterator[Line]:
    yield from changed("事项名称", before.item_name, after.item_name, text_of)


def _names(before: FrozenItemForm, after: FrozenItemForm) -> tuple[FormNames, FormNames]:
    return tuple(FormNames(one.document, one.dictionaries) for one in (before, after))  # type: ignore[return-value]


def _sections(before: FrozenItemForm, after: FrozenItemForm) -> Iterator[Line]:
    was, now = _names(before, after)
    old, new = before.document.sections, after.document.sections
    yield from _order("分组的次序", old, new, lambda section: section.name)
    for code, one, other in pairs(old, new):
        what = f"分组“{(other or one).name or code}”"
        if one is None or other is None:
            yield whole(f"{what}（{code}）", one, other, _section_text)
            continue
        yield from _shown_when(what, one, other, was, now)
        yield from attributes(what, one, other, _NAMES, {}, handled=frozenset({"code", "visible_when"}))


def _section_text(section: FormSection) -> str:
    return "，".join(filter(None, (section.name, section.help)))


def _fields(before: FrozenItemForm, after: FrozenItemForm) -> Iterator[Line]:
    was, now = _names(before, after)
    old, new = fields_in_order(before.document), fields_in_order(after.document)
    yield from _order("字段的次序", old, new, lambda field: field.label or field.code)
    for code, one, other in pairs(old, new):
        known = other or one
        what = f"字段“{known.label or code}”"
        if one is None or other is None:
            names = now if one is None else was
            yield whole(f"{what}（{code}）", one, other, lambda field, names=names: field_text(field, names))  # type: ignore[misc]
            continue
        yield from _shown_when(what, one, other, was, now)
        renders: dict[str, Render] = {
            "data_type": lambda kind: TYPES.get(kind, kind),
            "minimum": _bound_text,
            "maximum": _bound_text,
            "group": lambda group: text_of(now.sections.get(group) or was.sections.get(group, group)),
            "dictionary": lambda held: text_of(held and now.dictionary(held)),
            "within": lambda above: text_of(above and now.field(above)),
            "options": _options_text,
            "prefill": prefill_text,
        }
        told = frozenset({"code", "visible_when", "columns", "order"})
        yield from attributes(what, one, other, _NAMES, renders, handled=told)
        for column_code, former, latter in pairs(one.columns, other.columns):
            column = f"{what}的列“{(latter or former).label or column_code}”"
            if former is None or latter is None:
                yield whole(f"{column}（{column_code}）", former, latter, lambda held: field_text(held, now))
            else:
                yield from attributes(column, former, latter, _NAMES, renders)
        if [one.code for one in one.columns] != [one.code for one in other.columns]:
            yield from _order(f"{what}的列的次序", one.columns, other.columns, lambda held: held.label or held.code)


def fields_in_order(document: ItemFormDocument) -> list[FormField]:
    """The fields as they are filled in: section by section, those without one first."""
    places = {section.code: number for number, section in enumerate(document.sections, start=1)}
    return sorted(document.fields, key=lambda field: (places.get(field.group or "", 0), field.order))


def field_text(field: FormField | Column, names: FormNames) -> str:
    """A field in one line: its type, whether it has to be filled in, what it takes."""
    parts = [
        TYPES.get(field.data_type, field.data_type),
        "必填" if field.required else "选填",
        *limits_of(field, names),
    ]
    if isinstance(field, FormField):
        told = {
            "选项取决于": names.field(field.within) if field.within else "",
            "列": "、".join(column.label for column in field.columns),
            "分组": names.sections.get(field.group or "", field.group),
            "公共字段": field.public_field,
            "预填来源": prefill_text(field.prefill) if field.prefill else "",
            "出现的条件": names.condition(field.visible_when) if field.visible_when else "",
        }
        parts += [f"{what}：{text}" for what, text in told.items() if text]
    if field.help:
        parts.append(f"填写说明：{field.help}")
    return "，".join(parts)


def _shown_when(what: str, old: Any, new: Any, was: FormNames, now: FormNames) -> Iterator[Line]:
    if old.visible_when != new.visible_when:
        yield Line(f"{what}出现的条件", was.condition(old.visible_when), now.condition(new.visible_when))


def _order(what: str, old: Sequence[Any], new: Sequence[Any], name: Any) -> Iterator[Line]:
    was, now = [one.code for one in old], [one.code for one in new]
    if [code for code in was if code in now] != [code for code in now if code in was]:
        yield Line(what, "、".join(map(name, old)), "、".join(map(name, new)))


def _options_text(options: Sequence[Any]) -> str:
    return text_of([f"{option.code} {option.name}" for option in options])


def _bound_text(bound: float | None) -> str:
    return text_of(bound if bound is None else number_text(bound))


def prefill_text(prefill: Prefill | None) -> str:
    """Which element of which library fills a field."""
    return text_of(prefill and f"{prefill.library} · {prefill.element}")


def _dictionaries(old: Mapping[str, DictionaryContent], new: Mapping[str, DictionaryContent]) -> Iterator[Line]:
    for code in {**old, **new}:
        was, now = old.get(code), new.get(code)
        if was is None or now is None:
            continue  # came or went with the field that names it
        what = f"字典“{now.name or code}”"
        for _code, one, other in pairs(was.entries, now.entries):
            yield from changed(f"{what}的字典项", one, other, lambda entry: f"{entry.code} {entry.name}")


def section_titles(document: ItemFormDocument) -> list[tuple[FormSection | None, list[FormField]]]:
    """The sections with their fields in order; first those that stand under no heading, if there are any."""
    known = {section.code for section in document.sections}
    loose = [field for field in document.fields if field.group not in known]
    titled: list[tuple[FormSection | None, list[FormField]]] = [(None, loose)] if loose else []
    titled += [
        (section, [field for field in document.fields if field.group == section.code]) for section in document.sections
    ]
    return [(section, sorted(fields, key=lambda field: field.order)) for section, fields in titled]
