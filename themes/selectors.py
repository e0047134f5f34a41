"""Questions about themes, always within what the actor may see."""

from datetime import datetime

from django.db.models import QuerySet

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release
from opsplatform.release.selectors import find_live, lock_subject
from themes.models import Theme


def get_theme(actor: User, code: str, *, lock: bool = False) -> Theme:
    """The theme of that code if the actor sees it; raises NotFound. With `lock`, its subject is locked."""
    theme = (
        Theme.objects.visible_to(actor)
        .select_related("subject__division", "subject__current_version", "lead_department", "category")
        .filter(subject__code=code)
        .first()
    )
    if theme is None:
        raise NotFound
    if lock:
        theme.subject = lock_subject(theme.subject_id)
    return theme


def get_draft(actor: User, code: str) -> Theme:
    """The theme if the actor may see its draft; NotFound out of sight, Forbidden where only what is live is in sight."""
    theme = get_theme(actor, code)
    division = theme.subject.division
    departments = (theme.lead_department, *theme.partner_departments.all())
    if not any(
        actor.may("themes.view_draft", within=division, department=department, on=theme) for department in departments
    ):
        actor.require("themes.view_draft", within=division, department=theme.lead_department, on=theme)
    return theme


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


def get_division(code: str) -> Division:
    """The division of that code; raises NotFound."""
    division = Division.objects.filter(code=code).first()
    if division is None:
        raise NotFound(f"区划 {code} 不存在。")
    return division
