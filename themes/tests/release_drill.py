"""The drill of a release to all districts: whatever is struck, whenever, all have the version or none, and once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import sleep

from django.db import connections
from django.db.models.functions import Now
from django.test import Client

from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.jobs.tests.drilled_work import let_leases_run_out, sweep_up
from opsplatform.kernel import clock
from opsplatform.release.models import PlanStage, Release, ReleasePlan
from opsplatform.release.services.release_plans import RUN
from opsplatform.runtime.tests.dying_processes import Act, Blow, boundaries_of, kill_itself, points, struck
from opsplatform.tests.progress import followed
from themes.services.planning import ThemePlan, ThemeStage, plan_release
from themes.tests.demonstrated import DOG, account, contents, districts, new_version
from themes.tests.what_holds import divisions_on_show, violations

IN_A_STAGE = ("INSERT release_release", "UPDATE release_planstage", "UPDATE jobs_job", "COMMIT")
NAMED = (
    "INSERT release_release",
    "INSERT feed_event",
    "INSERT audit_auditentry",
    "INSERT jobs_job",
    "COMMIT",
    "doorbell",
)


def after_a_release_was_struck(
    *,
    about: Sequence[str] = NAMED,
    long_form: bool = False,
    blow: Blow = kill_itself,
    mend: Callable[[], None] = connections.close_all,
) -> list[str]:
    """What is wrong after the first point at which the blow leaves anything wrong; `mend` is what operators do then."""
    boundaries = boundaries_of(_to_release()[1])
    number, release = _to_release()
    before = _written()
    for at in followed(points(boundaries, about=about, long_form=long_form), boundaries.__getitem__):
        assert len(struck(release, at=at, blow=blow).passed) > at
        mend()
        shown = divisions_on_show(DOG, number)
        wrong = violations()
        if shown not in (0, len(districts())):
            wrong.append(f"{shown} districts have it, the others have not")
        if shown == 0 and "INSERT jobs_job" in " ".join(boundaries[:at]) and boundaries[at] == "after COMMIT":
            wrong.append("what was committed is gone")
        if shown == 0 and _written() != before:
            wrong.append("something of it is there")
        if wrong:
            return [f"{at} {boundaries[at]}", *wrong]
        if shown:
            number, release = _to_release()
            before = _written()
    assert not struck(release, at=-1).error
    assert divisions_on_show(DOG, number) == len(districts())
    let_leases_run_out()
    sweep_up()
    return violations() + [f"{job} is not done" for job in Job.objects.exclude(state=Job.State.DONE)]


def after_a_due_stage_was_struck(
    *, about: Sequence[str] = IN_A_STAGE, long_form: bool = False, blow: Blow = kill_itself
) -> list[str]:
    """What is wrong after the first point at which a dying worker leaves a due stage neither done nor to be done."""
    plan, act = _to_run()
    boundaries = boundaries_of(act)
    plan, act = _to_run()
    for at in followed(points(boundaries, about=about, long_form=long_form), boundaries.__getitem__):
        assert len(struck(act, at=at, blow=blow).passed) > at
        connections.close_all()
        releases = Release.objects.filter(planned__stage__plan=plan).count()
        state = PlanStage.objects.get(plan=plan).state
        wrong = violations()
        if (releases, state) not in ((0, "waiting"), (len(districts()), "done")):
            wrong.append(f"{state} with {releases} releases")
        let_leases_run_out()
        sweep_up()
        if PlanStage.objects.get(plan=plan).state != "done":
            wrong.append("the stage was never run")
        if Release.objects.filter(planned__stage__plan=plan).count() != len(districts()):
            wrong.append("the stage was run twice or in part")
        wrong += violations()
        if wrong:
            return [f"{at} {boundaries[at]}", *wrong]
        plan, act = _to_run()
    assert not struck(act, at=-1).error
    return [
        f"{job} is not done" for job in Job.objects.exclude(state=Job.State.DONE).filter(kind=RUN, due_at__lte=Now())
    ]


def _to_run() -> tuple[ReleasePlan, Act]:
    """A plan whose only stage has come due everywhere, and what a worker does that is told of it."""
    number = new_version(DOG).number
    due_at = clock.now() + timedelta(seconds=3)
    wanted = ThemePlan("演练", [(DOG, number)], [ThemeStage(due_at, None)], "演练")
    plan = plan_release(actor=account("operator"), wanted=wanted)
    job = Job.objects.filter(kind=RUN, payload__plan=plan.pk).latest("pk")
    while clock.now() <= due_at:
        sleep(0.02)
    return plan, lambda: running.run_job(job.pk)


def _to_release() -> tuple[int, Act]:
    """An approved version, and what a web process does when somebody presses the button to release it everywhere.

    All work asked for before is done: no watch waits that the release could take for its own.
    """
    number = new_version(DOG).number
    sweep_up()
    browser = Client(raise_request_exception=False)
    browser.force_login(account("operator"))
    form = {"version": number, "division": "all", "note": "演练"}
    return number, lambda: browser.post(f"/themes/{DOG}/release/", form)


def _written() -> dict[str, str]:
    """What stands in every table but those that requests write whatever comes of them."""
    return {table: digest for table, digest in contents().items() if "session" not in table}
