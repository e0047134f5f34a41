"""Acts on item forms, from the first draft to what is in force."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from forms_builder import selectors
from forms_builder.exchange.sheets import HEADINGS
from forms_builder.registry import Replacement
from forms_builder.services.exchanging_forms import upload_form_file
from forms_builder.services.item_form_codes import ItemFormCodes
from forms_builder.services.item_forms import (
    approve_and_enable,
    approve_item_form,
    disable_item_form,
    enable_item_form,
    open_item_forms,
    return_item_form,
    save_item_form,
    submit_item_form,
)
from forms_builder.tests.factories import ItemFormFactory, enable_past_services
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.kernel import clock
from opsplatform.tests.rights.acts import Act, Ask, Door, Things, at_bodies_of_the_city, at_every_spot
from opsplatform.tests.rights.world import Spot, kind_answered_for_by, staff

ASKED = {"code": "a", "label": "姓名", "data_type": "string", "order": 1}
WHEN = {"q": "a", "op": "eq", "value": "1"}
SHOWN = {"code": "b", "label": "说明", "data_type": "string", "order": 2, "visible_when": WHEN}
DOCUMENT = {"fields": [ASKED, SHOWN]}
NEVER_WAS = "NEVER-WAS"
Asks = Mapping[Door, Callable[[Any], Ask]]


@dataclass(frozen=True)
class Form:
    """A form as it stands when it is acted upon."""

    key: str
    revision: int = 1
    version: int = 0
    digest: str = ""


def item_form_acts() -> Iterator[Act]:
    """Of the forms of bodies' own items, and of those of items that every body of a kind does."""
    yield Act("item_form.import", at_every_spot(_item), _import, open_item_forms, trace="item_form.drafted")
    yield from _acts_on("item_form", at_every_spot, _item)
    yield from _acts_on("kind_form", at_bodies_of_the_city, _item_of_a_kind)


def _acts_on(
    name: str, at: Callable[[Callable[[Spot], Any]], Callable[[], Things]], item: Callable[[Spot], ServiceItem]
) -> Iterator[Act]:
    """In the order of a form's way."""

    def act(
        do: str,
        scene: Callable[..., Form],
        call: Callable[[User, Form], Any],
        service: Callable[..., Any] | None = None,
        asks: Asks = MappingProxyType({}),
        trace: str = "",
    ) -> Act:
        trace = trace and f"item_form.{trace}"
        return Act(f"{name}.{do}", at(partial(scene, item)), call, service, asks, trace=trace, never_was=_other)

    yield act("begin", _without, _save, save_item_form, {Door.API: _save_by_api}, "drafted")
    yield act("read_draft", _in_force, _read, asks=_pages({Door.API: "draft/", Door.PAGE: "design/"}))
    yield act("read_unreleased", _drafted, _read, asks=_pages({Door.API: "versions/", Door.PAGE: "compare/"}))
    yield act("read_findings", _drafted, _read, asks=_pages({Door.API: "findings/", Door.PAGE: "review/"}))
    yield act("save", _drafted, _save, save_item_form, {Door.API: _save_by_api}, "edited")
    yield act("upload_file", _drafted, _upload, upload_form_file, {Door.PAGE: _upload_by_page})
    yield act("recode", _drafted, _recode, trace="recoded")
    by: Asks = {Door.API: _submit_by_api, Door.PAGE: _submit_by_page}
    yield act("submit", _drafted, _submit, submit_item_form, by, "submitted")
    for do, trace, service in (("approve", "approved", approve_item_form), ("return", "returned", return_item_form)):
        by = {Door.API: partial(_decide_by_api, do), Door.PAGE: partial(_decide_by_page, do)}
        yield act(do, _submitted, partial(_decide, service), service, by, trace)
    by = {Door.PAGE: partial(_decide_by_page, "approve_and_enable")}
    decide = partial(_decide, approve_and_enable)
    yield act("approve_and_enable", _submitted, decide, approve_and_enable, by, "released")
    by = {door: partial(_publish, door, "enable") for door in (Door.API, Door.PAGE)}
    yield act("enable", _approved, _enable, enable_item_form, by, "released")
    by = {door: partial(_publish, door, "disable") for door in (Door.API, Door.PAGE)}
    yield act("disable", _in_force, _disable, disable_item_form, by, "withdrawn")


# --- scenes -----------------------------------------------------------------------------------------------------------

Made = Callable[[Spot], ServiceItem]


def _item(spot: Spot) -> ServiceItem:
    return ServiceItemFactory(department=spot.department, name=f"{spot}事项")


def _item_of_a_kind(spot: Spot) -> ServiceItem:
    return ServiceItemFactory(department=None, body_kind=kind_answered_for_by(spot), name=f"{spot}事项")


def _without(item: Made, spot: Spot) -> Form:
    return Form(item(spot).key, revision=0)


def _drafted(item: Made, spot: Spot) -> Form:
    return Form(ItemFormFactory(item=item(spot), document=DOCUMENT).item.key)


def _submitted(item: Made, spot: Spot) -> Form:
    form = _drafted(item, spot)
    editor = staff(spot, RoleCode.LEAD_EDITOR)
    version = submit_item_form(actor=editor, item_key=form.key, expected_revision=1, note="提交")
    return replace(form, version=version.number, digest=version.digest)


def _approved(item: Made, spot: Spot) -> Form:
    form = _submitted(item, spot)
    approve_item_form(actor=staff(spot, RoleCode.LEAD_REVIEWER), item_key=form.key, digest=form.digest, note="同意")
    return form


def _in_force(item: Made, spot: Spot) -> Form:
    form = ItemFormFactory(item=item(spot), document=DOCUMENT)
    enable_past_services(form)
    return Form(form.item.key, version=1)


def _other(form: Form) -> Form:
    return replace(form, key=NEVER_WAS)


# --- acts -------------------------------------------------------------------------------------------------------------


def _sheet() -> bytes:
    return ",".join(HEADINGS).encode()


def _upload(actor: User, form: Form) -> Any:
    return upload_form_file(actor=actor, item_key=form.key, file=BytesIO(_sheet()), name="a.csv")


def _upload_by_page(form: Form) -> Ask:
    return Ask(f"/item-forms/{form.key}/import/", {"do": "upload", "file": SimpleUploadedFile("a.csv", _sheet())})


def _read(actor: User, form: Form) -> Any:
    return selectors.get_form_draft(actor, form.key)


def _pages(below: Mapping[Door, str]) -> Asks:
    roots = {Door.API: "/api/v1/item-forms", Door.PAGE: "/item-forms"}

    def through(door: Door) -> Callable[[Form], Ask]:
        return lambda form: Ask(f"{roots[door]}/{form.key}/{below[door]}")

    return {door: through(door) for door in below}


def _tree(form: Form) -> dict[str, Any]:
    return {"item": form.key, "fields": [{**ASKED, "label": "申请人姓名"}, SHOWN]}


def _save(actor: User, form: Form) -> Any:
    return save_item_form(actor=actor, item_key=form.key, tree=_tree(form), expected_revision=form.revision)


def _save_by_api(form: Form) -> Ask:
    match = {"If-Match": f'"draft-{form.revision}"'}
    return Ask(f"/api/v1/item-forms/{form.key}/draft/", body=_tree(form), method="put", headers=match)


def _import(actor: User, item: ServiceItem) -> Any:
    return open_item_forms(actor=actor, drafts=[(item, {"item": item.key, **DOCUMENT})], right="import")


def _recode(actor: User, form: Form) -> Any:
    replacement = Replacement("/fields/1/visible_when", "1", ("2",), clock.today())
    ItemFormCodes().rewrite(actor=actor, key=form.key, replacements=[replacement], note="停用")


def _submit(actor: User, form: Form) -> Any:
    return submit_item_form(actor=actor, item_key=form.key, expected_revision=form.revision, note="提交")


def _submit_by_api(form: Form) -> Ask:
    match = {"If-Match": f'"draft-{form.revision}"'}
    return Ask(f"/api/v1/item-forms/{form.key}/submit/", body={"note": "提交"}, method="post", headers=match)


def _submit_by_page(form: Form) -> Ask:
    return Ask(f"/item-forms/{form.key}/submit/", form={"revision": str(form.revision), "note": "提交"})


def _decide(service: Callable[..., Any], actor: User, form: Form) -> Any:
    return service(actor=actor, item_key=form.key, digest=form.digest, note="意见")


def _decide_by_api(do: str, form: Form) -> Ask:
    return Ask(f"/api/v1/item-forms/{form.key}/{do}/", body={"digest": form.digest, "note": "意见"}, method="post")


def _decide_by_page(do: str, form: Form) -> Ask:
    return Ask(f"/item-forms/{form.key}/review/", form={"do": do, "digest": form.digest, "note": "意见"})


def _enable(actor: User, form: Form) -> Any:
    return enable_item_form(actor=actor, item_key=form.key, version=form.version, note="启用")


def _disable(actor: User, form: Form) -> Any:
    return disable_item_form(actor=actor, item_key=form.key, note="停用")


def _publish(door: Door, do: str, form: Form) -> Ask:
    values = {"note": "理由", **({"version": form.version} if do == "enable" else {})}
    if door is Door.API:
        return Ask(f"/api/v1/item-forms/{form.key}/{do}/", body=values, method="post")
    return Ask(f"/item-forms/{form.key}/{do}/", form={name: str(value) for name, value in values.items()})
