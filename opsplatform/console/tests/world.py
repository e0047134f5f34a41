"""Two districts with a row of every register in each, whose names tell where they belong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db.models import Model

from forms_builder.models import Crosswalk, Dictionary, ItemForm, PublicField
from forms_builder.tests.factories import CrosswalkFactory, DictionaryFactory, ItemFormFactory, PublicFieldFactory
from opsplatform.accounts.models import Role, User
from opsplatform.accounts.tests.factories import MembershipFactory, RoleFactory, UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.catalog.tests.factories import MaterialFactory, ServiceItemFactory, ServicePointFactory
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.tests.factories import ApprovedHostFactory, ApprovedNetworkFactory
from opsplatform.feed.models import Event
from opsplatform.feed.tests.announced import tell
from opsplatform.jobs.models import Job
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.tests.factories import BodyKindFactory, DepartmentFactory, DistrictFactory, StreetFactory
from opsplatform.webhooks.models import Endpoint
from themes.models import Collision, SceneCategory, Theme
from themes.tests.factories import CollisionFactory, SceneCategoryFactory, SubjectFactory, ThemeFactory

HERE, THERE = "本区", "金丝雀区"


@dataclass(frozen=True)
class World:
    """The two districts and who looks at each register from the first."""

    here: Division
    there: Division


# For each register: the role that browses it from its own district, and how a row with a telling name is made.
_Make = Callable[[Division, str], Model]


def _department(division: Division, name: str) -> Department:
    return DepartmentFactory(division=division, name=f"{name}局")


def _account(division: Division, name: str) -> User:
    user = UserFactory(name=f"{name}的人", division=division)
    MembershipFactory(user=user, role=RoleFactory(code="district_editor"), division=division)
    return user


def _entry(division: Division, name: str) -> AuditEntry:
    return AuditEntry.objects.create(
        actor_name=f"{name}的人",
        action="thing.changed",
        object_type="organizations.department",
        object_key=name,
        object_label=f"{name}的事",
        division_code=division.code,
        before={"/name": "旧"},
        after={"/name": "新"},
    )


def _theme(division: Division, name: str) -> Theme:
    subject = SubjectFactory(title=f"{name}一件事", division=division)
    return ThemeFactory(subject=subject, lead_department=_department(division, name + subject.code))


def _webhook(division: Division, name: str) -> Endpoint:
    return Endpoint.objects.create(
        peer=UserFactory(name=f"{name}的系统"), name=f"{name}回调", url="https://peer.example/", division=division,
        epoch=uuid4(), position=0,
    )  # fmt: skip


SCOPED: dict[type[Model], tuple[str, _Make]] = {
    Division: ("district_editor", lambda division, name: StreetFactory(parent=division, name=f"{name}街道")),
    Department: ("district_editor", _department),
    ServiceItem: (
        "district_editor",
        lambda division, name: ServiceItemFactory(
            name=f"{name}事项", department=_department(division, f"{name}{Department.objects.count()}")
        ),
    ),
    ServicePoint: (
        "district_editor",
        lambda division, name: ServicePointFactory(division=division, name=f"{name}窗口{ServicePoint.objects.count()}"),
    ),
    ItemForm: (
        "district_editor",
        lambda division, name: ItemFormFactory(
            item__name=f"{name}事项",
            item__department=_department(division, f"{name}{Department.objects.count()}"),
            is_in_force=True,
        ),
    ),
    User: ("system_admin", _account),
    AuditEntry: ("audit_admin", _entry),
    Theme: ("platform_operator", _theme),
    Endpoint: ("platform_operator", _webhook),
    Collision: (
        "platform_operator",
        lambda division, name: CollisionFactory(theme=_theme(division, name), local_code=name),
    ),
}
SHARED: dict[type[Model], tuple[str, _Make]] = {
    BodyKind: ("district_editor", lambda division, name: BodyKindFactory()),
    Dictionary: ("district_editor", lambda division, name: DictionaryFactory()),
    Crosswalk: ("district_editor", lambda division, name: CrosswalkFactory()),
    PublicField: ("district_editor", lambda division, name: PublicFieldFactory(dictionary=DictionaryFactory())),
    Material: ("district_editor", lambda division, name: MaterialFactory()),
    SceneCategory: ("district_editor", lambda division, name: SceneCategoryFactory(parent=SceneCategoryFactory())),
    Role: ("district_editor", lambda division, name: RoleFactory(code=f"role_{Role.objects.count()}")),
    ApprovedHost: ("platform_operator", lambda division, name: ApprovedHostFactory()),
    ApprovedNetwork: ("system_admin", lambda division, name: ApprovedNetworkFactory()),
    Event: ("platform_operator", lambda division, name: tell("A", division=division.code)),
    Job: ("platform_operator", lambda division, name: Job.objects.create(kind="test.work", created_by=UserFactory())),
}
EVERY = {**SCOPED, **SHARED}


def build_world() -> World:
    """Two districts, not of one another's line."""
    return World(DistrictFactory(name=HERE), DistrictFactory(name=THERE))


def viewer_of(model: Any, district: Division) -> User:
    """Somebody who browses the register from the district; from the city where its rows belong to no division."""
    return person(EVERY[model][0], district if model in SCOPED else None)


def row_of(model: Any, division: Division) -> Model:
    """A row of the register that belongs to the division and says so by name."""
    return EVERY[model][1](division, division.name)
