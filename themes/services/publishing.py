"""A theme's approved version on show in divisions, or withdrawn from them."""

from collections.abc import Sequence

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release
from opsplatform.release.selectors import get_version
from opsplatform.release.services import publishing
from themes import selectors
from themes.models import Theme
from themes.packages.compilation import read_frozen


def release_theme(
    *, actor: User, code: str, version: int, division_codes: Sequence[str] | None, note: str
) -> list[Release]:
    """The approved version is on show in the divisions; None means every division the version is offered in."""
    theme = selectors.get_theme(actor, code)
    if division_codes is None:
        frozen = read_frozen(bytes(get_version(theme.subject, version).content))
        divisions = selectors.list_offered_divisions(frozen.document.handling_divisions)
    else:
        divisions = _named(division_codes)
    return publishing.release(
        actor=actor, subject_id=theme.subject_id, version_number=version, divisions=divisions, note=note
    )


def withdraw_theme(*, actor: User, code: str, division_codes: Sequence[str] | None, note: str) -> list[Release]:
    """The theme is off show in the divisions; None means wherever it is live."""
    theme = selectors.get_theme(actor, code)
    divisions = _live(theme) if division_codes is None else _named(division_codes)
    return publishing.withdraw(actor=actor, subject_id=theme.subject_id, divisions=divisions, note=note)


def _live(theme: Theme) -> list[Division]:
    return list(Division.objects.filter(pk__in=Release.objects.live().filter(subject=theme.subject).values("division")))


def _named(codes: Sequence[str]) -> list[Division]:
    known = {division.code: division for division in Division.objects.filter(code__in=codes)}
    problems = tuple(
        Problem(f"/divisions/{number}", "unknown_division", f"区划 {code} 不存在。")
        for number, code in enumerate(codes)
        if code not in known
    )
    if problems:
        raise Invalid("请指明存在的区划。", problems=problems)
    if not codes:
        raise Invalid("请至少选择一个区。")
    return [known[code] for code in dict.fromkeys(codes)]
