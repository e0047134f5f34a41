"""Questions about dictionaries and crosswalks."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat

from forms_builder.models import (
    CodeUse,
    Crosswalk,
    CrosswalkMapping,
    Dictionary,
    DictionaryEntry,
    FormerName,
    PublicField,
)
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division


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


def entries_at(dictionary: Dictionary, on: date) -> list[DictionaryEntry]:
    """The entries in force on that day, in their order, called what they were called then."""
    entries = list(entries_with_names(dictionary).in_force(on))  # type: ignore[attr-defined]
    for entry in entries:
        entry.name = name_at(entry, on)
    return entries


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
