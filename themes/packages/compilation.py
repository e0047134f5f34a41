"""A frozen theme and a division in, the package out: content only, so that equal content is equal bytes everywhere."""

from collections.abc import Iterator
from functools import lru_cache

import msgspec

from forms_builder.merge.form import MergedForm
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.codes import handling_code, implementing_code
from themes.documents import SavedCase, ThemeItem
from themes.guidance.parameters import stretches_of
from themes.packages.evaluation import OpenPackage, prefills_of, promised_days_in, suppliers_of
from themes.packages.figures import summarise, typical_path
from themes.packages.merging import groups_of, settle
from themes.packages.structure import (
    BodyContent,
    ExampleCase,
    FrozenTheme,
    ItemContent,
    Package,
    PackageCase,
    PackageCategory,
    PackageDivision,
    PackageForm,
    PackageItem,
    PackageItemField,
    PackageMaterial,
    PackageMeta,
    Receiver,
    ReceiverBody,
)
from themes.packages.whole_form import WholeForm

FORMAT = "opsplatform.package/1"
MOST_KEPT_FORMS = 16
MOST_KEPT_SECTIONS = 256


def compile_package(frozen: FrozenTheme, division: str, number: int) -> Package:
    """The package of version `number` for the division; a city's code gives the theme as a whole, for drafts.

    KeyError where the frozen theme lacks what its document refers to: the gate refuses such a draft beforehand.
    """
    document = frozen.document
    package = Package(
        format=FORMAT,
        meta=PackageMeta(
            code=document.code,
            name=document.name,
            version=number,
            division=PackageDivision(code=division, name=frozen.divisions[division].name),
            category=PackageCategory(code=document.category_code, name=frozen.category_name),
            aliases=document.aliases,
            theme_type=document.theme_type,
            summary=document.summary,
            keywords=document.keywords,
            six_ones=document.six_ones,
            service_object_codes=document.service_object_codes,
            exercise_level_codes=document.exercise_level_codes,
            handle_form_codes=document.handle_form_codes,
            lead_department=_name(frozen, document.lead_department),
            coop_departments=tuple(_name(frozen, code) for code in document.coop_departments),
            effective_from=document.effective_from,
            effective_to=document.effective_to,
            confidence=document.confidence,
        ),
        guidance=document.guidance,
        items=tuple(_item(frozen, item, division) for item in document.items),
        materials=tuple(
            PackageMaterial(
                code=binding.code, content=frozen.materials[binding.code], result_of_item=binding.result_of_item
            )
            for binding in document.materials
        ),
        form=_form(frozen),
        dictionaries=frozen.dictionaries,
        divisions=frozen.divisions,
        notices=document.notices,
        service_points=frozen.service_points.get(division, ()),
        figures={},
        cases=(),
    )
    opened = OpenPackage(package)
    package = msgspec.structs.replace(
        package, form=msgspec.structs.replace(package.form, schema=whole_form(opened).schema())
    )
    return _with_cases(frozen, opened, package)


def package_bytes(package: Package) -> bytes:
    """The canonical bytes of the package (RFC 8785).

    Put together from its sections, in the order of their names: most are the same in every division of a release.
    """
    sections = sorted(package.__struct_fields__)
    parts = (f'"{name}":'.encode() + _canonical(msgspec.json.encode(getattr(package, name))) for name in sections)
    return b"{" + b",".join(parts) + b"}"


@lru_cache(maxsize=MOST_KEPT_SECTIONS)
def _canonical(content: bytes) -> bytes:
    return canonical_bytes(msgspec.json.decode(content))


@lru_cache(maxsize=MOST_KEPT_FORMS)
def read_frozen(content: bytes) -> FrozenTheme:
    """The frozen theme of these bytes; kept, since a release compiles it once per division."""
    return msgspec.json.decode(content, type=FrozenTheme)


def _with_cases(frozen: FrozenTheme, opened: OpenPackage, package: Package) -> Package:
    """The package with its examples; one whose answers fit no question is left out, as the gate demands."""
    examples = [case for case in frozen.document.cases if case.is_example and not opened.problems_in(case.answers)]
    runs = [(case, opened.run(case.answers)) for case in examples]
    cases = tuple(PackageCase(case=_example(case), figures=path.figures.as_pairs()) for case, path in runs)
    paths = [(case.code, path.guidance.items) for case, path in runs]
    return msgspec.structs.replace(
        package,
        cases=cases,
        figures=summarise([case.figures for case in cases]),
        typical_case=typical_path(paths, frozen.document.typical_case),
    )


def _example(case: SavedCase) -> ExampleCase:
    return ExampleCase(code=case.code, name=case.name, answers=case.answers, expected=case.expected)


def _name(frozen: FrozenTheme, department: str) -> str:
    body = frozen.departments.get(department)
    return body.name if body else ""


def _item(frozen: FrozenTheme, item: ThemeItem, division: str) -> PackageItem:
    content = frozen.items[item.code]
    body = frozen.departments[content.department]
    packaged = PackageItem(
        code=item.code,
        content=content,
        department_name=body.name,
        promised_days_here=0,
        mandatory=item.mandatory,
        depends_on=item.depends_on,
        materials=item.materials,
        receivers=tuple(
            _receiver(content, receiver) for receiver in _receiving_bodies(frozen, content, body, division)
        ),
    )
    return msgspec.structs.replace(packaged, promised_days_here=promised_days_in(packaged, division))


def _receiving_bodies(
    frozen: FrozenTheme, content: ItemContent, body: BodyContent, division: str
) -> Iterator[ReceiverBody]:
    if not body.is_kind:
        if body.uscc:
            yield ReceiverBody(division=division, name=body.name, uscc=body.uscc)
        return
    for receiver in frozen.receivers.get(content.department, ()):
        if receiver.division == division or frozen.divisions[receiver.division].parent == division:
            yield receiver


def _receiver(content: ItemContent, body: ReceiverBody) -> Receiver:
    return Receiver(
        division=body.division,
        name=body.name,
        uscc=body.uscc,
        implementing_code=implementing_code(body.uscc, content.level_code, content.basic_code),
        handling_code=handling_code(body.uscc, content.level_code, content.basic_code, content.sequence),
    )


def _form(frozen: FrozenTheme) -> PackageForm:
    document = frozen.document
    settlement = settle(frozen)
    item_forms = settlement.item_forms
    used = {part.key for parts in item_forms.values() for part in parts}
    return PackageForm(
        groups=groups_of(frozen, settlement),
        order=_order(frozen, item_forms, used),
        field_uses=tuple(
            msgspec.structs.replace(use, public_field=use.code) for use in document.field_uses if use.code in used
        ),
        public_fields={use.code: frozen.public_fields[use.code] for use in document.field_uses if use.code in used},
        item_forms=item_forms,
        prefill_conditions=document.prefill_conditions,
        projections={item: {part.field.code: part.key for part in parts} for item, parts in item_forms.items()},
        translations=_translations(settlement.form),
        schema={},
    )


def _translations(form: MergedForm) -> dict[str, dict[str, dict[str, str]]]:
    """Item → its field, or field and column, → merged code → the item's code, where an item spells codes otherwise."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for item, steps in form.projections.items():
        for code, step in steps.items():
            spoken = {} if step.translation is None else {code: dict(step.translation)}
            spoken |= {f"{code}/{column}": dict(said) for column, said in step.column_translations.items()}
            if spoken:
                found.setdefault(item, {}).update(spoken)
    return found


def _order(frozen: FrozenTheme, item_forms: dict[str, tuple[PackageItemField, ...]], used: set[str]) -> tuple[str, ...]:
    """The theme's own order of shared fields first, then fields that stand alone, item by item."""
    chosen = [key for key in frozen.document.field_order if key in used]
    rest = [part.key for parts in item_forms.values() for part in parts]
    return tuple(dict.fromkeys([*chosen, *rest]))


def whole_form(opened: OpenPackage) -> WholeForm:
    """The form of all paths of the package."""
    package = opened.package
    conditions = {part.library: part.when for part in package.form.prefill_conditions}
    whole = opened.merger.merge([(item.code, None) for item in package.items])
    return WholeForm(
        title=package.meta.name,
        form=whole,
        questions=package.guidance.questions,
        rules=package.guidance.rules,
        items=package.items,
        item_forms=package.form.item_forms,
        suppliers=suppliers_of(package),
        prefill_conditions={key: conditions.get(prefill.library) for key, prefill in prefills_of(package).items()},
        divisions=package.divisions,
        division_question=package.guidance.division_question,
        parameters={one.code: stretches_of(one, package.meta.division.code) for one in package.guidance.parameters},
    )
