"""Two people merge, split or undo at the same moment: each succeeds or is told why not, nobody meets a deadlock.

Each of the two locks a first draft that both want, then waits until the other has one too or waits for this one.
"""

from collections.abc import Callable
from functools import partial
from threading import get_ident
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import OperationalError, connection

from forms_builder.models import FieldMove, PublicField
from forms_builder.services import moving_entries
from forms_builder.services.merging_fields import merge_fields
from forms_builder.services.moving_entries import undo_move
from forms_builder.services.splitting_fields import split_field
from forms_builder.services.where_used import bring_up_to_date, find_references
from opsplatform.accounts.policy import Role
from opsplatform.accounts.tests.factories import person
from opsplatform.kernel.errors import Invalid
from opsplatform.organizations.models import Division
from opsplatform.release.models import Subject
from opsplatform.release.selectors import lock_subject
from themes.models import Collision
from themes.tests.demonstrated import account
from themes.tests.test_concurrent_work import WAITING, broken_promises
from themes.tests.web_process import at_once

pytestmark = pytest.mark.usefixtures("demo_clone")

Pair = tuple[str, str]
PATIENCE = 30  # seconds for which one waits for the other, who may be slow


def drafts_naming(code: str) -> set[str]:
    return {use.key for use in find_references("public_field", code) if use.source in ("item_form", "theme_draft")}


def two_pairs() -> tuple[Pair, Pair]:
    """Two merges of different fields, which several drafts name together."""
    found = Collision.objects.filter(kind=Collision.Kind.PUBLIC_FIELD).order_by("pk")
    pairs = [(one.qualified_code, one.existing_code) for one in found]
    for number, first in enumerate(pairs):
        for second in pairs[number + 1 :]:
            if len(drafts_naming(first[0]) & drafts_naming(second[0])) > 1:
                return first, second
    raise LookupError


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> tuple[Pair, Pair]:
    """Two merges of which several drafts follow both; whoever has locked a first such draft waits for the other."""
    found = two_pairs()
    wanted = drafts_naming(found[0][0]) & drafts_naming(found[1][0])
    shared = set(Subject.objects.filter(code__in=wanted).values_list("pk", flat=True))
    have_locked: set[int] = set()
    lock = moving_entries.lock_subject

    def lock_and_wait(pk: int) -> Any:
        subject = lock(pk)
        if pk in shared and get_ident() not in have_locked:
            have_locked.add(get_ident())
            deadline = monotonic() + PATIENCE
            while len(have_locked) < 2 and not _somebody_waits() and monotonic() < deadline:
                sleep(0.02)
        return subject

    monkeypatch.setattr(moving_entries, "lock_subject", lock_and_wait)
    return found


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def colleague() -> Any:
    return person(Role.OPERATOR, Division.objects.get(code="310000"))


def merging(pair: Pair, actor: Any) -> Callable[[], FieldMove]:
    return partial(merge_fields, actor=actor, source=pair[0], target=pair[1], note="含义相同")


def merged_by_itself(pair: Pair) -> FieldMove:
    """The merge, made while nobody else does anything, and seen by the index."""
    with pytest.MonkeyPatch.context() as alone:
        alone.setattr(moving_entries, "lock_subject", lock_subject)
        move = merging(pair, account("operator"))()
    bring_up_to_date()
    return move


def undoing(move: FieldMove, actor: Any) -> Callable[[], FieldMove]:
    return partial(undo_move, actor=actor, pk=move.pk, note="弄错了")


def splitting(code: str, actor: Any) -> Callable[[], FieldMove]:
    uses = [use.id for use in find_references("public_field", code) if use.source == "item_form"][:1]
    return partial(split_field, actor=actor, source=code, code="c_split", label="新", uses=uses, note="两种含义")


def test_two_merges_over_the_same_drafts_both_succeed(pairs: tuple[Pair, Pair]) -> None:
    first, second = pairs
    outcomes = at_once([merging(first, account("operator")), merging(second, colleague())])
    assert all(isinstance(one, FieldMove) for one in outcomes), outcomes
    assert drafts_naming(first[0]) | drafts_naming(second[0]) == set()
    assert broken_promises() == []


@pytest.mark.parametrize("other", ["merge", "split"])
def test_undoing_beside_another_act_over_the_same_drafts_both_succeed(other: str, pairs: tuple[Pair, Pair]) -> None:
    first, second = pairs
    before = drafts_naming(first[0])
    move = merged_by_itself(first)
    act = merging(second, colleague()) if other == "merge" else splitting(second[0], colleague())
    outcomes = at_once([undoing(move, account("operator")), act])
    assert all(isinstance(one, FieldMove) for one in outcomes), outcomes
    assert drafts_naming(first[0]) == before
    assert broken_promises() == []


def test_an_order_of_locks_of_ones_own_would_end_in_a_deadlock(
    monkeypatch: pytest.MonkeyPatch, pairs: tuple[Pair, Pair]
) -> None:
    """The saboteur: undoing takes the drafts from the other end."""
    first, second = pairs
    move = merged_by_itself(first)
    monkeypatch.setattr(moving_entries, "itemgetter", lambda _: lambda one: -one[0])
    outcomes = at_once([undoing(move, account("operator")), merging(second, colleague())])
    assert any(isinstance(one, OperationalError) for one in outcomes), outcomes


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_who_merge_the_same_two_fields_one_is_told_that_it_is_done(turned: bool) -> None:
    pair, _ = two_pairs()
    other = (pair[1], pair[0]) if turned else pair
    outcomes = at_once([merging(pair, account("operator")), merging(other, colleague())])
    (refused,) = [one for one in outcomes if isinstance(one, BaseException)]
    assert isinstance(refused, Invalid) and "已并入" in refused.problems[0].sentence
    assert FieldMove.objects.count() == 1
    assert PublicField.objects.filter(code__in=pair).exclude(merged_into=None).count() == 1
    assert broken_promises() == []


def test_of_two_who_undo_the_same_merge_one_is_told_that_it_is_done() -> None:
    pair, _ = two_pairs()
    move = merging(pair, account("operator"))()
    outcomes = at_once([undoing(move, account("operator")), undoing(move, colleague())])
    assert sorted(getattr(one, "code", "done") for one in outcomes) == ["done", "wrong_state"]
    assert broken_promises() == []
