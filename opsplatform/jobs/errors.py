"""How work fails: in words for people; the defect itself is in the log, under the number of the work."""

from opsplatform.kernel.busy import busy_of
from opsplatform.kernel.errors import DomainError

MOST_PROBLEMS = 20


class CalledOff(Exception):
    """Somebody called the work off while this element was being done: what it did is undone."""


class NotYet(DomainError):
    """Somebody else is at what the work needs: it waits, and this was no attempt."""

    is_passing = True


def reason_of(error: Exception, job_id: int) -> str:
    """Why it failed: a refusal in its own sentences, a defect as a number to report."""
    refusal = error if isinstance(error, DomainError) else busy_of(error)
    if refusal is None:
        return f"内部错误，请重试；仍然失败时，请把任务编号 {job_id} 告诉运维人员。"
    problems = [problem.sentence for problem in refusal.problems if problem.sentence != refusal.sentence]
    return "\n".join([refusal.sentence, *problems[:MOST_PROBLEMS]])


def may_pass(error: Exception) -> bool:
    """Whether trying again by itself makes sense: a refusal stands until a person does something about it."""
    return not isinstance(error, DomainError) or error.is_passing
