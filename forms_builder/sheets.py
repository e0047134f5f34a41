"""The sheets of dictionaries, crosswalks and public fields, and of item forms with their fields (only exported)."""

from collections.abc import Iterable
from typing import Any

from forms_builder.models import (
    DATA_TYPES,
    Crosswalk,
    CrosswalkMapping,
    Dictionary,
    DictionaryEntry,
    ItemForm,
    PublicField,
)
from forms_builder.services import crosswalks, dictionaries, public_fields
from forms_builder.services.forms_in_force import document_in_force, live_release, live_releases
from opsplatform.console.code_lists import entries_of
from opsplatform.kernel.documents import write
from opsplatform.organizations.sheets import BY_BODY, BY_KIND
from opsplatform.spreadsheets.columns import Column, by_code, coded, columns_of, shown
from opsplatform.spreadsheets.sheets import Elements, JsonShape, RegisterSheet, register, related_elements

_TYPES = dict(DATA_TYPES)


def _fields_in_order(form: Any) -> Iterable[dict[str, Any]]:
    """The fields in force; of a form that never was, the draft's: whoever sees its row may see that."""
    document = document_in_force(form)
    fields = form.subject.draft.get("fields", ()) if document is None else write(document.fields)
    return sorted(fields, key=lambda entry: int(entry["order"]))


def _standing(form: Any) -> str:
    live = live_release(form)
    return f"在用版本 {live.version.number}" if live else "草稿"


def _form_column(name: str, heading: str) -> Column:
    return shown(name, heading, lambda entry: entry.get(name))


def _prefill(entry: dict[str, Any]) -> str:
    prefill = entry.get("prefill")
    return f"{prefill['library']} / {prefill['element']}" if prefill else ""


_ITEM_COLUMNS = (
    shown("item", "事项", lambda form: form.item.name),
    shown("department", "实施机构", lambda form: form.item.department and BY_BODY.spell(form.item.department)),
    shown("body_kind", "实施机构类别", lambda form: form.item.body_kind and BY_KIND.spell(form.item.body_kind)),
    shown("basic_code", "基本编码", lambda form: form.item.basic_code),
    shown("sequence", "业务办理项序号", lambda form: form.item.sequence),
    shown("standing", "内容取自", _standing),
)
_FIELD_COLUMNS = (
    _form_column("order", "次序"),
    _form_column("code", "字段代码"),
    _form_column("label", "字段名称"),
    shown("data_type", "类型", lambda entry: _TYPES.get(entry["data_type"], entry["data_type"])),
    shown("required", "必填", lambda entry: bool(entry.get("required"))),
    _form_column("min_length", "最小长度"),
    _form_column("max_length", "最大长度"),
    _form_column("scale", "小数位数"),
    _form_column("minimum", "最小值"),
    _form_column("maximum", "最大值"),
    _form_column("pattern", "校验规则"),
    _form_column("format", "格式"),
    _form_column("std_format", "标准格式"),
    _form_column("min_items", "最少条数"),
    _form_column("max_items", "最多条数"),
    _form_column("unit", "单位"),
    _form_column("dictionary", "字典"),
    _form_column("within", "选项取决于"),
    _form_column("options", "选项"),
    _form_column("public_field", "公共字段"),
    shown("prefill", "预填", _prefill),
    _form_column("group", "分组"),
    _form_column("columns", "表格列"),
    _form_column("visible_when", "显示条件"),
    _form_column("help", "填写说明"),
)

register(
    RegisterSheet(
        model=Dictionary,
        columns=columns_of(Dictionary, ("code", *dictionaries.FIELDS), {"parent_dictionary": by_code(Dictionary)}),
        elements=Elements(
            "entries",
            columns_of(DictionaryEntry, dictionaries.ENTRY_FIELDS),
            related_elements("entries"),
            key="code",
        ),
        key=("code",),
        near=("code", "code"),
        save=dictionaries.save_dictionary,
        json=JsonShape("dictionaries", "items", {"parent": "parent_code"}),
        related=("parent_dictionary",),
        prefetched=("entries",),
    ),
    RegisterSheet(
        model=Crosswalk,
        columns=columns_of(
            Crosswalk,
            ("code", *crosswalks.FIELDS),
            {"from_dictionary": by_code(Dictionary), "to_dictionary": by_code(Dictionary)},
        ),
        elements=Elements(
            "mappings", columns_of(CrosswalkMapping, crosswalks.MAPPING_FIELDS), related_elements("mappings")
        ),
        key=("code",),
        near=("code", "code"),
        save=crosswalks.save_crosswalk,
        json=JsonShape("crosswalks", "mappings"),
        related=("from_dictionary", "to_dictionary"),
        prefetched=("mappings",),
    ),
    RegisterSheet(
        model=PublicField,
        columns=coded(
            columns_of(PublicField, ("code", *public_fields.FIELDS), {"dictionary": by_code(Dictionary)}),
            public_fields.CODES,
            entries_of,
        ),
        key=("code",),
        near=("code", "code"),
        save=public_fields.save_public_field,
        related=("dictionary",),
    ),
    RegisterSheet(
        model=ItemForm,
        columns=_ITEM_COLUMNS,
        elements=Elements("fields", _FIELD_COLUMNS, _fields_in_order),
        related=("subject", "item__department__division", "item__body_kind"),
        prefetched=(live_releases(content=True),),
    ),
)
