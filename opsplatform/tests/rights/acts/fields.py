"""Acts on public fields and materials: merged, split, either undone; and fields of item forms matched with them."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django.urls import reverse

from forms_builder.models import FieldMove, MaterialMove, PublicField
from forms_builder.services.matching import FormMatching, match_fields
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.merging_materials import merge_materials, undo_material_merge
from forms_builder.services.moving_entries import undo_move
from forms_builder.services.public_fields import save_public_field
from forms_builder.services.splitting_fields import split_field
from forms_builder.services.where_used import bring_up_to_date, find_references
from forms_builder.tests.factories import ItemFormFactory
from opsplatform.accounts.models import User
from opsplatform.catalog.tests.factories import MaterialFactory, ServiceItemFactory
from opsplatform.tests.rights.acts import Act, Ask, Door, at_every_spot, in_the_city
from opsplatform.tests.rights.world import Spot, demo

_numbers = count(1)
_NOTE, _FREE = "理由", "c_free_right"
_Two = tuple[PublicField, PublicField]


def field_acts() -> Iterator[Act]:
    """Merging, splitting, undoing a merge; and matching, in the order in which forms are worked on."""
    yield _act("merge", "merged", _two, merge_fields, _merge, _merge_by_page)
    yield _act("split", "split", _used, split_field, _split, _split_by_page)
    yield _act("undo", "merge_undone", _merged, undo_move, _undo, _undo_by_page)
    yield Act("material.merge", in_the_city(_two_materials), _merge_materials, merge_materials, trace="material.merged")
    yield Act(
        "material.undo", in_the_city(_merged_materials), _undo_materials, undo_material_merge,
        trace="material.merge_undone",
    )  # fmt: skip
    yield Act(
        "item_form.match",
        at_every_spot(_form),
        _match,
        match_fields,
        {Door.API: _match_by_api, Door.PAGE: _match_by_page},
        trace="item_form.edited",
        never_was=lambda _: "NEVER-WAS",
    )


def _act(
    do: str,
    trace: str,
    make: Callable[[], Any],
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    by_page: Callable[[Any], Ask],
) -> Act:
    doors = {Door.PAGE: by_page}
    return Act(f"public_field.{do}", in_the_city(make), call, service, doors, trace=f"public_field.{trace}")


def make_field(code: str = "") -> PublicField:
    values = {"code": code or f"c_right_{next(_numbers)}", "label": "颜色", "data_type": "string"}
    return save_public_field(actor=demo("operator"), values=values)


def _two() -> _Two:
    """Two that nothing names; the index of uses is up to date, so that a look into it writes nothing."""
    bring_up_to_date()
    return make_field(), make_field()


def _merge(actor: User, two: _Two) -> FieldMove:
    return merge_fields(actor=actor, source=two[0].code, target=two[1].code, note=_NOTE)


def _merge_by_page(two: _Two) -> Ask:
    form = {"into": two[1].code, "revision": two[0].revision, "target_revision": two[1].revision, "note": _NOTE}
    return Ask(reverse("public_fields:merge", args=[two[0].code]), form)


def _two_materials() -> tuple[str, str]:
    bring_up_to_date()
    return MaterialFactory().code, MaterialFactory().code


def _merge_materials(actor: User, two: tuple[str, str]) -> MaterialMove:
    return merge_materials(actor=actor, source=two[0], target=two[1], note=_NOTE)


def _merged_materials() -> MaterialMove:
    return _merge_materials(demo("operator"), _two_materials())


def _undo_materials(actor: User, move: MaterialMove) -> MaterialMove:
    return undo_material_merge(actor=actor, pk=move.pk, note=_NOTE)


def _document(**more: Any) -> dict[str, Any]:
    return {"fields": [{"code": "a", "label": "颜色", "data_type": "string", "order": 1, **more}]}


def _used() -> PublicField:
    field = make_field()
    ItemFormFactory(document=_document(public_field=field.code))
    bring_up_to_date()
    return field


def _uses(field: PublicField) -> list[str]:
    return [use.id for use in find_references("public_field", field.code)]


def _split(actor: User, field: PublicField) -> FieldMove:
    new = f"{field.code}_new"
    return split_field(actor=actor, source=field.code, code=new, label="新", uses=_uses(field), note=_NOTE)


def _split_by_page(field: PublicField) -> Ask:
    form = {"code": f"{field.code}_new", "label": "新", "use": _uses(field), "revision": field.revision, "note": _NOTE}
    return Ask(reverse("public_fields:split", args=[field.code]), form)


def _merged() -> FieldMove:
    return _merge(demo("operator"), _two())


def _undo(actor: User, move: FieldMove) -> FieldMove:
    return undo_move(actor=actor, pk=move.pk, note=_NOTE)


def _undo_by_page(move: FieldMove) -> Ask:
    return Ask(reverse("public_fields:field", args=[move.source.code]), {"move": move.pk, "note": _NOTE})


def _form(spot: Spot) -> str:
    if not PublicField.objects.filter(code=_FREE).exists():
        make_field(_FREE)
    item = ServiceItemFactory(department=spot.department, name=f"{spot}事项")
    return ItemFormFactory(item=item, document=_document()).item.key


def _match(actor: User, key: str) -> int:
    return match_fields(actor=actor, matchings=[FormMatching(key, 1, {"a": _FREE})])


def _match_by_api(key: str) -> Ask:
    match = {"If-Match": '"draft-1"'}
    return Ask(f"/api/v1/item-forms/{key}/candidates/", body={"taken": {"a": _FREE}}, method="post", headers=match)


def _match_by_page(key: str) -> Ask:
    return Ask(reverse("public_fields:matching"), {f"revision:{key}": 1, f"pick:{key}|a": _FREE})
