"""What themes tell on the home page: what waits, what is in use, what needs attention."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Window
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import MOST_ENTRIES, Content, Entry, Panel
from opsplatform.release.models import Decision, Release, Subject
from themes import selectors
from themes.models import Collision, LiveFinding, Theme

MANY = 100  # rows read for a panel that groups them; the list behind it has them all


def _page(name: str, code: str) -> str:
    return reverse(f"themes:{name}", kwargs={"code": code})


def _in_authority(actor: User, action: str) -> Q:
    """Themes on which a role of the actor allows the action: by the city or by the lead department."""
    return Q(subject__division__in=actor.divisions_where(action)) | Q(
        lead_department__in=actor.departments_where(action)
    )


def _themes(actor: User, action: str) -> QuerySet[Theme]:
    found = Theme.objects.filter(_in_authority(actor, action))
    rows = found.select_related("subject__current_version__submitted_by")
    return rows.defer("subject__draft", "subject__current_version__content")


def returned_drafts(actor: User) -> Content:
    """Drafts whose last version came back, for those who wrote it."""
    returned = Decision.objects.filter(version=OuterRef("subject__current_version"), kind=Decision.Kind.RETURNED)
    rows: Any = (
        _themes(actor, "themes.submit")
        .filter(subject__state=Subject.State.DRAFT, subject__current_version__author_ids__contains=[actor.pk])
        .annotate(
            note=Subquery(returned.values("note")[:1]),
            by=Subquery(returned.values("decided_by__name")[:1]),
            returned_at=Subquery(returned.values("decided_at")[:1]),
        )
        .filter(returned_at__isnull=False)
        .order_by("-returned_at")
    )
    shown, total = panels.most_pressing(rows)
    entries = [
        Entry(
            title=row.subject.title,
            url=_page("overview", row.code),
            text=f"{row.by}：{row.note}",
            badge="已退回",
            tone="warn",
            at=row.returned_at,
        )
        for row in shown
    ]
    return panels.content(entries, total=total)


def awaiting_approval(actor: User) -> Content:
    """Submitted versions that the actor may decide on: in their department, and not their own work."""
    rows = (
        _themes(actor, "themes.approve")
        .filter(subject__state=Subject.State.SUBMITTED)
        .exclude(subject__current_version__author_ids__contains=[actor.pk])
        .order_by("subject__current_version__submitted_at")
    )
    shown, total = panels.most_pressing(rows)
    entries = []
    for row in shown:
        version: Any = row.subject.current_version
        text = f"{version.submitted_by}：{version.note}"
        badge = f"版本 {version.number}"
        entries.append(Entry(row.subject.title, _page("review", row.code), text, badge, "info", version.submitted_at))
    return panels.content(entries, total=total)


def awaiting_release(actor: User) -> Content:
    """Approved versions that were never released anywhere."""
    released = Release.objects.filter(version=OuterRef("subject__current_version"))
    approved = Decision.objects.filter(version=OuterRef("subject__current_version"), kind=Decision.Kind.APPROVED)
    rows: Any = (
        _themes(actor, "themes.release")
        .filter(~Exists(released), subject__state=Subject.State.APPROVED)
        .annotate(
            by=Subquery(approved.values("decided_by__name")[:1]),
            approved_at=Subquery(approved.values("decided_at")[:1]),
        )
        .order_by("approved_at")
    )
    shown, total = panels.most_pressing(rows)
    entries = []
    for row in shown:
        badge = f"版本 {row.subject.current_version.number}"
        text = f"{row.by}已批准"
        entries.append(Entry(row.subject.title, _page("release", row.code), text, badge, "info", row.approved_at))
    return panels.content(entries, total=total)


def unsettled_collisions(actor: User) -> Content:
    """Codes of dossiers that already meant something else, theme by theme."""
    mine = Theme.objects.filter(_in_authority(actor, "themes.settle_collision"))
    rows = list(
        Collision.objects.filter(theme__in=mine, is_settled=False)
        .order_by()
        .values(code=F("theme__subject__code"), title=F("theme__subject__title"))
        .annotate(waiting=Count("*"))
        .order_by("-waiting", "code")
    )
    listed = reverse("admin:themes_collision_changelist")
    return panels.content(
        [
            Entry(
                title=row["title"],
                url=f"{listed}?theme={row['code']}&is_settled=false",
                text=f"{row['waiting']} 个代码与已登记的内容不同，请逐一核对、处理",
            )
            for row in rows[:MOST_ENTRIES]
        ],
        total=sum(row["waiting"] for row in rows),
        more_url=f"{listed}?is_settled=false",
    )


def themes_in_use(actor: User) -> Content:
    """What is on show in the actor's divisions, by theme and version, the newest first, called as released last."""
    rows = (
        Release.objects.live()
        .filter(subject__kind="theme", division__in=actor.divisions_where("registers.view"))
        .order_by()
        .values("subject__code", name=F("subject__title"), number=F("version__number"))
        .annotate(places=Count("division"), place=Min("division__name"), since=Min("released_at"))
        .annotate(how_many=Window(Count("*")))
        .order_by("-since", "subject__code")
    )
    shown = list(rows[:MOST_ENTRIES])
    entries = []
    for row in shown:
        where = row["place"] if row["places"] == 1 else f"{row['places']} 个区"
        entries.append(
            Entry(
                title=row["name"],
                url=_page("overview", row["subject__code"]),
                text=where,
                badge=f"版本 {row['number']}",
                tone="good",
                at=row["since"],
                at_word="上线于",
            )
        )
    return panels.content(entries, total=shown[0]["how_many"] if shown else 0, more_url=reverse("themes:list"))


def findings_of_live_themes(actor: User) -> Content:
    """What today's registers say against what is on show, theme by theme, the pressing ones first."""
    rows = (
        selectors.list_live_findings(actor)
        .select_related("theme__subject")
        .defer("theme__subject__draft")
        .order_by("-is_blocking", "theme__subject__code", "id")[:MANY]
    )
    grouped: dict[Theme, list[LiveFinding]] = defaultdict(list)
    for row in rows:
        grouped[row.theme].append(row)
    entries = []
    for theme, found in grouped.items():
        pressing = sum(one.is_blocking for one in found)
        badge = f"{pressing} 处须处理" if pressing else f"{len(found)} 处请留意"
        more = f"（另有 {len(found) - 1} 处）" if len(found) > 1 else ""
        entries.append(
            Entry(
                title=theme.subject.title,
                url=_page("watched", theme.code),
                text=f"{found[0]}{more}",
                badge=badge,
                tone="bad" if pressing else "warn",
                at=found[0].checked_at,
                at_word="巡查于",
            )
        )
    return panels.content(entries)


def _somewhere(action: str) -> Any:
    def concerns(actor: User) -> bool:
        return actor.may_somewhere(action)

    return concerns


def _answers_for_what_is_live(actor: User) -> bool:
    return actor.may_somewhere("themes.view_draft") or actor.may_somewhere("catalog.edit_service_points")


def _works_on_content(actor: User) -> bool:
    return actor.may_somewhere("registers.view") and not any(
        membership.role.is_administration for membership in actor.held_memberships
    )


panels.register(
    Panel(
        "themes.returned", "等我处理", "退回给我的草稿", "undo", _somewhere("themes.submit"), returned_drafts,
        "没有退回的草稿。", 10,
    ),
    Panel(
        "themes.approve", "等我处理", "等我审核", "fact_check", _somewhere("themes.approve"), awaiting_approval,
        "没有等您审核的版本。", 20,
    ),
    Panel(
        "themes.release", "等我处理", "等我发布", "publish", _somewhere("themes.release"), awaiting_release,
        "没有等待发布的版本。", 30,
    ),
    Panel(
        "themes.collisions", "等我处理", "代码冲突", "call_split", _somewhere("themes.settle_collision"),
        unsettled_collisions, "", 40,
    ),
    Panel(
        "themes.findings", "需要关注", "在用主题的新情况", "sync_problem", _answers_for_what_is_live,
        findings_of_live_themes,
        "在用的主题都与今天的登记信息相符。", 10,
    ),
    Panel(
        "themes.live", "正在使用", "在用的主题", "hub", _works_on_content, themes_in_use,
        "您的区划还没有在用的主题。", 10,
    ),
)  # fmt: skip
