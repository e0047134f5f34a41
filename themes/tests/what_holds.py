"""What must hold in every database, whatever has died: acts are whole, and the trail says exactly what was done."""

from collections import Counter

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef

from forms_builder.models import ItemForm
from opsplatform.audit.models import AuditEntry
from opsplatform.feed.models import Event
from opsplatform.jobs.models import Job
from opsplatform.organizations.models import Division
from opsplatform.release.models import DraftRevision, Package, PlanStage, Release, Subject, Version
from opsplatform.runtime.backup.inventory import broken_promises, take_inventory
from themes.models import Theme
from themes.services.watching import WATCH


def violations() -> list[str]:
    """Everything that contradicts a promise; nothing, when all of it holds."""
    connection.ensure_connection()
    found = take_inventory(connection.connection, settings.DATABASE_APP_ROLE)
    wrong = [f"{problem.pointer}：{problem.sentence}" for problem in broken_promises(found)]
    for what, done, told in (
        ("releases", _releases(), _told("released", "division_code", "facts__version", "facts__digest")),
        ("withdrawals", _withdrawals(), _told("withdrawn", "division_code", "facts__digest")),
        ("stages", _stages(), _stages_told()),
        ("drafts", _drafts(), _told("drafted") + _told("edited") + _told("imported")),
        ("versions", _versions(), _told("submitted", "facts__version", "facts__digest")),
    ):
        wrong += [f"{what} without their entry in the trail: {missing}" for missing in (done - told)]
        wrong += [f"entries in the trail without their {what}: {excess}" for excess in (told - done)]
    of_releases = Event.objects.filter(type__in=("release.begun", "release.ended"))
    told = Counter(of_releases.values_list("type", "code", "division_code", "digest"))
    done = _announced()
    wrong += [f"releases and withdrawals that the feed does not tell: {missing}" for missing in (done - told)]
    wrong += [f"the feed tells what was not done: {excess}" for excess in (told - done)]
    wrong += [f"a package of another place: {row}" for row in _misplaced_packages()]
    beside = {"theme": Theme.objects.values("subject"), "item_form": ItemForm.objects.values("subject")}
    for kind, rows in beside.items():
        alone = Subject.objects.filter(kind=kind).exclude(pk__in=rows)
        wrong += [f"a subject without its {kind}: {subject}" for subject in alone]
    wrong += [f"nobody watches {code} since its last release" for code in _unwatched()]
    return wrong


def _told(done: str, *facts: str) -> Counter[tuple[object, ...]]:
    actions = [f"theme.{done}", f"item_form.{done}"]
    return Counter(AuditEntry.objects.filter(action__in=actions).values_list("object_key", *facts))


def _releases() -> Counter[tuple[object, ...]]:
    return Counter(Release.objects.values_list("subject__code", "division__code", "version__number", "package_id"))


def _withdrawals() -> Counter[tuple[object, ...]]:
    withdrawn = Release.objects.filter(ending=Release.Ending.WITHDRAWN)
    return Counter(withdrawn.values_list("subject__code", "division__code", "package_id"))


def _announced() -> Counter[tuple[object, ...]]:
    """The events of what became of themes; the end of what a rollback puts something back for is no event."""
    of_themes = Release.objects.filter(subject__kind="theme")
    facts = ("subject__code", "division__code", "package_id")
    begun = (("release.begun", *row) for row in of_themes.values_list(*facts))
    returned = Release.objects.filter(
        subject=OuterRef("subject"),
        division=OuterRef("division"),
        released_at=OuterRef("ended_at"),
        pk__gt=OuterRef("pk"),
    )
    gone = of_themes.exclude(ending="").exclude(ending=Release.Ending.SUPERSEDED)
    gone = gone.exclude(Exists(returned), ending=Release.Ending.ROLLED_BACK)
    return Counter([*begun, *(("release.ended", *row) for row in gone.values_list(*facts))])


def _stages() -> Counter[tuple[object, ...]]:
    ran = PlanStage.objects.filter(state__in=(PlanStage.State.DONE, PlanStage.State.ROLLED_BACK))
    return Counter((str(plan), position) for plan, position in ran.values_list("plan", "position"))


def _stages_told() -> Counter[tuple[object, ...]]:
    return Counter(AuditEntry.objects.filter(action="release_plan.stage_run").values_list("object_key", "facts__stage"))


def _drafts() -> Counter[tuple[object, ...]]:
    return Counter(DraftRevision.objects.values_list("subject__code"))


def _versions() -> Counter[tuple[object, ...]]:
    return Counter(Version.objects.values_list("subject__code", "number", "digest"))


def _misplaced_packages() -> list[Release]:
    fitting = Package.objects.filter(version=F("releases__version"), division=F("releases__division"))
    return list(Release.objects.exclude(package__in=fitting))


def _unwatched() -> list[str]:
    """Themes of which no watch has been asked for, in the transaction that last changed what is on show."""
    codes = []
    for subject in Subject.objects.filter(kind="theme", releases__isnull=False).distinct():
        last = subject.releases.order_by("-released_at").values_list("released_at", flat=True)[0]
        asked = Job.objects.filter(kind=WATCH, object_key=subject.code)
        if not asked.filter(created_at__gte=last).exists() and not asked.filter(state=Job.State.WAITING).exists():
            codes.append(subject.code)
    return codes


def divisions_on_show(code: str, version: int) -> int:
    """In how many divisions this version is live."""
    live = Release.objects.live().filter(subject__code=code, version__number=version)
    return Division.objects.filter(pk__in=live.values("division")).count()
