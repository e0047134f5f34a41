"""Acts on themes, from bringing one in to reading what is on show."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any

import msgspec
from django.core.files.uploadedfile import SimpleUploadedFile

from forms_builder.merge.matters import matters_of
from forms_builder.registry import Replacement
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.kernel import clock
from opsplatform.release.models import Release, ReviewParty, Version
from opsplatform.tests.rights.acts import Act, Ask, Door, Place, Things, set_out
from opsplatform.tests.rights.acts.fields import make_field
from opsplatform.tests.rights.doors import client_of
from opsplatform.tests.rights.oracle import Relation
from opsplatform.tests.rights.world import CITY, HERE, SPOTS, STREET, THERE, Spot, demo, dossier_of, staff, theme_of
from themes import selectors
from themes.documents import LocalisationPolicy, ThemeDocument
from themes.models import Collision, Theme
from themes.pages.case_proposals import code_of_run
from themes.pages.editing_state import EditState
from themes.pages.preview_given import write_answers
from themes.release_kind import LEAD, PLATFORM
from themes.services.beginning import begin_theme
from themes.services.categories import file_theme
from themes.services.checking import place_to_open
from themes.services.codes_named import DraftCodes
from themes.services.composing import save_composition
from themes.services.deciding import Wanted, decide_on_merge, settlement_of, withdraw_merge_decision
from themes.services.demonstration import approve_by_all
from themes.services.drafting import save_theme
from themes.services.hiding import reveal_values
from themes.services.importing import import_dossier
from themes.services.keeping_cases import NewCase, accept_case, delete_case, require_case, save_cases
from themes.services.opening_elements import save_policy
from themes.services.proposing_cases import propose_for
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import (
    approve_theme,
    ask_theme_emergency,
    comment_on_theme,
    confirm_theme_emergency,
    delegate_theme_review,
    resolve_theme_comment,
    return_theme,
    submit_theme,
)
from themes.services.settling import merge_collision, reopen_collision, settle_collision
from themes.services.sharing import share_theme, unshare_theme
from themes.services.showing import show_draft
from themes.services.tabulating import upload_rules
from themes.tests.browsing import form_of

LEADS: Mapping[Place, Spot] = {
    **{spot: spot for spot in SPOTS},
    Relation.PARTNER: Spot(HERE, 1),
    Relation.GRANTED_VIEW: Spot(THERE),
    Relation.GRANTED_EDIT: Spot(THERE),
}
OFFERED = {place: lead for place, lead in LEADS.items() if lead.division != STREET}  # streets offer nothing themselves

RULES = "规则代码,名称\n".encode()
NEVER_WAS_CODE = "NEVER-WAS"


@dataclass(frozen=True)
class Standing:
    """A theme as it stands when it is acted upon."""

    code: str
    revision: int
    lead: Spot
    version: int = 0
    digest: str = ""
    comment: int = 0

    @property
    def release_in(self) -> str:
        """A district the theme is offered in."""
        return THERE if self.lead.division == CITY else self.lead.division


def theme_acts() -> Iterator[Act]:
    """In the order of a theme's way."""
    yield Act(
        "theme.import",
        lambda: {place: dossier_of(f"NEW-{theme_of(place)}", lead) for place, lead in LEADS.items()},
        lambda actor, tree: import_dossier(actor=actor, tree=tree),
        import_dossier,
        trace="theme.drafted",
    )
    yield Act(
        "theme.begin",
        lambda: {spot: spot.department.pk for spot in SPOTS},
        lambda actor, lead: begin_theme(actor=actor, lead=lead, **_new_theme()),
        begin_theme,
        asks={Door.PAGE: lambda lead: Ask("/themes/new/", form={**_new_theme(), "lead": lead})},
        trace="theme.drafted",
    )
    see, see_draft = selectors.get_theme, selectors.get_draft
    yield _reading("theme.read", drafts, see, {Door.API: "", Door.PAGE: ""})
    yield _reading("theme.read_draft", live, see_draft, {Door.API: "draft/", Door.PAGE: "findings/"})
    yield _reading("theme.read_versions", drafts, see_draft, {Door.API: "versions/", Door.PAGE: "history/compare/"})
    yield _reading("theme.read_findings", drafts, see_draft, {Door.API: "findings/", Door.PAGE: "findings/"})
    yield _reading("theme.read_review", submitted, see_draft, {Door.PAGE: "review/"})
    at_both_doors = {Door.API: "draft/certificate/", Door.PAGE: "certificate/"}
    yield _reading("theme.read_certificate", offered_drafts, see_draft, at_both_doors)
    at_both_doors = {Door.API: "versions/1/certificate/", Door.PAGE: "certificate/?version=1"}
    yield _reading("theme.read_version_certificate", submitted, see_draft, at_both_doors)
    yield _reading("theme.read_merge", offered_drafts, see_draft, {Door.API: "draft/merge/", Door.PAGE: "merging/"})
    at_both_doors = {Door.API: "draft/situations/", Door.PAGE: "situations/"}
    yield _reading("theme.read_situations", offered_drafts, see_draft, at_both_doors)
    yield _reading("theme.run_cases", offered_drafts, see_draft, {Door.API: "draft/cases/"})
    yield _reading("theme.read_meaning", submitted, see_draft, {Door.API: "differences/"})
    yield _on_theme("save", "theme.edited", drafts, save_theme, _save, {Door.API: _save_by_api})
    yield _on_theme("upload_rules", "", drafts, upload_rules, _upload_rules, {Door.PAGE: _upload_rules_by_page})
    yield _on_theme(
        "compose", "theme.edited", offered_drafts, save_composition, _compose, {Door.PAGE: _compose_by_page}
    )
    yield _on_theme("open_elements", "theme.edited", drafts, save_policy, _open, {Door.PAGE: _open_by_page})
    yield _on_theme("file", "theme.edited", drafts, file_theme, _file, {Door.PAGE: _file_by_page})
    yield _on_theme("save_cases", "theme.cases_saved", offered_drafts, save_cases, _keep, {Door.PAGE: _keep_by_page})
    yield _on_theme(
        "save_proposals", "theme.cases_saved", offered_drafts, save_cases, _keep, {Door.PAGE: _keep_proposal_by_page}
    )
    yield _on_theme("accept_case", "theme.case_accepted", differing, accept_case, _accept, _on_cases("accept"))
    yield _on_theme("require_case", "theme.case_required", offered_drafts, require_case, _require, _on_cases("release"))
    yield _on_theme("delete_case", "theme.case_deleted", offered_drafts, delete_case, _delete, _on_cases("delete"))
    yield _on_theme(
        "decide_merge", "theme.merge_decided", offered_drafts, decide_on_merge, _decide_merge,
        {Door.API: _decide_merge_by_api, Door.PAGE: _decide_merge_by_page},
    )  # fmt: skip
    yield _on_theme(
        "undecide_merge", "theme.merge_undecided", decided, withdraw_merge_decision, _undecide_merge,
        {Door.API: _undecide_merge_by_api, Door.PAGE: _undecide_merge_by_page},
    )  # fmt: skip
    yield _on_theme("see_values", "theme.values_seen", drafts, reveal_values, _reveal, {Door.PAGE: _reveal_by_page})
    yield Act("theme.recode", drafts, _recode, trace="theme.recoded", never_was=other_theme)
    yield _on_theme(
        "submit", "theme.submitted", offered_drafts, submit_theme, _submit,
        {Door.API: _submit_by_api, Door.PAGE: _submit_by_page},
    )  # fmt: skip
    for name, do, trace, scene in (
        ("countersign", "approve", "confirmed", partnered), ("approve", "approve", "confirmed", submitted),
        ("sign_off", "approve", "confirmed", agreed), ("return", "return", "returned", submitted),
    ):  # fmt: skip
        service = approve_theme if do == "approve" else return_theme
        yield _on_theme(
            name, f"theme.{trace}", scene, service, partial(_decide, service),
            {Door.API: partial(_decide_by_api, do), Door.PAGE: partial(_decide_by_page, do)},
        )  # fmt: skip
    for do, trace, scene, service, more in (
        ("comment", "commented", submitted, comment_on_theme, _comment),
        ("delegate", "delegated", submitted, delegate_theme_review, _to_a_colleague),
        ("ask_emergency", "emergency_asked", submitted, ask_theme_emergency, _nothing_more),
        ("confirm_emergency", "emergency_confirmed", asked, confirm_theme_emergency, _nothing_more),
    ):
        yield _on_theme(
            do, f"theme.{trace}", scene, service, partial(_review, service, more),
            {Door.PAGE: partial(_review_by_page, do, more), **_by_api(do, more)},
        )  # fmt: skip
    yield _on_theme(
        "resolve_comment", "theme.comment_resolved", commented, resolve_theme_comment, _resolve,
        {Door.PAGE: _resolve_by_page, Door.API: _resolve_by_api},
    )  # fmt: skip
    for do, trace, scene, service in (
        ("release", "released", approved, release_theme),
        ("withdraw", "withdrawn", live, withdraw_theme),
    ):
        yield _on_theme(
            do, f"theme.{trace}", scene, service, partial(_publish, service, is_release=do == "release"),
            {Door.API: partial(_publish_by_api, do), Door.PAGE: partial(_publish_by_page, do)},
        )  # fmt: skip
    for do, service in (("share", share_theme), ("unshare", unshare_theme)):
        yield _on_theme(do, f"theme.{do}d", drafts, service, partial(_share, do, service), {})
    for do, trace, settling in (("settle", "settled", settle_collision), ("reopen", "reopened", reopen_collision)):
        yield _on_collision(do, f"collision.{trace}", settling, is_settled=do == "reopen")
    yield _on_collision("merge", "collision.merged", merge_collision, is_settled=False)
    yield Act(
        "package.read_live",
        live,
        asks={Door.API: lambda theme: Ask(f"/api/v1/export/themes/{theme.code}/{theme.release_in}/")},
        never_was=other_theme,
    )
    yield Act(
        "package.read",
        live,
        asks={Door.API: lambda theme: Ask(f"/api/v1/export/packages/{_package(theme)}/")},
        never_was=other_theme,
    )


# --- scenes -----------------------------------------------------------------------------------------------------------


def drafts() -> Things:
    """Themes that nobody has submitted."""
    return {place: Standing(theme_of(place), 1, lead) for place, lead in LEADS.items()}


def offered_drafts() -> Things:
    """Those of them that can be submitted."""
    return {place: theme for place, theme in drafts().items() if place in OFFERED}


def differing() -> Things:
    """Those of them whose first saved case expects something else than it leads to."""
    return {place: _differing(theme) for place, theme in offered_drafts().items()}


def decided() -> Things:
    """Drafts in which the lead department has accepted what the merge costs."""
    return {place: _decided(theme) for place, theme in offered_drafts().items()}


def partnered() -> Things:
    """The theme that waits for its partner department."""
    return {Relation.PARTNER: _submitted(Relation.PARTNER, LEADS[Relation.PARTNER])}


@set_out(kept=True)
def submitted() -> Things:
    """Themes that wait for the reviewer of the lead department."""
    return {place: _agreed(_submitted(place, lead), before=LEAD) for place, lead in OFFERED.items()}


@set_out(after=submitted)
def agreed(themes: Things) -> Things:
    """Themes that wait for city operation."""
    return {place: _agreed(theme, before=PLATFORM) for place, theme in themes.items()}


@set_out(after=submitted, kept=True)
def approved(themes: Things) -> Things:
    """Themes that may be released."""
    return {place: _agreed(theme) for place, theme in themes.items()}


@set_out(after=submitted)
def asked(themes: Things) -> Things:
    """Themes for which somebody has asked for an emergency release."""
    return {place: _asked(theme) for place, theme in themes.items()}


@set_out(after=submitted)
def commented(themes: Things) -> Things:
    """Themes about which their reviewer has said something."""
    return {place: _commented(theme) for place, theme in themes.items()}


@set_out(after=approved, kept=True)
def live(themes: Things) -> Things:
    """Themes on show in one district each."""
    return {place: _released(theme) for place, theme in themes.items()}


def _submitted(place: Place, lead: Spot) -> Standing:
    code = theme_of(place)
    version = submit_theme(actor=staff(lead, RoleCode.LEAD_EDITOR), code=code, expected_revision=1, note="提交")
    return Standing(code, 1, lead, version.number, version.digest)


def _agreed(theme: Standing, *, before: str = "") -> Standing:
    approve_by_all(Version.objects.get(subject__code=theme.code, number=theme.version), "同意", before=before)
    return theme


def _asked(theme: Standing) -> Standing:
    ask_theme_emergency(actor=demo("operator2"), code=theme.code, digest=theme.digest, note="台风")
    return theme


def _commented(theme: Standing) -> Standing:
    reviewer = staff(theme.lead, RoleCode.LEAD_REVIEWER)
    comment = comment_on_theme(actor=reviewer, code=theme.code, digest=theme.digest, pointer="/name", note="太长")
    return replace(theme, comment=comment.pk)


def _released(theme: Standing) -> Standing:
    release_theme(
        actor=demo("operator"), code=theme.code, version=theme.version, division_codes=[theme.release_in], note="发布"
    )
    return theme


def _new_theme() -> dict[str, str]:
    """What a person says of a theme that begins."""
    return {"name": "开办便利店“一件事”", "summary": "", "category": "L1"}


def other_theme(theme: Standing) -> Standing:
    """One that never was."""
    return replace(theme, code=NEVER_WAS_CODE)


# --- acts -------------------------------------------------------------------------------------------------------------


def _reading(name: str, scene: Callable[[], Things], selector: Callable[..., Any], pages: Mapping[Door, str]) -> Act:
    roots = {Door.API: "/api/v1/themes", Door.PAGE: "/themes"}

    def through(door: Door) -> Callable[[Standing], Ask]:
        return lambda theme: Ask(f"{roots[door]}/{theme.code}/{pages[door]}")

    def call(actor: User, theme: Standing) -> Any:
        return selector(actor, theme.code)

    return Act(name, scene, call, asks={door: through(door) for door in pages}, never_was=other_theme)


def _on_theme(
    do: str,
    trace: str,
    scene: Callable[[], Things],
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    asks: Mapping[Door, Callable[[Any], Ask]],
) -> Act:
    return Act(f"theme.{do}", scene, call, service, asks, trace=trace, never_was=other_theme)


def _draft(theme: Standing) -> dict[str, Any]:
    tree: dict[str, Any] = Theme.objects.get(subject__code=theme.code).subject.draft
    return {**tree, "summary": "新"}


def _save(actor: User, theme: Standing) -> Any:
    return save_theme(actor=actor, code=theme.code, tree=_tree(theme), expected_revision=theme.revision)


def _tree(theme: Standing) -> Any:
    return _draft(theme) if theme.code != NEVER_WAS_CODE else {}


def _save_by_api(theme: Standing) -> Ask:
    return Ask(f"/api/v1/themes/{theme.code}/draft/", body=_tree(theme), method="put", headers=_at_revision(theme))


def _at_revision(theme: Standing) -> dict[str, str]:
    return {"If-Match": f'"draft-{theme.revision}"'}


def _upload_rules(actor: User, theme: Standing) -> Any:
    return upload_rules(actor=actor, code=theme.code, file=BytesIO(RULES), name="a.csv")


def _upload_rules_by_page(theme: Standing) -> Ask:
    form = {"do": "upload", "file": SimpleUploadedFile("a.csv", RULES)}
    return Ask(f"/themes/{theme.code}/guidance/table/", form)


def _compose(actor: User, theme: Standing) -> Any:
    document = msgspec.convert(_draft(replace(theme, code=_known(theme))), ThemeDocument)
    wanted = EditState.of(document, theme.revision).wanted()
    return save_composition(actor=actor, code=theme.code, wanted=wanted, expected_revision=theme.revision)


def _known(theme: Standing) -> str:
    return theme_of(SPOTS[0]) if theme.code == NEVER_WAS_CODE else theme.code


def _compose_by_page(theme: Standing) -> Ask:
    form: dict[str, Any] = {"revision": theme.revision}
    if theme.code != NEVER_WAS_CODE:
        editor = client_of(staff(theme.lead, RoleCode.LEAD_EDITOR))
        form = form_of(editor.get(f"/themes/{theme.code}/edit/"), holding="revision")
    return Ask(f"/themes/{theme.code}/edit/", {**form, "summary": "新", "do": "save"})


def _open(actor: User, theme: Standing) -> Any:
    policy = LocalisationPolicy(on_conflict="suspend")
    return save_policy(actor=actor, code=theme.code, policy=policy, expected_revision=theme.revision)


def _open_by_page(theme: Standing) -> Ask:
    form = {"do": "save", "on_conflict": "suspend", "revision": theme.revision}
    return Ask(f"/themes/{theme.code}/localisation-policy/", form)


def _file(actor: User, theme: Standing) -> Any:
    return file_theme(actor=actor, theme=theme.code, category="P6", expected_revision=theme.revision)


def _file_by_page(theme: Standing) -> Ask:
    form = {"do": "file", "theme": theme.code, "category": "P6", "revision": theme.revision}
    return Ask("/scene-categories/L1/", form)


def _keep(actor: User, theme: Standing) -> Any:
    wanted = [NewCase("又一个用例", _other_answers(theme))]
    return save_cases(actor=actor, code=theme.code, wanted=wanted, expected_revision=theme.revision)


def _keep_by_page(theme: Standing) -> Ask:
    answers = dict(write_answers(_other_answers(theme)))
    return Ask(f"/themes/{theme.code}/cases/new/", {"name": "又一个用例", "revision": theme.revision, **answers})


def _keep_proposal_by_page(theme: Standing) -> Ask:
    """The first proposal of the theme: the page names it by what it answers."""
    frozen = show_draft(Theme.objects.get(subject__code=_known(theme))).frozen
    city = Theme.objects.get(subject__code=_known(theme)).subject.division
    first = propose_for(frozen, place_to_open(frozen, city), clock.today()).proposals[0]
    form = {"chosen": code_of_run(first.run), "revision": theme.revision}
    return Ask(f"/themes/{theme.code}/cases/proposals/", form)


def _other_answers(theme: Standing) -> dict[str, Any]:
    """What no saved case answers: the first question alone."""
    answers = _draft(replace(theme, code=_known(theme)))["cases"][0]["answers"]
    return dict(list(answers.items())[:1])


def _differing(theme: Standing) -> Standing:
    tree = deepcopy(_draft(theme))
    tree["cases"][0]["expected"]["items"] = []
    editor = staff(theme.lead, RoleCode.LEAD_EDITOR)
    save_theme(actor=editor, code=theme.code, tree=tree, expected_revision=theme.revision)
    return replace(theme, revision=theme.revision + 1)


def _accept(actor: User, theme: Standing) -> Any:
    case = _case(theme)
    return accept_case(actor=actor, code=theme.code, case=case, reason="规定改了", expected_revision=theme.revision)


def _require(actor: User, theme: Standing) -> Any:
    case = _case(theme)
    return require_case(actor=actor, code=theme.code, case=case, is_required=False, expected_revision=theme.revision)


def _delete(actor: User, theme: Standing) -> Any:
    return delete_case(actor=actor, code=theme.code, case=_case(theme), expected_revision=theme.revision)


def _on_cases(do: str) -> dict[Door, Callable[[Standing], Ask]]:
    """By the page of the theme's cases."""

    def ask(theme: Standing) -> Ask:
        form = {"do": do, "case": _case(theme), "revision": theme.revision, "reason": "规定改了"}
        return Ask(f"/themes/{theme.code}/parts/cases/", form)

    return {Door.PAGE: ask}


def _case(theme: Standing) -> str:
    return str(_draft(replace(theme, code=_known(theme)))["cases"][0]["code"])


def _matter(theme: Standing) -> str:
    """The digest of the first thing that the merge of the theme costs."""
    document = msgspec.convert(Theme.objects.get(subject__code=_known(theme)).subject.draft, ThemeDocument)
    return matters_of(settlement_of(document).settlement.form)[0].digest


def _decide_merge(actor: User, theme: Standing) -> Any:
    wanted = Wanted(_matter(theme), "accept_narrowing", "可以接受")
    return decide_on_merge(actor=actor, code=theme.code, wanted=wanted, expected_revision=theme.revision)


def _decide_merge_by_api(theme: Standing) -> Ask:
    body = {"about": _matter(theme), "rule": "accept_narrowing", "reason": "可以接受"}
    address = f"/api/v1/themes/{theme.code}/draft/merge/decisions/"
    return Ask(address, body=body, method="post", headers=_at_revision(theme))


def _decide_merge_by_page(theme: Standing) -> Ask:
    form = {"do": "decide", "about": _matter(theme), "choice": "accept_narrowing||", "reason": "可以接受"}
    return Ask(f"/themes/{theme.code}/merging/", {**form, "revision": theme.revision})


def _decided(theme: Standing) -> Standing:
    _decide_merge(staff(theme.lead, RoleCode.LEAD_EDITOR), theme)
    return replace(theme, revision=theme.revision + 1)


def _undecide_merge(actor: User, theme: Standing) -> Any:
    return withdraw_merge_decision(actor=actor, code=theme.code, decision="D1", expected_revision=theme.revision)


def _undecide_merge_by_api(theme: Standing) -> Ask:
    address = f"/api/v1/themes/{theme.code}/draft/merge/decisions/D1/withdraw/"
    return Ask(address, body={}, method="post", headers=_at_revision(theme))


def _undecide_merge_by_page(theme: Standing) -> Ask:
    form = {"do": "withdraw", "decision": "D1", "revision": theme.revision}
    return Ask(f"/themes/{theme.code}/merging/", form)


def _reveal(actor: User, theme: Standing) -> Any:
    return reveal_values(actor=actor, code=theme.code, note="核对")


def _reveal_by_page(theme: Standing) -> Ask:
    return Ask(f"/themes/{theme.code}/values/", {"note": "核对"})


def _recode(actor: User, theme: Standing) -> None:
    """What the end of a code does to a draft that names it; whoever ends codes enters here and by no other door."""
    change = Replacement("/service_object_codes", "2", ("1",), clock.today())
    DraftCodes().rewrite(actor=actor, key=theme.code, replacements=[change], note="停用")


def _submit(actor: User, theme: Standing) -> Any:
    return submit_theme(actor=actor, code=theme.code, expected_revision=theme.revision, note="提交")


def _submit_by_api(theme: Standing) -> Ask:
    address = f"/api/v1/themes/{theme.code}/submit/"
    return Ask(address, body={"note": "提交"}, method="post", headers=_at_revision(theme))


def _submit_by_page(theme: Standing) -> Ask:
    return Ask(f"/themes/{theme.code}/submit/", {"revision": theme.revision, "note": "提交"})


def _decide(service: Callable[..., Any], actor: User, theme: Standing) -> Any:
    return service(actor=actor, code=theme.code, digest=theme.digest, note="意见")


def _decide_by_api(do: str, theme: Standing) -> Ask:
    return Ask(f"/api/v1/themes/{theme.code}/{do}/", body={"digest": theme.digest, "note": "意见"}, method="post")


def _decide_by_page(do: str, theme: Standing) -> Ask:
    return Ask(f"/themes/{theme.code}/review/", {"do": do, "digest": theme.digest, "note": "意见"})


def _review(
    service: Callable[..., Any], more: Callable[[Standing], dict[str, Any]], actor: User, theme: Standing
) -> Any:
    named = {"party": "party_id"}
    extra = {named.get(name, name): value for name, value in more(theme).items()}
    return service(actor=actor, code=theme.code, digest=theme.digest, note="意见", **extra)


def _review_by_page(do: str, more: Callable[[Standing], dict[str, Any]], theme: Standing) -> Ask:
    form = {"do": do, "digest": theme.digest, "note": "意见", **more(theme)}
    return Ask(f"/themes/{theme.code}/review/", form)


_BY_API = {
    "comment": "comments",
    "delegate": "delegate",
    "ask_emergency": "emergency",
    "confirm_emergency": "emergency/confirm",
}


def _by_api(do: str, more: Callable[[Standing], dict[str, Any]]) -> dict[Door, Callable[[Standing], Ask]]:
    if do not in _BY_API:
        return {}

    def ask(theme: Standing) -> Ask:
        body = {"digest": theme.digest or "0", "note": "意见", **more(theme)}
        return Ask(f"/api/v1/themes/{theme.code}/{_BY_API[do]}/", body=body, method="post")

    return {Door.API: ask}


def _comment(theme: Standing) -> dict[str, Any]:
    return {"pointer": "/name"}


def _to_a_colleague(theme: Standing) -> dict[str, Any]:
    party = ReviewParty.objects.filter(step__version__subject__code=theme.code, step__code=LEAD).last()
    return {"party": party.pk if party else 0, "to": f"staff.{RoleCode.LEAD_REVIEWER}.{theme.lead}"}


def _nothing_more(theme: Standing) -> dict[str, Any]:
    return {}


def _resolve(actor: User, theme: Standing) -> Any:
    return resolve_theme_comment(actor=actor, code=theme.code, comment_id=theme.comment, note="已改")


def _resolve_by_api(theme: Standing) -> Ask:
    return Ask(f"/api/v1/themes/{theme.code}/comments/{theme.comment}/resolve/", body={"note": "已改"}, method="post")


def _resolve_by_page(theme: Standing) -> Ask:
    form = {"do": f"resolve:{theme.comment}", f"resolution_{theme.comment}": "已改", "revision": theme.revision}
    return Ask(f"/themes/{theme.code}/edit/", form)


def _publish(service: Callable[..., Any], actor: User, theme: Standing, *, is_release: bool) -> Any:
    version = {"version": theme.version} if is_release else {}
    return service(actor=actor, code=theme.code, division_codes=[theme.release_in], note="理由", **version)


def _publish_by_api(do: str, theme: Standing) -> Ask:
    version = {"version": theme.version} if do == "release" else {}
    body = {"divisions": [theme.release_in], "note": "理由", **version}
    return Ask(f"/api/v1/themes/{theme.code}/{do}/", body=body, method="post")


def _publish_by_page(do: str, theme: Standing) -> Ask:
    form = {"version": theme.version, "division": theme.release_in, "note": "理由"}
    return Ask(f"/themes/{theme.code}/{do}/", form)


def _share(do: str, service: Callable[..., Any], actor: User, theme: Standing) -> Any:
    right = {"right": "view"} if do == "share" else {}
    return service(actor=actor, code=theme.code, username="mh_editor", note="理由", **right)


# --- collisions -------------------------------------------------------------------------------------------------------


def _between(do: str) -> dict[str, str]:
    if do != "merge":
        return {"kind": Collision.Kind.MATERIAL, "existing_code": "M_EXISTING"}
    existing, qualified = make_field(), make_field()
    return {
        "kind": Collision.Kind.PUBLIC_FIELD,
        "existing_code": existing.code,
        "qualified_code": qualified.code,
    }


def _on_collision(do: str, trace: str, service: Callable[..., Any], *, is_settled: bool) -> Act:
    def make(place: Place) -> Collision:
        # The dossiers of this world agree with the registers; a collision of each theme is all that scope needs.
        return Collision.objects.create(
            theme=Theme.objects.get(subject__code=theme_of(place)),
            **_between(do),
            local_code=f"M_{do}",
            differences=[],
            is_settled=is_settled,
        )

    return Act(
        f"collision.{do}",
        lambda: {place: make(place) for place in LEADS},
        lambda actor, collision: service(actor=actor, pk=collision.pk, note="理由"),
        service,
        {Door.PAGE: lambda collision: Ask(f"/themes/collisions/{collision.pk}/", {"do": do, "note": "理由"})},
        trace=trace,
        never_was=lambda collision: Collision(pk=987654321, theme=collision.theme),
    )


def _package(theme: Standing) -> str:
    release = Release.objects.filter(subject__code=theme.code, division__code=theme.release_in).first()
    return str(release.package_id) if release else "0" * 64
