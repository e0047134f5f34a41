"""Rows whose columns hold codes: of the registers, of dictionaries below others, and of crosswalks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Model, Q
from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import Crosswalk, CrosswalkMapping, DictionaryEntry, FormerParent
from forms_builder.registry import Owner, Replacement, Use
from forms_builder.services.crosswalks import MAPPING_FIELDS, save_crosswalk
from forms_builder.services.dictionaries import change_entries
from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.spreadsheets.sheets import find_sheet


class _Rows:
    is_open = True

    def on_show(self, keys: Collection[str]) -> set[str]:
        """None: what the public works with is frozen into packages."""
        return set()


class RegisterCodes(_Rows):
    """Columns of a register that hold codes, each of one dictionary (forms_builder.registry.Rows)."""

    def __init__(self, model: type[Model], dictionaries: Mapping[str, str]) -> None:
        self.model, self.dictionaries = model, dictionaries
        self.kind = str(model._meta.model_name)
        self.title = str(model._meta.verbose_name)

    def uses(self, dictionary: str, code: str | None = None) -> Iterator[Use]:
        """The rows that hold the code, or any of the dictionary's."""
        for column, own in self.dictionaries.items():
            if own == dictionary:
                field: Any = self.model._meta.get_field(column)
                is_list, label = isinstance(field, ArrayField), str(field.verbose_name)
                rows = self.model._default_manager.exclude(**{column: [] if is_list else ""})
                if code is not None:
                    rows = rows.filter(**({f"{column}__contains": [code]} if is_list else {column: code}))
                for pk, held in rows.order_by("pk").values_list("pk", column):
                    codes = tuple(held) if is_list else (held,)
                    yield Use(self.kind, str(pk), f"/{column}", label, codes, takes_several=is_list)

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """The rows the actor sees."""
        page = f"admin:{self.model._meta.app_label}_{self.kind}_change"
        rows = self._visible(actor).filter(pk__in=keys)
        return {str(row.pk): Owner(str(row), reverse(page, args=[row.pk])) for row in rows}

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The row holds what the replacements say, saved by the register's own service."""
        row = self._visible(actor).filter(pk=key).first()
        sheet = find_sheet(self.kind)
        if row is None or sheet is None or sheet.save is None:
            raise NotFound
        values = {one.place.strip("/"): self._held(row, one) for one in replacements}
        sheet.save(actor=actor, pk=row.pk, values=values, expected_revision=row.revision)

    def _held(self, row: Any, one: Replacement) -> Any:
        held = getattr(row, one.place.strip("/"))
        if isinstance(held, str):
            return one.codes[0]
        return list(dict.fromkeys(new for old in held for new in (one.codes if old == one.code else (old,))))

    def _visible(self, actor: User) -> Any:
        rows: Any = self.model._default_manager.all()
        return rows.visible_to(actor) if hasattr(rows, "visible_to") else rows


class _Entries(_Rows):
    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """All: dictionaries are one register for the whole city."""
        return {
            key: Owner(
                f"{entry.dictionary} {entry}", reverse("dictionaries:entry", args=[entry.dictionary.code, entry.code])
            )
            for key, entry in selectors.find_entries(keys).items()
        }

    def _entry(self, key: str) -> DictionaryEntry:
        dictionary, _, code = key.partition("/")
        return DictionaryEntry.objects.select_related("dictionary").get(dictionary__code=dictionary, code=code)


class EntriesBelow(_Entries):
    """Entries whose parent is an entry of this or of another dictionary (forms_builder.registry.Rows).

    An entry lies below the code until it ends, and below what takes over from the day after.
    """

    kind = "entry"
    title = "下级字典项"

    def uses(self, dictionary: str, code: str | None = None) -> Iterator[Use]:
        """The entries below the code, or below any of the dictionary's."""
        own = Q(dictionary__code=dictionary, dictionary__parent_dictionary=None, dictionary__is_below_divisions=False)
        rows = DictionaryEntry.objects.filter(own | Q(dictionary__parent_dictionary__code=dictionary))
        moving = selectors.list_moving(clock.today()).filter(entry__in=rows)
        if code is not None:
            rows, moving = rows.filter(parent_code=code), moving.filter(parent_code=code)
        for entry in rows.exclude(parent_code="").select_related("dictionary"):
            yield Use(
                self.kind, entry.audit_key, "/parent_code", "上级代码", (entry.parent_code,), ends_on=entry.valid_to
            )
        for former in moving:
            place = f"/former_parents/{former.until}"
            yield Use(self.kind, former.entry.audit_key, place, "上级代码", (former.parent_code,), ends_on=former.until)

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The entry stands below the new code from the day after the last; until then below the one that ends."""
        entry = self._entry(key)
        for one in replacements:
            self._move(entry, one)
        change_entries(actor=actor, dictionary=entry.dictionary, entries=[entry], reason=note)

    def _move(self, entry: DictionaryEntry, one: Replacement) -> None:
        former = FormerParent.objects.filter(entry=entry)
        if one.place == "/parent_code":
            entry.parent_code, earlier = one.codes[0], former
        else:
            until = one.place.rpartition("/")[2]
            former.filter(until=until).update(parent_code=one.codes[0])
            earlier = former.filter(until__lt=until)
        is_under_it = not earlier.filter(until__gte=one.last_day).exists()
        if is_under_it and (entry.valid_from is None or entry.valid_from <= one.last_day):
            FormerParent.objects.create(entry=entry, parent_code=one.code, until=one.last_day)


class EndedEntries(_Entries):
    """Entries that end, and what takes over from them (forms_builder.registry.Rows).

    What takes over is in force on the day after the last; whatever becomes of it later is told by its own successors.
    """

    kind = "ended_entry"
    title = "停用的字典项"

    def uses(self, dictionary: str, code: str | None = None) -> Iterator[Use]:
        """The entries from which the code takes over, or any of the dictionary's."""
        takes_over = DictionaryEntry.successors.through.objects.filter(
            from_dictionaryentry__dictionary__code=dictionary, from_dictionaryentry__valid_to__isnull=False
        )
        if code is not None:
            takes_over = takes_over.filter(to_dictionaryentry__code=code)
        for one in takes_over.select_related("from_dictionaryentry__dictionary", "to_dictionaryentry").order_by("pk"):
            ended, successor = one.from_dictionaryentry, one.to_dictionaryentry
            yield Use(
                self.kind,
                ended.audit_key,
                f"/successors/{successor.code}",
                f"“{ended}”停用后的改用",
                (successor.code,),
                takes_several=True,
                may_end=True,
                ends_on=ended.taken_over_on,
            )

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """Others take over, or nothing does."""
        entry = self._entry(key)
        entry.successors.remove(*entry.successors.filter(code__in=[one.code for one in replacements]))
        codes = [code for one in replacements for code in one.codes]
        entry.successors.add(*entry.dictionary.entries.filter(code__in=codes))


class CrosswalkCodes(_Rows):
    """Mappings of crosswalks, on either side (forms_builder.registry.Rows).

    A mapping is never rewritten: it ends with the code, and a new one begins on the day after.
    """

    kind = "crosswalk"
    title = "代码对照"

    def uses(self, dictionary: str, code: str | None = None) -> Iterator[Use]:
        """The mappings from or to the code, or to any of the dictionary's."""
        for side, column in (("from", "from_code"), ("to", "to_code")):
            rows = CrosswalkMapping.objects.filter(**{f"crosswalk__{side}_dictionary__code": dictionary})
            if code is not None:
                rows = rows.filter(**{column: code})
            for one in rows.select_related("crosswalk"):
                yield Use(
                    self.kind,
                    one.crosswalk.code,
                    f"/{one.pk}/{column}",
                    f"对照 {one}",
                    (getattr(one, column),),
                    takes_several=True,
                    may_end=True,
                    ends_on=one.valid_to,
                )

    def owners(self, actor: User, keys: Collection[str]) -> Mapping[str, Owner]:
        """All: crosswalks are one register for the whole city."""
        rows = Crosswalk.objects.filter(code__in=keys)
        return {row.code: Owner(row.name, reverse("dictionaries:crosswalk", args=[row.code])) for row in rows}

    def rewrite(self, *, actor: User, key: str, replacements: Sequence[Replacement], note: str) -> None:
        """The mappings end with their codes; where there are new codes, new mappings begin."""
        crosswalk = Crosswalk.objects.get(code=key)
        standing = list(crosswalk.mappings.all())
        changed: dict[str, dict[str, Any]] = {str(one.pk): _values(one) for one in standing}
        begun: list[dict[str, Any]] = []
        for one in replacements:
            _, pk, column = one.place.split("/")
            old = dict(changed[pk])
            begins = max(_first(old), one.last_day + timedelta(days=1))
            if _first(old) > one.last_day:
                changed.pop(pk)  # it has not begun and never will
            else:
                changed[pk]["valid_to"] = one.last_day
            for code in one.codes:
                new = {**old, column: code, "valid_from": begins}
                known = next((mapping for mapping in (*changed.values(), *begun) if _overlap(mapping, new)), None)
                if known is None:
                    begun.append(new)
                else:
                    _widen(known, new)
        save_crosswalk(
            actor=actor,
            pk=crosswalk.pk,
            values={"mappings": [*changed.values(), *begun]},
            expected_revision=crosswalk.revision,
        )


def _overlap(known: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both map the same codes on some day."""
    return (known["from_code"], known["to_code"]) == (new["from_code"], new["to_code"]) and (
        _first(known) <= _last(new) and _first(new) <= _last(known)
    )


def _widen(known: dict[str, Any], new: Mapping[str, Any]) -> None:
    """The known mapping holds on the days of the new one as well."""
    if _first(new) < _first(known):
        known["valid_from"] = new["valid_from"]
    if _last(new) > _last(known):
        known["valid_to"] = new["valid_to"]


def _first(mapping: Mapping[str, Any]) -> date:
    return mapping["valid_from"] or date.min


def _last(mapping: Mapping[str, Any]) -> date:
    return mapping["valid_to"] or date.max


def _values(mapping: CrosswalkMapping) -> dict[str, Any]:
    return {name: getattr(mapping, name) for name in MAPPING_FIELDS}
