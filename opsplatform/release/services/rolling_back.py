"""Rolling back: divisions return to what was on show there before, those of a plan all together; history only grows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import CannotRollBack
from opsplatform.release.models import (
    DraftRevision,
    PlanElement,
    PlanStage,
    Release,
    ReleasePlan,
    ReleaseQuerySet,
    Subject,
)
from opsplatform.release.services import on_show
from opsplatform.release.services.drafting import name_after
from opsplatform.release.services.expiring import ask_to_expire
from opsplatform.release.services.overlapping import find_planned, told
from opsplatform.release.services.release_plans import call_off_stages, raise_revision
from opsplatform.release.subjects import kind_of


class _Return(NamedTuple):
    """A place where the plan's version stands: what is on show there, and what stood there before the plan."""

    shown: Release
    former: Release | None


@transaction.atomic
def roll_back(*, actor: User, plan_id: int, note: str, public_note: str = "") -> ReleasePlan:
    """Wherever the plan put something on show, what stood there before stands again, or nothing where nothing did.

    That is the very package of before, so no gate is asked again, but for localisations that are barred since. Places
    where nothing is on show any more are left so. Stages still to come are called off. Raises CannotRollBack where
    something newer happened since or what stood there may not return, with every such place; then nothing changed.
    """
    note = require_note(note)
    public_note = on_show.public_sentence(public_note, "恢复此前的版本。")
    plan = selectors.lock_plan(plan_id)
    stages = list(plan.stages.all())
    done = [stage for stage in stages if stage.state == PlanStage.State.DONE]
    rows = PlanElement.objects.filter(stage__plan=plan).order_by("subject_id", "division_id")
    subjects = selectors.lock_subjects(rows.values_list("subject_id", flat=True))
    for element in rows.select_related("division"):
        for verb in ("release", "withdraw"):
            on_show.require_in(actor, verb, subjects[element.subject_id], [element.division])
    if not done:
        was_rolled_back = any(stage.state == PlanStage.State.ROLLED_BACK for stage in stages)
        raise WrongState("这个计划已经回退过了。" if was_rolled_back else "这个计划还没有发布过，无需回退。")
    returns, skipped = _find_returns(subjects, plan, done)
    restored: dict[int, list[Release]] = {
        subject_id: _return(subjects[subject_id], places, plan, actor, note, public_note)
        for subject_id, places in returns.items()
    }
    for element in PlanElement.objects.filter(stage__in=done).select_related("version", "division"):
        kind_of(subjects[element.subject_id]).retracted(element.version, [element.division])
    for subject_id, releases in restored.items():
        kind_of(subjects[subject_id]).restored(releases)
    PlanStage.objects.filter(pk__in=[stage.pk for stage in done]).update(
        state=PlanStage.State.ROLLED_BACK, settled_by=actor, settled_at=clock.now()
    )
    call_off_stages([stage for stage in stages if stage.may_still_run], actor)
    raise_revision(plan)
    trail.record(
        actor, "release_plan.rolled_back", plan, reason=note, stages=[stage.position for stage in done],
        skipped=skipped,
    )  # fmt: skip
    return plan


def _find_returns(
    subjects: dict[int, Subject], plan: ReleasePlan, done: Sequence[PlanStage]
) -> tuple[dict[int, list[_Return]], list[str]]:
    """Every place where the plan's version stands because of the plan, by subject, and those where nothing stands.

    Raises CannotRollBack.
    """
    found: dict[int, list[_Return]] = defaultdict(list)
    skipped: list[str] = []
    problems: list[Problem] = []
    elements = PlanElement.objects.filter(stage__in=done).select_related("stage", "division", "release", "version")
    for subject_id, subject in subjects.items():
        live = on_show.lock_live(subject)
        for element in elements.filter(subject=subject_id).order_by("division_id"):
            shown = live.get(element.division_id)
            if shown is None:
                if element.release is not None:
                    skipped.append(f"{subject.code}/{element.division.code}")
                continue
            first = _first_of(element, shown)
            if first is None:
                if element.release is not None:
                    problems.append(_newer(subject, element, shown))
                continue
            former = _before(first)
            if former is not None:
                problems += _bars(subject, plan, former)
            found[subject_id].append(_Return(shown, former))
    if problems:
        raise CannotRollBack(problems)
    return found, skipped


def _first_of(element: PlanElement, shown: Release) -> Release | None:
    """The release with which the plan's version came to the place; none where it is not there because of the plan.

    What the division published of its own on that version since is part of it: it was made for that version. So is what
    a division published that had to decide first and where the plan itself put nothing.
    """
    if shown.version_id != element.version_id:
        return None
    first = _restored(shown)
    while first.pk != element.release_id and _is_divisions_own(first):
        before = _before(first)
        if before is None or before.version_id != element.version_id:
            break
        first = before
    if element.release_id is not None:
        return first if first.pk == element.release_id else None
    since = element.stage.settled_at
    return first if _is_divisions_own(first) and since is not None and first.released_at >= since else None


def _is_divisions_own(row: Release) -> bool:
    return row.localisation_id is not None and not PlanElement.objects.filter(release=row).exists()


def _newer(subject: Subject, element: PlanElement, shown: Release) -> Problem:
    sentence = f"“{subject}”在{element.division.name}之后又发布了版本 {shown.version.number}。"
    return Problem(f"/{subject.code}/{element.division.code}", "something_newer", sentence)


def _bars(subject: Subject, plan: ReleasePlan | None, former: Release) -> Iterator[Problem]:
    """Why what stood in the place before may not stand there again, by a rollback of the plan, or of it alone."""
    place = f"/{subject.code}/{former.division.code}"
    for version, name in ((former.version, "版本"), (former.localisation, "本地化版本")):
        if version is not None and not selectors.is_approved(version):
            sentence = f"“{subject}”在{former.division.name}此前的{name} {version.number} 已不再是批准的版本。"
            yield Problem(place, "not_approved", sentence)
    if former.localisation is not None:
        for finding in on_show.find_barred(former.localisation, former.division):
            way = f"可以先在{former.division.name}撤回，再回退其余各区。" if plan else "请改好草稿，再提交、发布。"
            yield Problem(place, finding.code, f"“{subject}”恢复不了：{finding.sentence}{way}")
    if former.effective_until is not None:
        planned = find_planned(subject, [former.division], former.effective_until, beside=plan)
        if planned is not None:
            yield Problem(place, "periods_overlap", f"恢复此前的版本，有效期会伸进计划：{told(subject, planned)}")


def _return(
    subject: Subject, places: Sequence[_Return], plan: ReleasePlan, actor: User, note: str, public_note: str
) -> list[Release]:
    """Every place shows what stood there before; returns the new rows."""
    note = f"回退计划“{plan}”：{note}"
    moment = on_show.moment_after(subject)
    restored = []
    for row, former in places:
        if former is None or (former.effective_until is not None and former.effective_until <= moment):
            _take_back(row, actor, note, public_note, moment)
            on_show.end_pause(row)
        else:
            restored.append(_put_back(row, former, actor, note, public_note, moment))
            trail.record(
                actor, f"{subject.kind}.released", subject, division=row.division.code, reason=note,
                version=former.version.number, digest=former.package_id,
            )  # fmt: skip
        trail.record(
            actor, f"{subject.kind}.rolled_back", subject, division=row.division.code, reason=note,
            digest=row.package_id,
        )  # fmt: skip
    if restored:
        version = restored[0].version
        name_after(subject, DraftRevision.objects.get(subject=subject, revision=version.draft_revision).document)
    ask_to_expire(restored)
    kind_of(subject).released(subject, [place.shown.division for place in places])
    return restored


def _take_back(
    row: Release, actor: User, note: str, public_note: str, moment: datetime, *, is_told: bool = True
) -> None:
    ending = Release.Ending.ROLLED_BACK
    on_show.end(row, actor=actor, ending=ending, note=note, public_note=public_note, moment=moment, is_told=is_told)


def _put_back(row: Release, former: Release, actor: User, note: str, public_note: str, moment: datetime) -> Release:
    """The very package of before is on show again, for as long as it was to last; outsiders are told of that alone."""
    _take_back(row, actor, note, public_note, moment, is_told=False)
    return on_show.begin(
        former.package, subject=row.subject, actor=actor, note=note, public_note=public_note, moment=moment,
        until=former.effective_until,
    )  # fmt: skip


@transaction.atomic
def roll_back_localised(
    *, actor: User, subject_id: int, own: Subject, division: Division, digest: str, note: str, public_note: str = ""
) -> tuple[Release, Release]:
    """What the division showed before it published its localisation last is on show there again: the very package.

    The right is the division's, on its localisation `own`; `digest` is of the package that the actor saw on show, so
    that nobody goes two steps back by asking twice. Returns what was taken back and what is on show now. Raises
    WrongState where another package is on show, or one that is not the division's own publication, CannotRollBack where
    what stood there before may not return.
    """
    note = require_note(note)
    public_note = on_show.public_sentence(public_note, "恢复此前的版本。")
    subject = selectors.lock_subject(subject_id)
    on_show.require_in(actor, "release", own, [division])
    row = on_show.lock_live(subject).get(division.pk)
    former = row and find_own_former(row)
    if row is None or former is None:
        raise WrongState(
            f"“{subject}”在{division.name}在用的不是本区自己发布的，没有可回退的。"
            "随计划上线的随计划一起回退；市级之后又发布的，请改好草稿，再提交、发布。"
        )
    if row.package_id != digest:
        raise WrongState(f"“{subject}”在{division.name}在用的已经是另一个发布包，没有回退。请刷新后再看。")
    moment = on_show.moment_after(subject)
    if former.effective_until is not None and former.effective_until <= moment:
        raise WrongState(f"“{subject}”在{division.name}此前的版本有效期已满，恢复不了。请改好草稿，再提交、发布。")
    if problems := list(_bars(subject, None, former)):
        raise CannotRollBack(problems)
    restored = _put_back(row, former, actor, note, public_note, moment)
    trail.record(
        actor, f"{own.kind}.rolled_back", own, division=division.code, reason=note, digest=row.package_id,
        restored=former.package_id,
    )  # fmt: skip
    ask_to_expire([restored])
    kind_of(subject).released(subject, [division])
    kind_of(subject).restored([restored])
    return row, restored


def find_own_former(row: Release) -> Release | None:
    """What the division showed before, where the release is one that it made itself: of a localisation, by no plan."""
    first = _restored(row)
    former = _before(first) if _is_divisions_own(first) else None
    return former if former is not None and former.localisation_id != first.localisation_id else None


def _before(row: Release) -> Release | None:
    """What the release took the place of, if it did."""
    last = _of_place(row).first()
    gave_way = last is not None and last.ending == Release.Ending.SUPERSEDED and last.ended_at == row.released_at
    return _restored(last) if last is not None and gave_way else None


def _restored(row: Release) -> Release:
    """The release that a rollback put back with this one; the row itself where none did."""
    last = _of_place(row).first()
    if last is None or last.ending != Release.Ending.ROLLED_BACK or last.ended_at != row.released_at:
        return row
    former = _of_place(last).filter(package=row.package_id, ending=Release.Ending.SUPERSEDED).first()
    return _restored(former) if former is not None else row


def _of_place(row: Release) -> ReleaseQuerySet:
    """What was released of the subject in the division before that row, the last one first."""
    earlier = Release.objects.filter(subject=row.subject_id, division=row.division_id, pk__lt=row.pk)
    return earlier.select_related(
        "package__version", "package__division", "version", "division", "localisation__subject"
    ).order_by("-pk")
