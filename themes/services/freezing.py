"""Freezing: a theme document with every reference resolved from the registers as they stand now (domain.md §6)."""

from collections import defaultdict
from datetime import date
from typing import Any

import msgspec
from django.db.models import Q

from forms_builder.documents import DictionaryContent, FormField, FormSection, ItemFormDocument, Prefill
from forms_builder.merge.sections import effective_fields
from forms_builder.models import PublicField
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.forms_in_force import UsableForm, find_usable_forms
from forms_builder.services.freezing_forms import freeze_dictionaries
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.kernel.codes import is_uscc
from opsplatform.organizations.models import BodyKind, Department, Division
from themes import selectors
from themes.documents import DepartmentBinding, ThemeDocument
from themes.guidance.dictionary_options import dictionaries_asked, with_options
from themes.models import SceneCategory
from themes.packages.standard_codes import StandardCode, standard_codes_named
from themes.packages.structure import (
    BodyContent,
    DivisionContent,
    FrozenTheme,
    ItemContent,
    MaterialContent,
    PublicFieldContent,
    ReceiverBody,
    ServicePointContent,
)
from themes.services.freezing_crosswalks import freeze_crosswalks


class Unresolved(msgspec.Struct, frozen=True):
    """A reference of the document that no register answers, or not yet in a way a theme can take: `why` says that."""

    pointer: str
    what: str
    code: str
    why: str = "在登记信息中不存在"

    @property
    def sentence(self) -> str:
        """What is missing, for people."""
        return f"{self.what}“{self.code}”{self.why}。"


class Freezing(msgspec.Struct):
    """The frozen theme, and every reference that could not be resolved; with any, it is not fit to be submitted.

    `on`: the day as of which it was frozen. `drafts`: positions of the items whose forms were taken as drafts, none of
    them ever having been in force. `unlisted`: codes that their national list does not have that day; what names them
    can be compiled all the same.
    """

    frozen: FrozenTheme
    on: date
    unresolved: list[Unresolved]
    drafts: list[int] = []
    unlisted: list[StandardCode] = []


def freeze_theme(document: ThemeDocument, on: date) -> Freezing:
    """Everything the document refers to, read once from the registers; dictionary entries out of force are left out."""
    return _Freezer(document, on).freeze()


class _Freezer:
    def __init__(self, document: ThemeDocument, on: date) -> None:
        self.document, self.on = document, on
        self.unresolved: list[Unresolved] = []
        self.drafts: list[int] = []
        self.unlisted: list[StandardCode] = []
        self.merged: set[str] = set()
        self.revisions: dict[str, int] = {}
        self.sections: dict[str, tuple[FormSection, ...]] = {}

    def freeze(self) -> Freezing:
        document = self.document
        departments = self._departments()
        items, item_forms = self._items(departments)
        public_fields = self._public_fields()
        dictionaries = self._dictionaries(item_forms, public_fields)
        document = with_options(
            document, {code: [(one.code, one.name) for one in held.entries] for code, held in dictionaries.items()}
        )
        bodies = {code: body for code, (body, _) in departments.items()}
        crosswalks = freeze_crosswalks(
            document, items=items, item_forms=item_forms, public_fields=public_fields, dictionaries=dictionaries,
            departments=bodies, on=self.on,
        )  # fmt: skip
        self.revisions |= crosswalks.revisions
        offered = selectors.list_offered_divisions(document.handling_divisions)
        frozen = FrozenTheme(
            document=document,
            category_name=self._category_name(),
            items=items,
            item_forms=item_forms,
            materials=self._materials(),
            public_fields=public_fields,
            dictionaries=dictionaries,
            departments=bodies,
            receivers=self._receivers(departments, offered),
            service_points=self._service_points(offered),
            divisions=self._divisions(offered),
            sections=self.sections,
            crosswalks=crosswalks.crosswalks,
            revisions=dict(sorted(self.revisions.items())),
        )
        return Freezing(frozen, self.on, self.unresolved, self.drafts, self.unlisted)

    def _missing(self, pointer: str, what: str, code: str, **facts: str) -> None:
        self.unresolved.append(Unresolved(pointer, what, code, **facts))

    def _category_name(self) -> str:
        category = SceneCategory.objects.filter(code=self.document.category_code).first()
        if category is None:
            self._missing("/category_code", "场景分类", self.document.category_code)
            return ""
        return category.name

    def _departments(self) -> dict[str, tuple[BodyContent, BodyKind | Department]]:
        bindings = self.document.departments
        kinds = {kind.code: kind for kind in BodyKind.objects.filter(code__in=[b.kind for b in bindings if b.kind])}
        wanted = Q(pk__in=[])
        for binding in bindings:
            if binding.kind is None:
                wanted |= Q(division__code=binding.division, name=binding.name)
        bodies = {
            (body.division.code, body.name): body
            for body in Department.objects.filter(wanted).select_related("division")
        }
        resolved: dict[str, tuple[BodyContent, BodyKind | Department]] = {}
        for number, binding in enumerate(bindings):
            found = self._department(binding, kinds, bodies)
            if found is None:
                self._missing(f"/departments/{number}", "部门", binding.kind or f"{binding.division} {binding.name}")
            else:
                resolved[binding.code] = found
        return resolved

    def _department(
        self,
        binding: DepartmentBinding,
        kinds: dict[str, BodyKind],
        bodies: dict[tuple[str, str], Department],
    ) -> tuple[BodyContent, BodyKind | Department] | None:
        if binding.kind is not None:
            kind = kinds.get(binding.kind)
            if kind is None:
                return None
            self.revisions[f"body_kind:{kind.code}"] = kind.revision
            return BodyContent(name=kind.name, role=binding.role, is_kind=True, level=kind.level), kind
        body = bodies.get((binding.division or "", binding.name or ""))
        if body is None:
            return None
        self.revisions[f"department:{body.division.code}/{body.name}"] = body.revision
        return BodyContent(name=body.name, role=binding.role, uscc=body.uscc if is_uscc(body.uscc) else None), body

    def _items(
        self, departments: dict[str, tuple[BodyContent, BodyKind | Department]]
    ) -> tuple[dict[str, ItemContent], dict[str, tuple[FormField, ...]]]:
        keys = [item.item for item in self.document.items]
        rows = ServiceItem.objects.filter(key__in=keys).prefetch_related("legal_bases")
        found = {row.key: row for row in rows}
        forms = find_usable_forms(keys)
        names = {(type(body), body.pk): code for code, (_, body) in departments.items()}
        items: dict[str, ItemContent] = {}
        fields: dict[str, tuple[FormField, ...]] = {}
        for number, item in enumerate(self.document.items):
            row = found.get(item.item)
            if row is None:
                self._missing(f"/items/{number}/item", "事项", item.item)
                continue
            body = (BodyKind, row.body_kind_id) if row.body_kind_id else (Department, row.department_id)
            if body not in names:
                self._missing(f"/items/{number}/item", "事项的实施机构（主题的部门中没有）", row.name)
                continue
            self.revisions[f"item:{row.key}"] = row.revision
            items[item.code] = _item_content(row, names[body])
            form = self._usable(forms.get(item.item), number, row)
            if form is not None:
                fields[item.code] = effective_fields(form.document)
                self._sections_used(item.code, form.document)
                self._public_fields_used(number, row.name, fields[item.code])
        return items, fields

    def _sections_used(self, item: str, document: ItemFormDocument) -> None:
        """Sections as headings only: when they are there stands in their fields."""
        headings = tuple(msgspec.structs.replace(section, visible_when=None) for section in document.sections)
        if headings:
            self.sections[item] = headings

    def _usable(self, form: UsableForm | None, number: int, row: ServiceItem) -> UsableForm | None:
        """The form, if a theme may take it. Its revision is that of the draft which says the same."""
        place = f"/items/{number}/item"
        if form is None:
            self._missing(place, "事项表单", row.name)
            return None
        if form.standing == "disabled":
            self._missing(place, "事项表单", row.name, why="已停用，须启用新版本后才能采用")
            return None
        if form.standing == "draft":
            self.drafts.append(number)
            if any(finding.is_blocking for finding in check_item_form(form.document, self.on)):
                self._missing(place, "事项表单", row.name, why="从未启用，草稿里还有必须先解决的问题")
                return None
        self.revisions[f"item_form:{row.key}"] = form.revision
        self.merged |= form.merged
        return form

    def _public_fields_used(self, number: int, form: str, fields: tuple[FormField, ...]) -> None:
        bound = {use.public_field for use in self.document.field_uses}
        for field in fields:
            if field.public_field is not None and field.public_field not in bound:
                self._missing(
                    f"/items/{number}/item",
                    "公共字段",
                    field.public_field,
                    why=f"由“{form}”的字段“{field.label}”采用，而主题没有它：请把它加入主题的公共字段",
                )

    def _materials(self) -> dict[str, MaterialContent]:
        codes = [binding.material for binding in self.document.materials]
        rows = Material.objects.filter(code__in=codes).prefetch_related("review_points")
        found = {row.code: row for row in rows}
        materials: dict[str, MaterialContent] = {}
        for number, binding in enumerate(self.document.materials):
            row = found.get(binding.material)
            if row is None:
                self._missing(f"/materials/{number}/material", "材料", binding.material)
                continue
            self.revisions[f"material:{row.code}"] = row.revision
            materials[binding.code] = material_content(row)
        return materials

    def _public_fields(self) -> dict[str, PublicFieldContent]:
        codes = [use.public_field for use in self.document.field_uses]
        rows = PublicField.objects.filter(code__in=[*codes, *self.merged]).select_related("dictionary")
        found = {row.code: row for row in rows}
        for code in self.merged:  # what a form means by it is said by the register as well
            self.revisions[f"public_field:{code}"] = found[code].revision
        public_fields: dict[str, PublicFieldContent] = {}
        for number, use in enumerate(self.document.field_uses):
            row = found.get(use.public_field)
            if row is None:
                self._missing(f"/field_uses/{number}/public_field", "公共字段", use.public_field)
                continue
            self.revisions[f"public_field:{row.code}"] = row.revision
            public_fields[use.code] = PublicFieldContent(
                label=row.label,
                data_type=row.data_type,
                max_length=row.max_length,
                scale=row.scale,
                dictionary=row.dictionary.code if row.dictionary else None,
                format=row.format or None,
                std_format=row.std_format,
                sensitivity=row.effective_sensitivity,  # type: ignore[arg-type]
                prefill=Prefill(library=row.prefill_library, element=row.prefill_element)
                if row.prefill_library
                else None,
            )
        return public_fields

    def _dictionaries(
        self, item_forms: dict[str, tuple[FormField, ...]], public_fields: dict[str, PublicFieldContent]
    ) -> dict[str, DictionaryContent]:
        asked = dict(dictionaries_asked(self.document.guidance))
        wanted = {content.dictionary for content in public_fields.values()} | set(asked.values())
        for fields in item_forms.values():
            for field in fields:
                wanted |= {field.dictionary, *(column.dictionary for column in field.columns)}
        codes = sorted(code for code in wanted if code is not None)
        named = list(standard_codes_named(self.document))
        judging = {one.dictionary for one in named} - wanted  # judged by, not frozen
        dictionaries, revisions = freeze_dictionaries([*codes, *judging], self.on)
        known = {(code, entry.code) for code, content in dictionaries.items() for entry in content.entries}
        self.unlisted = [one for one in named if (one.dictionary, one.code) not in known]
        for code in judging:
            dictionaries.pop(code, None)
            revisions.pop(f"dictionary:{code}", None)
        self.revisions |= revisions
        for code in codes:
            if code not in dictionaries:
                places = [f"/guidance/questions/{place}/dictionary" for place, one in asked.items() if one == code]
                for pointer in places or ["/items"]:
                    self._missing(pointer, "字典", code)
                dictionaries[code] = DictionaryContent(name=code)
        return dictionaries

    def _receivers(
        self, departments: dict[str, tuple[BodyContent, BodyKind | Department]], offered: list[Division]
    ) -> dict[str, tuple[ReceiverBody, ...]]:
        kinds = {body.pk: code for code, (_, body) in departments.items() if isinstance(body, BodyKind)}
        within = Q(pk__in=[])
        for division in offered:
            within |= Q(division__path__startswith=division.path)
        receivers: dict[str, list[ReceiverBody]] = {code: [] for code in kinds.values()}
        bodies = Department.objects.filter(within, kind__in=kinds).order_by("division__code")
        for kind, place, name, uscc in bodies.values_list("kind", "division__code", "name", "uscc"):
            if is_uscc(uscc):  # without one no handling code can be composed: it cannot receive
                receivers[kinds[kind]].append(ReceiverBody(division=place, name=name, uscc=uscc))
        return {code: tuple(bodies) for code, bodies in receivers.items()}

    def _service_points(self, offered: list[Division]) -> dict[str, tuple[ServicePointContent, ...]]:
        rows = (
            ServicePoint.objects.filter(division__in=offered, theme_code__in=["", self.document.code])
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=self.on))
            .select_related("division")
            .order_by("division__code", "name")
        )
        points: dict[str, list[ServicePointContent]] = defaultdict(list)
        for row in rows:
            points[row.division.code].append(
                ServicePointContent(
                    name=row.name,
                    address=row.address,
                    window=row.window,
                    hours=row.hours,
                    holidays={day: row.holidays[day] for day in sorted(row.holidays)},
                    phone=row.phone,
                    longitude=float(row.longitude) if row.longitude is not None else None,
                    latitude=float(row.latitude) if row.latitude is not None else None,
                    valid_from=_day(row.valid_from),
                    valid_to=_day(row.valid_to),
                    illustrative=row.is_illustrative,
                )
            )
        return {code: tuple(found) for code, found in points.items()}

    def _divisions(self, offered: list[Division]) -> dict[str, DivisionContent]:
        """The offered divisions with everything above and below them, in one reading."""
        wanted = Q(pk__in=[])
        for division in offered:
            wanted |= Q(path__startswith=division.path) | Q(code__in=division.path.strip("/").split("/"))
        rows = Division.objects.filter(wanted).order_by("code")
        return {
            code: DivisionContent(name=name, parent=parent, is_statistical=kind == Division.Kind.STATISTICAL)
            for code, name, parent, kind in rows.values_list("code", "name", "parent__code", "kind")
        }


def _item_content(row: ServiceItem, department: str) -> ItemContent:
    tree: dict[str, Any] = {
        name: getattr(row, name) for name in ItemContent.__struct_fields__ if name not in ("department", "legal_basis")
    }
    tree["department"] = department
    tree["legal_basis"] = [basis.text for basis in row.legal_bases.all() if not basis.is_repealed]
    return msgspec.convert(tree, ItemContent)


def material_content(row: Material) -> MaterialContent:
    """The material of the register as a version holds it."""
    return MaterialContent(
        name=row.name,
        material_type_code=row.material_type_code,
        form_code=row.form_code,
        necessity_code=row.necessity_code,
        original_count=row.original_count,
        copy_count=row.copy_count,
        source_code=row.source_code,
        issuer=row.issuer,
        exempt=row.exempt or None,
        e_license=row.e_license or None,
        generated_from_form=row.exempt == Material.Exempt.GENERATED,
        review_points=tuple(point.text for point in row.review_points.all()),
        confidence=row.confidence,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
