"""The rows of what is on show: every act that begins or ends a release does it here, under the subject's lock."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max
from msgspec.structs import replace

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import digest_of
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import signing
from opsplatform.release.findings import Finding
from opsplatform.release.models import Package, Pause, Release, Subject, Version
from opsplatform.release.services.announcing import announce_begun, announce_ended
from opsplatform.release.subjects import kind_of


def require_in(actor: User, verb: str, subject: Subject, divisions: Sequence[Division]) -> None:
    """Passes when the actor may do this with the subject in every one of the divisions; raises Forbidden otherwise."""
    kind = kind_of(subject)
    _, department, thing = kind.authority(subject)
    for division in divisions:
        actor.require(f"{kind.room}.{verb}", within=division, department=department, on=thing)


def may_in(actor: User, verb: str, subject: Subject, division: Division) -> bool:
    """Whether the actor may do this with the subject in the division."""
    kind = kind_of(subject)
    _, department, thing = kind.authority(subject)
    return actor.may(f"{kind.room}.{verb}", within=division, department=department, on=thing)


def lock_live(subject: Subject) -> dict[int, Release]:
    """What is on show of the subject, by division, locked until the transaction ends."""
    live = Release.objects.live().filter(subject=subject).select_related("subject", "division", "version")
    live = live.defer("subject__draft", "version__content")
    return {row.division_id: row for row in live.select_for_update(of=("self",), no_key=True)}


def moment_after(subject: Subject) -> datetime:
    """The database's clock, yet never before what stands in the subject's history.

    A transaction that waited for the lock began before the one it waited for, and its clock stands at its beginning.
    """
    last = Release.objects.filter(subject=subject).aggregate(begun=Max("released_at"), ended=Max("ended_at"))
    pause = Pause.objects.filter(subject=subject).aggregate(begun=Max("paused_at"), ended=Max("resumed_at"))
    return max(filter(None, (clock.now(), *last.values(), *pause.values())))


def shows(live: Release | None, version: Version, localisation: Version | None) -> bool:
    """Whether what is on show is this version with this localisation already."""
    wanted = localisation.pk if localisation else None
    return live is not None and live.version_id == version.pk and live.localisation_id == wanted


def package_of(version: Version, division: Division, localisation: Version | None = None) -> Package:
    """The signed package of the version for the division, with its localisation where it has one; made once.

    It is compiled here and not by a job, so that nothing is ever live without its bytes.
    """
    content = kind_of(version.subject).compile(version, division, localisation)
    digest = digest_of(content)
    package, _ = Package.objects.get_or_create(
        version=version,
        division=division,
        localisation=localisation,
        defaults={
            "digest": digest,
            "content": content,
            "signature": signing.sign(content),
            "key_id": signing.key_id(),
        },
    )
    return package


def find_barred(localisation: Version, division: Division) -> list[Finding]:
    """What stops the localisation from going on show in its division today, approved as it is."""
    return _told_of(localisation, division, kind_of(localisation.subject).release_findings(localisation, division))


def find_unfit(version: Version, localisation: Version, division: Division) -> list[Finding]:
    """What stops the localisation that the division publishes with the version from going on show with it today."""
    found = kind_of(version.subject).joined_findings(version, localisation, division)
    return _told_of(localisation, division, found)


def _told_of(localisation: Version, division: Division, found: Iterable[Finding]) -> list[Finding]:
    """Those that block, with whose they are."""
    told = f"{division.name}的本地化版本 {localisation.number}："
    return [
        replace(finding, division=division.code, sentence=told + finding.sentence)
        for finding in found
        if finding.is_blocking
    ]


def begin(
    package: Package,
    *,
    subject: Subject,
    actor: User,
    note: str,
    public_note: str,
    moment: datetime,
    until: datetime | None = None,
) -> Release:
    """The package is on show in its division since the moment; what was there has been ended before."""
    release = Release.objects.create(
        subject=subject,
        version=package.version,
        division=package.division,
        localisation=package.localisation,
        package=package,
        released_by=actor,
        released_at=moment,
        effective_until=until,
        note=note,
        public_note=public_note,
    )
    announce_begun(release)
    return release


def end(
    row: Release,
    *,
    actor: User,
    ending: Release.Ending,
    note: str,
    public_note: str,
    moment: datetime,
    successor: Subject | None = None,
    is_told: bool = True,
) -> None:
    """The release is over since the moment, in this way and for this reason.

    Outsiders are told, unless what takes its place in the same act tells them (`is_told`).
    """
    row.ended_at, row.ended_by, row.ending, row.end_note = moment, actor, ending, note
    row.end_public_note, row.successor = public_note, successor
    row.save(update_fields=["ended_at", "ended_by", "ending", "end_note", "end_public_note", "successor"])
    if is_told:
        announce_ended(row)


def end_pause(row: Release) -> None:
    """A pause where that release was is over with it: what goes on show there later does not begin paused."""
    pauses = Pause.objects.open().filter(subject=row.subject_id, division=row.division_id)
    pauses.update(resumed_at=row.ended_at, resumed_by=row.ended_by, resume_note="不再上线，暂停随之结束。")


def public_sentence(given: str, otherwise: str) -> str:
    """What is said in public: the note given for that, else a plain sentence; raises NoteTooLong past the limit."""
    return require_note(given, place="/public_note") if given.strip() else otherwise
