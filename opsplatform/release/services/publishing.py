"""Releases: an approved version goes on show in divisions, replacing what was live there, or is withdrawn."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import digest_of
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors, signing
from opsplatform.release.errors import GateClosed, NotApproved
from opsplatform.release.models import DraftRevision, Package, Release, Subject, Version
from opsplatform.release.services.drafting import name_after
from opsplatform.release.subjects import kind_of


@transaction.atomic
def release(
    *, actor: User, subject_id: int, version_number: int, divisions: Sequence[Division], note: str
) -> list[Release]:
    """The approved version is on show in every one of the divisions, or in none; its packages are signed.

    A division where this version is live already is left as it is. The package is compiled here and not by a job, so
    that nothing is ever live without its bytes.
    """
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    _, department, thing = kind.authority(subject)
    for division in divisions:
        actor.require(f"{kind.room}.release", within=division, department=department, on=thing)
    version = selectors.get_version(subject, version_number)
    if not selectors.is_approved(version):
        raise NotApproved
    blocking = tuple(
        finding for division in divisions for finding in kind.release_findings(version, division) if finding.is_blocking
    )
    if blocking:
        raise GateClosed(blocking)
    live = {
        row.division_id: row for row in Release.objects.live().filter(subject=subject).select_for_update(no_key=True)
    }
    moment = _moment(subject)
    releases: list[Release] = []
    for division in divisions:
        current = live.get(division.pk)
        if current is not None and current.version_id == version.pk:
            continue
        if current is not None:
            _end(current, actor, Release.Ending.SUPERSEDED, f"由版本 {version.number} 取代：{note}", moment)
        releases.append(
            Release.objects.create(
                subject=subject,
                version=version,
                division=division,
                package=_package(version, division),
                released_by=actor,
                released_at=moment,
                note=note,
            )
        )
        trail.record(
            actor, f"{subject.kind}.released", subject,
            division=division.code, reason=note, version=version.number, digest=releases[-1].package_id,
        )  # fmt: skip
    if releases:
        name_after(subject, DraftRevision.objects.get(subject=subject, revision=version.draft_revision).document)
    kind.released(subject, divisions)
    return releases


@transaction.atomic
def withdraw(*, actor: User, subject_id: int, divisions: Sequence[Division], note: str) -> list[Release]:
    """Nothing of the subject is on show in the divisions any more; the history keeps what was."""
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    _, department, thing = kind.authority(subject)
    for division in divisions:
        actor.require(f"{kind.room}.withdraw", within=division, department=department, on=thing)
    live = Release.objects.live().filter(subject=subject, division__in=divisions).select_for_update(no_key=True)
    ended = list(live.select_related("division"))
    if not ended:
        raise WrongState(f"“{subject}”在所选区划没有在用的版本。")
    moment = _moment(subject)
    for row in ended:
        _end(row, actor, Release.Ending.WITHDRAWN, note, moment)
        trail.record(
            actor, f"{subject.kind}.withdrawn", subject, division=row.division.code, reason=note,
            digest=row.package_id,
        )  # fmt: skip
    kind.released(subject, divisions)
    return ended


def _moment(subject: Subject) -> datetime:
    """The database's clock, yet never before what stands in the subject's history.

    A transaction that waited for the lock began before the one it waited for, and its clock stands at its beginning.
    """
    last = Release.objects.filter(subject=subject).aggregate(begun=Max("released_at"), ended=Max("ended_at"))
    return max(filter(None, (clock.now(), last["begun"], last["ended"])))


def _package(version: Version, division: Division) -> Package:
    content = kind_of(version.subject).compile(version, division)
    digest = digest_of(content)
    package, _ = Package.objects.get_or_create(
        version=version,
        division=division,
        defaults={
            "digest": digest,
            "content": content,
            "signature": signing.sign(content),
            "key_id": signing.key_id(),
        },
    )
    return package


def _end(row: Release, actor: User, ending: str, note: str, moment: datetime) -> None:
    row.ended_at, row.ended_by, row.ending, row.end_note = moment, actor, ending, note
    row.save(update_fields=["ended_at", "ended_by", "ending", "end_note"])
