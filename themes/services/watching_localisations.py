"""Watching what districts show of their own: exceptions that end, windows of theirs that close."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from opsplatform.organizations.models import Division
from opsplatform.release.findings import Finding
from themes.localisation.documents import FrozenLocalisation
from themes.localisation.keys import key_of, steps_of
from themes.localisation.wording import name_of
from themes.packages.structure import FrozenTheme

SOON = timedelta(days=30)


def check_live_localisation(
    frozen: FrozenTheme, localisation: FrozenLocalisation, division: Division, today: date, withdrawn: Mapping[int, str]
) -> Iterator[Finding]:
    """What is no longer right, or will soon not be, in a localisation that is on show in its division.

    `withdrawn`: the exceptions that the city has taken back, by number, and how that is told.
    """
    for exception in localisation.exceptions:
        what = f"{division.name}的例外“{name_of(exception.code, frozen)}”"
        over = withdrawn.get(exception.number)
        if over is None and exception.expires_on < today.isoformat():
            over = f"已于 {exception.expires_on} 到期"
        if over is not None:
            sentence = f"{what}{over}，发布包里仍按例外办理；请恢复，或重新申请。"
            yield _finding("exception_over", exception.code, sentence, division)
        elif exception.expires_on <= (today + SOON).isoformat():
            sentence = f"{what}将于 {exception.expires_on} 到期；到期前请恢复，或重新申请。"
            yield _finding("exception_ending", exception.code, sentence, division, is_blocking=False)
    for operation in localisation.document.operations:
        closed = _closes(operation.code, operation.value)
        if closed is not None and closed < today.isoformat():
            name = steps_of(operation.code)[1]
            sentence = f"{division.name}的办理地址“{name}”已于 {closed} 停用，发布包里仍是它。"
            yield _finding("service_point_expired", operation.code, sentence, division)


def _closes(key: str, value: object) -> str | None:
    """The last day that the district gave a window."""
    steps = steps_of(key)
    if steps[0] != "service_points":
        return None
    if len(steps) == 2 and isinstance(value, dict):
        return value.get("valid_to")
    return value if len(steps) == 3 and steps[2] == "valid_to" and isinstance(value, str) else None


def _finding(code: str, key: str, sentence: str, division: Division, *, is_blocking: bool = True) -> Finding:
    return Finding(
        code=code,
        severity="blocking" if is_blocking else "advisory",
        place=f"/localisation/{key_of(key)}",
        sentence=sentence,
        division=division.code,
    )
