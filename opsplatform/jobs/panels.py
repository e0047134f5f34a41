"""What jobs tell on the home page: work that failed and that nothing will try again."""

from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import MOST_ENTRIES, Content, Entry, Panel
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import title_of


def failed_jobs(actor: User) -> Content:
    """Parked work the actor sees, the newest first."""
    rows = Job.objects.visible_to(actor).filter(state=Job.State.PARKED).order_by("-id")
    may_open = actor.may_somewhere("jobs.view_own")
    shown = list(rows[: MOST_ENTRIES + 1])
    entries = [
        Entry(
            title=f"{title_of(row.kind)} {row.object_key}".rstrip(),
            url=reverse("job", args=[row.pk]),
            text=row.last_error[:120],
            badge=row.get_state_display(),
            tone="bad",
            at=row.finished_at or row.created_at,
        )
        for row in shown
    ]
    total = len(shown) if len(shown) <= MOST_ENTRIES else rows.count()
    listed = f"{reverse('admin:jobs_job_changelist')}?state={Job.State.PARKED}" if may_open else ""
    return panels.content(entries, total=total, more_url=listed)


def _watches_all_work(actor: User) -> bool:
    return actor.may_somewhere("jobs.view_all")


def _may_have_work(actor: User) -> bool:
    return not _watches_all_work(actor)


panels.register(
    Panel(
        "jobs.failed", "需要关注", "失败的后台任务", "error", _watches_all_work, failed_jobs, "没有失败的后台任务。", 5,
    ),
    Panel("jobs.own", "需要关注", "您发起的任务失败了", "error", _may_have_work, failed_jobs, "", 5),
)  # fmt: skip
