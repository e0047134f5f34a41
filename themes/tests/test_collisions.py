"""Collisions of imported codes: read in words, settled with a reason by city operation, and taken up again."""

from typing import Any

import pytest
from django.urls import reverse

from forms_builder.models import FieldMove, PublicField
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.moving_entries import undo_move
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material
from opsplatform.kernel.errors import Forbidden, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing
from themes.models import Collision
from themes.pages.wording.collisions import differences_of
from themes.services.settling import merge_collision, reopen_collision, settle_collision
from themes.tests.browsing import form_of, logged_in, text_of
from themes.tests.demonstrated import DOG, account, bring_in, dossier
from themes.tests.factories import CollisionFactory

pytestmark = pytest.mark.usefixtures("demo_db")


def one() -> Collision:
    return Collision.objects.filter(theme__subject__code=DOG, kind=Collision.Kind.MATERIAL).order_by("pk")[0]


def page(collision: Collision) -> str:
    return reverse("themes:collision", kwargs={"pk": collision.pk})


def settle(username: str, note: str = "确有不同") -> Any:
    return settle_collision(actor=account(username), pk=one().pk, note=note)


def test_the_operator_settles_on_the_page_and_takes_it_up_again() -> None:
    operator, address = logged_in("operator"), page(one())
    sent = {**form_of(operator.get(address), holding="note"), "do": "settle", "note": "名称相同，内容确有不同"}
    assert operator.post(address, sent).status_code == 302
    assert one().is_settled
    assert "名称相同，内容确有不同" in text_of(operator.get(address))
    operator.post(address, {"do": "reopen", "note": "部门来函要求合并"})
    assert not one().is_settled
    entries = AuditEntry.objects.filter(object_type="themes.collision").order_by("id")
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("collision.settled", "名称相同，内容确有不同"),
        ("collision.reopened", "部门来函要求合并"),
    ]


def test_the_operator_merges_on_the_page_and_may_take_it_back_while_nothing_is_released() -> None:
    operator = logged_in("operator")
    collision = Collision.objects.get(kind=Collision.Kind.PUBLIC_FIELD, local_code="c_address")
    address = page(collision)
    assert "合并为一项" in text_of(operator.get(address))
    assert operator.post(address, {"do": "merge", "note": "都是详细地址"}).status_code == 302
    own = PublicField.objects.get(code=collision.qualified_code)
    assert own.merged_into is not None
    shown = text_of(operator.get(address))
    assert "决定合并为一项：都是详细地址" in shown and "并入" in shown
    move = FieldMove.objects.get(source=own)
    field = reverse("public_fields:field", args=[collision.existing_code])
    assert "撤销这次合并" in text_of(operator.get(field))
    assert operator.post(field, {"move": move.pk, "note": "弄错了"}).status_code == 302
    collision.refresh_from_db()
    assert not collision.is_settled  # what it settled is open again, by itself
    shown = text_of(operator.get(address))
    assert "重新列为待处理：弄错了" in shown and "合并为一项" in shown


def test_two_materials_are_merged_on_the_page_and_parted_again() -> None:
    operator, address = logged_in("operator"), page(one())
    assert "是同一种材料" in text_of(operator.get(address))
    assert operator.post(address, {"do": "merge", "note": "都是法定代表人身份证"}).status_code == 302
    own = Material.objects.get(code=one().qualified_code)
    assert own.merged_into == Material.objects.get(code=one().existing_code)
    assert "决定合并为一项：都是法定代表人身份证" in text_of(operator.get(address))
    assert operator.post(address, {"do": "undo", "note": ""}).status_code == 422
    assert operator.post(address, {"do": "undo", "note": "并非一种"}).status_code == 302
    own.refresh_from_db()
    assert own.merged_into is None and not one().is_settled
    assert operator.post(address, {"do": "undo", "note": "再撤"}).status_code == 409


def test_what_was_kept_as_two_stays_settled_whatever_is_undone() -> None:
    collision = Collision.objects.get(kind=Collision.Kind.PUBLIC_FIELD, local_code="c_address")
    settle_collision(actor=account("operator"), pk=collision.pk, note="保留")
    operator = account("operator")
    move = merge_fields(
        actor=operator, source=collision.qualified_code, target=collision.existing_code, note="还是合并"
    )
    undo_move(actor=operator, pk=move.pk, note="弄错了")
    collision.refresh_from_db()
    assert collision.is_settled


def test_body_kinds_are_not_merged_here() -> None:
    kind = Collision.objects.filter(kind=Collision.Kind.BODY_KIND)[0]
    with pytest.raises(WrongState):
        merge_collision(actor=account("operator"), pk=kind.pk, note="同")
    kind.refresh_from_db()
    assert not kind.is_settled


def test_settling_needs_a_note_and_happens_once() -> None:
    with pytest.raises(NoteMissing):
        settle("operator", " ")
    assert not one().is_settled
    settle("operator")
    with pytest.raises(WrongState):
        settle("operator")
    with pytest.raises(WrongState):
        reopen_collision(actor=account("operator"), pk=Collision.objects.filter(is_settled=False)[0].pk, note="再看")


@pytest.mark.parametrize("username", ["ga_editor", "ga_reviewer", "hp_editor"])
def test_nobody_else_settles(username: str) -> None:
    with pytest.raises(Forbidden):
        settle(username)
    assert "由市级运营人员处理" in text_of(logged_in(username).get(page(one())))


def test_a_collision_of_a_theme_out_of_sight_does_not_exist() -> None:
    hidden = CollisionFactory()
    assert logged_in("hp_editor").get(page(hidden)).status_code == 404
    with pytest.raises(NotFound):
        settle_collision(actor=account("hp_editor"), pk=hidden.pk, note="无")


def test_every_difference_of_the_demonstration_is_told_in_words() -> None:
    for collision in Collision.objects.all():
        found = differences_of(collision)
        assert len(found) == len(collision.differences) > 0
        for difference in found:
            assert "/" not in difference.what and "_" not in difference.what.partition(" ")[0], difference


def test_lists_lead_to_the_page() -> None:
    address = page(one())
    listed = reverse("admin:themes_collision_changelist")
    assert address in logged_in("operator").get(listed).content.decode()
    assert address in logged_in("ga_editor").get(reverse("themes:overview", args=[DOG])).content.decode()


def test_an_import_that_brings_other_differences_asks_again() -> None:
    settle("operator")
    settled = one()
    tree = dossier(DOG)
    tree["theme"]["summary"] = "另一简介"
    bring_in(tree)
    assert one().is_settled  # the same differences
    Collision.objects.filter(pk=settled.pk).update(differences=[])
    tree["theme"]["summary"] = "第三个简介"
    bring_in(tree)
    assert not one().is_settled
