"""Where item forms name codes: the dictionaries of their fields, and the conditions under which parts show."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from django.db.models import CharField, Count, F, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from forms_builder import selectors
from forms_builder.documents import FormField, FormSection, ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.registry import Naming, Owner, Replacement, summed
from forms_builder.services.freezing_forms import read_frozen_form
from forms_builder.services.item_forms import KIND, save_item_form
from forms_builder.services.recoding import OPS_OF_SEVERAL, recode
from opsplatform.accounts.models import User
from opsplatform.kernel.conditions import Condition
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.selectors import lock_subject

IN_FORCE = 1  # stamp % 2 of a version in force: it was put in force once more than it was taken out


class ItemFormCodes:
    """Drafts of item forms as documents that name codes (forms_builder.registry.Documents)."""

    kind = "item_form"
    title = "事项表单"
    is_open = True

    def stamps(self) -> Any:
        """Every form by its item's key, at the revision of its draft."""
        return Subject.objects.filter(kind=KIND).annotate(index_key=F("code"), index_stamp=F("draft_revision"))

    def sums(self) -> tuple[int, int]:
        """How many forms there are, and the sum of the revisions of their drafts."""
        return summed(Subject.objects.filter(kind=KIND), "draft_revision")

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the drafts name."""
        for subject in Subject.objects.filter(kind=KIND, code__in=keys):
            document = msgspec.convert(subject.draft, ItemFormDocument)
            yield subject.code, subject.draft_revision, list(_namings(subject.code, document))

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The forms whose drafts the actor sees."""
        forms = ItemForm.objects.drafts_visible_to(actor).filter(subject__code__in=keys)
        return {form.item.key: _owner(form) for form in forms.select_related("item", "subject").defer("subject__draft")}

    def on_show(self, keys: Collection[str]) -> set[str]:
        """None: a draft is nobody's but its authors'."""
        return set()

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The draft names what the replacements say, at its next revision; an approval of the old one is void."""
        form = selectors.get_drafted_form(actor, key)
        subject = lock_subject(form.subject_id)
        tree = msgspec.json.decode(msgspec.json.encode(subject.draft))
        for one in replacements:
            recode(tree, one.place, one.code, one.codes)
        save_item_form(actor=actor, item_key=key, tree=tree, expected_revision=subject.draft_revision, right="recode")


def _owner(form: ItemForm) -> Owner:
    subject = form.subject
    note = "" if subject.state == Subject.State.DRAFT else f"{subject.get_state_display()}：改写后须重新提交"
    return Owner(str(form), reverse("forms_builder:item_form", args=[form.item.key]), note)


class ItemFormVersionCodes:
    """Versions of item forms: what is in force, and what was or will be (forms_builder.registry.Documents)."""

    kind = "item_form_version"
    title = "事项表单版本"
    is_open = False

    def stamps(self) -> Any:
        """Every version; none ever changes, but it comes into force and goes out of it: how often is its stamp."""
        own = Release.objects.filter(version=OuterRef("pk")).order_by().values("version")
        turns = Coalesce(Subquery(own.values(turns=Count("pk") + Count("ended_at"))), 0)
        versions = Version.objects.filter(subject__kind=KIND)
        return versions.annotate(index_key=Cast("pk", CharField()), index_stamp=turns)

    def sums(self) -> tuple[int, int]:
        """How many versions there are, and how often any of them was put in force or taken out."""
        turns = Release.objects.filter(subject__kind=KIND).aggregate(sum=Count("pk") + Count("ended_at"))
        return Version.objects.filter(subject__kind=KIND).count(), turns["sum"]

    def namings(self, keys: Collection[str]) -> Iterator[tuple[str, int, Iterable[Naming]]]:
        """What the versions name; what is in force says besides of which dictionary its fields are."""
        for version in self.stamps().filter(pk__in=keys).select_related("subject").defer("subject__draft"):
            document = read_frozen_form(bytes(version.content)).document
            namings = list(_namings(version.subject.code, document))
            if version.index_stamp % 2 != IN_FORCE:
                namings = [replace(naming, carries="") for naming in namings]
            yield str(version.pk), version.index_stamp, namings

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The versions in force of the forms the actor sees, and all of those whose drafts the actor sees."""
        shown = self.on_show(keys)
        seen = set(ItemForm.objects.visible_to(actor).values_list("subject", flat=True))
        drafts = set(ItemForm.objects.drafts_visible_to(actor).values_list("subject", flat=True))
        versions = Version.objects.filter(pk__in=keys, subject__in=seen).select_related("subject")
        return {
            str(version.pk): Owner(
                f"{version.subject.title} 版本 {version.number}",
                reverse("forms_builder:item_form_history", args=[version.subject.code]),
                "在用" if str(version.pk) in shown else "不在用",
            )
            for version in versions.defer("content", "subject__draft")
            if str(version.pk) in shown or version.subject_id in drafts
        }

    def on_show(self, keys: Collection[str]) -> set[str]:
        """The versions that are in force."""
        in_force = Release.objects.live().filter(version__in=map(int, keys))
        return {str(version) for version in in_force.values_list("version_id", flat=True)}

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """Never: what is approved is not changed."""
        raise TypeError("versions are immutable")


def _namings(item: str, document: ItemFormDocument) -> Iterator[Naming]:
    fields = document.fields
    dictionaries = {field.code: field.dictionary for field in fields}
    names = {field.code: field.label for field in fields}
    shown: list[tuple[str, str, FormSection | FormField]] = [
        (f"/sections/{number}", f"分组“{one.name}”", one) for number, one in enumerate(document.sections)
    ]
    shown += [(f"/fields/{number}", f"字段“{one.label}”", one) for number, one in enumerate(fields)]
    for number, field in enumerate(fields):
        place = f"/fields/{number}"
        if field.public_field:
            carrier = f"{selectors.REGISTER}:public_field"
            yield Naming(f"{place}/public_field", f"字段“{field.label}”", carrier, (field.public_field,))
        if field.dictionary:
            yield Naming(
                place,
                f"字段“{field.label}”的选项" + (f"（取决于“{names[field.within]}”）" if field.within in names else ""),
                f"dictionary:{field.dictionary}",
                carries=f"item_field:{item}/{field.code}",
            )
        for index, column in enumerate(field.columns):
            if column.dictionary:
                label = f"表格“{field.label}”的列“{column.label}”的选项"
                yield Naming(f"{place}/columns/{index}", label, f"dictionary:{column.dictionary}")
    for place, name, part in shown:
        for pointer, test in tests_in(part.visible_when, f"{place}/visible_when"):
            dictionary = dictionaries.get(test.q or "")
            codes = codes_of(test.value)
            if dictionary and codes:
                label = f"{name}的显示条件（看“{names[test.q or '']}”）"
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
