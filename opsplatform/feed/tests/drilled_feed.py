"""The drill of the feed: writers, sequencers and readers at once, each a process, and sequencers killed meanwhile."""

import logging
import multiprocessing
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any

from django.db import connection, connections, transaction

from opsplatform.feed import selectors
from opsplatform.feed.cursors import Cursor
from opsplatform.feed.models import Event, Head
from opsplatform.feed.services.stamping import run_sequencer
from opsplatform.feed.tests.announced import tell
from opsplatform.jobs.models import Job

OBJECTS = 200
ACTS_AT_ONCE = 4  # at most, in one transaction
UNDONE = 0.05  # of all transactions
PAUSE_SECONDS = 0.004  # at most, between the last act of a transaction and its commit
STUCK_SECONDS = 120
TOLD_AT_ONCE = 200
POLL_SECONDS = 0.2
HASTY_POLL_SECONDS = 0.02  # of the control: the oftener it looks, the more it passes over

logger = logging.getLogger(__name__)
_FORK = multiprocessing.get_context("fork")

Told = tuple[int, str, int]  # position, object, number of the act


@dataclass(frozen=True)
class Size:
    """How large the drill is; `events` is what the writers try to commit together."""

    events: int
    writers: int
    readers: int
    kills: int


@dataclass(frozen=True)
class Outcome:
    """What came of it. `wrong` is what any reader missed, got twice or got in the wrong order."""

    events: int
    kills: int
    wrong: list[str]
    lost_by_serial: int
    seconds: float


def drill(size: Size) -> Outcome:
    """Everybody at work at once, until every reader has come to the end."""
    began = time.monotonic()
    objects = [Job.objects.create(kind="test.object").pk for _ in range(OBJECTS)]
    total, by_serial, verdicts = _FORK.Value("q", -1), _FORK.Value("q", 0), _FORK.SimpleQueue()
    readers = [_started(lambda: verdicts.put(_judged(_read(total), total.value))) for _ in range(size.readers)]
    control = _started(lambda: _read_by_serial(total, by_serial))
    sequencers = [_started(run_sequencer) for _ in range(2)]
    share = size.events // size.writers
    writers = [_started(lambda seed=seed: _write(seed, objects, share)) for seed in range(size.writers)]
    try:
        killed = _kill_meanwhile(sequencers, size)
        _joined(*writers)
        total.value = Event.objects.count()
        _joined(*readers, control)
        wrong = [finding for _ in readers for finding in verdicts.get()]
    finally:
        for process in (*writers, *readers, *sequencers, control):
            process.kill()
            process.join()
    outcome = Outcome(total.value, killed, wrong, total.value - by_serial.value, time.monotonic() - began)
    logger.info("%s", outcome)
    return outcome


def _started(act: Callable[[], Any]) -> BaseProcess:
    connections.close_all()  # a connection shared by two processes serves neither
    process = _FORK.Process(target=act, daemon=True)
    process.start()
    return process


def _joined(*processes: BaseProcess) -> None:
    for process in processes:
        process.join()
        assert process.exitcode == 0


def _kill_meanwhile(sequencers: list[BaseProcess], size: Size) -> int:
    """Sequencers die evenly over the drill, whoever is in charge or not; each has a successor at once."""
    chance = random.Random(size.kills)
    for number in range(size.kills):
        due = size.events * (number + 1) // (size.kills + 2)
        _until_stamped(due)
        time.sleep(chance.uniform(0, 0.05))
        victim = _in_charge(sequencers) if chance.random() < 0.8 else chance.choice(sequencers)
        os.kill(victim.pid or 0, signal.SIGKILL)
        victim.join()
        sequencers[sequencers.index(victim)] = _started(run_sequencer)
    return size.kills


def _in_charge(sequencers: list[BaseProcess]) -> BaseProcess:
    """The sequencer that stamps now; any where none of them does."""
    pid = Head.objects.get().holder.rpartition(":")[2]
    return next((process for process in sequencers if str(process.pid) == pid), sequencers[0])


def _until_stamped(due: int) -> None:
    """The head has come so far; a feed that stands still is a failure, one that is slow is not."""
    reached, deadline = -1, 0.0
    while (position := Head.objects.get().position) < due:
        if position > reached:
            reached, deadline = position, time.monotonic() + STUCK_SECONDS
        assert time.monotonic() < deadline, f"the feed stands still at {reached}"
        time.sleep(0.05)


# --- writers ----------------------------------------------------------------------------------------------------------


def _write(seed: int, objects: list[int], events: int) -> None:
    """Acts on objects, under a lock of each as services have; some transactions are undone, some take their time."""
    chance = random.Random(seed)
    while events > 0:
        acts = min(events, chance.randint(1, ACTS_AT_ONCE))
        with transaction.atomic():
            for key in sorted(chance.sample(objects, acts)):
                tell(str(key), number=_next_act(key))
            time.sleep(chance.uniform(0, PAUSE_SECONDS))
            is_undone = chance.random() < UNDONE
            transaction.set_rollback(is_undone)
        events -= 0 if is_undone else acts


def _next_act(key: int) -> int:
    """The number of the act among those of the object, which is locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET attempts = attempts + 1 WHERE id = %s RETURNING attempts", [key])
        return int(cursor.fetchone()[0])


# --- readers ----------------------------------------------------------------------------------------------------------


def _read(total: Any) -> list[Told]:
    """What a reader is told who reads on from where they are, until there is no more."""
    told: list[Told] = []
    place: Cursor | None = None
    deadline = time.monotonic() + STUCK_SECONDS
    while total.value < 0 or place is None or place.position < total.value:
        page = selectors.read_after(place, TOLD_AT_ONCE)
        told += [(event.position or 0, event.code, event.facts["number"]) for event in page.events]
        if page.events or total.value < 0:
            deadline = time.monotonic() + STUCK_SECONDS
        if time.monotonic() > deadline:
            break
        place = page.next
        if not page.has_more:
            time.sleep(POLL_SECONDS)
    return told


def _judged(told: list[Told], total: int) -> list[str]:
    positions = [position for position, _, _ in told]
    wrong = [f"missed {total - len(set(positions))}"] if len(set(positions)) != total else []
    wrong += [f"got {len(positions) - len(set(positions))} twice"] if len(set(positions)) != len(positions) else []
    wrong += ["got them out of order"] if positions != sorted(positions) else []
    acts: dict[str, list[int]] = defaultdict(list)
    for _, code, number in told:
        acts[code].append(number)
    out_of_order = [code for code, numbers in acts.items() if numbers != list(range(1, len(numbers) + 1))]
    return wrong + ([f"{len(out_of_order)} objects out of order"] if out_of_order else [])


def _read_by_serial(total: Any, seen: Any) -> None:
    """The control: a reader who goes by the serial number passes over what commits later."""
    last, is_over = 0, False
    while True:
        found = list(Event.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:TOLD_AT_ONCE])
        seen.value += len(found)
        last = found[-1] if found else last
        if is_over and not found:
            return
        is_over = total.value >= 0
        if not found:
            time.sleep(HASTY_POLL_SECONDS)
