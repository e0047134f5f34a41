"""How work is told to people: its state, how far it is, what it is about, what became of each element."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from opsplatform.accounts.models import User
from opsplatform.jobs.models import Job
from opsplatform.jobs.registry import Named, find_thing, find_work, title_of

_TONES = {Job.State.DONE: "good", Job.State.PARKED: "bad", Job.State.RUNNING: "info"}


@dataclass(frozen=True)
class Standing:
    """Where work stands: state in a word, how many parts of how many; `total` is 0 while nobody has counted them."""

    state: str
    tone: str
    is_open: bool = False
    done: int = 0
    total: int = 0

    @property
    def is_counted(self) -> bool:
        """Whether there is anything to show a bar of."""
        return self.total > 1


@dataclass(frozen=True)
class ToldElement:
    """What became of one element."""

    name: str
    url: str
    state: str
    tone: str
    reason: str


@dataclass(frozen=True)
class ToldJob:
    """A line about work: what it is, what it is about, where it stands. `about` has no address out of sight.

    `is_visible` says whether the work's own page is open to the actor, who may only see the thing it is about.
    """

    job: Job
    title: str
    about: Named
    standing: Standing
    is_visible: bool


def standing_of(job: Job) -> Standing:
    """Where the work stands; while its only element is being done, where that stands."""
    state, tone = job.get_state_display(), _TONES.get(Job.State(job.state), "neutral")
    if job.state == Job.State.WAITING and (job.attempts or job.failures):
        state, tone = "等待重试", "warn"
    if job.is_stopping:
        state, tone = "正在停止", "warn"
    inside = job.inside
    if job.element_count == 1 and inside is not None:
        return Standing(state, tone, job.is_open, inside.done, inside.total)
    return Standing(state, tone, job.is_open, job.done_count, job.element_count)


def told(actor: User, jobs: Iterable[Job]) -> list[ToldJob]:
    """The jobs as lines, with the names of what they are about, as far as the actor sees it."""
    jobs = list(jobs)
    keys: dict[str, set[str]] = defaultdict(set)
    for job in jobs:
        keys[job.object_type].add(job.object_key)
    names = {object_type: _named(actor, object_type, wanted) for object_type, wanted in keys.items()}
    sees_all = actor.may("jobs.view_all")
    return [
        ToldJob(
            job,
            title_of(job.kind),
            _about(job, names[job.object_type].get(job.object_key)),
            standing_of(job),
            is_visible=sees_all or job.created_by_id == actor.pk,
        )
        for job in jobs
    ]


def told_elements(actor: User, job: Job) -> Sequence[ToldElement]:
    """What became of each element, what failed first; nothing for work that is one piece."""
    elements = job.elements or []
    if elements in ([], [""]):
        return ()
    work = find_work(job.kind)
    names = _named(actor, work.element_type, elements) if work else {}
    lines = [_element(job, element, names.get(element, Named(element, ""))) for element in elements]
    return sorted(lines, key=lambda line: not line.reason)


def _element(job: Job, element: str, named: Named) -> ToldElement:
    if element in job.failures:
        return ToldElement(named.name, named.url, "失败", "bad", job.failures[element])
    if element not in job.pending:
        return ToldElement(named.name, named.url, "完成", "good", "")
    if job.state == Job.State.RUNNING and element == job.pending[0]:
        state, tone = "进行中", "info"
        if job.inside is not None:
            state = f"进行中（{job.inside}）"
    else:
        state, tone = ("等待" if job.is_open else "没有进行"), "neutral"
    return ToldElement(named.name, named.url, state, tone, "")


def _about(job: Job, named: Named | None) -> Named:
    if named is not None:
        return named
    thing = find_thing(job.object_type)
    return Named(f"{thing.title} {job.object_key}" if thing else job.object_key, "")


def _named(actor: User, object_type: str, keys: Collection[str]) -> Mapping[str, Named]:
    thing = find_thing(object_type)
    return thing.named(actor, keys) if thing else {}
