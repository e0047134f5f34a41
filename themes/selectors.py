"""Questions about themes, always within what the actor may see."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db.models import Q, QuerySet

from forms_builder.models import DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.models import DraftRevision, Package, Release, Version
from opsplatform.release.selectors import find_live, is_approved, list_history, list_releases, lock_subject
from themes.documents import ThemeDocument
from themes.models import Collision, LiveFinding, Theme


def find_theme(actor: User, code: str) -> Theme | None:
    """The theme of that code if the actor sees it."""
    return (
        Theme.objects.visible_to(actor)
        .select_related("subject__division", "subject__current_version", "lead_department", "category")
        .filter(subject__code=code)
        .first()
    )


def get_theme(actor: User, code: str, *, lock: bool = False) -> Theme:
    """The theme of that code if the actor sees it; raises NotFound. With `lock`, its subject is locked."""
    theme = find_theme(actor, code)
    if theme is None:
        raise NotFound
    if lock:
        theme.subject = lock_subject(theme.subject_id)
    return theme


def may_on(actor: User, theme: Theme, action: str) -> bool:
    """Whether the actor may do this to the theme, as a whole and not only in some division of it."""
    return actor.may(action, within=theme.subject.division, department=theme.lead_department, on=theme)


def may_view_draft(actor: User, theme: Theme) -> bool:
    """Whether the actor may see the draft: city operation, a lead or partner department, or a grant on the theme."""
    return may_on(actor, theme, "themes.view_draft") or any(
        actor.may("themes.view_draft", within=theme.subject.division, department=department)
        for department in theme.partner_departments.all()
    )


def get_draft(actor: User, code: str) -> Theme:
    """The theme if the actor may see its draft; NotFound out of sight, Forbidden where only what is live is seen."""
    theme = get_theme(actor, code)
    if not may_view_draft(actor, theme):
        actor.require("themes.view_draft", within=theme.subject.division, department=theme.lead_department, on=theme)
    return theme


def names_by_code(actor: User, codes: Collection[str] | None = None) -> dict[str, str]:
    """What the themes that the actor sees are called, by code; of those codes only where codes are given."""
    themes = Theme.objects.visible_to(actor)
    if codes is not None:
        themes = themes.filter(subject__code__in=codes)
    return dict(themes.order_by("subject__code").values_list("subject__code", "subject__title"))


def get_theme_by_code(code: str) -> Theme:
    """The theme of that code whoever asks: for commands, whose user holds the machine. Raises NotFound."""
    rows = Theme.objects.select_related("subject__division", "subject__current_version")
    theme = rows.filter(subject__code=code).first()
    if theme is None:
        raise NotFound(f"没有主题 {code}。")
    return theme


def list_offered_divisions(codes: tuple[str, ...]) -> list[Division]:
    """The districts that these handling divisions stand for, by code: a city stands for all its districts."""
    chosen = Division.objects.filter(code__in=codes)
    offered = {
        district.code: district
        for division in chosen
        for district in Division.objects.subtree_of(division).filter(level=Division.Level.DISTRICT)
    }
    return [offered[code] for code in sorted(offered)]


def get_live(theme: Theme, division: Division, at: datetime | None = None) -> Release:
    """What is, or at a moment was, on show in the division; raises NotFound."""
    live = find_live(theme.subject, division, at)
    if live is None:
        raise NotFound(f"“{theme}”在{division}没有在用的版本。")
    return live


def list_live(theme: Theme) -> QuerySet[Release]:
    """Where the theme is on show now, by division."""
    return (
        Release.objects.live()
        .filter(subject=theme.subject)
        .select_related("division", "version__subject", "released_by")
        .defer("version__content")
        .order_by("division__code")
    )


def get_collision(actor: User, pk: int, *, lock: bool = False) -> Collision:
    """The collision of a theme that the actor sees; raises NotFound. With `lock`, its row is locked."""
    visible = Theme.objects.visible_to(actor).values("pk")
    rows = Collision.objects.filter(theme__in=visible).select_related("theme__subject__division")
    collision = (rows.select_for_update(of=("self",), no_key=True) if lock else rows).filter(pk=pk).first()
    if collision is None:
        raise NotFound
    return collision


def find_withdrawn(theme: Theme) -> dict[int, Release]:
    """Where the theme was last withdrawn and is not on show again: division → the release that ended."""
    latest: dict[int, Release] = {}
    for release in Release.objects.filter(subject=theme.subject).select_related("ended_by").order_by("id"):
        latest[release.division_id] = release
    return {place: release for place, release in latest.items() if release.ending == Release.Ending.WITHDRAWN}


def list_live_findings(actor: User) -> QuerySet[LiveFinding]:
    """What stands against live themes whose draft the actor sees, and against their own divisions' share of any."""
    return LiveFinding.objects.filter(
        Q(theme__in=Theme.objects.drafts_visible_to(actor))
        | Q(division__in=actor.divisions_where("catalog.edit_service_points"))
    )


def get_division(code: str) -> Division:
    """The division of that code; raises NotFound."""
    division = Division.objects.filter(code=code).first()
    if division is None:
        raise NotFound(f"区划 {code} 不存在。")
    return division


def get_draft_at(theme: Theme, revision: int) -> ThemeDocument:
    """The draft as it stood at the revision; raises NotFound."""
    saved = DraftRevision.objects.filter(subject=theme.subject, revision=revision).first()
    if saved is None:
        raise NotFound(f"“{theme}”没有修订 {revision}。")
    return msgspec.convert(saved.document, ThemeDocument)


def find_own_live(actor: User, theme: Theme) -> Release | None:
    """What is on show where the actor works, else in any other division: what everybody may see of the theme."""
    live = list_live(theme).select_related("package")
    own = live.filter(division__in=actor.divisions_where("registers.view")).first()
    return own or live.first()


def list_visible_releases(actor: User, theme: Theme) -> QuerySet[Release]:
    """The theme's releases: all for who sees its draft; for others those on show, and those of their own divisions."""
    releases = list_releases(theme.subject).select_related("version").defer("version__content")
    if may_view_draft(actor, theme):
        return releases
    return releases.filter(Q(ended_at__isnull=True) | Q(division__in=actor.divisions_where("registers.view")))


def get_package(actor: User, theme: Theme, digest: str) -> Package:
    """The package of a release that the actor sees; raises NotFound."""
    releases = list_visible_releases(actor, theme).filter(package_id=digest).values("package_id")
    package = (
        Package.objects.select_related("division", "version")
        .defer("version__content")
        .filter(digest__in=releases)
        .first()
    )
    if package is None:
        raise NotFound
    return package


def find_approved(theme: Theme) -> Version | None:
    """The newest version that a second person approved and nothing voided since."""
    approved = (version for version in list_history(theme.subject) if is_approved(version))
    return next(approved, None)


def find_previous_version(theme: Theme) -> Version | None:
    """The version that was approved last, else the one submitted last: what a new submission is compared with."""
    return find_approved(theme) or Version.objects.filter(subject=theme.subject).order_by("-number").first()


def list_authors(version: Version) -> QuerySet[User]:
    """Those who wrote what the version holds and so cannot decide on it."""
    return User.objects.filter(pk__in=version.author_ids).order_by("name")


def code_names(*dictionaries: str) -> dict[str, dict[str, str]]:
    """What the codes of these dictionaries are called: dictionary → code → name."""
    names: dict[str, dict[str, str]] = {code: {} for code in dictionaries}
    entries = DictionaryEntry.objects.filter(dictionary__code__in=dictionaries)
    for dictionary, code, name in entries.values_list("dictionary__code", "code", "name"):
        names[dictionary][code] = name
    return names


def list_items_named(actor: User, text: str) -> QuerySet[ServiceItem]:
    """Items in the actor's sight whose name, popular name or code has the text."""
    return (
        ServiceItem.objects.visible_to(actor)
        .filter(Q(name__icontains=text) | Q(daily_name__icontains=text) | Q(basic_code__icontains=text))
        .select_related("department__division", "body_kind")
        .order_by("name", "key")
    )


def get_item(actor: User, key: str) -> ServiceItem:
    """The item of that key if the actor sees it; raises NotFound."""
    items = ServiceItem.objects.visible_to(actor).select_related("department__division", "body_kind")
    item = items.filter(key=key).first()
    if item is None:
        raise NotFound
    return item
