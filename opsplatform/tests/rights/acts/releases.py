"""Acts on what of a theme is on show, and on plans of what will be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from opsplatform.accounts.models import User
from opsplatform.tests.rights.acts import NEVER_WAS, Act, Ask, Door, Things, set_out
from opsplatform.tests.rights.acts.themes import Standing, approved, drafts, live, other_theme
from opsplatform.tests.rights.world import demo
from themes import selectors
from themes.services.handing_over import redirect_theme, replace_theme
from themes.services.pausing import pause_theme, resume_theme
from themes.services.planning import (
    ThemePlan,
    ThemeStage,
    call_off_plan,
    change_release_plan,
    plan_release,
    roll_back_plan,
    run_plan_stage,
)
from themes.tests.demonstrated import DOG

Asks = Mapping[Door, Callable[[Any], Ask]]


@dataclass(frozen=True)
class Planned:
    """A plan for a theme as it stands when it is acted upon."""

    theme: Standing
    pk: int
    revision: int = 1


def release_acts() -> Iterator[Act]:
    """Pauses, giving way to another theme, plans."""
    yield _on_live("pause", "pause", "paused", live, pause_theme, {"message": "系统维护"})
    yield _on_live("resume", "pause", "resumed", paused, resume_theme, {})
    yield _on_live("redirect", "hand-over", "redirected", live, redirect_theme, {"successor": DOG})
    yield _on_live("replace", "hand-over", "replaced", live, replace_theme, {"successor": DOG, "version": 1})
    yield Act(
        "plan.make",
        approved,
        lambda actor, theme: plan_release(actor=actor, wanted=_wanted(theme)),
        plan_release,
        {
            Door.API: lambda theme: Ask("/api/v1/release-plans/", body=_body(theme), method="post"),
            Door.PAGE: lambda theme: Ask("/themes/plans/new/", _form(theme)),
        },
        trace="release_plan.made",
        never_was=other_theme,
        missing="unknown_version",
    )
    yield Act(
        "plan.read",
        planned,
        lambda actor, plan: selectors.get_plan(actor, plan.pk),
        asks={
            Door.API: lambda plan: Ask(f"/api/v1/release-plans/{plan.pk}/"),
            Door.PAGE: lambda plan: Ask(f"/themes/plans/{plan.pk}/"),
        },
        never_was=_other_plan,
    )
    yield _on_plan(
        "change",
        "changed",
        planned,
        change_release_plan,
        lambda plan: {"wanted": _wanted(plan.theme), "expected_revision": plan.revision},
        {Door.API: _change_by_api, Door.PAGE: _change_by_page},
    )
    yield _on_plan(
        "run", "stage_run", planned, run_plan_stage, lambda plan: {"position": 1},
        {
            Door.API: lambda plan: Ask(f"/api/v1/release-plans/{plan.pk}/stages/1/run/", body={}, method="post"),
            Door.PAGE: lambda plan: Ask(f"/themes/plans/{plan.pk}/", {"do": "run", "position": 1}),
        },
    )  # fmt: skip
    for do, path, trace, scene, service in (
        ("call_off", "call-off", "called_off", planned, call_off_plan),
        ("roll_back", "roll-back", "rolled_back", ran, roll_back_plan),
    ):
        yield _on_plan(
            do, trace, scene, service, lambda plan: {"note": "理由"},
            {Door.API: _noted(path), Door.PAGE: _noted_by_page(do)},
        )  # fmt: skip


@set_out(after=live)
def paused(things: Things) -> Things:
    """Themes on show for which nobody may apply."""
    for theme in things.values():
        pause_theme(
            actor=demo("operator"), code=theme.code, division_codes=[theme.release_in], message="维护", note="维护"
        )
    return things


def never_planned() -> Things:
    """What stands for plans where nobody looks whether there are any."""
    return {place: Planned(theme, NEVER_WAS) for place, theme in drafts().items()}


@set_out(after=approved, kept=True)
def planned(themes: Things) -> Things:
    """Plans that wait for somebody to say so."""
    return {place: _planned(theme) for place, theme in themes.items()}


@set_out(after=planned)
def ran(things: Things) -> Things:
    """Plans that have put a theme on show."""
    for plan in things.values():
        run_plan_stage(actor=demo("operator"), plan_id=plan.pk, position=1)
    return things


def _planned(theme: Standing) -> Planned:
    return Planned(theme, plan_release(actor=demo("operator"), wanted=_wanted(theme)).pk)


def _other_plan(plan: Planned) -> Planned:
    return replace(plan, pk=NEVER_WAS)


def _wanted(theme: Standing) -> ThemePlan:
    return ThemePlan("计划", [(theme.code, theme.version)], [ThemeStage(None, [theme.release_in])], "发布")


def _body(theme: Standing) -> dict[str, Any]:
    return {
        "title": "计划",
        "versions": [{"code": theme.code, "version": theme.version}],
        "stages": [{"divisions": [theme.release_in]}],
        "note": "发布",
    }


def _change_by_api(plan: Planned) -> Ask:
    match = {"If-Match": f'"plan-{plan.revision}"'}
    return Ask(f"/api/v1/release-plans/{plan.pk}/", body=_body(plan.theme), method="put", headers=match)


def _form(theme: Standing) -> dict[str, Any]:
    return {
        "title": "计划",
        "version": f"{theme.code}:{theme.version}",
        "division-1": theme.release_in,
        "note": "发布",
        "public_note": "发布",
    }


def _change_by_page(plan: Planned) -> Ask:
    return Ask(f"/themes/plans/{plan.pk}/edit/", {**_form(plan.theme), "revision": plan.revision})


def _noted_by_page(do: str) -> Callable[[Planned], Ask]:
    return lambda plan: Ask(f"/themes/plans/{plan.pk}/", {"do": do, "note": "理由"})


def _noted(path: str) -> Callable[[Planned], Ask]:
    return lambda plan: Ask(f"/api/v1/release-plans/{plan.pk}/{path}/", body={"note": "理由"}, method="post")


def _on_live(
    do: str,
    page: str,
    trace: str,
    scene: Callable[[], Things],
    service: Callable[..., Any],
    given: Mapping[str, Any],
) -> Act:
    def call(actor: User, theme: Standing) -> Any:
        return service(actor=actor, code=theme.code, division_codes=[theme.release_in], note="理由", **given)

    def by_api(theme: Standing) -> Ask:
        body = {"divisions": [theme.release_in], "note": "理由", **given}
        return Ask(f"/api/v1/themes/{theme.code}/{do}/", body=body, method="post")

    def by_page(theme: Standing) -> Ask:
        form = {"do": do, "how": do, "division": theme.release_in, "note": "理由", **given}
        return Ask(f"/themes/{theme.code}/{page}/", form)

    asks = {Door.API: by_api, Door.PAGE: by_page}
    return Act(f"theme.{do}", scene, call, service, asks, trace=f"theme.{trace}", never_was=other_theme)


def _on_plan(
    do: str,
    trace: str,
    scene: Callable[[], Things],
    service: Callable[..., Any],
    given: Callable[[Planned], dict[str, Any]],
    asks: Asks,
) -> Act:
    def call(actor: User, plan: Planned) -> Any:
        return service(actor=actor, plan_id=plan.pk, **given(plan))

    return Act(f"plan.{do}", scene, call, service, asks, trace=f"release_plan.{trace}", never_was=_other_plan)
