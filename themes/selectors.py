"""Questions about themes, always within what the actor may see."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from forms_builder.models import DictionaryEntry
from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Department, Division
from opsplatform.release.models import (
    DraftRevision,
    JoinedLocalisation,
    Package,
    Pause,
    PlanElement,
    PlanStage,
    Release,
    ReleasePlan,
    Subject,
    Version,
)
from opsplatform.release.review_selectors import owing_versions
from opsplatform.release.selectors import (
    approved_versions,
    find_live,
    is_approved,
    list_history,
    list_releases,
    lock_subject,
)
from themes.documents import ThemeDocument
from themes.models import (
    Collision,
    LiveFinding,
    NationalTheme,
    SceneCategory,
    Theme,
)


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


def list_countersigning(theme: Theme) -> QuerySet[Department]:
    """The partner departments that answer for at least one item of the draft: they confirm their part of it."""
    keys = [item["item"] for item in theme.subject.draft.get("items", ())]
    own = ServiceItem.objects.filter(
        Q(department=OuterRef("pk")) | Q(body_kind__responsible=OuterRef("pk")), key__in=keys
    )
    partners = theme.partner_departments.exclude(pk=theme.lead_department_id)
    return partners.filter(Exists(own)).order_by("name")


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


def find_gone(theme: Theme) -> dict[int, Release]:
    """Where the theme was on show and nothing of it is now, however that came: division → the release that ended."""
    latest: dict[int, Release] = {}
    for release in Release.objects.filter(subject=theme.subject).select_related("ended_by").order_by("id"):
        latest[release.division_id] = release
    return {place: release for place, release in latest.items() if release.ended_at is not None}


def list_led_here(theme: Theme) -> QuerySet[Release]:
    """The last releases of other themes whose people are led to this one, where it is on show now."""
    later = Release.objects.filter(subject=OuterRef("subject"), division=OuterRef("division"), pk__gt=OuterRef("pk"))
    here = Release.objects.live().filter(subject=theme.subject).values("division")
    led = Release.objects.filter(~Exists(later), successor=theme.subject, division__in=here)
    return (
        led.select_related("subject", "division").defer("subject__draft").order_by("subject__title", "division__code")
    )


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
    """The theme's releases: all for who sees its draft; for others those on show, and those of their own divisions.

    Why others' divisions did it is told as the public is.
    """
    releases = list_releases(theme.subject).select_related("version").defer("version__content")
    if may_view_draft(actor, theme):
        return releases
    own = Q(division__in=actor.divisions_where("registers.view"))
    return releases.filter(Q(ended_at__isnull=True) | own).told_in_house(own)


def list_releases_at(actor: User, moment: datetime, *, code: str = "", division: str = "") -> QuerySet[Release]:
    """What was on show at the moment, of one theme or all, in one division or all, as far as the actor sees it."""
    themes = Theme.objects.visible_to(actor)
    drafts = Theme.objects.drafts_visible_to(actor).values("subject")
    in_house = Q(subject__in=drafts) | Q(division__in=actor.divisions_where("registers.view"))
    found = (
        Release.objects.live_at(moment)
        .filter(in_house | Q(ended_at__isnull=True), subject__theme__in=themes)
        .told_in_house(in_house)
        .select_related("subject", "division", "version", "localisation", "released_by", "ended_by", "successor")
        .defer("subject__draft", "version__content", "localisation__content")
    )
    if code:
        found = found.filter(subject__code=code)
    if division:
        found = found.filter(division__code=division)
    return found.order_by("subject__code", "division__code", "pk")


def list_approved_versions(themes: QuerySet[Theme]) -> QuerySet[Version]:
    """The versions of these themes that may be released, newest first."""
    rows = approved_versions().filter(subject__theme__in=themes).select_related("subject")
    return rows.defer("content", "subject__draft").order_by("-number")


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


def find_approved(theme: Theme, before: Version | None = None) -> Version | None:
    """The newest version that may be released; with `before`, the newest that is older than that one."""
    versions = list_history(theme.subject)
    if before is not None:
        versions = versions.filter(number__lt=before.number)
    return next((version for version in versions if is_approved(version)), None)


def list_under_review(theme: Theme) -> list[Version]:
    """The submitted version, then those that an emergency let through and whose review is owed."""
    subject = theme.subject
    pending = [subject.current_version] if subject.state == Subject.State.SUBMITTED else []
    owing = owing_versions().filter(subject=subject).select_related("submitted_by")
    return [version for version in (*pending, *owing) if version is not None]


def find_previous_version(theme: Theme) -> Version | None:
    """The version that was approved last, else the one submitted last: what a new submission is compared with."""
    return find_approved(theme) or Version.objects.filter(subject=theme.subject).order_by("-number").first()


def code_names(*dictionaries: str) -> dict[str, dict[str, str]]:
    """What the codes of these dictionaries are called: dictionary → code → name."""
    names: dict[str, dict[str, str]] = {code: {} for code in dictionaries}
    entries = DictionaryEntry.objects.filter(dictionary__code__in=dictionaries)
    for dictionary, code, name in entries.values_list("dictionary__code", "code", "name"):
        names[dictionary][code] = name
    return names


def library_names() -> dict[str, str]:
    """What base libraries that fill fields are called, by their code."""
    return code_names("prefill_library")["prefill_library"]


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


def get_category(code: str) -> SceneCategory:
    """The scene category of that code, which everybody may see; raises NotFound."""
    category = SceneCategory.objects.select_related("parent", "merged_into").filter(code=code).first()
    if category is None:
        raise NotFound
    return category


def count_themes_by_category(actor: User) -> dict[int | None, tuple[int, int]]:
    """How many themes in the actor's sight each category has on show, and how many that are not, by its key."""
    live = Exists(Release.objects.live().filter(subject=OuterRef("subject")))
    rows = Theme.objects.visible_to(actor).order_by().annotate(is_live=live)
    counts: dict[int | None, tuple[int, int]] = {}
    for category, is_live, number in rows.values_list("category", "is_live").annotate(number=Count("pk")):
        on_show, others = counts.get(category, (0, 0))
        counts[category] = (on_show + number, others) if is_live else (on_show, others + number)
    return counts


def list_national_themes(actor: User) -> QuerySet[NationalTheme]:
    """The national lists, each entry with whether the actor sees the theme it is offered by, and whether it is live."""
    live = Release.objects.live().filter(subject=OuterRef("theme"))
    seen = Theme.objects.visible_to(actor).filter(pk=OuterRef("theme"))
    return (
        NationalTheme.objects.select_related("category", "theme__subject")
        .defer("theme__subject__draft")
        .annotate(is_live=Exists(live), is_seen=Exists(seen))
    )


def list_plans(actor: User) -> QuerySet[ReleasePlan]:
    """Plans of which the actor may see the draft of every theme, newest first."""
    drafts = Theme.objects.drafts_visible_to(actor).values("subject")
    hidden = PlanElement.objects.exclude(subject__in=drafts).values("stage__plan")
    elements = PlanElement.objects.select_related("subject", "version", "division", "release").defer(
        "subject__draft", "version__content"
    )
    joined = JoinedLocalisation.objects.select_related("subject", "division", "localisation", "joined_by")
    joined = joined.defer("subject__draft", "localisation__content")
    stages = PlanStage.objects.select_related("settled_by").prefetch_related(Prefetch("elements", elements))
    return (
        ReleasePlan.objects.exclude(pk__in=hidden)
        .select_related("planned_by")
        .prefetch_related(Prefetch("stages", stages), Prefetch("joined", joined))
        .order_by("-pk")
    )


def get_plan(actor: User, plan_id: int) -> ReleasePlan:
    """The plan if the actor sees it; raises NotFound."""
    plan = list_plans(actor).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    return plan


def find_pauses(theme: Theme) -> dict[int, Pause]:
    """Where applications for the theme are paused now, by division."""
    pauses = Pause.objects.open().filter(subject=theme.subject).select_related("division", "paused_by")
    return {pause.division_id: pause for pause in pauses}
