"""Two typed trees: `FrozenTheme`, a theme with every reference resolved, and `Package`, what a platform reads.

Freezing (themes/services/freezing.py) turns registers into the first; compile_package turns it and a division code into
the second. Neither holds a row id or a clock reading, so equal content is equal bytes on every machine. Only the frozen
theme names people: those who decided about its merge.
"""

from typing import Annotated, Any, Literal

import msgspec

from forms_builder.documents import DictionaryContent, FormField, FormSection, Prefill
from forms_builder.merge.certificate import MergeCertificate
from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document
from themes.documents import (
    FieldGroup,
    FieldUse,
    Guidance,
    MaterialUse,
    Notice,
    PrefillCondition,
    ThemeDocument,
)

# --- frozen: the registers as they stood at submission ---------------------------------------------------------------


class DivisionDays(Document, frozen=True):
    """Promised days that hold where the division code begins with one of these."""

    division_codes: tuple[str, ...]
    promised_days: Annotated[int, msgspec.Meta(ge=0)]
    note: str = ""


class ItemResult(Document, frozen=True):
    name: str
    result_kind: str = ""
    e_license: bool = False
    valid: str = ""


class ItemContent(Document, frozen=True):
    """A service item of the register. Days are working days; `department` is the theme's local code of the body."""

    name: str
    basic_code: str
    sequence: str
    level_code: str
    department: str
    daily_name: str = ""
    item_type_code: str = ""
    project_type_code: str = ""
    statutory_days: int = 0
    promised_days: int = 0
    day_unit: str = "W"
    division_days: tuple[DivisionDays, ...] = ()
    onsite_times: int = 0
    baseline_visits: int = 0
    is_fee: bool = False
    fee_note: str = ""
    service_object_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    results: tuple[ItemResult, ...] = ()
    legal_basis: tuple[str, ...] = ()
    confidence: str = ""

    def promised_days_in(self, division: str) -> int:
        """Promised days in a division: the division table, first matching code prefix, else the item's own."""
        for entry in self.division_days:
            if any(division.startswith(prefix) for prefix in entry.division_codes):
                return entry.promised_days
        return self.promised_days


class MaterialContent(Document, frozen=True):
    """A material of the register. `exempt`: generated, e_license, data_share, or null: the applicant uploads it."""

    name: str
    material_type_code: str = ""
    form_code: str = ""
    necessity_code: str = ""
    original_count: int = 0
    copy_count: int = 0
    source_code: str = ""
    issuer: str = ""
    exempt: str | None = None
    e_license: str | None = None
    generated_from_form: bool = False
    review_points: tuple[str, ...] = ()
    confidence: str = ""


class PublicFieldContent(Document, frozen=True):
    """A public field of the register: the meaning that item fields share.

    `sensitivity` (分级分类): whoever shows a sensitive value masks it; of a highly sensitive one nothing is shown.
    """

    label: str
    data_type: str
    max_length: int | None = None
    scale: int | None = None
    dictionary: str | None = None
    format: str | None = None
    std_format: str = ""
    sensitivity: Literal["public", "internal", "sensitive", "highly_sensitive"] = "internal"
    prefill: Prefill | None = None


class FrozenCrosswalk(Document, frozen=True):
    """How codes of the dictionary `merged` are said in `own` for these items: the register's answer on that day.

    `crosswalks` is empty where none is registered: then codes of one name are the same. `unclear` are codes of `merged`
    that have counterparts and yet cannot be said. `decision`: only where that decision counts.
    """

    merged: str
    own: str
    items: tuple[str, ...]
    codes: dict[str, str]
    unclear: tuple[str, ...] = ()
    crosswalks: tuple[str, ...] = ()
    name: str = ""
    decision: str = ""


class BodyContent(Document, frozen=True):
    """A department binding resolved: a real body with its USCC, or a kind of body (`level` district or street)."""

    name: str
    role: str = ""
    uscc: str | None = None
    is_kind: bool = False
    level: str | None = None


class ReceiverBody(Document, frozen=True):
    """The body of a kind that receives in one division (6 digits) or street (9 digits)."""

    division: str
    name: str
    uscc: str


class ServicePointContent(Document, frozen=True):
    name: str
    address: str
    window: str = ""
    hours: str = ""
    phone: str = ""
    longitude: float | None = None
    latitude: float | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    illustrative: bool = False
    holidays: dict[str, str] = {}  # ISO date → hours of that day, or that it is closed


class DivisionContent(Document, frozen=True):
    name: str
    parent: str | None = None
    is_statistical: bool = False


class FrozenTheme(Document, frozen=True):
    """A theme document with everything it refers to, by the theme's local codes (dictionaries by their own code).

    `receivers[department]`: for a kind, every body of that kind in the offered divisions and their streets.
    `service_points[division]`: the theme's windows there. `divisions`: the offered divisions, their city and streets.
    """

    document: ThemeDocument
    category_name: str = ""
    items: dict[str, ItemContent] = {}
    item_forms: dict[str, tuple[FormField, ...]] = {}
    materials: dict[str, MaterialContent] = {}
    public_fields: dict[str, PublicFieldContent] = {}
    dictionaries: dict[str, DictionaryContent] = {}
    departments: dict[str, BodyContent] = {}
    receivers: dict[str, tuple[ReceiverBody, ...]] = {}
    service_points: dict[str, tuple[ServicePointContent, ...]] = {}
    divisions: dict[str, DivisionContent] = {}
    sections: dict[str, tuple[FormSection, ...]] = {}  # of each item's form; their conditions stand in the fields
    crosswalks: tuple[FrozenCrosswalk, ...] = ()
    certificate: MergeCertificate | None = None
    revisions: dict[str, int] = {}  # "item:KEY", "dictionary:CODE" … → revision of the register entry that was frozen

    @property
    def districts(self) -> tuple[str, ...]:
        """The codes of the offered districts, below a city that lies below nothing."""
        above = {code: one.parent for code, one in self.divisions.items()}
        return tuple(code for code, parent in above.items() if parent is not None and above[parent] is None)


# --- the package: one division's share, self-contained ----------------------------------------------------------------


class PackageDivision(Document, frozen=True):
    code: str
    name: str


class PackageCategory(Document, frozen=True):
    code: str
    name: str


class PackageLocalisation(Document, frozen=True):
    """The district's localisation in the package: its version, and the elements where it waits for a decision.

    `base_version` is the theme version on which the district made it; `overruled`: elements that the city has locked or
    whose place is taken by something else, so that the district's change of them is not in force.
    """

    version: int
    base_version: int
    changed: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()


class PackageMeta(Document, frozen=True):
    """`version` is the number of the theme version; `localisation` is there where the district has one."""

    code: str
    name: str
    version: int
    division: PackageDivision
    category: PackageCategory
    aliases: tuple[str, ...] = ()
    theme_type: str = ""
    summary: str = ""
    keywords: tuple[str, ...] = ()
    six_ones: tuple[str, ...] = ()
    service_object_codes: tuple[str, ...] = ()
    exercise_level_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    lead_department: str = ""
    coop_departments: tuple[str, ...] = ()
    effective_from: str | None = None
    effective_to: str | None = None
    confidence: str = ""
    localisation: PackageLocalisation | None = None


class Receiver(Document, frozen=True):
    """Who receives the item in a division or street; codes are computed from the body's USCC."""

    division: str
    name: str
    uscc: str
    implementing_code: str
    handling_code: str


class PackageItem(Document, frozen=True):
    """An item in force in this division. `promised_days_here` applies the division table to the package's division."""

    code: str
    content: ItemContent
    department_name: str
    promised_days_here: int
    mandatory: bool = False
    depends_on: tuple[str, ...] = ()
    materials: tuple[MaterialUse, ...] = ()
    receivers: tuple[Receiver, ...] = ()


class PackageMaterial(Document, frozen=True):
    code: str
    content: MaterialContent
    result_of_item: str | None = None


class PackageItemField(Document, frozen=True):
    """A field of an item form with what the theme binds to it. `key` is the merged field it belongs to.

    `key` is the theme's local code of its public field, or `ITEM.field` where it stands alone.
    """

    key: str
    field: FormField
    visible_when: Condition | None = None
    from_question: str | None = None
    values: dict[str, Any] = {}


class PackageForm(Document, frozen=True):
    """The one form. `schema` judges {"answers": …, "data": …} for all paths; `order` lists merged keys as shown.

    Public fields go by the theme's local codes, in `field_uses` and in the fields of the item forms too. `groups` are
    the theme's, then sections of item forms whose fields stand alone. `translations`: item → its field, or
    "field/column" of a table → merged code → the item's code, where they differ.
    """

    groups: tuple[FieldGroup, ...]
    order: tuple[str, ...]
    field_uses: tuple[FieldUse, ...]
    public_fields: dict[str, PublicFieldContent]
    item_forms: dict[str, tuple[PackageItemField, ...]]
    prefill_conditions: tuple[PrefillCondition, ...]
    projections: dict[str, dict[str, str]]  # item → its field code → merged key
    schema: dict[str, Any]
    translations: dict[str, dict[str, dict[str, str]]] = {}


class ExampleCase(Document, frozen=True):
    """What a package says of a saved case: nothing of how the console keeps it."""

    code: str
    name: str
    answers: dict[str, Any]
    expected: dict[str, Any]


class PackageCase(Document, frozen=True):
    """An example and the figures computed for it."""

    case: ExampleCase
    figures: dict[str, Any]


class Package(Document, frozen=True):
    """What the acceptance platform reads for one theme in one division; needs no look-up elsewhere."""

    format: str
    meta: PackageMeta
    guidance: Guidance
    items: tuple[PackageItem, ...]
    materials: tuple[PackageMaterial, ...]
    form: PackageForm
    dictionaries: dict[str, DictionaryContent]
    divisions: dict[str, DivisionContent]
    notices: tuple[Notice, ...]
    service_points: tuple[ServicePointContent, ...]
    figures: dict[str, Any]
    cases: tuple[PackageCase, ...]
    typical_case: str = ""  # code of the case that stands for the theme; packages older than this name none
