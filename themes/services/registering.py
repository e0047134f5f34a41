"""What a dossier brings to the registers (domain.md §8). Nothing is overwritten, every difference is reported.

Body kinds, public fields and materials: the same code with the same substance is the same entry, anything else becomes
an entry of its own under a qualified code. Bodies, items with their forms, dictionaries and windows have an identity
that is not local to the dossier: what is registered stays in use."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from forms_builder.documents import DictionaryInFile, FormField, FormSection, ItemFormDocument
from forms_builder.models import Dictionary, PublicField
from forms_builder.selectors import surviving
from forms_builder.services.importing_dictionaries import create_dictionary
from forms_builder.services.item_forms import open_item_forms
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.catalog.models import LegalBasis, Material, ReviewPoint, ServiceItem, ServicePoint
from opsplatform.kernel.canonical import digest_of
from opsplatform.kernel.comparison import compare
from opsplatform.kernel.documents import write
from opsplatform.organizations.models import BodyKind, Department, Division
from themes.dossier.reading import RegisterCodes
from themes.dossier.structure import (
    Dossier,
    DossierDepartment,
    DossierItem,
    DossierMaterial,
    DossierPublicField,
)

LONGEST_QUALIFIED = 76  # the registers' columns hold 80; the rest is for a running number

Substance = dict[str, Any]
Row = TypeVar("Row", BodyKind, PublicField, Material)
Coded = DossierDepartment | DossierPublicField | DossierMaterial


@dataclass(frozen=True)
class FoundCollision:
    """A local code that already means something else; without `qualified_code` the register's entry stays in use."""

    kind: str
    local_code: str
    existing_code: str
    qualified_code: str
    differences: list[dict[str, Any]]


@dataclass
class Registration:
    """What became of every local code, to be reported and to be bound by the theme."""

    codes: RegisterCodes = field(default_factory=RegisterCodes)
    created: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    collisions: list[FoundCollision] = field(default_factory=list)


def register_dossier(*, actor: User, dossier: Dossier) -> Registration:
    """Everything the dossier brings has its entry: departments, dictionaries, fields, materials, items, windows."""
    registrar = _Registrar(actor, dossier)
    registrar.register()
    return registrar.result


class _Registrar:
    def __init__(self, actor: User, dossier: Dossier) -> None:
        self.actor, self.dossier = actor, dossier
        self.result = Registration()
        self.divisions = {division.code: division for division in Division.objects.all()}
        self.body_kinds = self._registered(BodyKind.objects.all(), dossier.departments)
        self.public_fields = self._registered(PublicField.objects.select_related("dictionary"), dossier.public_fields)
        self.merged = surviving(self.public_fields)
        self.materials = self._registered(Material.objects.prefetch_related("review_points"), dossier.materials)
        self.merged_materials = surviving(self.materials, Material)
        self.items: dict[str, ServiceItem] = {}
        self.forms: list[tuple[ServiceItem, Any]] = []  # to be begun, all together

    def register(self) -> None:
        codes = self.result.codes
        for department in self.dossier.departments:
            if department.is_kind:
                codes.kinds[department.code] = self._body_kind(department)
            else:
                self._department(department)
        for dictionary in self.dossier.dictionaries:
            self._dictionary(dictionary)
        for public_field in self.dossier.public_fields:
            codes.public_fields[public_field.code] = self._public_field(public_field)
        for material in self.dossier.materials:
            codes.materials[material.code] = self._material(material)
        keys = [self._item_key(item) for item in self.dossier.items]
        rows = ServiceItem.objects.filter(key__in=keys).select_related("form__subject").prefetch_related("legal_bases")
        self.items = {row.key: row for row in rows}
        for item, key in zip(self.dossier.items, keys, strict=True):
            self._item(item, key)
            codes.items[item.code] = key
        if self.forms:
            open_item_forms(actor=self.actor, drafts=self.forms, right="import", dossier=self.dossier.theme.code)
            self.result.created["item_form"] += len(self.forms)
        self._service_points()

    # --- one method per kind of entry --------------------------------------------------------------------------------

    def _body_kind(self, department: DossierDepartment) -> str:
        level = Division.Level.STREET if department.code.startswith("S-") else Division.Level.DISTRICT
        substance = {"name": department.name, "short_name": department.short, "level": level.value}
        code, is_new = self._place_of(
            "body_kind",
            department.code,
            substance,
            {row.code: _picked(row, substance) for row in self._meant(self.body_kinds, department.code)},
        )
        if is_new:
            self.body_kinds[code] = BodyKind(code=code, level_code=department.level_code, **substance)
            self._created("body_kind", self.body_kinds[code])
        return code

    def _department(self, department: DossierDepartment) -> None:
        division = self.divisions[department.division_code]
        existing = Department.objects.filter(division=division, name=department.name).first()
        if existing is None:
            self._created(
                "department",
                Department(
                    division=division,
                    name=department.name,
                    short_name=department.short,
                    level_code=department.level_code,
                    uscc=department.uscc,
                    uscc_is_illustrative=department.uscc_illustrative,
                ),
            )
            return
        self.result.matched["department"] += 1
        substance = {"short_name": department.short, "uscc": department.uscc}
        self._report_if_different("department", department.code, existing.name, _picked(existing, substance), substance)

    def _dictionary(self, dictionary: DictionaryInFile) -> None:
        entries = [{"code": entry.code, "name": entry.name} for entry in dictionary.items]
        existing = Dictionary.objects.filter(code=dictionary.code).first()
        if existing is not None:
            self.result.matched["dictionary"] += 1
            known = list(existing.entries.order_by("order", "code").values("code", "name"))
            self._report_if_different(
                "dictionary", dictionary.code, dictionary.code, {"entries": known}, {"entries": entries}
            )
            return
        create_dictionary(self.actor, dictionary)
        self.result.created["dictionary"] += 1

    def _public_field(self, public_field: DossierPublicField) -> str:
        prefill = public_field.prefill
        substance: Substance = {
            "label": public_field.label,
            "data_type": public_field.data_type,
            "max_length": public_field.max_length,
            "scale": public_field.scale,
            "dictionary": public_field.dictionary,
            "format": public_field.format or "",
            "std_format": public_field.std_format,
            "prefill_library": prefill.library if prefill else "",
            "prefill_element": prefill.element if prefill else "",
        }
        known = {
            row.code: {**_picked(row, substance), "dictionary": row.dictionary.code if row.dictionary else None}
            for row in self._meant(self.public_fields, public_field.code)
        }
        code, is_new = self._place_of("public_field", public_field.code, substance, known)
        if is_new:
            dictionary = substance.pop("dictionary")
            row = self.public_fields[code] = PublicField(code=code, **substance)
            row.dictionary = Dictionary.objects.get(code=dictionary) if dictionary else None
            self._created("public_field", row)
        return self.merged.get(code, code)

    def _material(self, material: DossierMaterial) -> str:
        substance: Substance = {
            "name": material.name,
            "material_type_code": material.material_type_code,
            "form_code": material.form_code,
            "necessity_code": material.necessity_code,
            "original_count": material.original_count,
            "copy_count": material.copy_count,
            "source_code": material.source_code,
            "issuer": material.issuer,
            "exempt": material.exempt or "",
            "e_license": material.e_license or "",
            "review_points": list(material.review_points),
        }
        known = {
            row.code: {
                **_picked(row, substance, without="review_points"),
                "review_points": [point.text for point in row.review_points.all()],
            }
            for row in self._meant(self.materials, material.code)
        }
        code, is_new = self._place_of("material", material.code, substance, known)
        if is_new:
            points = substance.pop("review_points")
            row = self.materials[code] = Material(code=code, confidence=material.confidence, **substance)
            self._created("material", row)
            ReviewPoint.objects.bulk_create(
                ReviewPoint(material=row, order=order, text=text) for order, text in enumerate(points)
            )
        return self.merged_materials.get(code, code)

    def _body_of(self, item: DossierItem) -> DossierDepartment:
        return next(department for department in self.dossier.departments if department.code == item.department)

    def _item_key(self, item: DossierItem) -> str:
        body = self._body_of(item)
        kind = self.result.codes.kinds.get(item.department)
        return f"{kind or f'{body.division_code}/{body.name}'}:{item.basic_code}:{_sequence(item)}"

    def _item(self, item: DossierItem, key: str) -> None:
        substance = {name: write(getattr(item, name)) for name in _ITEM_FIELDS}
        substance |= {
            "level_code": item.exercise_level_code,
            "division_days": write(item.region_overrides),
            "legal_basis": list(item.legal_basis),
        }
        form = write(self._form(item, key))
        existing = self.items.get(key)
        if existing is not None:
            self.result.matched["item"] += 1
            known = {
                **_picked(existing, substance, without="legal_basis"),
                "legal_basis": [basis.text for basis in existing.legal_bases.all()],
            }
            known_form = getattr(existing, "form", None)
            self._report_if_different(
                "item",
                item.code,
                key,
                {**known, "form": known_form.subject.draft if known_form else None},
                {**substance, "form": form},
            )
            return
        bases = substance.pop("legal_basis")
        row = self.items[key] = ServiceItem(
            key=key, basic_code=item.basic_code, sequence=_sequence(item), confidence=item.confidence, **substance
        )
        body, kind = self._body_of(item), self.result.codes.kinds.get(item.department)
        if kind is not None:
            row.body_kind = self.body_kinds[kind]
        else:
            row.department = Department.objects.get(division__code=body.division_code, name=body.name)
        self._created("item", row)
        LegalBasis.objects.bulk_create(LegalBasis(item=row, order=order, text=text) for order, text in enumerate(bases))
        self.forms.append((row, form))

    def _form(self, item: DossierItem, key: str) -> ItemFormDocument:
        """The item's form, under those of the theme's headings that its fields, or what they share, stand under."""
        codes = self.result.codes.public_fields
        shared = {field.code: field.group for field in self.dossier.public_fields}
        headings = {part.code: part.group or shared.get(part.common or "") for part in item.fields}
        used = set(headings.values())
        groups = sorted(self.dossier.field_groups, key=lambda group: group.order)
        return ItemFormDocument(
            item=key,
            sections=tuple(FormSection(code=group.code, name=group.name) for group in groups if group.code in used),
            fields=tuple(
                FormField(
                    code=part.code,
                    label=part.label,
                    data_type=part.data_type,
                    order=part.order,
                    max_length=part.max_length,
                    required=part.required,
                    dictionary=part.dictionary,
                    scale=part.scale,
                    format=part.format,
                    std_format=part.std_format,
                    public_field=codes[part.common] if part.common else None,
                    prefill=part.prefill,
                    columns=part.columns,
                    group=headings[part.code],
                )
                for part in item.fields
            ),
        )

    def _service_points(self) -> None:
        theme_code = self.dossier.theme.code
        rows = ServicePoint.objects.filter(theme_code=theme_code).select_related("division")
        known = {(row.division.code, row.name): row for row in rows}
        for address in self.dossier.addresses:
            substance: Substance = {
                "address": address.address,
                "window": address.window,
                "hours": address.hours,
                "phone": address.phone,
                "longitude": _coordinate(address.longitude),
                "latitude": _coordinate(address.latitude),
                "is_illustrative": address.illustrative,
            }
            existing = known.get((address.division_code, address.name))
            if existing is not None:
                self.result.matched["service_point"] += 1
                self._report_if_different(
                    "service_point",
                    f"{address.division_code}/{address.name}"[:80],
                    f"{address.division_code}/{address.name}"[:160],
                    {**_picked(existing, substance), **_coordinates(existing)},
                    {**substance, **{name: _spelled(substance[name]) for name in ("longitude", "latitude")}},
                )
                continue
            self._created(
                "service_point",
                ServicePoint(
                    division=self.divisions[address.division_code],
                    theme_code=theme_code,
                    name=address.name,
                    **substance,
                ),
            )

    # --- what they share ---------------------------------------------------------------------------------------------

    def _registered(self, rows: models.QuerySet[Row], parts: Sequence[Coded]) -> dict[str, Row]:
        """The entries that the parts' local codes may mean, by their code."""
        wanted = models.Q(code__in=[part.code for part in parts])
        for part in parts:
            wanted |= models.Q(code__startswith=self._qualified(part.code))
        return {row.code: row for row in rows.filter(wanted)}

    def _meant(self, rows: Mapping[str, Row], local_code: str) -> list[Row]:
        """Those of them that this local code may mean: the entry of the code itself, and this theme's own."""
        qualified = self._qualified(local_code)
        return [row for code, row in rows.items() if code == local_code or code.startswith(qualified)]

    def _place_of(
        self, kind: str, local_code: str, substance: Substance, known: dict[str, Substance]
    ) -> tuple[str, bool]:
        """The register code for the substance, and whether its entry is still to be made."""
        candidate, number = local_code, 1
        while candidate in known and known[candidate] != substance:
            number += 1
            candidate = self._qualified(local_code) + (f"~{number - 1}" if number > 2 else "")
        is_new = candidate not in known
        if candidate != local_code:
            self._report(kind, local_code, local_code, candidate, known[local_code], substance)
        if not is_new:
            self.result.matched[kind] += 1
        return candidate, is_new

    def _qualified(self, local_code: str) -> str:
        code = f"{local_code}@{self.dossier.theme.code}"
        if len(code) <= LONGEST_QUALIFIED:
            return code
        return f"{local_code}@{digest_of(self.dossier.theme.code.encode())[:12]}"

    def _report_if_different(
        self, kind: str, local_code: str, existing_code: str, known: Substance, given: Substance
    ) -> None:
        if known != given:
            self._report(kind, local_code, existing_code, "", known, given)

    def _report(
        self, kind: str, local_code: str, existing_code: str, qualified: str, known: Substance, given: Substance
    ) -> None:
        differences = [
            {"place": change.pointer, "registered": change.before, "dossier": change.after}
            for change in compare(known, given)
        ]
        self.result.collisions.append(FoundCollision(kind, local_code, existing_code, qualified, differences))

    def _created(self, kind: str, row: models.Model) -> None:
        row.save()
        self.result.created[kind] += 1
        division = getattr(row, "division", None)
        trail.record(
            self.actor,
            f"{kind}.imported",
            row,
            division=division.code if division else self.dossier.theme.division_codes[0],
            dossier=self.dossier.theme.code,
        )


_ITEM_FIELDS = (
    "name", "daily_name", "item_type_code", "project_type_code", "statutory_days", "promised_days", "day_unit",
    "onsite_times", "baseline_visits", "is_fee", "fee_note", "service_object_codes", "handle_form_codes", "conditions",
    "results",
)  # fmt: skip


def _sequence(item: DossierItem) -> str:
    return item.handle_code[len(item.implement_code) :]


def _coordinate(degrees: float | None) -> Decimal | None:
    """Degrees as the register keeps them: six digits after the point."""
    return None if degrees is None else Decimal(str(degrees)).quantize(Decimal("0.000001"))


def _coordinates(row: ServicePoint) -> Substance:
    return {"longitude": _spelled(row.longitude), "latitude": _spelled(row.latitude)}


def _spelled(degrees: Decimal | None) -> str | None:
    return None if degrees is None else str(degrees)


def _picked(row: models.Model, substance: Substance, without: str = "") -> Substance:
    return {name: getattr(row, name) for name in substance if name != without and name != "dictionary"}
