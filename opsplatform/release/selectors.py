"""Questions about subjects, versions and releases. Scope is the rooms': they pass subjects their actors may see."""

from datetime import datetime

from django.db.models import QuerySet

from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.models import Decision, DraftRevision, Release, Subject, Version


def lock_subject(subject_id: int) -> Subject:
    """The subject, locked until the transaction ends; raises NotFound."""
    subject = (
        Subject.objects.select_for_update(of=("self",), no_key=True)
        .select_related("division", "current_version")
        .filter(pk=subject_id)
        .first()
    )
    if subject is None:
        raise NotFound
    return subject


def get_version(subject: Subject, number: int) -> Version:
    """The numbered version of the subject; raises NotFound."""
    version = Version.objects.filter(subject=subject, number=number).first()
    if version is None:
        raise NotFound(f"“{subject}”没有版本 {number}。")
    return version


def find_last_approved(subject: Subject) -> Version | None:
    """The newest version that was approved and not voided since: what it holds, a second person has judged."""
    approved = Version.objects.filter(subject=subject, decisions__kind=Decision.Kind.APPROVED)
    return approved.exclude(decisions__kind=Decision.Kind.VOIDED).order_by("-number").first()


def author_ids_since(approved: Version | None, subject: Subject) -> list[int]:
    """Everyone who saved the draft since that version, oldest first."""
    revisions = DraftRevision.objects.filter(subject=subject)
    if approved is not None:
        revisions = revisions.filter(revision__gt=approved.draft_revision)
    return list(dict.fromkeys(revisions.order_by("revision").values_list("saved_by_id", flat=True)))


def author_ids_of_digest(subject: Subject, digest: str) -> list[int]:
    """Everyone who wrote a version with exactly these bytes before, whatever became of it."""
    versions = Version.objects.filter(subject=subject, digest=digest).order_by("number")
    return list(dict.fromkeys(one for authors in versions.values_list("author_ids", flat=True) for one in authors))


def is_approved(version: Version) -> bool:
    """Whether a second person approved exactly these bytes and nothing voided it since."""
    kinds = {decision.kind for decision in version.decisions.all() if decision.digest == version.digest}
    return Decision.Kind.APPROVED in kinds and Decision.Kind.VOIDED not in kinds


def list_history(subject: Subject) -> QuerySet[Version]:
    """The versions of the subject, newest first, with their decisions."""
    return (
        Version.objects.filter(subject=subject)
        .defer("content")
        .select_related("submitted_by")
        .prefetch_related("decisions__decided_by")
        .order_by("-number")
    )


def list_releases(subject: Subject) -> QuerySet[Release]:
    """Every release of the subject, newest first."""
    return (
        Release.objects.filter(subject=subject)
        .select_related("division", "released_by", "ended_by")
        .prefetch_related("version")
        .order_by("-id")
    )


def find_live(subject: Subject, division: Division, at: datetime | None = None) -> Release | None:
    """What is, or at a moment was, on show in the division."""
    releases = Release.objects.live() if at is None else Release.objects.live_at(at)
    return releases.filter(subject=subject, division=division).select_related("package", "version").first()
