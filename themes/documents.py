"""The typed document of a theme: everything staff configure about it, elements keyed by the theme's own local codes."""

from typing import Annotated, Any, Literal

import msgspec

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document

LONGEST_TITLE = 200  # characters; also the column of release.Subject.title
LONGEST_SUMMARY, LONGEST_NOTICE = 2_000, 5_000  # what people will still read on a phone

LONGEST_REASON = 500

MergeRule = Literal["stand_alone", "use_crosswalk", "accept_narrowing"]
ElementMode = Literal["locked", "free", "extend_only"]
QuestionType = Literal["single", "multi", "number", "boolean", "division6", "division9", "date"]


# --- guidance -------------------------------------------------------------------------------------------------------


class Basis(Document, frozen=True):
    """The law that a question, a rule or a parameter's value stands on; the period is that in which the law holds."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
    article: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)] = ""  # 第十二条第二款
    effective_from: str | None = None
    effective_to: str | None = None


class ParameterValue(Document, frozen=True):
    """A value of a parameter in a period, everywhere or where the division code begins with one of `divisions`."""

    value: int | float | str  # a day as ISO date
    divisions: tuple[str, ...] = ()
    effective_from: str | None = None  # ISO dates, both days included
    effective_to: str | None = None
    legal_basis: tuple[Basis, ...] = ()


class Parameter(Document, frozen=True):
    """A fee, a threshold, a day that conditions and effects name as `{"parameter": code}` instead of typing it."""

    code: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
    unit: str = ""
    values: tuple[ParameterValue, ...] = ()


class Option(Document, frozen=True):
    code: str
    text: str
    help: str = ""


class Question(Document, frozen=True):
    """`order` sorts the questions; a question is visible when `show_when` holds on answers to visible questions.

    `dictionary`: code of the one whose entries in force are the options; a draft then holds none of its own, and what
    is frozen holds those of its day.
    """

    code: str
    text: str
    type: QuestionType
    order: int
    required: bool = True
    options: tuple[Option, ...] = ()
    dictionary: str | None = None
    show_when: Condition | None = None
    help: str = ""
    unit: str = ""
    min: float | None = None
    max: float | None = None
    effective_from: str | None = None  # ISO dates, both days included
    effective_to: str | None = None
    legal_basis: tuple[Basis, ...] = ()


class AddItem(Document, frozen=True, tag_field="type", tag="add_item"):
    item: str


class RemoveItem(Document, frozen=True, tag_field="type", tag="remove_item"):
    item: str


class AddMaterial(Document, frozen=True, tag_field="type", tag="add_material"):
    item: str
    material: str
    necessity_code: str | None = None


class WaiveMaterial(Document, frozen=True, tag_field="type", tag="waive_material"):
    item: str
    material: str


class SetField(Document, frozen=True, tag_field="type", tag="set_field"):
    """`item` null: `field` is the local code of a public field; else a field of that item's form."""

    item: str | None
    field: str
    value: Any


class SetPromisedDays(Document, frozen=True, tag_field="type", tag="set_promised_days"):
    item: str
    value: Annotated[int, msgspec.Meta(ge=0)]


class AddNotice(Document, frozen=True, tag_field="type", tag="add_notice"):
    notice: str


class Stop(Document, frozen=True, tag_field="type", tag="stop"):
    message: str


Effect = AddItem | RemoveItem | AddMaterial | WaiveMaterial | SetField | SetPromisedDays | AddNotice | Stop


class Rule(Document, frozen=True):
    """Rules are evaluated once, in (priority, code) order."""

    code: str
    name: str
    priority: int
    when: Condition
    effects: tuple[Effect, ...]
    confidence: str = ""
    effective_from: str | None = None
    effective_to: str | None = None
    legal_basis: tuple[Basis, ...] = ()


class Guidance(Document, frozen=True):
    """`value` of a test and of `set_field` may be `{"parameter": code}` (themes.guidance.parameters)."""

    division_question: str | None = None
    questions: tuple[Question, ...] = ()
    rules: tuple[Rule, ...] = ()
    parameters: tuple[Parameter, ...] = ()


# --- what the theme binds -------------------------------------------------------------------------------------------


class MaterialUse(Document, frozen=True):
    """A material an item asks for in this theme, always or when the condition over questions holds."""

    material: str  # local code
    when: Condition | None = None
    necessity_code: str | None = None
    note: str = ""


class FieldBinding(Document, frozen=True):
    """What guidance means for one field of an item form: shown when, supplied by a question.

    `values` maps the question's option codes to field values; empty for a number, date or division, taken as it is.
    """

    field: str  # code in the item's form
    visible_when: Condition | None = None
    from_question: str | None = None
    values: dict[str, Any] = {}


class ThemeItem(Document, frozen=True):
    """A service item in the theme. `item` is its register key; `depends_on` holds local codes of other items.

    `by_district`: it is part of the theme only in divisions whose localisation takes it up.
    """

    code: str
    item: str
    mandatory: bool = False
    by_district: bool = False
    depends_on: tuple[str, ...] = ()
    materials: tuple[MaterialUse, ...] = ()
    fields: tuple[FieldBinding, ...] = ()


class MaterialBinding(Document, frozen=True):
    """The theme's name for a material of the register; `result_of_item` when another item of the theme yields it."""

    code: str
    material: str  # register code
    result_of_item: str | None = None


class FieldUse(Document, frozen=True):
    """How the theme shows a public field, under the theme's name for it."""

    code: str
    public_field: str  # register code
    label: str
    group: str | None = None
    order: int = 0
    required: bool = False
    from_question: str | None = None
    values: dict[str, Any] = {}


class FieldGroup(Document, frozen=True):
    code: str
    name: str
    order: int


class MergeDecision(Document, frozen=True):
    """What was decided about a finding of the merge; `about` is the digest of that finding and of what led to it.

    stand_alone: the fields of `items` are not merged and are asked for separately. use_crosswalk: `items` are told the
    codes of the merged field through the registered `crosswalk`. accept_narrowing: it stays, and that is known. Only
    themes.services.deciding writes these, and says there who decided when.
    """

    code: str
    key: str  # of the merged field: the theme's code of its public field
    rule: MergeRule
    about: str
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
    decided_by: str  # user name
    decided_on: str  # ISO date
    items: tuple[str, ...] = ()
    crosswalk: str | None = None
    decided_by_name: str = ""  # what that user was called


class DepartmentBinding(Document, frozen=True):
    """The theme's name for a body: a real one by division and full name, or a kind of body (机构类别)."""

    code: str
    role: str = ""
    kind: str | None = None  # register code of a body kind
    division: str | None = None
    name: str | None = None


class Notice(Document, frozen=True):
    code: str
    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]
    content: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTICE)]
    order: int
    default: bool = False


class SavedCase(Document, frozen=True):
    """Answers with what they must lead to; the gate runs it. Keys of `expected` as in the dossiers.

    `division`, `on`: for which division and day it is run; None: for the city as a whole, today. `required`: while it
    fails the theme cannot be submitted. `published`: it is an example in the package. `reason`: why what it expects is
    right although something else was expected before.
    """

    code: str
    name: str
    answers: dict[str, Any]
    expected: dict[str, Any]
    division: str | None = None
    on: str | None = None  # ISO date
    required: bool = True
    published: bool = True
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""

    @property
    def is_example(self) -> bool:
        """Whether the package has it: only what holds everywhere and on any day is an example for everybody."""
        return self.published and self.division is None and self.on is None


class PrefillCondition(Document, frozen=True):
    """A base library fills fields only where this holds."""

    library: str
    when: Condition


class ElementRule(Document, frozen=True):
    """What districts may do with elements whose key fits `code`; `*` stands for any one step (themes.localisation)."""

    code: str
    mode: ElementMode


OnConflict = Literal["keep_old", "suspend"]


class DistrictPolicy(Document, frozen=True):
    """What holds in one district instead of what holds in all; without `on_conflict` that is as in all."""

    code: str  # of the division
    rules: tuple[ElementRule, ...] = ()
    on_conflict: OnConflict | None = None


class LocalisationPolicy(Document, frozen=True):
    """What the city lets districts change, beyond the rules that hold for every theme.

    `on_conflict`: where the city and a district changed the same, the old package stays (`keep_old`) or the city's goes
    live without the district's change (`suspend`), until the district decides.
    """

    rules: tuple[ElementRule, ...] = ()
    on_conflict: OnConflict = "keep_old"
    districts: tuple[DistrictPolicy, ...] = ()


class ThemeDocument(Document, frozen=True):
    """A theme as one document. Item order is the order of `items`."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
    aliases: tuple[str, ...] = ()
    theme_type: str = ""
    category_code: str = ""
    summary: Annotated[str, msgspec.Meta(max_length=LONGEST_SUMMARY)] = ""
    keywords: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    six_ones: tuple[str, ...] = ()
    service_object_codes: tuple[str, ...] = ()
    exercise_level_codes: tuple[str, ...] = ()
    handle_form_codes: tuple[str, ...] = ()
    lead_department: str = ""  # local code
    coop_departments: tuple[str, ...] = ()
    platform_department: str = ""
    handling_divisions: tuple[str, ...] = ()  # codes of divisions; a city code offers it in all its districts
    effective_from: str | None = None
    effective_to: str | None = None
    departments: tuple[DepartmentBinding, ...] = ()
    items: tuple[ThemeItem, ...] = ()
    materials: tuple[MaterialBinding, ...] = ()
    field_uses: tuple[FieldUse, ...] = ()
    field_groups: tuple[FieldGroup, ...] = ()
    field_order: tuple[str, ...] = ()
    prefill_conditions: tuple[PrefillCondition, ...] = ()
    merge_decisions: tuple[MergeDecision, ...] = ()
    guidance: Guidance = Guidance()
    notices: tuple[Notice, ...] = ()
    cases: tuple[SavedCase, ...] = ()
    localisation: LocalisationPolicy = LocalisationPolicy()
    typical_case: str = ""  # code of the case that stands for the theme; else the path that most cases take
    figures: dict[str, Any] = {}  # hand-typed figures, refused by the gate where they differ from computed ones
    confidence: str = ""  # what of it is sourced and what is illustrative
    sources: tuple[str, ...] = ()
