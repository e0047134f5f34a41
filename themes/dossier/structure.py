"""The shape of a dossier file. Codes in it are local to it.

Lengths and ranges are those of the registers' columns (a test compares them), so that everything too long is reported
with everything else that is wrong.
"""

from typing import Annotated, Any, Literal

import msgspec

from forms_builder.documents import Column, DataType, DictionaryInFile, Prefill, Scale
from opsplatform.kernel.codes import CODE_PATTERN
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document
from themes.documents import (
    LONGEST_REASON,
    LONGEST_SUMMARY,
    Basis,
    FieldGroup,
    Notice,
    Option,
    Parameter,
    QuestionType,
    Rule,
)
from themes.packages.structure import DivisionDays, ItemResult

ONE_LINE = r"^.*\S.*$"
ThemeCode = Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]*$")]  # stands in addresses
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=CODE_PATTERN)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=ONE_LINE)]
BodyName = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=ONE_LINE)]
StandardCode = Annotated[str, msgspec.Meta(max_length=4)]  # an entry of a national code list
RequiredStandardCode = Annotated[str, msgspec.Meta(min_length=1, max_length=4)]
ListedCode = Annotated[str, msgspec.Meta(max_length=8)]
Text50 = Annotated[str, msgspec.Meta(max_length=50)]
Text100 = Annotated[str, msgspec.Meta(max_length=100)]
Text200 = Annotated[str, msgspec.Meta(max_length=200)]
Text300 = Annotated[str, msgspec.Meta(max_length=300)]
Count = Annotated[int, msgspec.Meta(ge=0, le=32767)]
Length = Annotated[int, msgspec.Meta(ge=1, le=2147483647)]


class DossierTheme(Document, frozen=True):
    code: ThemeCode
    name: Name
    category_code: str
    lead_department: str
    division_codes: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    alias: tuple[str, ...] = ()
    theme_type: str = ""
    service_object_codes: tuple[str, ...] = ()
    coop_departments: tuple[str, ...] = ()
    platform_department: str = ""
    exercise_level_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    summary: Annotated[str, msgspec.Meta(max_length=LONGEST_SUMMARY)] = ""
    keywords: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    six_ones: tuple[str, ...] = ()
    figures: dict[str, Any] = {}
    effective_from: str | None = None
    effective_to: str | None = None


class DossierDepartment(Document, frozen=True):
    code: Code
    name: BodyName
    division_code: str
    short: Text100 = ""
    level_code: StandardCode = ""
    role: str = ""
    uscc: Annotated[str, msgspec.Meta(max_length=18)] = ""
    uscc_illustrative: bool = False

    @property
    def is_kind(self) -> bool:
        """A code that begins with D- or S- means the district's or the street's body of this kind (domain.md §8)."""
        return self.code.startswith(("D-", "S-"))


class DossierPublicField(Document, frozen=True):
    code: Code
    label: Name
    data_type: DataType
    max_length: Length | None = None
    scale: Scale | None = None
    required: bool = False
    dictionary: str | None = None
    std_format: Annotated[str, msgspec.Meta(max_length=60)] = ""
    prefill: Prefill | None = None
    group: str | None = None
    order: int = 0
    format: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    from_question: str | None = None


class DossierField(Document, frozen=True):
    code: Code
    label: Name
    data_type: DataType
    order: int
    max_length: Length | None = None
    scale: Scale | None = None
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
    code: Code
    name: Name
    department: str
    basic_code: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
    implement_code: str
    handle_code: str
    exercise_level_code: RequiredStandardCode
    daily_name: Text100 = ""
    item_type_code: StandardCode = ""
    project_type_code: StandardCode = ""
    mandatory: bool = False
    statutory_days: Count = 0
    promised_days: Count = 0
    day_unit: Annotated[str, msgspec.Meta(min_length=1, max_length=2)] = "W"
    onsite_times: Count = 0
    baseline_visits: Count = 0
    is_fee: bool = False
    fee_note: Text300 = ""
    service_object_codes: tuple[ListedCode, ...] = ()
    handle_form_codes: tuple[ListedCode, ...] = ()
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
    code: Code
    name: Name
    material_type_code: StandardCode = ""
    form_code: StandardCode = ""
    necessity_code: StandardCode = ""
    original_count: Count = 0
    copy_count: Count = 0
    source_code: StandardCode = ""
    issuer: Text200 = ""
    exempt: Literal["generated", "e_license", "data_share"] | None = None
    e_license: Text100 | None = None
    generated_from_form: bool = False
    review_points: tuple[Text300, ...] = ()
    result_of_item: str | None = None
    confidence: str = ""


class DossierQuestion(Document, frozen=True):
    """`options` is a list, the code of the dictionary to choose from, or for divisions the name of their list."""

    code: Code
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
    legal_basis: tuple[Basis, ...] = ()


class DossierGuide(Document, frozen=True):
    questions: tuple[DossierQuestion, ...]
    rules: tuple[Rule, ...]
    division_question: str | None = None
    parameters: tuple[Parameter, ...] = ()


class DossierAddress(Document, frozen=True):
    division_code: str
    name: Name
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    window: Text200 = ""
    hours: Text200 = ""
    phone: Text50 = ""
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    illustrative: bool = False


class DossierExample(Document, frozen=True):
    """A saved case, as `SavedCase` says it; without a code it is numbered by its place."""

    name: str
    answers: dict[str, Any]
    expected: dict[str, Any]
    code: Code | None = None
    division: str | None = None
    on: str | None = None
    required: bool = True
    published: bool = True
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""


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

    def example_codes(self) -> list[str]:
        """The codes of the saved cases."""
        return [case.code or f"case-{number}" for number, case in enumerate(self.worked_examples, start=1)]
