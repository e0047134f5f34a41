"""How the console edits a theme: texts, items and their order, notices, divisions; saved as one document."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from forms_builder.documents import FormField
from forms_builder.models import PublicField
from forms_builder.services.forms_in_force import find_usable_forms
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.services.drafting import require_revision
from themes import selectors
from themes.documents import (
    LONGEST_NOTICE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    DepartmentBinding,
    FieldUse,
    Notice,
    ThemeDocument,
    ThemeItem,
)
from themes.guidance.references import iter_references
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.services.drafting import save_theme

PARTNER = "配合部门"


@dataclass(frozen=True)
class WantedItem:
    """An item that shall be in the theme: `code` is the theme's name for it, empty for one to be added."""

    key: str
    code: str = ""
    is_mandatory: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a person wants the editable parts to be, in the order wanted; everything else of the theme stays."""

    name: str
    summary: str
    keywords: tuple[str, ...]
    items: tuple[WantedItem, ...]
    notices: tuple[Notice, ...]
    handling_divisions: tuple[str, ...]


@transaction.atomic
def save_composition(*, actor: User, code: str, wanted: Wanted, expected_revision: int) -> Theme:
    """The draft carries what is wanted, at its next revision; everything wrong is told at once and nothing is saved."""
    theme = selectors.get_theme(actor, code, lock=True)
    actor.require("themes.edit", within=theme.subject.division, department=theme.lead_department, on=theme)
    require_revision(theme.subject, expected_revision)
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    problems = _problems(actor, theme, document, wanted)
    if problems:
        raise Invalid(f"有 {len(problems)} 处需要改正，尚未保存。", problems=tuple(problems))
    tree = write(compose(actor, document, wanted, _submitted_last(theme)))
    return save_theme(actor=actor, code=code, tree=tree, expected_revision=expected_revision)


def compose(actor: User, document: ThemeDocument, wanted: Wanted, former: ThemeDocument | None = None) -> ThemeDocument:
    """The document with what is wanted; added items come with the bindings they need to resolve.

    `former`: the version submitted last. Whoever takes an item out and puts it back gets the same local code, which
    rules still name, and the same materials; what was bound since, only for items that are out again, is bound no more.
    Raises NotFound for an item out of the actor's sight.
    """
    standing = {item.code: item for item in document.items}
    former_items = {item.item: item for item in former.items} if former else {}
    for added in (item for item in wanted.items if not item.code):
        document = bind_item(document, selectors.get_item(actor, added.key), former_items.get(added.key))
    added_items = {item.item: item for item in document.items if item.code not in standing}
    chosen = [standing[item.code] if item.code else added_items[item.key] for item in wanted.items]
    composed = msgspec.structs.replace(
        document,
        name=wanted.name,
        summary=wanted.summary,
        keywords=wanted.keywords,
        items=tuple(
            msgspec.structs.replace(item, mandatory=want.is_mandatory)
            for item, want in zip(chosen, wanted.items, strict=True)
        ),
        notices=_in_order(document.notices, wanted.notices),
        handling_divisions=wanted.handling_divisions,
    )
    is_smaller = len(chosen) < len(document.items)
    return _without_leftovers(composed, former) if is_smaller and former else composed


def _without_leftovers(document: ThemeDocument, former: ThemeDocument) -> ThemeDocument:
    """The document without public fields and bodies that the former version lacks and that nothing uses."""
    keys = [item.item for item in document.items]
    forms = find_usable_forms(keys).values()
    asked = {field.public_field for form in forms for field in form.document.fields}
    named = {reference.code for reference in iter_references(document) if reference.kind == "public_field"}
    known_uses = {use.code for use in former.field_uses}
    uses = tuple(
        use for use in document.field_uses if use.code in known_uses or use.code in named or use.public_field in asked
    )
    items = ServiceItem.objects.filter(key__in=keys).select_related("department__division", "body_kind")
    bodies = {_body_key(item) for item in items}
    known_bodies = {binding.code for binding in former.departments}
    kept = {use.code for use in uses}
    return msgspec.structs.replace(
        document,
        field_uses=uses,
        field_order=tuple(code for code in document.field_order if code in kept),
        departments=tuple(
            binding
            for binding in document.departments
            if binding.code in known_bodies or (binding.kind, binding.division, binding.name) in bodies
        ),
    )


def _body_key(item: ServiceItem) -> tuple[str | None, str | None, str | None]:
    """How a department binding names the item's body: kind, or division and name."""
    if item.body_kind is not None:
        return item.body_kind.code, None, None
    assert item.department is not None  # the table's constraint: a body or a kind
    return None, item.department.division.code, item.department.name


def _in_order(standing: tuple[Notice, ...], wanted: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """The wanted notices; they are numbered anew only where that is needed to keep their order."""
    orders = {notice.code: notice.order for notice in standing}
    kept = [orders.get(notice.code) for notice in wanted]
    known = [order for order in kept if order is not None]
    if len(known) == len(kept) and known == sorted(set(known)):
        return tuple(msgspec.structs.replace(notice, order=orders[notice.code]) for notice in wanted)
    return tuple(msgspec.structs.replace(notice, order=number) for number, notice in enumerate(wanted, start=1))


def _submitted_last(theme: Theme) -> ThemeDocument | None:
    version = theme.subject.current_version
    return None if version is None else read_frozen(bytes(version.content)).document


def bind_item(document: ThemeDocument, item: ServiceItem, former: ThemeItem | None = None) -> ThemeDocument:
    """The document with the item at its end: a local code, its body and the public fields of its form are bound.

    What it needs besides (materials, rules that bring it up) is the editor's to add; the gate says what is missing.
    """
    document = _bind_body(document, item)
    taken = {known.code for known in document.items}
    if former is not None and former.code not in taken:
        added = former
    else:
        added = ThemeItem(code=free_code(_readable_code(item), taken), item=item.key)
    document = msgspec.structs.replace(document, items=(*document.items, added))
    form = find_usable_forms([item.key]).get(item.key)
    return _bind_fields(document, form.document.fields if form else ())


def _bind_body(document: ThemeDocument, item: ServiceItem) -> ThemeDocument:
    kind, division, name = _body_key(item)
    if any((known.kind, known.division, known.name) == (kind, division, name) for known in document.departments):
        return document
    code = free_code(kind or f"B-{division}", {known.code for known in document.departments})
    binding = DepartmentBinding(code=code, role=PARTNER, kind=kind, division=division, name=name)
    return msgspec.structs.replace(document, departments=(*document.departments, binding))


def _bind_fields(document: ThemeDocument, fields: tuple[FormField, ...]) -> ThemeDocument:
    bound = {use.public_field for use in document.field_uses}
    lacking = {field.public_field: field for field in fields if field.public_field and field.public_field not in bound}
    if not lacking:
        return document
    codes = {use.code for use in document.field_uses}
    groups = {group.code for group in document.field_groups}
    last = max((use.order for use in document.field_uses), default=0)
    uses = []
    for number, public_field in enumerate(PublicField.objects.filter(code__in=lacking).order_by("code"), start=1):
        field = lacking[public_field.code]
        code = free_code(public_field.code.split("@")[0], codes)
        codes.add(code)
        uses.append(
            FieldUse(
                code=code,
                public_field=public_field.code,
                label=public_field.label,
                group=field.group if field.group in groups else None,
                order=last + number * 10,
                required=field.required,
            )
        )
    return msgspec.structs.replace(
        document,
        field_uses=(*document.field_uses, *uses),
        field_order=(*document.field_order, *(use.code for use in uses)),
    )


def _readable_code(item: ServiceItem) -> str:
    """The basic code with its sequence: what staff know the item by where the theme has no name of its own for it."""
    return f"{item.basic_code}-{item.sequence}"


def free_code(wish: str, taken: set[str]) -> str:
    """The code wished for, or it with the first number that is free."""
    code, number = wish, 1
    while code in taken:
        number += 1
        code = f"{wish}-{number}"
    return code


def _problems(actor: User, theme: Theme, document: ThemeDocument, wanted: Wanted) -> list[Problem]:
    return [
        *text_problems(wanted.name, wanted.summary),
        *_item_problems(actor, document, wanted),
        *_notice_problems(wanted),
        *_division_problems(theme.subject.division, wanted),
    ]


def text_problems(name: str, summary: str) -> list[Problem]:
    """What is wrong with a theme's name and summary."""
    problems = []
    if not name:
        problems.append(Problem("/name", "required", "请填写主题名称。"))
    problems += _too_long("/name", "主题名称", name, LONGEST_TITLE)
    problems += _too_long("/summary", "简介", summary, LONGEST_SUMMARY)
    return problems


def _too_long(place: str, what: str, text: str, limit: int) -> list[Problem]:
    if len(text) <= limit:
        return []
    return [Problem(place, "too_long", f"{what}不能超过 {limit} 个字，现有 {len(text)} 个字。")]


def _item_problems(actor: User, document: ThemeDocument, wanted: Wanted) -> list[Problem]:
    standing = {item.code: item.item for item in document.items}
    added = [item.key for item in wanted.items if not item.code]
    visible = set(ServiceItem.objects.visible_to(actor).filter(key__in=added).values_list("key", flat=True))
    problems = []
    for number, item in enumerate(wanted.items):
        if item.code and standing.get(item.code) != item.key:
            problems.append(Problem(f"/items/{number}", "unknown_item", f"主题中没有事项 {item.code}。"))
        if not item.code and item.key not in visible:
            problems.append(Problem(f"/items/{number}", "unknown_item", "要增加的事项不存在。"))
    keys = [item.key for item in wanted.items]
    if len(set(keys)) != len(keys):
        problems.append(Problem("/items", "duplicate_item", "同一事项只能加入一次。"))
    return problems


def _notice_problems(wanted: Wanted) -> list[Problem]:
    problems: list[Problem] = []
    for number, notice in enumerate(wanted.notices):
        sentences: dict[str, Any] = {
            "title": (notice.title, f"第 {number + 1} 条须知还没有标题。"),
            "content": (notice.content, f"第 {number + 1} 条须知还没有内容。"),
        }
        problems += [
            Problem(f"/notices/{number}/{name}", "required", sentence)
            for name, (text, sentence) in sentences.items()
            if not text
        ]
        problems += _too_long(f"/notices/{number}/title", f"第 {number + 1} 条须知的标题", notice.title, LONGEST_TITLE)
        problems += _too_long(
            f"/notices/{number}/content", f"第 {number + 1} 条须知的内容", notice.content, LONGEST_NOTICE
        )
    codes = [notice.code for notice in wanted.notices]
    if len(set(codes)) != len(codes):
        problems.append(Problem("/notices", "duplicate_code", "须知的代码重复。"))
    return problems


def _division_problems(city: Division, wanted: Wanted) -> list[Problem]:
    if not wanted.handling_divisions:
        return [Problem("/handling_divisions", "required", "请至少选择一个办理区划。")]
    known = set(
        Division.objects.subtree_of(city)
        .filter(level__in=[Division.Level.CITY, Division.Level.DISTRICT])
        .values_list("code", flat=True)
    )
    return [
        Problem(f"/handling_divisions/{number}", "unknown_division", f"区划 {code} 不能作为办理区划。")
        for number, code in enumerate(wanted.handling_divisions)
        if code not in known
    ]
