"""A theme's approved version on show in divisions, or withdrawn from them."""

from collections.abc import Sequence
from datetime import datetime

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release
from opsplatform.release.selectors import get_version
from opsplatform.release.services import releasing, withdrawing
from themes import selectors
from themes.models import Theme
from themes.packages.compilation import read_frozen


def release_theme(
    *,
    actor: User,
    code: str,
    version: int,
    division_codes: Sequence[str] | None,
    note: str,
    public_note: str = "",
    until: datetime | None = None,
) -> list[Release]:
    """The approved version is on show in the divisions; None means every division the version is offered in."""
    theme = selectors.get_theme(actor, code)
    if division_codes is None:
        frozen = read_frozen(bytes(get_version(theme.subject, version).content))
        divisions = selectors.list_offered_divisions(frozen.document.handling_divisions)
    else:
        divisions = named_divisions(division_codes)
    return releasing.release(
        actor=actor,
        subject_id=theme.subject_id,
        version_number=version,
        divisions=divisions,
        note=note,
        public_note=public_note,
        until=until,
    )


def withdraw_theme(
    *, actor: User, code: str, division_codes: Sequence[str] | None, note: str, public_note: str = ""
) -> list[Release]:
    """The theme is off show in the divisions; None means wherever it is live."""
    theme = selectors.get_theme(actor, code)
    return withdrawing.withdraw(
        actor=actor,
        subject_id=theme.subject_id,
        divisions=chosen_or_live(theme, division_codes),
        note=note,
        public_note=public_note,
    )


def chosen_or_live(theme: Theme, codes: Sequence[str] | None) -> list[Division]:
    """The divisions of these codes; without codes wherever the theme is live."""
    if codes is not None:
        return named_divisions(codes)
    live = Release.objects.live().filter(subject=theme.subject).values("division")
    return list(Division.objects.filter(pk__in=live))


def named_divisions(codes: Sequence[str]) -> list[Division]:
    """The divisions of these codes; raises Invalid naming every one that there is not."""
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
