"""Two materials that turn out to be the same become one in every draft, and two again while nothing is published."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from forms_builder.models import MaterialMove
from forms_builder.services.merging_materials import merge_materials, undo_material_merge
from forms_builder.services.moving_entries import why_not_undone
from forms_builder.services.where_used import find_references
from opsplatform.accounts.tests.machines import calling, machine
from opsplatform.audit.models import AuditEntry
from opsplatform.audit.words import action_in_words
from opsplatform.catalog.models import Material
from opsplatform.catalog.services.materials import save_material
from opsplatform.kernel.conditions import compile_condition
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing
from opsplatform.kernel.shape import read_document
from opsplatform.release.models import Subject
from themes.documents import Condition, ThemeDocument
from themes.models import Collision
from themes.services.holding_materials import ThemeMaterialHolder
from themes.services.inspecting import check_theme
from themes.services.publishing import release_theme
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, account, bring_in, dossier, get, new_version, save
from themes.tests.test_merging_fields import assert_examples_hold

pytestmark = pytest.mark.usefixtures("demo_db")
LEGAL = "M_ID_LEGAL"


def own() -> str:
    """The material of the second dossier that collided with the first's."""
    return Collision.objects.get(kind=Collision.Kind.MATERIAL, local_code=LEGAL).qualified_code


def drafts() -> dict[str, Any]:
    return dict(Subject.objects.values_list("code", "draft"))


def merge(source: str = "", target: str = LEGAL, by: str = "operator", note: str = "同一种证件") -> MaterialMove:
    return merge_materials(actor=account(by), source=source or own(), target=target, note=note)


def undo(move: MaterialMove, by: str = "operator") -> MaterialMove:
    return undo_material_merge(actor=account(by), pk=move.pk, note="并非一种")


def uses_of(code: str) -> list[str]:
    return [use.key for use in find_references("material", code) if use.source == "theme_draft"]


def test_the_collision_of_the_two_dossiers_is_merged_and_every_worked_example_stays_what_it_was() -> None:
    users = uses_of(own())
    assert users
    move = merge()
    assert uses_of(own()) == [] and set(users) <= set(uses_of(LEGAL))
    assert [one["code"] for one in move.documents] == users
    assert Material.objects.get(code=own()).merged_into == Material.objects.get(code=LEGAL)
    assert_examples_hold()
    for code in CODES:
        assert not [one for one in check_theme(get(code)) if one.is_blocking]


def test_the_trail_says_in_words_who_merged_what_and_why() -> None:
    undo(merge())
    done, undone = AuditEntry.objects.filter(action__in=["material.merged", "material.merge_undone"]).order_by("id")
    assert (done.reason, done.after, len(done.facts["drafts"])) == ("同一种证件", {"into": LEGAL}, 1)
    assert (undone.reason, undone.actor) == ("并非一种", account("operator"))
    assert [action_in_words(one.action) for one in (done, undone)] == ["合并", "撤销合并"]
    assert AuditEntry.objects.filter(action="theme.recoded").count() == 2


def test_undone_at_once_every_draft_is_what_it_was_to_the_byte() -> None:
    before = drafts()
    move = merge()
    assert drafts() != before
    undo(move)
    assert drafts() == before
    with pytest.raises(WrongState):
        undo(move)


def test_what_was_written_since_stays_and_what_was_released_is_not_taken_back() -> None:
    move = merge()
    theme = move.documents[0]["code"]
    save(theme, lambda tree: tree.update(summary="其间改过的简介"))
    undo(move)
    assert get(theme).subject.draft["summary"] == "其间改过的简介"
    move = merge()
    version = new_version(theme)
    release_theme(actor=account("operator"), code=theme, version=version.number, division_codes=["310101"], note="发布")
    assert "已经按变动后的内容发布" in why_not_undone(move)
    with pytest.raises(WrongState):
        undo(move)


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    before = drafts()
    for by in ("ga_editor", "sj_reviewer", "hp_publisher", "sysadmin"):
        with pytest.raises(Forbidden):
            merge(by=by)
    with pytest.raises(NoteMissing):
        merge(note=" ")
    with pytest.raises(Invalid):
        merge(LEGAL, LEGAL)
    with pytest.raises(NotFound):
        merge("M_NOTHING")
    assert drafts() == before
    merge()
    with pytest.raises(Invalid):
        merge()
    left = Material.objects.get(code=own())
    with pytest.raises(WrongState):
        save_material(actor=account("operator"), pk=left.pk, values={"name": "x"}, expected_revision=left.revision)


def test_an_import_after_the_merge_binds_the_one_that_stayed() -> None:
    merge()
    report = bring_in(dossier(DOG))
    assert not report.has_changes
    assert uses_of(own()) == []


def test_the_api_says_into_which_material_one_went() -> None:
    merge()
    caller: Client = calling(machine(), "registers:read")
    assert caller.get(f"/api/v1/materials/{own()}/").json()["merged_into"] == LEGAL
    assert caller.get(f"/api/v1/materials/{LEGAL}/").json()["merged_into"] is None


# --- a theme that binds both ------------------------------------------------------------------------------------------

WHENS = st.sampled_from([None, {"q": "Q1", "op": "answered"}, {"q": "Q2", "op": "eq", "value": "a"}])
USES = st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), WHENS), max_size=3, unique_by=lambda use: use[0])


@given(USES, st.sampled_from(["A", "B", "C"]))
def test_an_item_asks_for_the_one_whenever_it_asked_for_either(uses: list[Any], named: str) -> None:
    tree = {
        "code": "T",
        "name": "主题",
        "materials": [{"code": "A", "material": "a"}, {"code": "B", "material": "b"}, {"code": "C", "material": "c"}],
        "items": [{"code": "I", "item": "i", "materials": [_use(*one) for one in uses]}],
        "guidance": {
            "rules": [
                {
                    "code": "R", "name": "规则", "priority": 1, "when": {"q": "Q1", "op": "answered"},
                    "effects": [{"type": "waive_material", "item": "I", "material": named}],
                }
            ]
        },
    }  # fmt: skip
    followed = read_document(ThemeDocument, ThemeMaterialHolder().follow_merge(tree, "b", "a"))
    assert [one.code for one in followed.materials] == ["A", "C"]
    (effect,) = followed.guidance.rules[0].effects
    assert effect.material == ("A" if named == "B" else named)  # type: ignore[union-attr]
    asked = {use.material: use.when for use in followed.items[0].materials}
    assert set(asked) == {"A" if material == "B" else material for material, _ in uses}
    for answers in ({}, {"Q1": "x"}, {"Q2": "a"}, {"Q1": "x", "Q2": "a"}):
        wanted = {"A" if m == "B" else m for m, w in uses if compile_condition(_condition(w))(answers)}
        assert {code for code, when in asked.items() if compile_condition(when)(answers)} == wanted


def _use(material: str, when: Any) -> dict[str, Any]:
    return {"material": material, "when": when} if when else {"material": material}


def _condition(tree: Any) -> Condition | None:
    return read_document(Condition, tree) if tree else None


def test_two_that_come_from_different_places_are_not_one() -> None:
    tree = {
        "materials": [
            {"code": "A", "material": "a"},
            {"code": "B", "material": "b", "result_of_item": "I"},
        ]
    }
    with pytest.raises(Invalid) as refusal:
        ThemeMaterialHolder().follow_merge(tree, "b", "a")
    assert "来处不同" in refusal.value.problems[0].sentence


def test_a_holder_that_forgets_the_rules_is_found_by_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: the binding goes, and what named it by its local code stays."""
    first, second = [one["material"] for one in get(RESTAURANT).subject.draft["materials"]][:2]
    monkeypatch.setattr("themes.services.holding_materials._rename", lambda *_: None)
    merge(second, first)
    assert [one for one in check_theme(get(RESTAURANT)) if one.is_blocking]
