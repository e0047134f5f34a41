"""A cell is tried and held against the table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from opsplatform.accounts.models import LoginSession, User
from opsplatform.audit.models import AuditEntry
from opsplatform.tests.rights.acts import Act, Door, Things
from opsplatform.tests.rights.acts.accounts import account_acts
from opsplatform.tests.rights.acts.categories import category_acts
from opsplatform.tests.rights.acts.codes import code_acts
from opsplatform.tests.rights.acts.fields import field_acts
from opsplatform.tests.rights.acts.item_forms import item_form_acts
from opsplatform.tests.rights.acts.localisations import localisation_acts
from opsplatform.tests.rights.acts.registers import register_acts
from opsplatform.tests.rights.acts.releases import release_acts
from opsplatform.tests.rights.acts.reviews import review_acts
from opsplatform.tests.rights.acts.themes import theme_acts
from opsplatform.tests.rights.acts.webhooks import webhook_acts
from opsplatform.tests.rights.acts.work import work_acts
from opsplatform.tests.rights.doors import attempt, is_closed_to
from opsplatform.tests.rights.oracle import Cell, Oracle, Post, Relation, Standing, Verdict
from opsplatform.tests.rights.world import HERE, Spot, every_post, holder, relation_of
from themes.tests.demonstrated import contents

ACTS: dict[str, Act] = {
    act.name: act
    for acts in (
        register_acts(),
        code_acts(),
        field_acts(),
        category_acts(),
        work_acts(),
        webhook_acts(),
        item_form_acts(),
        account_acts(),
        theme_acts(),
        review_acts(),
        release_acts(),
        localisation_acts(),
    )
    for act in acts
}


@dataclass(frozen=True)
class Trial:
    """A cell with everything that is needed to try it at a door."""

    cell: Cell
    door: Door
    actor: User
    thing: Any

    def __str__(self) -> str:
        return f"{self.cell} at the {self.door.value} door"


def trials(act: Act, oracle: Oracle, *, everything: bool) -> Iterator[tuple[Trial, Verdict]]:
    """Every cell of the act that can be, with what the table says of it.

    Each role is tried in each relation at the cheapest door, in a district; in the city too where the table speaks of
    it there, or where a district has nothing in that relation. The other doors, acts whose section repeats that of an
    earlier one, and the rest of the city get one cell of every role, chosen so that each relation comes up with some
    role. The first who may do the act does it at every door: otherwise nobody would know whether it can be done at all.
    With `everything` all are tried at all doors, and by posts in streets too.
    """
    things = act.scene()
    section = oracle.sections[act.name]
    cheapest = () if oracle.is_like_an_earlier(section) else act.doors[:1]
    judged = set()
    is_done = False
    for number, post in enumerate(sorted(every_post(), key=_districts_first)):
        if post.standing is Standing.STREET and not everything:
            continue
        found = list(_things_for(act, post, things))
        for place, (relation, thing, actor) in enumerate(found):
            verdict = section.verdict(post, relation)
            if verdict is None:
                raise AssertionError(f"the table marks as impossible: {Cell(act.name, post, relation)}")
            is_turn = place == number % len(found)
            is_first_done = verdict is Verdict.DONE and not is_done
            is_done = is_done or is_first_done
            is_picked = everything or is_first_done or (post.standing is Standing.DISTRICT and is_turn)
            is_new = (post.role, relation) not in judged or section.speaks_of(post)
            judged.add((post.role, relation))
            for door in act.doors if is_picked else cheapest if is_new or is_turn else ():
                expected = Verdict.FORBIDDEN if is_closed_to(door, actor) else verdict
                yield Trial(Cell(act.name, post, relation), door, actor, thing), expected


def _districts_first(post: Post) -> bool:
    return post.standing is not Standing.DISTRICT


def _things_for(act: Act, post: Post, things: Things) -> Iterator[tuple[Relation, Any, User]]:
    """One thing for each relation that the post can stand in."""
    actor = holder(post, Relation.OWN)
    seen = set()
    if act.own is not None:
        seen.add(Relation.OWN)
        yield Relation.OWN, act.own(actor), actor
    for place, thing in things.items():
        relation = relation_of(post, place) if isinstance(place, Spot) else place
        if relation in seen or (isinstance(place, Relation) and post.standing is not Standing.DISTRICT):
            continue
        seen.add(relation)
        yield relation, thing, actor
    if post.standing is Standing.DISTRICT:
        own = things.get(Spot(HERE), next(iter(things.values())))
        yield Relation.NONE, own, holder(post, Relation.NONE)


def differences(act: Act, judged: Iterable[tuple[Trial, Verdict]]) -> list[str]:
    """How the product differs from the table, cell by cell; nothing that was done stays done."""
    refused, done = [], []
    for trial, verdict in judged:
        (done if verdict is Verdict.DONE else refused).append((trial, verdict))
    return [*_differing_refusals(act, refused), *_differing_deeds(act, [trial for trial, _ in done])]


def _differing_refusals(act: Act, refused: Sequence[tuple[Trial, Verdict]]) -> Iterator[str]:
    before = _state()
    for trial, expected in refused:
        came = _attempted(act, trial)
        is_hidden = expected is Verdict.NOT_FOUND and came is Verdict.FORBIDDEN and _is_as_if_never(act, trial)
        if came is not expected and not is_hidden:
            yield f"{trial}: should be {expected.value}, {_in_words(came)}"
    if _state() != before:
        yield from (f"{trial}: was refused and left a trace" for trial, _ in refused if _leaves_a_trace(act, trial))


def _differing_deeds(act: Act, done: Iterable[Trial]) -> Iterator[str]:
    for trial in done:
        with transaction.atomic():
            last = _last_entry()
            came = attempt(act, trial.door, trial.actor, trial.thing)
            entries = AuditEntry.objects.filter(pk__gt=last)
            is_recorded = not act.trace or entries.filter(actor=trial.actor, action=act.trace).exists()
            if came is not Verdict.DONE:
                yield f"{trial}: should be done, {_in_words(came)}"
            elif not is_recorded or entries.exclude(actor=trial.actor).exists():
                yield f"{trial}: the trail says {list(entries.values_list('action', 'actor__username'))}"
            transaction.set_rollback(True)


def _attempted(act: Act, trial: Trial) -> Verdict | str:
    """What comes of a deed that shall be refused; it is undone where it was not."""
    with transaction.atomic():
        came = attempt(act, trial.door, trial.actor, trial.thing)
        transaction.set_rollback(came is Verdict.DONE)
    return came


def _is_as_if_never(act: Act, trial: Trial) -> bool:
    """Whether something that never was is refused just so: then the refusal says nothing about the thing."""
    if act.never_was is None:
        return False
    return _attempted(act, replace(trial, thing=act.never_was(trial.thing))) is Verdict.FORBIDDEN


def _leaves_a_trace(act: Act, trial: Trial) -> bool:
    before = _state()
    _attempted(act, trial)
    return _state() != before


def _state() -> dict[str, str]:
    """Everything in the database but when sessions were last used."""
    return {table: digest for table, digest in contents().items() if table != LoginSession._meta.db_table}


def _last_entry() -> int:
    return int(AuditEntry.objects.aggregate(last=Max("id"))["last"] or 0)


def _in_words(came: Verdict | str) -> str:
    return f"came out as {came.value}" if isinstance(came, Verdict) else came
