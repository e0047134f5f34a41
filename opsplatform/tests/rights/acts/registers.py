"""Acts on registers: reading every kind of row, correcting and adding where a form does, bringing in whole lists."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from forms_builder.models import Crosswalk, Dictionary, ItemForm, PublicField
from forms_builder.services.crosswalks import save_crosswalk
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.importing_dictionaries import import_dictionaries
from forms_builder.services.public_fields import save_public_field
from forms_builder.tests.factories import ItemFormFactory
from opsplatform.accounts.models import Role, User
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.catalog.services.items import save_item
from opsplatform.catalog.services.materials import save_material
from opsplatform.catalog.services.service_points import save_service_point
from opsplatform.egress.models import ApprovedHost, ApprovedNetwork
from opsplatform.egress.services.approving import save_host, save_network
from opsplatform.egress.tests.factories import ApprovedHostFactory, ApprovedNetworkFactory
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.services.establishing_bodies import establish_bodies
from opsplatform.organizations.services.importing_divisions import import_divisions
from opsplatform.organizations.services.registering import save_body_kind, save_department, save_division
from opsplatform.tests.rights.acts import (
    NEVER_WAS,
    Act,
    Ask,
    Door,
    Things,
    at_bodies_of_the_city,
    at_every_spot,
    in_every_division,
    in_the_city,
)
from opsplatform.tests.rights.doors import client_of
from opsplatform.tests.rights.world import Spot, demo, kind_answered_for_by
from themes.models import SceneCategory
from themes.services.categories import save_category
from themes.services.importing_categories import import_categories
from themes.tests.browsing import form_of

_numbers = count(1)


def _item(spot: Spot) -> ServiceItem:
    return _registered(spot, department=spot.department)


def _item_of_a_kind(spot: Spot) -> ServiceItem:
    return _registered(spot, body_kind=kind_answered_for_by(spot))


def _registered(spot: Spot, **whose: Any) -> ServiceItem:
    values = {"name": f"{spot}事项", "basic_code": f"{next(_numbers):012d}", "level_code": "4"}
    return save_item(actor=demo("operator"), values={**values, **whose})


def _item_form(spot: Spot) -> ItemForm:
    # In force, so that reading it is a matter of scope alone; whose drafts one sees is judged by the acts on forms.
    return ItemFormFactory(item=_item(spot), is_in_force=True)


def _point(spot: Spot) -> ServicePoint:
    values = {"division": spot.row, "name": f"{spot}窗口{next(_numbers)}", "address": "某路一号"}
    return save_service_point(actor=demo("operator"), values=values)


def _crosswalk() -> Crosswalk:
    dictionary = _some(Dictionary)()
    values = {"code": f"walk{next(_numbers)}", "name": "对照"}
    sides = {"from_dictionary": dictionary, "to_dictionary": dictionary}
    return save_crosswalk(actor=demo("operator"), values={**values, **sides})


def _some(model: type[Model]) -> Callable[[], Any]:
    return lambda: model._default_manager.order_by("pk")[0]


@dataclass(frozen=True)
class Register:
    """A register: where its rows stand, what the API calls it, if it has it, and by which column, how a row is saved
    and added; what the trail calls its rows, where that is not its name."""

    name: str
    model: type[Model]
    scene: Callable[[], Things]
    address: str
    column: str
    save: Callable[..., Any] | None = None
    label: str = "name"
    new: Callable[[Spot], dict[str, Any]] | None = None
    event: str = ""


REGISTERS = (
    Register(
        "division", Division, in_every_division(lambda spot: spot.row), "divisions", "code", save_division,
        new=lambda spot: {
            "code": f"{spot.division[:6]}{900 + next(_numbers) % 100}", "name": "新街道", "level": "street",
            "kind": "subdistrict", "parent": spot.row,
        },
    ),
    Register("body_kind", BodyKind, in_the_city(_some(BodyKind)), "body-kinds", "code", save_body_kind),
    Register(
        "department", Department, at_every_spot(lambda spot: spot.department), "departments", "id", save_department,
        "short_name", new=lambda spot: {"division": spot.row, "name": f"新局{next(_numbers)}"},
    ),
    Register(
        "item", ServiceItem, at_every_spot(_item), "service-items", "key", save_item,
        new=lambda spot: {
            "name": "新事项", "department": spot.department, "basic_code": f"{next(_numbers):012d}", "level_code": "4",
            "sequence": "01",
        },
    ),
    Register(
        "kind_item", ServiceItem, at_bodies_of_the_city(_item_of_a_kind), "service-items", "key", save_item,
        event="item",
    ),
    Register("item_form", ItemForm, at_every_spot(_item_form), "item-forms", "item__key"),
    Register("material", Material, in_the_city(_some(Material)), "materials", "code", save_material),
    Register(
        "service_point", ServicePoint, in_every_division(_point), "service-points", "id", save_service_point,
        new=lambda spot: {"division": spot.row, "name": f"新窗口{next(_numbers)}", "address": "某路二号"},
    ),
    Register("dictionary", Dictionary, in_the_city(_some(Dictionary)), "dictionaries", "code", save_dictionary),
    Register("crosswalk", Crosswalk, in_the_city(_crosswalk), "crosswalks", "code", save_crosswalk),
    Register(
        "public_field", PublicField, in_the_city(_some(PublicField)), "public-fields", "code", save_public_field,
        "label",
    ),
    Register(
        "scene_category", SceneCategory, in_the_city(_some(SceneCategory)), "scene-categories", "code", save_category
    ),
    Register("role", Role, in_the_city(_some(Role)), "roles", "code"),
    Register("approved_host", ApprovedHost, in_the_city(ApprovedHostFactory), "", "", save_host, "purpose"),
    Register("approved_network", ApprovedNetwork, in_the_city(ApprovedNetworkFactory), "", "", save_network),
)  # fmt: skip


def register_acts() -> Iterator[Act]:
    """Reading, correcting, adding."""
    for register in REGISTERS:
        yield _reading(register)
        if register.save:
            yield _correcting(register)
        if register.new:
            yield _adding(register)
    yield from _bringing_in()


def _reading(register: Register) -> Act:
    def through_api(row: Any) -> Ask:
        for step in register.column.split("__")[:-1]:
            row = getattr(row, step)
        name = str(getattr(row, register.column.rpartition("__")[2]))
        return Ask(f"/api/v1/{register.address}/{quote(name, safe='')}/")

    doors: dict[Door, Callable[[Any], Ask]] = {
        Door.ADMIN: lambda row: Ask(_page(register.model, "change", row.pk)),
    }
    if register.address:
        doors[Door.API] = through_api
    return Act(f"{register.name}.read", register.scene, asks=doors, never_was=_other_row)


def _correcting(register: Register) -> Act:
    def call(actor: User, row: Any) -> Any:
        assert register.save is not None
        values = {register.label: "改"}
        return register.save(actor=actor, pk=row.pk, values=values, expected_revision=row.revision)

    def through_admin(row: Any) -> Ask:
        form = _form_of_row(register.model, row.pk)
        return Ask(_page(register.model, "change", row.pk), {**form, register.label: "改"}, method="post")

    return Act(
        f"{register.name}.correct",
        register.scene,
        call,
        register.save,
        {Door.ADMIN: through_admin},
        trace=f"{register.event or register.name}.changed",
        never_was=_other_row,
    )


def _adding(register: Register) -> Act:
    assert register.new is not None
    new = register.new

    def call(actor: User, values: dict[str, Any]) -> Any:
        assert register.save is not None
        return register.save(actor=actor, values=values)

    def through_admin(values: dict[str, Any]) -> Ask:
        typed = {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}
        return Ask(
            _page(register.model, "add"), {**_form_of_new(register.model, register.label), **typed}, method="post"
        )

    scene = in_every_division(new) if register.model in (ServicePoint, Division) else at_every_spot(new)
    if register.model is Division:
        scene = _without_streets(scene)
    return Act(
        f"{register.name}.register",
        scene,
        call,
        register.save,
        {Door.ADMIN: through_admin},
        trace=f"{register.name}.registered",
    )


def _without_streets(scene: Callable[[], Things]) -> Callable[[], Things]:
    """Nothing lies below a street, and what lies below the city is a district."""
    return lambda: {
        place: values | ({"level": "district", "kind": "district"} if values["parent"].parent_id is None else {})
        for place, values in scene().items()
        if values["parent"].level != Division.Level.STREET
    }


def _bringing_in() -> Iterator[Act]:
    for name, service, file in (
        ("divisions", import_divisions, "divisions_shanghai.json"),
        ("dictionaries", import_dictionaries, "dictionaries.json"),
        ("scene_categories", import_categories, "dictionaries.json"),
    ):
        yield Act(f"{name}.bring_in", in_the_city(partial(_sample, file)), partial(_bring_in, service), service)
    yield Act(
        "bodies.bring_in",
        in_the_city(_some(BodyKind)),
        lambda actor, kind: establish_bodies(actor=actor, kind=kind, bodies={}),
        establish_bodies,
    )


def _bring_in(service: Callable[..., Any], actor: User, tree: Any) -> Any:
    return service(actor=actor, tree=tree)


@cache
def _sample(name: str) -> Any:
    return json.loads((settings.SAMPLE_DATA_DIRECTORY / name).read_bytes())


def _page(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@cache
def _form_of_row(model: type[Model], pk: int) -> dict[str, Any]:
    """The form as it opens for somebody who may edit everything; of a row that never was, of the first."""
    row = pk if pk != NEVER_WAS else model._default_manager.order_by("pk")[0].pk
    return form_of(client_of(demo("operator")).get(_page(model, "change", row)), holding="seen_revision")


@cache
def _form_of_new(model: type[Model], label: str) -> dict[str, Any]:
    return form_of(client_of(demo("operator")).get(_page(model, "add")), holding=label)


def _other_row(row: Any) -> Any:
    twin = copy.copy(row)
    twin.pk = NEVER_WAS
    for column in ("code", "key"):
        if hasattr(twin, column):
            setattr(twin, column, "NEVER-WAS")
    if isinstance(row, ItemForm):
        twin.item = _other_row(row.item)
    return twin
