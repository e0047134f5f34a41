"""The shape of a dossier file. Codes in it are local to it."""

from typing import Any, Literal

import msgspec

from forms_builder.documents import Column, DataType, DictionaryInFile, Prefill
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document
from themes.documents import FieldGroup, Notice, Option, QuestionType, Rule
from themes.packages.structure import DivisionDays, ItemResult


class DossierTheme(Document, frozen=True):
    code: str
    name: str
    category_code: str
    lead_department: str
    alias: tuple[str, ...] = ()
    theme_type: str = ""
    service_object_codes: tuple[str, ...] = ()
    coop_departments: tuple[str, ...] = ()
    platform_department: str = ""
    division_codes: tuple[str, ...] = ()
    exercise_level_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    summary: str = ""
    keywords: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    six_ones: tuple[str, ...] = ()
    figures: dict[str, Any] = {}
    effective_from: str | None = None
    effective_to: str | None = None


class DossierDepartment(Document, frozen=True):
    code: str
    name: str
    division_code: str
    short: str = ""
    level_code: str = ""
    role: str = ""
    uscc: str = ""
    uscc_illustrative: bool = False

    @property
    def is_kind(self) -> bool:
        """A code that begins with D- or S- means the district's or the street's body of this kind (domain.md §8)."""
        return self.code.startswith(("D-", "S-"))


class DossierPublicField(Document, frozen=True):
    code: str
    label: str
    data_type: DataType
    max_length: int | None = None
    scale: int | None = None
    required: bool = False
    dictionary: str | None = None
    std_format: str = ""
    prefill: Prefill | None = None
    group: str | None = None
    order: int = 0
    format: str | None = None
    from_question: str | None = None


class DossierField(Document, frozen=True):
    code: str
    label: str
    data_type: DataType
    order: int
    max_length: int | None = None
    scale: int | None = None
    required: bool = False
    dictionary: str | None = None
    std_format: str = ""
    common: str | None = None
    prefill: Prefill | None = None
    group: str | None = None
    format: str | None = None
    columns: tuple[Column, ...] = ()
    visible_when: Condition | None = None
    from_question: str | None = None


class DossierMaterialUse(Document, frozen=True):
    material: str
    when: Condition | None = None
    note: str = ""
    necessity_code: str | None = None


class DossierItem(Document, frozen=True):
    code: str
    name: str
    department: str
    basic_code: str
    implement_code: str
    handle_code: str
    exercise_level_code: str
    daily_name: str = ""
    item_type_code: str = ""
    project_type_code: str = ""
    mandatory: bool = False
    statutory_days: int = 0
    promised_days: int = 0
    day_unit: str = "W"
    onsite_times: int = 0
    baseline_visits: int = 0
    is_fee: bool = False
    fee_note: str = ""
    service_object_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    code_note: str = ""
    conditions: tuple[str, ...] = ()
    legal_basis: tuple[str, ...] = ()
    results: tuple[ItemResult, ...] = ()
    depends_on: tuple[str, ...] = ()
    region_overrides: tuple[DivisionDays, ...] = ()
    confidence: str = ""
    materials: tuple[DossierMaterialUse, ...] = ()
    fields: tuple[DossierField, ...] = ()


class DossierMaterial(Document, frozen=True):
    code: str
    name: str
    material_type_code: str = ""
    form_code: str = ""
    necessity_code: str = ""
    original_count: int = 0
    copy_count: int = 0
    source_code: str = ""
    issuer: str = ""
    exempt: Literal["generated", "e_license", "data_share"] | None = None
    e_license: str | None = None
    generated_from_form: bool = False
    review_points: tuple[str, ...] = ()
    result_of_item: str | None = None
    confidence: str = ""


class DossierQuestion(Document, frozen=True):
    """`options` is a list, or for division questions the name of the list of divisions."""

    code: str
    text: str
    type: QuestionType
    order: int
    required: bool = True
    options: tuple[Option, ...] | str | None = None
    show_when: Condition | None = None
    help: str = ""
    unit: str = ""
    min: float | None = None
    max: float | None = None
    effective_from: str | None = None
    effective_to: str | None = None


class DossierGuide(Document, frozen=True):
    questions: tuple[DossierQuestion, ...]
    rules: tuple[Rule, ...]
    division_question: str | None = None


class DossierAddress(Document, frozen=True):
    division_code: str
    name: str
    address: str
    window: str = ""
    hours: str = ""
    phone: str = ""
    longitude: float | None = None
    latitude: float | None = None
    illustrative: bool = False


class DossierExample(Document, frozen=True):
    name: str
    answers: dict[str, Any]
    expected: dict[str, Any]


class Dossier(Document, frozen=True):
    """A whole theme as its authors hand it over."""

    theme: DossierTheme
    departments: tuple[DossierDepartment, ...]
    items: tuple[DossierItem, ...]
    guide: DossierGuide
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")
    public_fields: tuple[DossierPublicField, ...] = ()
    field_groups: tuple[FieldGroup, ...] = ()
    materials: tuple[DossierMaterial, ...] = ()
    dictionaries: tuple[DictionaryInFile, ...] = ()
    notices: tuple[Notice, ...] = ()
    addresses: tuple[DossierAddress, ...] = ()
    scene_field_order: tuple[str, ...] = ()
    prefill_conditions: dict[str, Condition] = {}
    worked_examples: tuple[DossierExample, ...] = ()
