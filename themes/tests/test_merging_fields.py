"""Public fields merged and split on the demonstration: drafts follow, what is released stays, all can be undone."""

import random
from typing import Any

import pytest

from forms_builder.models import FieldMove, ItemForm, PublicField
from forms_builder.services import moving_entries
from forms_builder.services.judging_merges import judge_merge
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.moving_entries import undo_move, why_not_undone
from forms_builder.services.public_fields import save_public_field
from forms_builder.services.splitting_fields import split_field
from forms_builder.services.where_used import find_references
from forms_builder.tests.factories import enable_past_services
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.kernel.errors import Forbidden, Invalid, WrongState
from opsplatform.kernel.notes import NoteMissing
from opsplatform.organizations.models import Division
from opsplatform.release.models import Subject, Version
from themes.models import Collision
from themes.services.demonstration import approve_by_all
from themes.services.inspecting import check_theme, open_draft_package
from themes.services.publishing import release_theme
from themes.tests.demonstrated import CODES, DOG, EDITORS, account, bring_in, dossier, get, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")
ADDRESS, DOG_ADDRESS = "c_address", f"c_address@{DOG}"


def field(code: str) -> PublicField:
    return PublicField.objects.select_related("dictionary", "merged_into").get(code=code)


def collisions() -> list[Collision]:
    return list(Collision.objects.filter(kind=Collision.Kind.PUBLIC_FIELD).order_by("pk"))


def merge(source: str = DOG_ADDRESS, target: str = ADDRESS, by: str = "operator", note: str = "含义相同") -> FieldMove:
    return merge_fields(actor=account(by), source=source, target=target, note=note)


def undo(move: FieldMove) -> FieldMove:
    return undo_move(actor=account("operator"), pk=move.pk, note="合并有误")


def drafts() -> dict[tuple[str, str], bytes]:
    rows = Subject.objects.values_list("kind", "code", "draft")
    return {(kind, code): canonical_bytes(draft) for kind, code, draft in rows}


def released() -> dict[int, bytes]:
    return {version.pk: bytes(version.content) for version in Version.objects.all()}


def assert_examples_hold() -> None:
    for code in CODES:
        opened = open_draft_package(get(code), Division.objects.get(code="310101"))
        for example in dossier(code)["worked_examples"]:
            outcome = opened.evaluate(example["answers"])
            assert {key: outcome.get(key) for key in example["expected"]} == example["expected"]


def uses_of(code: str) -> list[Any]:
    return [use for use in find_references("public_field", code) if use.source in ("item_form", "theme_draft")]


def test_what_collided_is_merged_and_every_worked_example_stays_what_it_was() -> None:
    merged = set()
    before = released()
    for one in collisions():
        source, target = field(one.qualified_code), field(one.existing_code)
        assert judge_merge(source, target).refusals == ()
        merge(source.code, target.code)
        merged.add(one.local_code)
        assert uses_of(source.code) == []
    assert len(merged) == 8
    assert_examples_hold()
    assert released() == before
    for code in CODES:
        assert not [one for one in check_theme(get(code)) if one.is_blocking]


def test_a_merge_is_one_act_with_its_reason_and_the_merged_one_stays() -> None:
    used = len(uses_of(DOG_ADDRESS))
    move = merge()
    left, kept = field(DOG_ADDRESS), field(ADDRESS)
    assert left.merged_into == kept
    assert left.label in kept.synonyms
    assert len(move.documents) == used > 1
    entry = AuditEntry.objects.get(action="public_field.merged")
    assert (entry.reason, entry.after, len(entry.facts["drafts"])) == ("含义相同", {"into": ADDRESS}, used)
    assert AuditEntry.objects.filter(action__in=["theme.recoded", "item_form.recoded"]).count() == used
    with pytest.raises(WrongState):
        save_public_field(
            actor=account("operator"), pk=left.pk, values={"label": "新名"}, expected_revision=left.revision
        )


@pytest.mark.parametrize("own", ["", "internal"])
def test_what_is_merged_is_as_sensitive_as_the_stricter_of_both_and_undoing_takes_that_back(own: str) -> None:
    PublicField.objects.filter(code=ADDRESS).update(sensitivity=own)
    PublicField.objects.filter(code=DOG_ADDRESS).update(sensitivity="highly_sensitive")
    assert "敏感程度取较严的" in "".join(judge_merge(field(DOG_ADDRESS), field(ADDRESS)).notes)
    move = merge()
    assert field(ADDRESS).effective_sensitivity == "highly_sensitive"
    undo(move)
    assert (field(ADDRESS).sensitivity, field(DOG_ADDRESS).sensitivity) == (own, "highly_sensitive")


def test_a_stricter_class_stays_where_something_less_sensitive_is_merged_and_what_was_set_since_stays_too() -> None:
    PublicField.objects.filter(code=DOG_ADDRESS).update(sensitivity="public")
    undo(merge())
    assert field(ADDRESS).sensitivity == "", "sensitive by its kind, before and after"
    PublicField.objects.filter(code=DOG_ADDRESS).update(sensitivity="sensitive")
    PublicField.objects.filter(code=ADDRESS).update(sensitivity="internal")
    move = merge()
    kept = field(ADDRESS)
    values = {"sensitivity": "highly_sensitive"}
    save_public_field(actor=account("operator"), pk=kept.pk, values=values, expected_revision=kept.revision)
    undo(move)
    assert field(ADDRESS).sensitivity == "highly_sensitive"


def test_whoever_may_not_keep_registers_merges_nothing() -> None:
    before = drafts()
    for by in ("ga_editor", "sj_reviewer", "hp_publisher", "sysadmin"):
        with pytest.raises(Forbidden):
            merge(by=by)
    with pytest.raises(NoteMissing):
        merge(note=" ")
    assert drafts() == before


def test_what_cannot_be_one_field_is_refused_with_an_example_and_changes_nothing() -> None:
    before = drafts()
    impossible = [("c_seats", "c_shop_name"), ("c_uscc", "c_agent_phone"), ("c_legal_phone", "c_founded")]
    for source, target in impossible:
        with pytest.raises(Invalid) as refusal:
            merge(source, target)
        assert "无法合并" in refusal.value.problems[0].sentence
    with pytest.raises(Invalid, match="不能合并") as refusal:
        merge("c_legal_sex", "c_premise_right")
    assert "代码对照" in refusal.value.problems[0].sentence
    for target in (ADDRESS,):
        with pytest.raises(Invalid):
            merge(ADDRESS, target)
    assert drafts() == before


def test_what_becomes_narrower_is_told_by_an_example() -> None:
    told = judge_merge(field("c_floor"), field("c_shop_name")).narrowings
    assert any("更严" in sentence for sentence in told)


def test_two_bindings_of_one_theme_become_one_and_come_back() -> None:
    """Shop and owner are both bound by the restaurant theme."""
    before = drafts()
    tree = get("YJS-310000-L1-0001").subject.draft
    move = merge("c_owner", "c_ent_name")
    after = get("YJS-310000-L1-0001").subject.draft
    assert len(after["field_uses"]) == len(tree["field_uses"]) - 1
    assert "c_owner" not in after["field_order"]
    undo(move)
    assert drafts() == before


def test_undone_at_once_every_draft_is_what_it_was_to_the_byte() -> None:
    before, fields = drafts(), {one.code: (one.synonyms, one.merged_into) for one in PublicField.objects.all()}
    move = merge()
    assert drafts() != before
    undone = undo(move)
    assert undone.undone_by == account("operator")
    assert drafts() == before
    assert {one.code: (one.synonyms, one.merged_into) for one in PublicField.objects.all()} == fields
    with pytest.raises(WrongState):
        undo(move)


def test_undoing_keeps_what_was_written_since() -> None:
    move = merge()
    save(DOG, lambda tree: tree["notices"][0].update(content="另一段"))
    undo(move)
    tree = get(DOG).subject.draft
    assert tree["notices"][0]["content"] == "另一段"
    assert DOG_ADDRESS in [use["public_field"] for use in tree["field_uses"]]


def test_a_place_that_changed_since_stops_the_undoing_and_is_named() -> None:
    move = merge()

    def other(tree: Any) -> None:
        next(use for use in tree["field_uses"] if use["public_field"] == ADDRESS)["public_field"] = "c_owner_huji"

    save(DOG, other)
    before = drafts()
    with pytest.raises(Invalid) as refusal:
        undo(move)
    assert [problem.code for problem in refusal.value.problems] == ["changed_since"]
    assert drafts() == before
    assert field(DOG_ADDRESS).merged_into == field(ADDRESS)


def test_what_is_released_with_it_cannot_be_undone() -> None:
    move = merge()
    assert why_not_undone(move) == ""
    version = submit(DOG)
    approve_by_all(version, "同意")
    assert why_not_undone(move) == ""
    release_theme(actor=account("operator"), code=DOG, version=version.number, division_codes=["310101"], note="发布")
    assert "已经按变动后的内容发布" in why_not_undone(move)
    with pytest.raises(WrongState):
        undo(move)


def merged_and_built() -> tuple[FieldMove, str]:
    """A merge while the dog licence's forms are in force, and the code of a theme built with these forms since."""
    for form in ItemForm.objects.filter(item__key__in=[one["item"] for one in get(DOG).subject.draft["items"]]):
        enable_past_services(form)
    move = merge()
    tree = dossier(DOG)
    tree["theme"]["code"] = code = "YJS-310000-L1-0099"
    bring_in(tree)

    same = {name: value for name, value in get(DOG).subject.draft.items() if name != "code"}
    save(code, lambda draft: draft.update(same), by=EDITORS[DOG])
    return move, code


def test_what_another_theme_took_from_the_forms_in_force_is_released_with_it_as_well() -> None:
    """A theme built after the merge: no draft of its followed, yet a form in force names the field that was merged."""
    move, code = merged_and_built()
    assert code not in [one["code"] for one in move.documents]
    assert why_not_undone(move) == ""
    version = submit(code, by=EDITORS[DOG])
    assert account("operator").pk in version.author_ids, "who merged says what the form in force means"
    assert "待审核" in why_not_undone(move)
    approve_by_all(version, "同意")
    with pytest.raises(WrongState, match="已批准"):
        undo(move)
    release_theme(actor=account("operator"), code=code, version=version.number, division_codes=["310101"], note="发布")
    assert "已经按变动后的内容发布" in why_not_undone(move)
    with pytest.raises(WrongState, match="已经按变动后的内容发布"):
        undo(move)


def test_a_version_that_went_back_to_its_editors_stops_no_undoing() -> None:
    move, code = merged_and_built()
    submit(code, by=EDITORS[DOG])
    save(code, lambda tree: tree["notices"][0].update(content="另一段"), by=EDITORS[DOG])
    assert why_not_undone(move) == ""
    undo(move)


def test_the_operator_who_merged_is_an_author_of_what_is_submitted_next() -> None:
    merge()
    version = submit(DOG)
    assert account("operator").pk in version.author_ids


def test_a_dossier_that_comes_again_finds_what_its_code_means_now() -> None:
    merge()
    tree = dossier(DOG)
    tree["theme"]["summary"] = "另一简介"
    bring_in(tree)
    uses = {use["code"]: use["public_field"] for use in get(DOG).subject.draft["field_uses"]}
    assert uses[ADDRESS] == ADDRESS


def test_a_split_moves_the_chosen_uses_and_themes_bind_both() -> None:
    before = drafts()
    forms = [use for use in uses_of("c_agent_name") if use.source == "item_form"]
    chosen = [use.id for use in forms[:2]]
    move = split_field(
        actor=account("operator"),
        source="c_agent_name",
        code="c_contact_name",
        label="联系人姓名",
        uses=chosen,
        note="不同的人",
    )
    assert len([use for use in uses_of("c_contact_name") if use.source == "item_form"]) == 2
    bound = [use["public_field"] for use in get("YJS-310000-L1-0001").subject.draft["field_uses"]]
    assert bound.index("c_contact_name") == bound.index("c_agent_name") + 1
    assert field("c_contact_name").max_length == field("c_agent_name").max_length
    PublicField.objects.filter(code="c_contact_name").update(sensitivity="highly_sensitive")
    undo(move)
    assert drafts() == before
    assert field("c_contact_name").merged_into == field("c_agent_name")
    assert field("c_agent_name").sensitivity == "highly_sensitive", "what was entered as the new one stays hidden"


def test_a_split_of_uses_that_are_none_is_refused() -> None:
    for uses in ([], ["item_form:none#/fields/0/public_field"]):
        with pytest.raises(Invalid):
            split_field(actor=account("operator"), source=ADDRESS, code="c_new", label="新", uses=uses, note="拆")
    assert not PublicField.objects.filter(code="c_new").exists()


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_merges_and_splits_is_undone_to_the_byte(seed: int) -> None:
    """Random acts, undone from the last to the first."""
    chance = random.Random(seed)
    states, moves = [drafts()], []
    while len(moves) < 5:
        codes = sorted(PublicField.objects.filter(merged_into=None).values_list("code", flat=True))
        source = chance.choice(codes)
        try:
            if chance.random() < 0.35:
                forms = [use.id for use in uses_of(source) if use.source == "item_form"]
                uses = chance.sample(forms, min(len(forms), 2))
                move = split_field(
                    actor=account("operator"),
                    source=source,
                    code=f"c_new_{seed}_{len(moves)}",
                    label="新",
                    uses=uses,
                    note="拆",
                )
            else:
                like = field(source)
                others = [one.code for one in PublicField.objects.filter(data_type=like.data_type, merged_into=None)]
                move = merge(source, chance.choice(others))
        except Invalid:
            assert drafts() == states[-1]
            continue
        moves.append(move)
        states.append(drafts())
    assert states[0] != states[-1]
    for move, state in zip(reversed(moves), reversed(states[:-1]), strict=True):
        undo(move)
        assert drafts() == state


def test_an_undoing_that_forgets_a_draft_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    before = drafts()
    move = merge()
    monkeypatch.setattr(moving_entries, "bring_together", lambda after, now, _before: now)
    undo(move)
    assert drafts() != before
