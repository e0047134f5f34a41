"""In a worker every log line carries the id of the job it belongs to, and every piece of work ends with a line."""

import logging
import time
from typing import Any

from celery.signals import task_postrun, task_prerun

from opsplatform.jobs.tasks import run
from opsplatform.runtime.log_lines import job_id

logger = logging.getLogger(__name__)
_started_at: dict[str, float] = {}


@task_prerun.connect
def _begin(task_id: str, task: Any, args: Any, kwargs: Any, **rest: Any) -> None:
    _started_at[task_id] = time.perf_counter()
    if task.name == run.name:
        job_id.set(int(kwargs.get("job_id", args[0] if args else 0)))


@task_postrun.connect
def _end(task_id: str, task: Any, state: str | None = None, **rest: Any) -> None:
    seconds = time.perf_counter() - _started_at.pop(task_id, time.perf_counter())
    milliseconds = round(seconds * 1000, 1)
    facts = {"task": task.name, "state": state, "duration_ms": milliseconds}
    logger.info("%s %s %s ms", task.name, state, milliseconds, extra={"facts": facts})
    job_id.set(None)
