"""Questions about themes, always within what the actor may see."""

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Division
from opsplatform.release.selectors import lock_subject
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


def list_offered_divisions(codes: tuple[str, ...]) -> list[Division]:
    """The districts that these handling divisions stand for, by code: a city stands for all its districts."""
    chosen = Division.objects.filter(code__in=codes)
    offered = {
        district.code: district
        for division in chosen
        for district in Division.objects.subtree_of(division).filter(level=Division.Level.DISTRICT)
    }
    return [offered[code] for code in sorted(offered)]
