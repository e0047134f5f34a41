"""However codes are retired, merged and split, nothing that can change names a code longer than the code lasts."""

import random
from typing import Any

import pytest
from django.db import transaction

from forms_builder import registry
from forms_builder.services import where_used
from forms_builder.services.rows_with_codes import RegisterCodes
from forms_builder.tests.code_world import CodeWorld
from opsplatform.kernel.errors import DomainError
from themes.services.codes_named import DraftCodes

pytestmark = pytest.mark.django_db
SEED = 20261122


def run(world: CodeWorld, acts: int) -> dict[str, int]:
    """That many random acts. Stops at the first that leaves something dangling, or that is judged wrongly."""
    told = {"done": 0, "refused": 0, "dangling": 0, "misjudged": 0}
    for _ in range(acts):
        world.go_on()
        ending, is_sound = world.random_act()
        before = world.references()
        try:
            with transaction.atomic():
                world.carry_out(ending)
        except DomainError:
            told["refused"] += 1
            is_done = False
            assert world.references() == before  # nothing is half done
        else:
            told["done"] += 1
            is_done = True
        told["misjudged"] += is_done != is_sound
        told["dangling"] += len(world.dangling()) + len(world.loops())
        if told["dangling"] or told["misjudged"]:
            break
    return told


@pytest.mark.drill
def test_random_acts_never_leave_a_dangling_reference(long_form: bool) -> None:
    told = run(CodeWorld(random.Random(SEED)), 1000 if long_form else 20)
    assert (told["dangling"], told["misjudged"]) == (0, 0)
    assert told["done"] > 9 and told["refused"] > 0, told


@pytest.mark.parametrize("kind", ["item_form", "theme_draft", "material", "entry", "ended_entry", "crosswalk"])
def test_a_kind_of_place_that_is_overlooked_is_noticed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (registry._DOCUMENTS, registry._ROWS):
        monkeypatch.delitem(table, kind, raising=False)
    assert run(CodeWorld(random.Random(SEED), overlooked=kind), 60)["dangling"]


@pytest.mark.parametrize("source", [DraftCodes, RegisterCodes])
def test_a_place_that_is_not_rewritten_is_noticed(source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "rewrite", lambda *args, **kwargs: None)
    assert run(CodeWorld(random.Random(SEED)), 60)["dangling"]


def test_an_index_that_does_not_follow_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = CodeWorld(random.Random(SEED))
    where_used.bring_up_to_date()
    monkeypatch.setattr(where_used, "bring_up_to_date", lambda: 0)
    caught = run(world, 60)
    assert caught["dangling"] or caught["misjudged"]
