"""Questions about subjects, versions and releases. Scope is the rooms': they pass subjects their actors may see."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.models import (
    Decision,
    DraftRevision,
    JoinedLocalisation,
    Pause,
    PlanElement,
    PlanStage,
    Release,
    ReleasePlan,
    ReleaseQuerySet,
    ReviewStep,
    Subject,
    Version,
)


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


def lock_subjects(subject_ids: Iterable[int]) -> dict[int, Subject]:
    """The subjects, locked in the one order in which everybody locks several."""
    return {subject_id: lock_subject(subject_id) for subject_id in sorted(set(subject_ids))}


def get_version(subject: Subject, number: int) -> Version:
    """The numbered version of the subject; raises NotFound."""
    version = Version.objects.filter(subject=subject, number=number).first()
    if version is None:
        raise NotFound(f"“{subject}”没有版本 {number}。")
    return version


def live_by_division(subject: str) -> ArraySubquery:
    """For rows that lead to a subject along this path, what is on show of it, by code of the division.

    Each a dict of `division`, `version`, `digest` and `released_at` (ISO 8601): a list of themes shows hundreds, which
    are no objects of their own.
    """
    shown = JSONObject(
        division="division__code", version="version__number", digest="package_id", released_at="released_at"
    )
    releases = Release.objects.live().filter(subject=OuterRef(subject)).order_by("division__code")
    return ArraySubquery(releases.values(shown=shown))


def approved_versions() -> QuerySet[Version]:
    """The versions that were approved and neither voided nor, in an emergency's belated review, returned since."""
    undone = [Decision.Kind.VOIDED, Decision.Kind.RETURNED]
    approved = Version.objects.filter(decisions__kind=Decision.Kind.APPROVED)
    return approved.exclude(decisions__kind__in=undone)


def reviewed_versions() -> QuerySet[Version]:
    """Those of them that every step of their review agreed to: what they hold, a second person has judged."""
    return approved_versions().filter(~Exists(ReviewStep.objects.filter(version=OuterRef("pk")).short()))


def find_last_approved(subject: Subject) -> Version | None:
    """The newest version that may be released."""
    return approved_versions().filter(subject=subject).order_by("-number").first()


def find_last_reviewed(subject: Subject) -> Version | None:
    """The newest version whose content a second person has judged."""
    return reviewed_versions().filter(subject=subject).order_by("-number").first()


def author_ids_since(reviewed: Version | None, subject: Subject) -> list[int]:
    """Everyone who saved the draft since that version, oldest first."""
    revisions = DraftRevision.objects.filter(subject=subject)
    if reviewed is not None:
        revisions = revisions.filter(revision__gt=reviewed.draft_revision)
    return list(dict.fromkeys(revisions.order_by("revision").values_list("saved_by_id", flat=True)))


def author_ids_between(subject: Subject, since: int, until: int) -> list[int]:
    """Everyone who saved the draft after revision `since`, up to `until`, whose work no second person has judged
    within these revisions; oldest first."""
    reviewed = reviewed_versions().filter(subject=subject, draft_revision__lte=until)
    judged = reviewed.aggregate(last=Max("draft_revision"))["last"] or 0
    saved = DraftRevision.objects.filter(subject=subject, revision__gt=max(since, judged), revision__lte=until)
    return list(dict.fromkeys(saved.order_by("revision").values_list("saved_by_id", flat=True)))


def author_ids_of_digest(subject: Subject, digest: str) -> list[int]:
    """Everyone who wrote a version with exactly these bytes before, whatever became of it."""
    versions = Version.objects.filter(subject=subject, digest=digest).order_by("number")
    return list(dict.fromkeys(one for authors in versions.values_list("author_ids", flat=True) for one in authors))


def list_authors(version: Version) -> QuerySet[User]:
    """Those who wrote what the version holds and so cannot decide on it."""
    return User.objects.filter(pk__in=version.author_ids).order_by("name")


def is_approved(version: Version) -> bool:
    """Whether exactly these bytes were approved and nothing voided or returned them since."""
    kinds = {decision.kind for decision in version.decisions.all() if decision.digest == version.digest}
    return kinds == {Decision.Kind.APPROVED}


def list_history(subject: Subject) -> QuerySet[Version]:
    """The versions of the subject, newest first, with their decisions."""
    return (
        Version.objects.filter(subject=subject)
        .defer("content")
        .select_related("submitted_by")
        .prefetch_related("decisions__decided_by")
        .order_by("-number")
    )


def list_releases(subject: Subject) -> ReleaseQuerySet:
    """Every release of the subject, newest first."""
    return (
        Release.objects.filter(subject=subject)
        .select_related("division", "released_by", "ended_by", "successor", "localisation")
        .defer("successor__draft", "localisation__content")
        .prefetch_related("version")
        .order_by("-id")
    )


def find_live(subject: Subject, division: Division, at: datetime | None = None) -> Release | None:
    """What is, or at a moment was, on show in the division."""
    releases = Release.objects.live() if at is None else Release.objects.live_at(at)
    return releases.filter(subject=subject, division=division).select_related("package", "version").first()


def find_rolled_back(subject: Subject, division: Division) -> Release | None:
    """What was rolled back in the division, unless something else has ended there since."""
    ended = Release.objects.filter(subject=subject, division=division, ended_at__isnull=False)
    last = ended.select_related("version", "localisation", "ended_by").order_by("-pk").first()
    return last if last is not None and last.ending == Release.Ending.ROLLED_BACK else None


def list_pauses(subject: Subject) -> QuerySet[Pause]:
    """Every pause of the subject, newest first."""
    return Pause.objects.filter(subject=subject).select_related("division", "paused_by", "resumed_by").order_by("-id")


def list_plans_waiting_for(version: Version) -> QuerySet[ReleasePlan]:
    """Plans with a stage still to run that holds the version, itself or as a localisation that joined."""
    waiting = (PlanStage.State.WAITING, PlanStage.State.REFUSED)
    held = Q(stages__elements__version=version) | Q(joined__localisation=version)
    return ReleasePlan.objects.filter(held, stages__state__in=waiting).distinct().order_by("pk")


def stages_at_a_loss() -> QuerySet[PlanStage]:
    """Stages still to run that hold a version, itself or as a localisation that joined, which is no longer approved."""
    approved = approved_versions().values("pk")
    lost = PlanElement.objects.filter(stage=OuterRef("pk")).exclude(version__in=approved)
    in_stage = PlanElement.objects.filter(
        stage=OuterRef(OuterRef("pk")), subject=OuterRef("subject"), division=OuterRef("division")
    )
    joined = JoinedLocalisation.objects.filter(Exists(in_stage), plan=OuterRef("plan"))
    waiting = PlanStage.objects.filter(state__in=(PlanStage.State.WAITING, PlanStage.State.REFUSED))
    return waiting.filter(Q(Exists(lost)) | Q(Exists(joined.exclude(localisation__in=approved))))


def lock_plan(plan_id: int) -> ReleasePlan:
    """The plan, locked until the transaction ends, always before the subjects it speaks of; raises NotFound."""
    plan = ReleasePlan.objects.select_for_update(of=("self",), no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    return plan
