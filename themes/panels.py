"""What themes tell on the home page: what waits, what is in use, what needs attention."""

from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import Now
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.console import panels
from opsplatform.console.panels import MOST_ENTRIES, Content, Entry, Panel
from opsplatform.release.models import Decision, JoinedLocalisation, PlanElement, PlanStage, Release, Subject
from opsplatform.release.review_selectors import debts_of
from opsplatform.release.selectors import stages_at_a_loss
from themes import localisation_selectors, selectors
from themes.localisation.wording import asked_told
from themes.models import CityChange, Collision, Localisation, LocalisationException, Theme
from themes.services.localising import count_undecided, why_not_now

LOST = "其中有版本或本地化已不再是批准的版本，到时整批不能发布。"


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


def plans_in_trouble(actor: User) -> Content:
    """Stages that were refused at their time, did not run then, or will be refused, for those who may release."""
    late = Q(state=PlanStage.State.WAITING, due_at__lt=Now())
    lost = set(stages_at_a_loss().values_list("pk", flat=True))
    rows = (
        PlanStage.objects.filter(
            Q(state=PlanStage.State.REFUSED) | late | Q(pk__in=lost), plan__in=selectors.list_plans(actor)
        )
        .select_related("plan")
        .order_by("due_at")
    )
    shown, total = panels.most_pressing(rows)
    entries = [
        Entry(
            title=f"{stage.plan} 第 {stage.position} 批",
            url=reverse("themes:plan", args=[stage.plan_id]),
            text="；".join(stage.reasons[:2]) or (LOST if stage.pk in lost else "已过预定时间，还没有进行。"),
            badge="批准已失效" if stage.pk in lost else stage.get_state_display(),
            tone="bad",
            at=stage.due_at,
        )
        for stage in shown
    ]
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
    by_theme: Any = {"partition_by": "theme"}
    first_of_each = (
        selectors.list_live_findings(actor)
        .annotate(
            found=Window(Count("*"), **by_theme),
            pressing=Window(Count("pk", filter=Q(is_blocking=True)), **by_theme),
            theme_code=F("theme__subject__code"),
            title=F("theme__subject__title"),
        )
        .order_by("theme_id", "-is_blocking", "id")
        .distinct("theme_id")
    )
    worst: list[Any] = sorted(first_of_each, key=lambda row: (not row.is_blocking, row.theme_code))
    entries = [
        Entry(
            title=row.title,
            url=_page("watched", row.theme_code),
            text=f"{row}（另有 {row.found - 1} 处）" if row.found > 1 else str(row),
            badge=f"{row.pressing} 处须处理" if row.pressing else f"{row.found} 处请留意",
            tone="bad" if row.pressing else "warn",
            at=row.checked_at,
            at_word="巡查于",
        )
        for row in worst[:MOST_ENTRIES]
    ]
    return panels.content(entries, total=len(worst))


def review_debts(actor: User) -> Content:
    """What went out in an emergency before its review ended, among the themes that the person sees."""
    debts = debts_of(Theme.objects.values("pk"))
    seen = set(Theme.objects.visible_to(actor).filter(pk__in=debts).values_list("pk", flat=True)) if debts else set()
    return panels.content(
        [
            Entry(
                title=debt.version.subject.title,
                url=_page("overview", debt.version.subject.code),
                text=debt.sentence,
                badge="应急发布",
                tone="bad" if debt.is_refused else "warn",
                at=debt.since,
                at_word="确认于",
            )
            for theme, debt in debts.items()
            if theme in seen
        ]
    )


def city_changes(actor: User) -> Content:
    """Changes of the city that a district has to decide about, or that wait for its publication."""
    rows = localisation_selectors.list_open_changes(actor, "localisations.edit").defer(None)
    shown, total = panels.most_pressing(rows.defer("localisation__theme__subject__draft"))
    entries = [
        Entry(
            title=str(change.localisation),
            url=_district_page("localisation_conflicts", change.localisation),
            text=_how_far(change),
            badge=change.get_outcome_display(),
            tone="warn",
            at=change.met_at,
        )
        for change in shown
    ]
    return panels.content(entries, total=total)


def _how_far(change: CityChange) -> str:
    number = change.version.number
    if undecided := count_undecided(change):
        return f"市 v{number} 与本区的改动有 {undecided} 处冲突，请选择"
    return f"与市 v{number} 的冲突都已决定，{_NEXT[change.localisation.subject.state]}"


_NEXT: dict[str, str] = {
    Subject.State.DRAFT: "请提交审核", Subject.State.SUBMITTED: "等待审核", Subject.State.APPROVED: "等本区发布",
}  # fmt: skip


def localisations_to_publish(actor: User) -> Content:
    """Approved localisations neither on show nor joined to a plan, for those who publish them in their district."""
    on_show = Release.objects.live().filter(localisation=OuterRef("subject__current_version"))
    stage_there = PlanElement.objects.filter(
        stage__plan=OuterRef("plan"), subject=OuterRef("subject"), division=OuterRef("division"),
        stage__state=PlanStage.State.WAITING,
    )  # fmt: skip
    planned = JoinedLocalisation.objects.filter(Exists(stage_there), localisation=OuterRef("subject__current_version"))
    taken_back = Release.objects.filter(
        localisation=OuterRef("subject__current_version"), ending=Release.Ending.ROLLED_BACK
    )
    rows: Any = (
        Localisation.objects.filter(
            ~Exists(on_show),
            ~Exists(planned),
            subject__division__in=actor.divisions_where("localisations.release"),
            subject__state=Subject.State.APPROVED,
        )
        .annotate(was_rolled_back=Exists(taken_back))
        .select_related("subject__division", "subject__current_version", "theme__subject")
        .defer("subject__draft", "subject__current_version__content", "theme__subject__draft")
        .order_by("subject__updated_at")
    )
    shown, total = panels.most_pressing(rows)
    entries = [
        Entry(
            title=str(row),
            url=_district_page("localisation", row),
            text=why_not_now(row.theme, row.subject.division, row.subject.current_version)
            or ("已回退，没有在用：可以再次发布，或请编辑人员修改" if row.was_rolled_back else "已批准，等待本区发布"),
            badge=f"本地化版本 {row.subject.current_version.number}",
            tone="info",
        )
        for row in shown
        if row.subject.current_version is not None
    ]
    return panels.content(entries, total=total)


def exceptions_to_decide(actor: User) -> Content:
    """Exceptions that districts ask the city for."""
    rows = (
        LocalisationException.objects.filter(
            state=LocalisationException.State.REQUESTED,
            division__in=actor.divisions_where("localisations.decide_exception"),
        )
        .exclude(requested_by=actor)
        .select_related("theme__subject", "division", "requested_by")
        .defer("theme__subject__draft")
        .order_by("id")
    )
    shown, total = panels.most_pressing(rows)
    entries = [
        Entry(
            title=str(row),
            url=f"{_page('localisations', row.theme.code)}#exceptions",
            text=f"{asked_told(row)}。{row.requested_by}：{row.reason}",
            badge=f"至 {row.expires_on}",
            tone="info",
            at=row.created_at,
        )
        for row in shown
    ]
    return panels.content(entries, total=total)


def _district_page(name: str, localisation: Localisation) -> str:
    where = {"code": localisation.theme.code, "division": localisation.subject.division.code}
    return reverse(f"themes:{name}", kwargs=where)


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
        "themes.debts", "需要关注", "应急发布，审核待补", "emergency_home", _works_on_content, review_debts, "", 5,
    ),
    Panel(
        "themes.returned", "等我处理", "退回给我的草稿", "undo", _somewhere("themes.submit"), returned_drafts,
        "没有退回的草稿。", 10,
    ),
    Panel(
        "themes.release", "等我处理", "等我发布", "publish", _somewhere("themes.release"), awaiting_release,
        "没有等待发布的版本。", 30,
    ),
    Panel(
        "themes.plans", "等我处理", "发布计划需要处理", "event_busy", _somewhere("themes.release"), plans_in_trouble,
        "", 35,
    ),
    Panel(
        "themes.collisions", "等我处理", "代码冲突", "call_split", _somewhere("themes.settle_collision"),
        unsettled_collisions, "", 40,
    ),
    Panel(
        "themes.city_changes", "等我处理", "市级变更待本区决定", "merge", _somewhere("localisations.edit"),
        city_changes, "", 15,
    ),
    Panel(
        "themes.localisations", "等我处理", "等本区发布的本地化", "publish", _somewhere("localisations.release"),
        localisations_to_publish, "没有等待发布的本地化。", 25,
    ),
    Panel(
        "themes.exceptions", "等我处理", "区里申请的例外", "gavel", _somewhere("localisations.decide_exception"),
        exceptions_to_decide, "", 35,
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
