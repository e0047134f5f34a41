"""One piece of work: how far it is, what failed and why, and what may be done about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from opsplatform.console.pages import SIGNED_IN, ConsolePage, Crumb
from opsplatform.jobs import selectors
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import title_of
from opsplatform.jobs.services.steering import cancel_job, retry_job
from opsplatform.jobs.wording import told, told_elements
from opsplatform.kernel.errors import Invalid

_ACTS = {
    "retry": (retry_job, "已重新排队。"),
    "cancel": (cancel_job, "已取消；正在进行的部分到可以停下的地方为止。"),
}
_LIST_ACTION = "jobs.view_own"


def has_settled(request: HttpRequest, job: Job) -> bool:
    """Whether a page that refreshes itself while work goes on is to be loaded anew, because it goes on no more."""
    return request.headers.get("HX-Request") == "true" and not job.is_open


def loaded_anew() -> HttpResponse:
    """The answer to a refresh after which the browser loads the whole page."""
    return HttpResponse(headers={"HX-Refresh": "true"})


class Work(ConsolePage):
    action = SIGNED_IN
    template_name = "jobs/job.html"
    nav = "admin:jobs_job_changelist"

    @cached_property
    def job(self) -> Job:
        """The work; raises NotFound out of the person's sight."""
        return selectors.get_job(self.actor, self.kwargs["pk"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return title_of(self.job.kind)

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, for those who may open it, and the work."""
        crumb = Crumb(f"{self.title} #{self.kwargs['pk']}")
        return (Crumb("后台任务", self.nav_url), crumb) if self.actor.may_somewhere(_LIST_ACTION) else (crumb,)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; once nothing goes on any more, a refresh loads it anew with the acts that are open then."""
        return loaded_anew() if has_settled(request, self.job) else self.page()

    def context(self) -> dict[str, Any]:
        """The work, what became of its elements, and which acts are open."""
        job = self.job
        (line,) = told(self.actor, [job])
        elements = told_elements(self.actor, job)
        may_steer = selectors.may_steer(self.actor, job)
        return {
            "job": job,
            "line": line,
            "elements": elements,
            "reason": "" if any(element.reason for element in elements) else job.last_error,
            "facts": [
                ("尝试", f"{job.attempts} / {job.max_attempts} 次"),
                ("发起人", job.created_by or "系统"),
                ("创建时间", job.created_at),
                *([("下次进行", job.due_at)] if job.state == Job.State.WAITING else []),
                *([("结束时间", job.finished_at)] if job.finished_at else []),
            ],
            "may_retry": may_steer and job.state == Job.State.PARKED,
            "may_cancel": may_steer and not job.is_stopping and job.state not in (Job.State.DONE, Job.State.CANCELLED),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The work waits again, or is called off."""
        act, sentence = _ACTS.get(request.POST.get("do", ""), (None, ""))
        if act is None:
            raise Invalid("没有这项操作。")
        act(actor=self.actor, job_id=pk, note=request.POST.get("note", ""))
        return self.done(sentence, "job", pk=pk)
