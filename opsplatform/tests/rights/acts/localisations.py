"""Acts on districts' localisations of a city theme that is live everywhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.release.models import ReviewParty
from opsplatform.tests.rights.acts import NEVER_WAS, Act, Ask, Door, Things, set_out
from opsplatform.tests.rights.world import HERE, THERE, Spot, demo
from themes.services.excepting import decide_exception, request_exception, take_exception_back, withdraw_exception
from themes.services.joining import join_release_plan, leave_release_plan
from themes.services.localising import (
    change_element,
    get_place,
    publish_localisation,
    reset_element,
    roll_back_localisation,
    save_localisation,
    settle_conflict,
)
from themes.services.planning import ThemePlan, ThemeStage, plan_release
from themes.services.reviewing_localisation import (
    approve_localisation,
    comment_on_localisation,
    delegate_localisation_review,
    resolve_localisation_comment,
    return_localisation,
    submit_localisation,
)
from themes.tests.demonstrated import DOG
from themes.tests.localised import city_promises, city_releases

STAFF = {HERE: ("hp_editor", "hp_publisher"), THERE: ("mh_editor", "mh_publisher")}
NOTICE, DAYS = "notices/N9", "items/REGP/promised_days"
ABOUT_NOTICE = "/operations/notices~1N9"
VALUE = {"title": "请预约", "content": "请先预约再来。"}


@dataclass(frozen=True)
class Local:
    """A localisation as it stands when it is acted upon."""

    division: str
    revision: int = 1
    digest: str = ""
    exception: int = 0
    plan: int = 0
    comment: int = 0
    party: int = 0

    @property
    def where(self) -> dict[str, str]:
        """What the services take to find it."""
        return {"code": DOG, "division_code": self.division}

    @property
    def page(self) -> str:
        """Its page."""
        return f"/themes/{DOG}/localisations/{self.division}/"

    @property
    def api(self) -> str:
        """Its routes."""
        return f"/api/v1/themes/{DOG}/localisations/{self.division}/"


def localisation_acts() -> Iterator[Act]:
    """In the order of a localisation's way."""
    yield _act(
        "read", drafts, None, lambda actor, local: get_place(actor, DOG, local.division),
        {Door.API: lambda local: Ask(f"{local.api}draft/"), Door.PAGE: lambda local: Ask(local.page)},
    )  # fmt: skip
    yield _act("save", drafts, save_localisation, _save, {Door.API: _save_by_api}, trace="localisation.edited")
    yield _act("change", drafts, change_element, _change, {Door.PAGE: _change_by_page}, trace="localisation.edited")
    yield _act("reset", drafts, reset_element, _reset, {Door.PAGE: _reset_by_page}, trace="localisation.edited")
    yield _act(
        "settle", conflicting, settle_conflict, _settle,
        {Door.API: _settle_by_api, Door.PAGE: _settle_by_page}, trace="localisation.conflict_settled",
    )  # fmt: skip
    yield _act(
        "submit", drafts, submit_localisation, _submit,
        {Door.API: _submit_by_api, Door.PAGE: _submit_by_page}, trace="localisation.submitted",
    )  # fmt: skip
    for name, do, trace, scene, service in (
        ("approve", "approve", "confirmed", submitted, approve_localisation),
        ("sign_off", "approve", "confirmed", agreed, approve_localisation),
        ("return", "return", "returned", submitted, return_localisation),
    ):
        yield _act(
            name, scene, service, _deciding(service),
            {Door.API: _deciding_by_api(do), Door.PAGE: _deciding_by_page(do)}, trace=f"localisation.{trace}",
        )  # fmt: skip
    yield _act(
        "comment", submitted, comment_on_localisation, _comment,
        {Door.API: _comment_by_api, Door.PAGE: _comment_by_page}, trace="localisation.commented",
    )  # fmt: skip
    yield _act(
        "resolve_comment", commented, resolve_localisation_comment, _resolve,
        {Door.API: _resolve_by_api, Door.PAGE: _resolve_by_page}, trace="localisation.comment_resolved",
    )  # fmt: skip
    yield _act(
        "delegate", shared, delegate_localisation_review, _delegate,
        {Door.API: _delegate_by_api, Door.PAGE: _delegate_by_page}, trace="localisation.delegated",
    )  # fmt: skip
    yield _act(
        "publish", approved, publish_localisation, _publish,
        {Door.API: _publish_by_api, Door.PAGE: _publish_by_page}, trace="localisation.released",
    )  # fmt: skip
    yield _act(
        "roll_back", published, roll_back_localisation, _roll_back,
        {Door.API: _roll_back_by_api, Door.PAGE: _roll_back_by_page}, trace="localisation.rolled_back",
    )  # fmt: skip
    yield _act(
        "request_exception", slower, request_exception, _request,
        {Door.API: _request_by_api, Door.PAGE: _request_by_page},
        trace="localisation.exception_requested",
    )  # fmt: skip
    yield _act(
        "decide_exception", asked, decide_exception, _decide_exception,
        {Door.API: _decide_exception_by_api, Door.PAGE: _decide_exception_by_page},
        trace="localisation.exception_granted",
    )  # fmt: skip
    yield _act(
        "withdraw_exception", excepted, withdraw_exception, _withdraw_exception,
        {Door.API: _withdraw_exception_by_api, Door.PAGE: _withdraw_exception_by_page},
        trace="localisation.exception_withdrawn",
    )  # fmt: skip
    yield _act(
        "take_exception_back", asked, take_exception_back, _take_exception_back,
        {Door.API: _take_exception_back_by_api, Door.PAGE: _take_exception_back_by_page},
        trace="localisation.exception_retracted",
    )  # fmt: skip
    for do, scene, service, trace in (
        ("join", planned, join_release_plan, "joined"),
        ("leave", joined, leave_release_plan, "left"),
    ):
        yield _act(
            f"{do}_plan", scene, service, _on_plan(service),
            {Door.API: _on_plan_by_api(do), Door.PAGE: _on_plan_by_page(do)}, trace=f"release_plan.{trace}",
        )  # fmt: skip


def _act(
    do: str,
    scene: Callable[[], Things],
    service: Callable[..., Any] | None,
    call: Callable[[User, Any], Any],
    asks: Mapping[Door, Callable[[Any], Ask]],
    *,
    trace: str = "",
) -> Act:
    return Act(f"localisation.{do}", scene, call, service, asks, trace=trace, never_was=_elsewhere)


def _elsewhere(local: Local) -> Local:
    return replace(local, division="999999", exception=NEVER_WAS, plan=NEVER_WAS, comment=NEVER_WAS)


# --- scenes -----------------------------------------------------------------------------------------------------------


@set_out(kept=True)
def drafts() -> Things:
    """Two districts have begun to localise the theme."""
    return {Spot(division): _drafted(division, {NOTICE: VALUE}) for division in STAFF}


@set_out(after=drafts, kept=True)
def submitted(places: Things) -> Things:
    """Both wait for their district's second person."""
    return {spot: _submitted(local) for spot, local in places.items()}


@set_out(after=submitted)
def commented(places: Things) -> Things:
    """About both the district's second person has said something."""
    return {spot: _commented(local) for spot, local in places.items()}


@set_out(after=submitted)
def shared(places: Things) -> Things:
    """Both wait for their district's second person, who has a colleague with the same right."""
    return {spot: _shared(local) for spot, local in places.items()}


@set_out(after=submitted)
def agreed(places: Things) -> Things:
    """Both wait for city operation."""
    return {spot: _agreed(local) for spot, local in places.items()}


@set_out(after=agreed, kept=True)
def approved(places: Things) -> Things:
    """Both may be published."""
    return {spot: _approved(local) for spot, local in places.items()}


@set_out(after=approved)
def published(things: Things) -> Things:
    """Both are on show."""
    return {spot: _published(local) for spot, local in things.items()}


@set_out()
def conflicting() -> Things:
    """Both promise other days than the city, which has changed its own meanwhile."""
    things: Things = {Spot(division): _drafted(division, {DAYS: 2}) for division in STAFF}
    city_releases(city_promises(4, *STAFF), *STAFF)
    return things


@set_out()
def slower() -> Things:
    """Both promise more days than the city, in their drafts."""
    return {Spot(division): _drafted(division, {DAYS: 9}) for division in STAFF}


@set_out(after=slower, kept=True)
def asked(places: Things) -> Things:
    """Both have asked the city to allow that."""
    return {spot: _asked(local) for spot, local in places.items()}


@set_out(after=asked)
def excepted(things: Things) -> Things:
    """The city has allowed it to both."""
    for local in things.values():
        _decide_exception(demo("operator"), local)
    return things


def _drafted(division: str, values: dict[str, Any]) -> Local:
    editor = demo(STAFF[division][0])
    revision = get_place(editor, DOG, division).revision
    localisation = save_localisation(
        actor=editor, code=DOG, division_code=division, values=values, expected_revision=revision
    )
    return Local(division, localisation.subject.draft_revision)


def _submitted(local: Local) -> Local:
    version = submit_localisation(
        actor=demo(STAFF[local.division][0]), **local.where, expected_revision=local.revision, note="提交"
    )
    return replace(local, digest=version.digest)


def _commented(local: Local) -> Local:
    return replace(local, comment=_comment(demo(STAFF[local.division][1]), local).pk)


def _published(local: Local) -> Local:
    return replace(local, digest=_publish(demo(STAFF[local.division][1]), local).package_id)


def _shared(local: Local) -> Local:
    party = ReviewParty.objects.filter(step__version__digest=local.digest).earliest("step__position")
    return replace(local, party=party.pk)


def _agreed(local: Local) -> Local:
    approve_localisation(actor=demo(STAFF[local.division][1]), **local.where, digest=local.digest, note="同意")
    return local


def _approved(local: Local) -> Local:
    approve_localisation(actor=demo("operator"), **local.where, digest=local.digest, note="同意")
    return local


@set_out(after=approved)
def planned(things: Things) -> Things:
    """What both approved can go on show with a plan of the city."""
    places = [local.division for local in things.values()]
    wanted = ThemePlan("改版", [(DOG, 1)], [ThemeStage(None, places)], "发布")
    plan = plan_release(actor=demo("operator"), wanted=wanted)
    return {spot: replace(local, plan=plan.pk) for spot, local in things.items()}


@set_out(after=planned)
def joined(things: Things) -> Things:
    """Both go with the plan."""
    for local in things.values():
        join_release_plan(actor=demo(STAFF[local.division][1]), **local.where, plan_id=local.plan)
    return things


def _asked(local: Local) -> Local:
    return replace(local, exception=_request(demo(STAFF[local.division][0]), local).pk)


# --- acts -------------------------------------------------------------------------------------------------------------


def _match(local: Local) -> dict[str, str]:
    return {"If-Match": f'"draft-{local.revision}"'}


def _save(actor: User, local: Local) -> Any:
    return save_localisation(actor=actor, **local.where, values={DAYS: 1}, expected_revision=local.revision)


def _save_by_api(local: Local) -> Ask:
    operation = {"code": DAYS, "act": "replace", "value": 1}
    tree = {"theme": DOG, "division": local.division, "operations": [operation]}
    return Ask(f"{local.api}draft/", body=tree, method="put", headers=_match(local))


def _change(actor: User, local: Local) -> Any:
    return change_element(actor=actor, **local.where, key=DAYS, value=1, expected_revision=local.revision)


def _change_by_page(local: Local) -> Ask:
    return Ask(f"{local.page}change/?key={DAYS}", {"do": "save", "value": "1", "revision": local.revision})


def _reset(actor: User, local: Local) -> Any:
    return reset_element(actor=actor, **local.where, key=NOTICE, expected_revision=local.revision)


def _reset_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "reset", "key": NOTICE, "revision": local.revision})


def _settle(actor: User, local: Local) -> Any:
    return settle_conflict(actor=actor, **local.where, key=DAYS, choice="take_city", expected_revision=local.revision)


def _settle_by_api(local: Local) -> Ask:
    body = {"key": DAYS, "choice": "take_city"}
    return Ask(f"{local.api}settle/", body=body, method="post", headers=_match(local))


def _settle_by_page(local: Local) -> Ask:
    return Ask(f"{local.page}conflicts/", {"key": DAYS, "choice": "take_city", "revision": local.revision})


def _submit(actor: User, local: Local) -> Any:
    return submit_localisation(actor=actor, **local.where, expected_revision=local.revision, note="提交")


def _submit_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}submit/", body={"note": "提交"}, method="post", headers=_match(local))


def _submit_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "submit", "note": "提交", "revision": local.revision})


def _deciding(service: Callable[..., Any]) -> Callable[[User, Local], Any]:
    return lambda actor, local: service(actor=actor, **local.where, digest=local.digest, note="意见")


def _deciding_by_api(do: str) -> Callable[[Local], Ask]:
    return lambda local: Ask(f"{local.api}{do}/", body={"digest": local.digest or "0", "note": "意见"}, method="post")


def _deciding_by_page(do: str) -> Callable[[Local], Ask]:
    return lambda local: Ask(local.page, {"do": do, "digest": local.digest, "note": "意见"})


def _comment(actor: User, local: Local) -> Any:
    return comment_on_localisation(
        actor=actor, **local.where, digest=local.digest, pointer=ABOUT_NOTICE, note="请写明预约电话"
    )


def _comment_by_api(local: Local) -> Ask:
    body = {"digest": local.digest or "0", "pointer": ABOUT_NOTICE, "note": "请写明预约电话"}
    return Ask(f"{local.api}comments/", body=body, method="post")


def _comment_by_page(local: Local) -> Ask:
    form = {"do": "comment", "digest": local.digest, "pointer": ABOUT_NOTICE, "note": "请写明预约电话"}
    return Ask(local.page, form)


def _resolve(actor: User, local: Local) -> Any:
    return resolve_localisation_comment(actor=actor, **local.where, comment_id=local.comment, note="已写明")


def _resolve_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}comments/{local.comment}/resolve/", body={"note": "已写明"}, method="post")


def _resolve_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "resolve", "comment": local.comment, "note": "已写明"})


def _delegate(actor: User, local: Local) -> Any:
    return delegate_localisation_review(
        actor=actor, **local.where, digest=local.digest, party_id=local.party, to=_colleague(local), note="外出"
    )


def _delegate_by_page(local: Local) -> Ask:
    form = {"do": "delegate", "digest": local.digest, "party": local.party, "to": _colleague(local), "note": "外出"}
    return Ask(local.page, form)


def _delegate_by_api(local: Local) -> Ask:
    body = {"digest": local.digest or "0", "party": local.party, "to": _colleague(local) or "nobody", "note": "外出"}
    return Ask(f"{local.api}delegate/", body=body, method="post")


def _colleague(local: Local) -> str:
    return STAFF.get(local.division, ("", ""))[1]


def _publish(actor: User, local: Local) -> Any:
    return publish_localisation(actor=actor, **local.where, note="发布")


def _publish_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}publish/", body={"note": "发布"}, method="post")


def _publish_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "publish", "note": "发布"})


def _roll_back(actor: User, local: Local) -> Any:
    return roll_back_localisation(actor=actor, **local.where, digest=local.digest, note="有误")


def _roll_back_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}roll-back/", body={"digest": local.digest, "note": "有误"}, method="post")


def _roll_back_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "roll_back", "digest": local.digest, "note": "有误"})


def _request(actor: User, local: Local) -> Any:
    until = clock.today() + timedelta(days=90)
    return request_exception(actor=actor, **local.where, key=DAYS, reason="窗口搬迁", expires_on=until)


def _request_by_api(local: Local) -> Ask:
    until = clock.today() + timedelta(days=90)
    body = {"key": DAYS, "reason": "窗口搬迁", "expires_on": until.isoformat()}
    return Ask(f"{local.api}exceptions/", body=body, method="post")


def _request_by_page(local: Local) -> Ask:
    until = clock.today() + timedelta(days=90)
    form = {"do": "ask", "reason": "窗口搬迁", "expires_on": until.isoformat()}
    return Ask(f"{local.page}change/?key={DAYS}", form)


def _decide_exception(actor: User, local: Local) -> Any:
    return decide_exception(actor=actor, exception_id=local.exception, is_granted=True, note="同意")


def _decide_exception_by_api(local: Local) -> Ask:
    body = {"is_granted": True, "note": "同意"}
    return Ask(f"{local.api}exceptions/{local.exception}/decide/", body=body, method="post")


def _decide_exception_by_page(local: Local) -> Ask:
    form = {"do": "grant", "exception": local.exception, "note": "同意"}
    return Ask(f"/themes/{DOG}/localisations/", form)


def _withdraw_exception(actor: User, local: Local) -> Any:
    return withdraw_exception(actor=actor, exception_id=local.exception, note="已恢复")


def _withdraw_exception_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}exceptions/{local.exception}/withdraw/", body={"note": "已恢复"}, method="post")


def _withdraw_exception_by_page(local: Local) -> Ask:
    form = {"do": "withdraw", "exception": local.exception, "note": "已恢复"}
    return Ask(f"/themes/{DOG}/localisations/", form)


def _take_exception_back(actor: User, local: Local) -> Any:
    return take_exception_back(actor=actor, exception_id=local.exception, note="不需要了")


def _take_exception_back_by_api(local: Local) -> Ask:
    return Ask(f"{local.api}exceptions/{local.exception}/take-back/", body={"note": "不需要了"}, method="post")


def _take_exception_back_by_page(local: Local) -> Ask:
    return Ask(local.page, {"do": "take_back", "exception": local.exception, "note": "不需要了"})


def _on_plan(service: Callable[..., Any]) -> Callable[[User, Local], Any]:
    return lambda actor, local: service(actor=actor, **local.where, plan_id=local.plan)


def _on_plan_by_api(do: str) -> Callable[[Local], Ask]:
    return lambda local: Ask(f"{local.api}plans/{local.plan}/{do}/", body={}, method="post")


def _on_plan_by_page(do: str) -> Callable[[Local], Ask]:
    return lambda local: Ask(local.page, {"do": do, "plan": local.plan})
