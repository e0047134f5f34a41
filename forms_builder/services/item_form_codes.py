"""Where item forms name codes: the dictionaries of their fields, and the conditions under which fields show."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import F
from django.urls import reverse

from forms_builder.documents import FormField, ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.registry import Naming, Owner, Replacement
from forms_builder.services.recoding import OPS_OF_SEVERAL, recode
from opsplatform.accounts.models import User
from opsplatform.catalog.services.items import authority
from opsplatform.kernel import registers
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound
from opsplatform.kernel.shape import read_document


class ItemFormCodes:
    """Item forms as documents that name codes (forms_builder.registry.Documents)."""

    kind = "item_form"
    title = "事项表单"
    is_open = True

    def stamps(self) -> Any:
        """Every form by its item's key, at its revision."""
        return ItemForm.objects.annotate(index_key=F("item__key"), index_stamp=F("revision"))

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the forms name."""
        for form in ItemForm.objects.filter(item__key__in=keys).select_related("item"):
            fields = msgspec.convert(form.document, ItemFormDocument).fields
            yield form.item.key, form.revision, list(_namings(form.item.key, fields))

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The forms of the items the actor sees."""
        forms = ItemForm.objects.visible_to(actor).filter(item__key__in=keys).select_related("item")
        return {
            form.item.key: Owner(str(form), reverse("admin:forms_builder_itemform_change", args=[form.pk]))
            for form in forms
        }

    def on_show(self, keys: Collection[str]) -> set[str]:
        """None: what the public works with is frozen into packages."""
        return set()

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The form names what the replacements say, at its next revision."""
        form = ItemForm.objects.visible_to(actor).select_for_update(of=("self",)).filter(item__key=key).first()
        if form is None:
            raise NotFound
        within, department = authority(form.item)
        actor.require("catalog.edit_items", within=within, department=department)
        before = registers.content_of(form)
        tree = msgspec.json.decode(msgspec.json.encode(form.document))
        for one in replacements:
            recode(tree, one.place, one.code, one.codes)
        form.document = write(read_document(ItemFormDocument, tree))
        registers.store(
            form,
            registers.differences(before, registers.content_of(form)),
            actor=actor,
            event="item_form",
            division=within.code if within else "",
            reason=note,
        )


def _namings(item: str, fields: Sequence[FormField]) -> Iterator[Naming]:
    dictionaries = {field.code: field.dictionary for field in fields}
    names = {field.code: field.label for field in fields}
    for number, field in enumerate(fields):
        place = f"/fields/{number}"
        if field.dictionary:
            yield Naming(
                place,
                f"字段“{field.label}”的选项",
                f"dictionary:{field.dictionary}",
                carries=f"item_field:{item}/{field.code}",
            )
        for index, column in enumerate(field.columns):
            if column.dictionary:
                label = f"表格“{field.label}”的列“{column.label}”的选项"
                yield Naming(f"{place}/columns/{index}", label, f"dictionary:{column.dictionary}")
        for pointer, test in tests_in(field.visible_when, f"{place}/visible_when"):
            dictionary = dictionaries.get(test.q or "")
            codes = codes_of(test.value)
            if dictionary and codes:
                label = f"字段“{field.label}”的显示条件（看“{names[test.q or '']}”）"
                yield Naming(pointer, label, f"dictionary:{dictionary}", codes, takes_several=test.op in OPS_OF_SEVERAL)


def tests_in(condition: Condition | None, pointer: str) -> Iterator[tuple[str, Condition]]:
    """Every test of a condition with its place."""
    if condition is None:
        return
    if condition.q is not None:
        yield pointer, condition
    for name, parts in (("all", condition.all), ("any", condition.any)):
        for number, part in enumerate(parts or ()):
            yield from tests_in(part, f"{pointer}/{name}/{number}")
    yield from tests_in(condition.not_, f"{pointer}/not")


def codes_of(value: Any) -> tuple[str, ...]:
    """The texts that a value is or holds."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()
