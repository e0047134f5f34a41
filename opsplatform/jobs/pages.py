"""One piece of work: how far it is, what failed and why, and what may be done about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from opsplatform.console.pages import SIGNED_IN, ConsolePage, Crumb
from opsplatform.jobs import selectors
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import title_of
from opsplatform.jobs.services.steering import cancel_job, retry_job
from opsplatform.kernel.errors import Invalid

_TONES = {Job.State.DONE: "good", Job.State.PARKED: "bad", Job.State.RUNNING: "info"}
_ACTS = {"retry": (retry_job, "已重新排队。"), "cancel": (cancel_job, "已取消。")}


class Work(ConsolePage):
    action = SIGNED_IN
    template_name = "jobs/job.html"
    nav = "admin:jobs_job_changelist"

    @property
    def title(self) -> str:  # type: ignore[override]
        return title_of(self._job().kind)

    def breadcrumbs(self) -> tuple[Crumb, ...]:
        """The list, for those who may open it, and the work."""
        crumb = Crumb(f"{self.title} #{self.kwargs['pk']}")
        return (Crumb("后台任务", self.nav_url), crumb) if self.actor.may_somewhere("jobs.view_all") else (crumb,)

    def context(self) -> dict[str, Any]:
        """The work, what failed, and which acts are open."""
        job = self._job()
        may_steer = selectors.may_steer(self.actor, job)
        return {
            "job": job,
            "tone": _TONES.get(Job.State(job.state), "neutral"),
            "facts": [
                ("对象", job.object_key),
                ("进度", f"{job.done_count} / {job.element_count}" if job.elements is not None else "尚未开始"),
                ("尝试", f"{job.attempts} / {job.max_attempts} 次"),
                ("发起人", job.created_by or "系统"),
                ("创建时间", job.created_at),
                ("下次进行", job.due_at if job.state == Job.State.WAITING else None),
                ("结束时间", job.finished_at),
                ("最近错误", job.last_error),
            ],
            "may_retry": may_steer and job.state == Job.State.PARKED,
            "may_cancel": may_steer and job.state not in (Job.State.DONE, Job.State.CANCELLED),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The work waits again, or is called off."""
        act, sentence = _ACTS.get(request.POST.get("do", ""), (None, ""))
        if act is None:
            raise Invalid("没有这项操作。")
        act(actor=self.actor, job_id=pk, note=request.POST.get("note", ""))
        return self.done(sentence, "job", pk=pk)

    def _job(self) -> Job:
        return selectors.get_job(self.actor, self.kwargs["pk"])
