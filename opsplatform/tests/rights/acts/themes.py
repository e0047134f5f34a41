"""Acts on themes, from bringing one in to reading what is on show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from forms_builder.registry import Replacement
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.kernel import clock
from opsplatform.release.models import Release
from opsplatform.tests.rights.acts import Act, Ask, Door, Place, Things
from opsplatform.tests.rights.doors import client_of
from opsplatform.tests.rights.oracle import Relation
from opsplatform.tests.rights.world import CITY, HERE, SPOTS, STREET, THERE, Spot, demo, dossier_of, staff, theme_of
from themes import selectors
from themes.documents import ThemeDocument
from themes.models import Collision, Theme
from themes.pages.editing_state import EditState
from themes.services.accepting import accept_case
from themes.services.codes_named import DraftCodes
from themes.services.composing import save_composition
from themes.services.drafting import save_theme
from themes.services.importing import import_dossier
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import approve_theme, return_theme, submit_theme
from themes.services.settling import reopen_collision, settle_collision
from themes.services.sharing import share_theme, unshare_theme
from themes.tests.browsing import form_of

LEADS: Mapping[Place, Spot] = {
    **{spot: spot for spot in SPOTS},
    Relation.PARTNER: Spot(HERE, 1),
    Relation.GRANTED_VIEW: Spot(THERE),
    Relation.GRANTED_EDIT: Spot(THERE),
}
OFFERED = {place: lead for place, lead in LEADS.items() if lead.division != STREET}  # streets offer nothing themselves

NEVER_WAS_CODE = "NEVER-WAS"


@dataclass(frozen=True)
class Standing:
    """A theme as it stands when it is acted upon."""

    code: str
    revision: int
    lead: Spot
    version: int = 0
    digest: str = ""

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
    see, see_draft = selectors.get_theme, selectors.get_draft
    yield _reading("theme.read", drafts, see, {Door.API: "", Door.PAGE: ""})
    yield _reading("theme.read_draft", live, see_draft, {Door.API: "draft/", Door.PAGE: "findings/"})
    yield _reading("theme.read_versions", drafts, see_draft, {Door.API: "versions/", Door.PAGE: "history/compare/"})
    yield _reading("theme.read_findings", drafts, see_draft, {Door.API: "findings/", Door.PAGE: "findings/"})
    yield _reading("theme.read_review", submitted, see_draft, {Door.PAGE: "review/"})
    yield _on_theme("save", "theme.edited", drafts, save_theme, _save, {Door.API: _save_by_api})
    yield _on_theme("compose", "theme.edited", drafts, save_composition, _compose, {Door.PAGE: _compose_by_page})
    yield _on_theme("accept_case", "", drafts, accept_case, _accept, {Door.PAGE: _accept_by_page})
    yield Act("theme.recode", drafts, _recode, trace="theme.recoded", never_was=_other_theme)
    yield _on_theme(
        "submit", "theme.submitted", offered_drafts, submit_theme, _submit,
        {Door.API: _submit_by_api, Door.PAGE: _submit_by_page},
    )  # fmt: skip
    for do, trace, service in (("approve", "approved", approve_theme), ("return", "returned", return_theme)):
        yield _on_theme(
            do, f"theme.{trace}", submitted, service, partial(_decide, service),
            {Door.API: partial(_decide_by_api, do), Door.PAGE: partial(_decide_by_page, do)},
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
    yield Act(
        "package.read_live",
        live,
        asks={Door.API: lambda theme: Ask(f"/api/v1/export/themes/{theme.code}/{theme.release_in}/")},
        never_was=_other_theme,
    )
    yield Act(
        "package.read",
        live,
        asks={Door.API: lambda theme: Ask(f"/api/v1/export/packages/{_package(theme)}/")},
        never_was=_other_theme,
    )


# --- scenes -----------------------------------------------------------------------------------------------------------


def drafts() -> Things:
    """Themes that nobody has submitted."""
    return {place: Standing(theme_of(place), 1, lead) for place, lead in LEADS.items()}


def offered_drafts() -> Things:
    """Those of them that can be submitted."""
    return {place: theme for place, theme in drafts().items() if place in OFFERED}


def submitted() -> Things:
    """Themes that wait for their reviewer."""
    return {place: _submitted(place, lead) for place, lead in OFFERED.items()}


def approved() -> Things:
    """Themes that may be released."""
    return {place: _approved(theme) for place, theme in submitted().items()}


def live() -> Things:
    """Themes on show in one district each."""
    return {place: _released(theme) for place, theme in approved().items()}


def _submitted(place: Place, lead: Spot) -> Standing:
    code = theme_of(place)
    version = submit_theme(actor=staff(lead, RoleCode.LEAD_EDITOR), code=code, expected_revision=1, note="提交")
    return Standing(code, 1, lead, version.number, version.digest)


def _approved(theme: Standing) -> Standing:
    approve_theme(actor=staff(theme.lead, RoleCode.LEAD_REVIEWER), code=theme.code, digest=theme.digest, note="同意")
    return theme


def _released(theme: Standing) -> Standing:
    release_theme(
        actor=demo("operator"), code=theme.code, version=theme.version, division_codes=[theme.release_in], note="发布"
    )
    return theme


def _other_theme(theme: Standing) -> Standing:
    return replace(theme, code=NEVER_WAS_CODE)


# --- acts -------------------------------------------------------------------------------------------------------------


def _reading(name: str, scene: Callable[[], Things], selector: Callable[..., Any], pages: Mapping[Door, str]) -> Act:
    roots = {Door.API: "/api/v1/themes", Door.PAGE: "/themes"}

    def through(door: Door) -> Callable[[Standing], Ask]:
        return lambda theme: Ask(f"{roots[door]}/{theme.code}/{pages[door]}")

    def call(actor: User, theme: Standing) -> Any:
        return selector(actor, theme.code)

    return Act(name, scene, call, asks={door: through(door) for door in pages}, never_was=_other_theme)


def _on_theme(
    do: str,
    trace: str,
    scene: Callable[[], Things],
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    asks: Mapping[Door, Callable[[Any], Ask]],
) -> Act:
    return Act(f"theme.{do}", scene, call, service, asks, trace=trace, never_was=_other_theme)


def _draft(theme: Standing) -> dict[str, Any]:
    tree: dict[str, Any] = Theme.objects.get(subject__code=theme.code).subject.draft
    return {**tree, "summary": "新"}


def _save(actor: User, theme: Standing) -> Any:
    return save_theme(actor=actor, code=theme.code, tree=_tree(theme), expected_revision=theme.revision)


def _tree(theme: Standing) -> Any:
    return _draft(theme) if theme.code != NEVER_WAS_CODE else {}


def _save_by_api(theme: Standing) -> Ask:
    match = {"If-Match": f'"draft-{theme.revision}"'}
    return Ask(f"/api/v1/themes/{theme.code}/draft/", body=_tree(theme), method="put", headers=match)


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


def _accept(actor: User, theme: Standing) -> Any:
    return accept_case(actor=actor, code=theme.code, case=_case(theme), expected_revision=theme.revision)


def _accept_by_page(theme: Standing) -> Ask:
    form = {"do": "accept", "case": _case(theme), "revision": theme.revision}
    return Ask(f"/themes/{theme.code}/parts/cases/", form)


def _case(theme: Standing) -> str:
    return str(_draft(replace(theme, code=_known(theme)))["cases"][0]["code"])


def _recode(actor: User, theme: Standing) -> None:
    """What the end of a code does to a draft that names it; whoever ends codes enters here and by no other door."""
    change = Replacement("/service_object_codes", "2", ("1",), clock.today())
    DraftCodes().rewrite(actor=actor, key=theme.code, replacements=[change], note="停用")


def _submit(actor: User, theme: Standing) -> Any:
    return submit_theme(actor=actor, code=theme.code, expected_revision=theme.revision, note="提交")


def _submit_by_api(theme: Standing) -> Ask:
    match = {"If-Match": f'"draft-{theme.revision}"'}
    return Ask(f"/api/v1/themes/{theme.code}/submit/", body={"note": "提交"}, method="post", headers=match)


def _submit_by_page(theme: Standing) -> Ask:
    return Ask(f"/themes/{theme.code}/submit/", {"revision": theme.revision, "note": "提交"})


def _decide(service: Callable[..., Any], actor: User, theme: Standing) -> Any:
    return service(actor=actor, code=theme.code, digest=theme.digest, note="意见")


def _decide_by_api(do: str, theme: Standing) -> Ask:
    return Ask(f"/api/v1/themes/{theme.code}/{do}/", body={"digest": theme.digest, "note": "意见"}, method="post")


def _decide_by_page(do: str, theme: Standing) -> Ask:
    return Ask(f"/themes/{theme.code}/review/", {"do": do, "digest": theme.digest, "note": "意见"})


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


def _on_collision(do: str, trace: str, service: Callable[..., Any], *, is_settled: bool) -> Act:
    def make(place: Place) -> Collision:
        # The dossiers of this world agree with the registers; a collision of each theme is all that scope needs.
        return Collision.objects.create(
            theme=Theme.objects.get(subject__code=theme_of(place)),
            kind=Collision.Kind.MATERIAL,
            local_code=f"M_{do}",
            existing_code="M_EXISTING",
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
