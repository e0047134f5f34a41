"""What people call the things of a frozen theme, whether it is complete or not."""

from collections.abc import Mapping

from themes.guidance import necessity
from themes.guidance.wording import Names
from themes.packages.structure import FrozenTheme


def names_of(frozen: FrozenTheme) -> Names:
    """The names by local code; what does not resolve stands for itself."""
    document = frozen.document
    fields = {use.code: use.label for use in document.field_uses}
    codes = {key: content.dictionary for key, content in frozen.public_fields.items()}
    for item, parts in frozen.item_forms.items():
        fields |= {f"{item}.{part.code}": part.label for part in parts}
        codes |= {f"{item}.{part.code}": part.dictionary for part in parts}
    entries = {
        code: {entry.code: entry.name for entry in dictionary.entries}
        for code, dictionary in frozen.dictionaries.items()
    }
    return Names(
        items={code: item_name(frozen, code) for code in (item.code for item in document.items)},
        materials={code: content.name for code, content in frozen.materials.items()},
        notices={notice.code: notice.title for notice in document.notices},
        fields=fields,
        field_values={key: entries[code] for key, code in codes.items() if code in entries},
        necessities=necessity.NAMES,
        divisions={code: division.name for code, division in frozen.divisions.items()},
        parameters={parameter.code: parameter.name for parameter in document.guidance.parameters},
    )


def item_name(frozen: FrozenTheme, code: str) -> str:
    """The item's popular name, else its name, else its code."""
    content = frozen.items.get(code)
    return (content.daily_name or content.name) if content else code


def department_name(frozen: FrozenTheme, code: str) -> str:
    """The body's or kind's name, else what the theme binds, else the code."""
    body = frozen.departments.get(code)
    if body is not None:
        return body.name
    bound = {binding.code: binding.name or binding.kind for binding in frozen.document.departments}
    return bound.get(code) or code


def joined(first: Names, second: Names) -> Names:
    """Names of both, the second's where they differ: for sentences about what is no longer there."""
    return Names(**{name: {**getattr(first, name), **getattr(second, name)} for name in Names.__struct_fields__})


def entry_name(frozen: FrozenTheme, key: str) -> str:
    """A register entry ("item:KEY", "material:CODE" …) as people call it."""
    kind, _, code = key.partition(":")
    document = frozen.document
    found: dict[str, str]
    match kind:
        case "item" | "item_form":
            found = {item.item: item_name(frozen, item.code) for item in document.items}
        case "material":
            found = {
                b.material: frozen.materials[b.code].name for b in document.materials if b.code in frozen.materials
            }
        case "public_field":
            found = {use.public_field: use.label for use in document.field_uses}
        case "dictionary":
            found = {known: content.name for known, content in frozen.dictionaries.items()}
        case "crosswalk":
            found = {known: one.name for one in frozen.crosswalks for known in one.crosswalks}
        case _:
            found = {b.kind: department_name(frozen, b.code) for b in document.departments if b.kind}
    return f"{ENTRY_KINDS.get(kind, kind)}“{found.get(code, code.rpartition('/')[2])}”"


ENTRY_KINDS: Mapping[str, str] = {
    "item": "事项",
    "item_form": "事项表单",
    "material": "材料",
    "public_field": "公共字段",
    "dictionary": "字典",
    "crosswalk": "代码对照",
    "body_kind": "机构类别",
    "department": "部门",
}
