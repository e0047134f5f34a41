"""The typed document of a localisation: a district's explicit operations on the elements of a city theme."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET

from opsplatform.kernel.conditions import Condition
from opsplatform.kernel.documents import Document
from themes.documents import LONGEST_NOTICE, LONGEST_TITLE
from themes.packages.structure import MaterialContent

Act = Literal["replace", "add", "remove"]
Choice = Literal["take_city", "keep_ours"]
ExceptionKind = Literal["slower", "material", "required_field", "condition"]


class Operation(Document, frozen=True):
    """What the district does with one element. `code` is its key, `base` the city's value on which this was decided.

    An absent value is null: of `base` where the city has none, of `value` where the district removes the element.
    """

    code: str
    act: Act
    base: Any = None
    value: Any = None
    changed_by: str = ""  # user name
    changed_by_name: str = ""
    changed_on: str = ""  # ISO date


class Settlement(Document, frozen=True):
    """What the district decided when the city had changed what it had changed too; the last one for each element."""

    code: str
    choice: Choice
    base: Any = None
    city: Any = None
    ours: Any = None
    city_version: int = 0
    decided_by: str = ""
    decided_by_name: str = ""
    decided_on: str = ""


class GrantedException(Document, frozen=True):
    """What the city allowed beyond the limits for one element, why and until which day (included).

    `value` is what was asked for: days count up to it, everything else as exactly that. `city` is the city's value
    then, unset in versions frozen before it was kept. `number` is the exception's.
    """

    code: str
    kind: ExceptionKind
    reason: str
    expires_on: str
    granted_by_name: str = ""
    value: Any = None
    city: Any = UNSET
    number: int = 0


class LocalisationDocument(Document, frozen=True):
    """A district's localisation. Only themes.localisation.rebasing writes bases, names, days and settlements."""

    theme: str
    division: str
    base_version: int = 0  # of the theme, against which it was last saved
    operations: tuple[Operation, ...] = ()
    settlements: tuple[Settlement, ...] = ()


class FrozenLocalisation(Document, frozen=True):
    """A localisation with what it refers to: materials it adds, by local code, and exceptions in force for it."""

    document: LocalisationDocument
    materials: dict[str, MaterialContent] = {}
    exceptions: tuple[GrantedException, ...] = ()
    revisions: dict[str, int] = {}  # "material:CODE" → revision of the register entry that was frozen


# --- values of elements ----------------------------------------------------------------------------------------------

NOT_BLANK = r"\S"  # of a text that is not of blanks alone


class TakenUp(Document, frozen=True):
    """An item that the city leaves to districts: always part of the theme there, or where guidance selects it."""

    mandatory: bool = False


class DistrictMaterial(Document, frozen=True):
    """A material that an item asks for; `register` names it where the theme has none of that code."""

    register: str = ""
    when: Condition | None = None
    necessity_code: str | None = None
    note: str = ""


class DistrictNotice(Document, frozen=True):
    """A notice of the district."""

    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE, pattern=NOT_BLANK)]
    content: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTICE, pattern=NOT_BLANK)]
    order: int = 0
    default: bool = True


Address = Annotated[str, msgspec.Meta(max_length=300, pattern=NOT_BLANK)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
Phone = Annotated[str, msgspec.Meta(max_length=50)]


class DistrictPoint(Document, frozen=True):
    """A window. `coordinates`: longitude and latitude (GCJ-02 as registered); `holidays`: day → hours, or 休息."""

    address: Address
    window: Words = ""
    hours: Words = ""
    phone: Phone = ""
    coordinates: tuple[float, float] | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    holidays: dict[str, str] = {}
