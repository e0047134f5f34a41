"""Proofs of themes' guidance and its 情形: at once where quick, else by background work; kept by what they are about.

A proof that is not finished is none: `find_report` answers None, and the gate lets nothing pass that waits for it.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Literal

import msgspec
from django.db import transaction

from opsplatform.jobs.models import Job
from opsplatform.jobs.services import asking, telling
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.request_context import channel
from themes.documents import LocalisationPolicy, ThemeDocument
from themes.guidance.proof.interrupting import watched
from themes.guidance.proof.proving import prove
from themes.guidance.proof.report import ProofReport
from themes.guidance.proof.situations import Situations, list_situations
from themes.guidance.wording import Names
from themes.models import GuidanceProof, Theme
from themes.packages.names import names_of
from themes.packages.structure import DivisionContent, FrozenTheme

PROVE = "themes.prove"  # the kind of work that does this
SECONDS_AT_ONCE = 1.0  # of the processor, that a person is kept waiting
MOST_KEPT = 64  # reports in the memory of a process
MOST_ASKED = 3  # of one theme, that wait to be proved: what is typed on meanwhile is asked for anew
_KEPT = timedelta(days=30)
_WAITING_DOORS = ("page", "api")  # where a person or a caller holds the line


What = Literal["proof", "situations"]
Found = ProofReport | Situations
_KINDS: dict[What, type[Found]] = {"proof": ProofReport, "situations": Situations}


class _Asked(msgspec.Struct, omit_defaults=True):
    """All that a proof looks at."""

    document: ThemeDocument
    names: Names
    divisions: dict[str, DivisionContent]
    on: date
    what: What = "proof"


class _TookTooLong(Exception):
    """The proof is left to background work."""


def find_report(frozen: FrozenTheme, today: date) -> ProofReport | None:
    """What holds for every applicant from today on; None while background work, asked for here, is proving it.

    Only requests are not kept waiting: commands and background work prove to the end.
    """
    report = _find(frozen, today, "proof")
    assert not isinstance(report, Situations)
    return report


def find_situations(frozen: FrozenTheme, today: date) -> Situations | None:
    """Every 情形 of the theme from today on; None while background work, asked for here, is listing them."""
    listed = _find(frozen, today, "situations")
    assert not isinstance(listed, ProofReport)
    return listed


def _find(frozen: FrozenTheme, today: date, what: What) -> Found | None:
    content = _content(frozen, today, what)
    digest = _digest(content)
    found = _known(digest, what)
    if found is not None:
        return found
    if channel.get() not in _WAITING_DOORS:
        return _proved(digest, content, lambda done, total: None)
    if _is_being_proved(digest):
        return None
    try:
        return _proved(digest, content, _within(SECONDS_AT_ONCE))
    except _TookTooLong:
        _ask(digest, content, frozen.document.code)
        return None


def ask_for_report(frozen: FrozenTheme, today: date) -> None:
    """Background work proves it, unless that is done or on its way: for whoever's own asking was taken back."""
    content = _content(frozen, today, "proof")
    digest = _digest(content)
    if _known(digest, "proof") is None and not _is_being_proved(digest):
        _ask(digest, content, frozen.document.code)


def prove_asked(digest: str) -> None:
    """What was asked for under the digest is proved and kept; nothing where it is no longer wanted."""
    row = GuidanceProof.objects.filter(digest=digest, report__isnull=True).first()
    if row is not None:
        row.report, row.asked = write(_proved(digest, bytes(row.asked), telling.tell)), b""
        row.save(update_fields=["report", "asked"])


def _content(frozen: FrozenTheme, today: date, what: What) -> bytes:
    """The input of the proof, without what it never looks at."""
    document = msgspec.structs.replace(
        frozen.document, summary="", keywords=(), facts=(), six_ones=(), cases=(), figures={}, sources=(),
        merge_decisions=(), localisation=LocalisationPolicy(),
    )  # fmt: skip
    return msgspec.json.encode(_Asked(document, names_of(frozen), frozen.divisions, today, what))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_reports: OrderedDict[str, Found] = OrderedDict()
_lock = threading.Lock()


def _keep(digest: str, report: Found) -> Found:
    with _lock:
        _reports[digest] = report
        if len(_reports) > MOST_KEPT:
            _reports.popitem(last=False)
    return report


def _known(digest: str, what: What) -> Found | None:
    """The report of this process, or of whoever proved it before."""
    with _lock:
        report = _reports.get(digest)
        if report is not None:
            _reports.move_to_end(digest)
            return report
    tree = GuidanceProof.objects.filter(digest=digest, report__isnull=False).values_list("report", flat=True).first()
    return None if tree is None else _keep(digest, msgspec.convert(tree, _KINDS[what]))


def _proved(digest: str, content: bytes, watch: Callable[[int, int], None]) -> Found:
    read = msgspec.json.decode(content, type=_Asked)
    with watched(watch):
        if read.what == "situations":
            return _keep(digest, list_situations(read.document, divisions=read.divisions, on=read.on))
        return _keep(digest, prove(read.document, names=read.names, divisions=read.divisions, on=read.on))


def _within(seconds: float) -> Callable[[int, int], None]:
    """A watch that breaks off after so much of this thread's own time, whatever else the machine has to do."""

    def watch(until: float, _done: int, _total: int) -> None:
        if time.thread_time() > until:
            raise _TookTooLong

    return partial(watch, time.thread_time() + seconds)


def _key(digest: str) -> str:
    return f"{PROVE}:{digest}"


def _is_being_proved(digest: str) -> bool:
    is_asked = GuidanceProof.objects.filter(digest=digest, report__isnull=True).exists()
    return is_asked and Job.objects.open().filter(dedupe_key=_key(digest)).exists()


@transaction.atomic
def _ask(digest: str, content: bytes, code: str) -> None:
    GuidanceProof.objects.filter(asked_at__lt=clock.now() - _KEPT).delete()
    GuidanceProof.objects.get_or_create(digest=digest, defaults={"code": code, "asked": content})
    waiting = GuidanceProof.objects.filter(code=code, report__isnull=True).order_by("-pk").values_list("pk", flat=True)
    GuidanceProof.objects.filter(pk__in=list(waiting[MOST_ASKED:])).delete()
    asking.ask(
        PROVE,
        payload={"digest": digest},
        dedupe_key=_key(digest),
        object_type=Theme._meta.label_lower,
        object_key=code,
    )
