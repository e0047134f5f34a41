"""Questions about dictionaries, crosswalks and item forms."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat

from forms_builder.models import (
    CodeUse,
    Crosswalk,
    CrosswalkMapping,
    Dictionary,
    DictionaryEntry,
    FormerName,
    FormerParent,
    ItemForm,
    PublicField,
)
from opsplatform.accounts.models import User
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.catalog.selectors import responsible_department
from opsplatform.catalog.services.items import authority
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division

REGISTER = "register"  # carriers of places that name rows of a register begin with it


def names_of_codes(dictionary: str) -> list[tuple[str, str]]:
    """The entries of the dictionary in force today: code and name, in their order."""
    entries = DictionaryEntry.objects.filter(dictionary__code=dictionary).in_force(clock.today())
    return list(entries.order_by("order", "code").values_list("code", "name"))


def get_dictionary(code: str) -> Dictionary:
    """The dictionary of that code, which everybody may see; raises NotFound."""
    dictionary = Dictionary.objects.select_related("parent_dictionary").filter(code=code).first()
    if dictionary is None:
        raise NotFound
    return dictionary


def get_entry(dictionary: Dictionary, code: str) -> DictionaryEntry:
    """The entry of that code, in force or not; raises NotFound."""
    entry = dictionary.entries.select_related("dictionary").filter(code=code).first()
    if entry is None:
        raise NotFound(f"字典“{dictionary}”没有字典项 {code}。")
    return entry


def entries_with_names(dictionary: Dictionary) -> QuerySet[DictionaryEntry]:
    """Every entry in its order, with its former names and successors."""
    former = Prefetch("former_names", FormerName.objects.order_by("until"))
    return dictionary.entries.prefetch_related(former, "successors").order_by("order", "code")


def entries_as_of(dictionary: Dictionary, on: date) -> list[DictionaryEntry]:
    """Every entry in its order, called what it was called that day, below what it lay below then."""
    entries: list[Any] = list(entries_with_names(dictionary).with_parents(on))  # type: ignore[attr-defined]
    for entry in entries:
        entry.name, entry.parent_code = name_at(entry, on), entry.above
    return entries


def entries_at(dictionary: Dictionary, on: date) -> list[DictionaryEntry]:
    """The entries in force on that day, in their order, as they were then."""
    return [entry for entry in entries_as_of(dictionary, on) if entry.is_in_force(on)]


def find_entries(keys: Collection[str]) -> dict[str, DictionaryEntry]:
    """Those entries that there are, by their keys (DictionaryEntry.audit_key)."""
    rows = DictionaryEntry.objects.filter(dictionary__code__in=[key.partition("/")[0] for key in keys])
    return {entry.audit_key: entry for entry in rows.select_related("dictionary") if entry.audit_key in keys}


def list_moving(on: date) -> QuerySet[FormerParent]:
    """The entries that lie on that day, or until a later one, below something else than later on."""
    return FormerParent.objects.filter(until__gte=on).select_related("entry__dictionary").order_by("entry_id", "until")


def name_at(entry: DictionaryEntry, on: date) -> str:
    """What the entry was called on that day."""
    standing = sorted((former.until, former.name) for former in entry.former_names.all() if former.until >= on)
    return standing[0][1] if standing else entry.name


def codes_above(dictionary: Dictionary) -> dict[str, date] | None:
    """The codes that entries may have as their parent, with their last days; None where they are its own."""
    if dictionary.is_below_divisions:
        return dict.fromkeys(Division.objects.values_list("code", flat=True), date.max)
    return last_days(dictionary.parent_dictionary) if dictionary.parent_dictionary else None


def last_days(dictionary: Dictionary) -> dict[str, date]:
    """Until when each code of the dictionary is in force; without an end, for ever."""
    return {code: ends or date.max for code, ends in dictionary.entries.values_list("code", "valid_to")}


def list_code_uses(dictionary: str) -> QuerySet[CodeUse]:
    """What the index knows of the dictionary: places that name it, and places about fields whose dictionary it is."""
    own = f"dictionary:{dictionary}"
    shared = PublicField.objects.filter(dictionary__code=dictionary).values(
        carrier=Concat(Value("public_field:"), "code")
    )
    fields = CodeUse.objects.filter(carrier=own).exclude(carries="").values("carries")
    about = Q(carrier=own) | Q(carrier__in=shared) | Q(carrier__in=fields)
    return CodeUse.objects.filter(about).select_related("document").order_by("document_id", "id")


def list_references(register: str) -> QuerySet[CodeUse]:
    """What the index knows of places that name rows of this register."""
    rows = CodeUse.objects.filter(carrier=f"{REGISTER}:{register}").select_related("document")
    return rows.order_by("document_id", "id")


def surviving(codes: Collection[str], register: type[PublicField | Material] = PublicField) -> dict[str, str]:
    """Those of these entries that were merged, each with the one that it means now."""
    return {code: way[-1] for code, way in ways_of_merged(codes, register).items()}


def ways_of_merged(
    codes: Collection[str], register: type[PublicField | Material] = PublicField
) -> dict[str, list[str]]:
    """Those of these entries that were merged, each with its way: itself, what it became, and so on to what stands."""
    merged = register._default_manager.exclude(merged_into=None).order_by("code")
    into = dict(merged.values_list("code", "merged_into__code"))
    ways: dict[str, list[str]] = {}
    for code in codes:
        way = [code]
        while way[-1] in into:
            way.append(into[way[-1]])
        if len(way) > 1:
            ways[code] = way
    return ways


def get_public_field(code: str) -> PublicField:
    """The public field of that code, which everybody may see; raises NotFound."""
    field = PublicField.objects.select_related("dictionary", "merged_into").filter(code=code).first()
    if field is None:
        raise NotFound
    return field


def list_crosswalks_of(dictionary: Dictionary) -> QuerySet[Crosswalk]:
    """The crosswalks from or to the dictionary."""
    rows = Crosswalk.objects.filter(Q(from_dictionary=dictionary) | Q(to_dictionary=dictionary)).order_by("code")
    return rows.select_related("from_dictionary", "to_dictionary")


def get_crosswalk(code: str) -> Crosswalk:
    """The crosswalk of that code, which everybody may see; raises NotFound."""
    rows = Crosswalk.objects.select_related("from_dictionary", "to_dictionary").prefetch_related("mappings")
    crosswalk = rows.filter(code=code).first()
    if crosswalk is None:
        raise NotFound
    return crosswalk


def mappings_on(crosswalk: Crosswalk, on: date) -> list[CrosswalkMapping]:
    """The mappings of the crosswalk that hold on that day, in their order."""
    return [
        mapping
        for mapping in crosswalk.mappings.all()
        if (mapping.valid_from is None or mapping.valid_from <= on)
        and (mapping.valid_to is None or mapping.valid_to >= on)
    ]


# --- item forms -------------------------------------------------------------------------------------------------------


def get_item(actor: User, key: str) -> ServiceItem:
    """The item of that key if the actor sees it; raises NotFound."""
    return _one(ServiceItem.objects.visible_to(actor), key)


def list_items_without_form(actor: User) -> QuerySet[ServiceItem]:
    """The items for which nobody has begun a form and the actor may."""
    divisions = actor.divisions_where("item_forms.edit")
    items = ServiceItem.objects.visible_to(actor)
    mine = items.answered_for_by(actor.departments_where("item_forms.edit"))
    if divisions.filter(parent=None).exists():
        mine |= items.filter(department=None)  # forms of a kind of bodies are the city's
    return mine.filter(form=None).order_by("name", "key")


def lock_item(actor: User, key: str) -> ServiceItem:
    """The item, locked until the transaction ends: two cannot begin its form at once."""
    return _one(ServiceItem.objects.visible_to(actor).select_for_update(of=("self",), no_key=True), key)


def _one(items: QuerySet[ServiceItem], key: str) -> ServiceItem:
    item = items.select_related("department__division", "body_kind__responsible__division").filter(key=key).first()
    if item is None:
        raise NotFound
    return item


def find_item_form(item: ServiceItem) -> ItemForm | None:
    """The item's form, whoever asks; None where nobody has begun one."""
    return _with_places(ItemForm.objects.all()).filter(item=item).first()


def get_item_form(actor: User, key: str) -> ItemForm:
    """The form of that item if the actor sees it: in force, or its draft; raises NotFound."""
    form = _with_places(ItemForm.objects.visible_to(actor)).filter(item__key=key).first()
    if form is None:
        raise NotFound
    return form


def _with_places(forms: QuerySet[ItemForm]) -> QuerySet[ItemForm]:
    return forms.select_related(
        "subject__division", "subject__current_version", "item__department__division", "item__body_kind__responsible"
    )


def may_see_form(actor: User, form: ItemForm) -> bool:
    """Whether the form is in force, or its draft the actor's to see."""
    return ItemForm.objects.visible_to(actor).filter(pk=form.pk).exists()


def may_view_draft(actor: User, form: ItemForm) -> bool:
    """Whether the form's draft is the actor's to see."""
    return ItemForm.objects.drafts_visible_to(actor).filter(pk=form.pk).exists()


def may_on_form(actor: User, form: ItemForm, action: str) -> bool:
    """Whether the actor may do this to the form."""
    return actor.may(action, within=form.subject.division, department=responsible_department(form.item))


def require_on_form(actor: User, form: ItemForm, action: str) -> None:
    """Passes when the actor may do this to the form; raises Forbidden naming it otherwise."""
    actor.require(action, within=form.subject.division, department=responsible_department(form.item))


def get_drafted_form(actor: User, key: str) -> ItemForm:
    """The form if the actor may see its draft; NotFound out of sight, Forbidden where only what is in force is seen."""
    form = get_item_form(actor, key)
    if not may_view_draft(actor, form):
        require_on_form(actor, form, "item_forms.view_draft")
    return form


class FormDraft(NamedTuple):
    """The present state of a form's draft; at revision 0 nobody has begun it."""

    item: ServiceItem
    form: ItemForm | None
    tree: Any
    revision: int


def get_form_draft(actor: User, key: str) -> FormDraft:
    """The draft of the item's form, empty where there is none yet; NotFound and Forbidden as above."""
    item = get_item(actor, key)
    if find_item_form(item) is None:
        within, department = authority(item)
        actor.require("item_forms.view_draft", within=within, department=department)
        return FormDraft(item, None, {"item": key}, 0)
    form = get_drafted_form(actor, key)
    return FormDraft(item, form, form.subject.draft, form.subject.draft_revision)
