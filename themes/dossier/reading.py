"""A dossier read as a theme document: local codes stay, register codes are bound to them."""

from typing import Any

from opsplatform.kernel.documents import Document
from themes.documents import (
    DepartmentBinding,
    FieldBinding,
    FieldUse,
    Guidance,
    MaterialBinding,
    MaterialUse,
    PrefillCondition,
    Question,
    SavedCase,
    ThemeDocument,
    ThemeItem,
)
from themes.dossier.structure import Dossier, DossierField, DossierItem, DossierPublicField, DossierQuestion
from themes.guidance.dictionary_options import CHOICES

SIX_ONES = ("一次告知", "一表申请", "一口受理", "一网办理", "统一发证", "一体管理")
_BOOLEANS = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


class RegisterCodes(Document, frozen=True):
    """Local code → register code, per kind of thing."""

    kinds: dict[str, str] = {}
    public_fields: dict[str, str] = {}
    materials: dict[str, str] = {}
    items: dict[str, str] = {}


def to_theme_document(dossier: Dossier, codes: RegisterCodes) -> ThemeDocument:
    """The theme that the dossier describes, bound to the registers by these codes."""
    theme = dossier.theme
    questions = {question.code: question for question in dossier.guide.questions}
    return ThemeDocument(
        code=theme.code,
        name=theme.name,
        aliases=theme.alias,
        theme_type=theme.theme_type,
        category_code=theme.category_code,
        summary=theme.summary,
        keywords=theme.keywords,
        facts=theme.facts,
        six_ones=theme.six_ones or SIX_ONES,
        service_object_codes=theme.service_object_codes,
        exercise_level_codes=theme.exercise_level_codes,
        handle_form_codes=theme.handle_form_codes,
        lead_department=theme.lead_department,
        coop_departments=theme.coop_departments,
        platform_department=theme.platform_department,
        handling_divisions=theme.division_codes,
        effective_from=theme.effective_from,
        effective_to=theme.effective_to,
        departments=tuple(
            DepartmentBinding(code=department.code, role=department.role, kind=codes.kinds[department.code])
            if department.is_kind
            else DepartmentBinding(
                code=department.code,
                role=department.role,
                division=department.division_code,
                name=department.name,
            )
            for department in dossier.departments
        ),
        items=tuple(_theme_item(item, codes, questions) for item in dossier.items),
        materials=tuple(
            MaterialBinding(
                code=material.code,
                material=codes.materials[material.code],
                result_of_item=material.result_of_item,
            )
            for material in dossier.materials
        ),
        field_uses=tuple(_field_use(field, codes, questions) for field in dossier.public_fields),
        field_groups=dossier.field_groups,
        field_order=dossier.scene_field_order,
        prefill_conditions=tuple(
            PrefillCondition(library=library, when=when) for library, when in dossier.prefill_conditions.items()
        ),
        guidance=Guidance(
            division_question=dossier.guide.division_question,
            questions=tuple(_question(question) for question in dossier.guide.questions),
            rules=dossier.guide.rules,
            parameters=dossier.guide.parameters,
        ),
        notices=dossier.notices,
        cases=tuple(
            SavedCase(
                code=code,
                name=case.name,
                answers=case.answers,
                expected=case.expected,
                division=case.division,
                on=case.on,
                required=case.required,
                published=case.published,
                reason=case.reason,
            )
            for code, case in zip(dossier.example_codes(), dossier.worked_examples, strict=True)
        ),
        figures=theme.figures,
        confidence=dossier.meta.get("confidence", ""),
        sources=tuple(dossier.meta.get("source", ())),
    )


def _question(question: DossierQuestion) -> Question:
    options = question.options if isinstance(question.options, tuple) else ()
    is_chosen = question.type in CHOICES and isinstance(question.options, str)
    return Question(
        code=question.code,
        text=question.text,
        type=question.type,
        order=question.order,
        required=question.required,
        options=options,
        dictionary=question.options if is_chosen else None,  # type: ignore[arg-type]
        show_when=question.show_when,
        help=question.help,
        unit=question.unit,
        min=question.min,
        max=question.max,
        effective_from=question.effective_from,
        effective_to=question.effective_to,
        legal_basis=question.legal_basis,
    )


def _theme_item(item: DossierItem, codes: RegisterCodes, questions: dict[str, DossierQuestion]) -> ThemeItem:
    return ThemeItem(
        code=item.code,
        item=codes.items[item.code],
        mandatory=item.mandatory,
        depends_on=item.depends_on,
        materials=tuple(
            MaterialUse(material=use.material, when=use.when, necessity_code=use.necessity_code, note=use.note)
            for use in item.materials
        ),
        fields=tuple(
            FieldBinding(
                field=field.code,
                visible_when=field.visible_when,
                from_question=field.from_question,
                values=supplied_values(field, questions),
            )
            for field in item.fields
            if field.visible_when is not None or field.from_question is not None
        ),
    )


def _field_use(field: DossierPublicField, codes: RegisterCodes, questions: dict[str, DossierQuestion]) -> FieldUse:
    return FieldUse(
        code=field.code,
        public_field=codes.public_fields[field.code],
        label=field.label,
        group=field.group,
        order=field.order,
        required=field.required,
        from_question=field.from_question,
        values=supplied_values(field, questions),
    )


def supplied_values(field: DossierPublicField | DossierField, questions: dict[str, DossierQuestion]) -> dict[str, Any]:
    """Option code → field value, said explicitly; empty where the answer itself is the value."""
    question = questions.get(field.from_question or "")
    if question is None or not isinstance(question.options, tuple):
        return {}
    if field.data_type == "boolean":
        return {option.code: _BOOLEANS[option.code] for option in question.options if option.code in _BOOLEANS}
    return {option.code: option.code for option in question.options}
