"""However merges and splits are undone, a public field is as sensitive as what is merged into it, or as was set."""

from itertools import permutations

import pytest

from forms_builder.models import FieldMove, PublicField
from forms_builder.services import moving_entries
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.moving_entries import undo_move
from forms_builder.services.public_fields import save_public_field
from forms_builder.tests.factories import PublicFieldFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
CLASSES = {"zA": "sensitive", "zC": "highly_sensitive", "zP": "public"}


@pytest.fixture
def operator() -> User:
    for code, own in {**CLASSES, "zB": ""}.items():
        PublicFieldFactory(code=code, sensitivity=own)
    return person("platform_operator")


def merge(operator: User, source: str, target: str = "zB") -> FieldMove:
    return merge_fields(actor=operator, source=source, target=target, note="含义相同")


def undo(operator: User, move: FieldMove) -> None:
    undo_move(actor=operator, pk=move.pk, note="合并有误")


def class_of(code: str = "zB") -> str:
    return PublicField.objects.get(code=code).sensitivity


def set_class(operator: User, own: str, code: str = "zB") -> None:
    field = PublicField.objects.get(code=code)
    save_public_field(actor=operator, pk=field.pk, values={"sensitivity": own}, expected_revision=field.revision)


def needed(codes: set[str]) -> str:
    return next((CLASSES[code] for code in ("zC", "zA") if code in codes), "")


@pytest.mark.parametrize("undone", list(permutations(CLASSES)))
def test_in_whatever_order_merges_are_undone_the_field_is_as_what_is_still_merged_in(
    operator: User, undone: tuple[str, ...]
) -> None:
    moves, within = {}, set()
    for code in ("zC", "zP", "zA"):
        moves[code] = merge(operator, code)
        within.add(code)
        assert class_of() == needed(within)
    for code in undone:
        undo(operator, moves[code])
        within.remove(code)
        assert class_of() == needed(within)
    merge(operator, "zA")
    assert class_of() == "sensitive"


def test_what_is_merged_in_is_the_least_that_can_be_set_and_what_was_set_stays(operator: User) -> None:
    move = merge(operator, "zA")
    for lower in ("", "public", "internal"):
        with pytest.raises(Invalid) as refusal:
            set_class(operator, lower)
        assert "zA" in refusal.value.problems[0].sentence and "敏感" in refusal.value.problems[0].sentence
    set_class(operator, "highly_sensitive")
    other = merge(operator, "zC")
    set_class(operator, "highly_sensitive")
    undo(operator, move)
    undo(operator, other)
    assert class_of() == "highly_sensitive"
    set_class(operator, "internal")
    assert class_of() == "internal"


def test_a_field_whose_kind_makes_it_sensitive_enough_does_not_become_another_kind(operator: User) -> None:
    phone = PublicFieldFactory(code="zT", data_type="phone")
    merge(operator, "zA", "zT")
    with pytest.raises(Invalid) as refusal:
        save_public_field(actor=operator, pk=phone.pk, values={"data_type": "string"}, expected_revision=2)
    assert [one.code for one in refusal.value.problems] == ["less_than_merged"]


def test_what_was_merged_into_a_split_field_that_went_back_is_followed_all_the_way_up(operator: User) -> None:
    old, new = (PublicField.objects.get(code=code) for code in ("zB", "zP"))
    split = FieldMove.objects.create(kind="split", source=old, target=new, documents=[], note="拆", made_by=operator)
    move = merge(operator, "zC", "zP")
    undo(operator, split)
    assert (class_of("zP"), class_of()) == ("highly_sensitive", "highly_sensitive")
    undo(operator, move)
    assert (class_of("zP"), class_of()) == ("public", "")


def test_an_undoing_that_only_takes_back_its_own_raising_would_be_noticed(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saboteur."""
    first = merge(operator, "zC")
    merge(operator, "zA")
    monkeypatch.setattr(moving_entries, "settle_class", lambda field, own: own)
    undo(operator, first)
    assert class_of() != needed({"zA"})
