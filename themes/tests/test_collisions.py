"""Collisions of imported codes: read in words, settled with a reason by city operation, and taken up again."""

from typing import Any

import pytest
from django.urls import reverse

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing
from themes.models import Collision
from themes.pages.wording.collisions import differences_of
from themes.services.settling import reopen_collision, settle_collision
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
