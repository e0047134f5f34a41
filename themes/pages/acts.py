"""What a person can do with a theme now: the acts their rights allow, each open or with the reason why it is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from opsplatform.accounts.models import User
from opsplatform.release.models import Decision, Release, Subject, Version
from opsplatform.release.wording import what_became_of
from themes import selectors
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.services.showing import Shown, is_as_submitted

OWN_WORK = "您参与了这一版的编写，须由另一位同事审核。"


@dataclass(frozen=True)
class Act:
    """A button. `reason` says why it is disabled; empty where it is open."""

    page: str
    title: str
    tone: str = ""
    reason: str = ""


def acts_for(actor: User, shown: Shown, live: Sequence[Release], approved: Version | None) -> list[Act]:
    """The acts this person has the right to, in the order of the theme's way."""
    return list(_acts(actor, shown, live, approved))


def _acts(actor: User, shown: Shown, live: Sequence[Release], approved: Version | None) -> Iterator[Act]:
    theme, subject = shown.theme, shown.theme.subject
    if selectors.may_on(actor, theme, "themes.edit"):
        yield Act("edit", "编辑", "primary" if subject.state == Subject.State.DRAFT else "")
    if selectors.may_on(actor, theme, "themes.submit"):
        yield Act("submit", "提交审核", "", why_not_submit(shown))
    if selectors.may_on(actor, theme, "themes.approve"):
        reason = why_not_decide(actor, theme)
        yield Act("review", "审核", "" if reason else "primary", reason)
    if actor.divisions_where("themes.release").filter(path__startswith=subject.division.path).exists():
        reason = why_not_release(live, approved)
        yield Act("release", "发布", "" if reason else "primary", reason)
        yield Act("withdraw", "撤回", "danger", "" if live else "没有已上线的区划。")


def why_not_submit(shown: Shown) -> str:
    """Why the draft cannot be submitted as it stands; empty where only the gate decides.

    What is approved may be submitted again as soon as the registers would freeze it otherwise.
    """
    subject = shown.theme.subject
    if subject.state == Subject.State.SUBMITTED:
        return f"版本 {_number(subject)} 正在等待审核。"
    if subject.state == Subject.State.APPROVED and is_as_submitted(shown):
        return f"版本 {_number(subject)} 已批准，之后草稿和登记信息都没有改动。"
    return ""


def why_not_release(live: Sequence[Release], approved: Version | None) -> str:
    """Why nothing can be released; empty where some offered division does not show the approved version."""
    if approved is None:
        return "还没有经第二人批准的版本。"
    showing = {release.division_id for release in live if release.version_id == approved.pk}
    offered = selectors.list_offered_divisions(read_frozen(bytes(approved.content)).document.handling_divisions)
    is_open = any(division.pk not in showing for division in offered)
    return "" if is_open else f"版本 {approved.number} 已在所有办理区划上线。"


def why_not_decide(actor: User, theme: Theme) -> str:
    """Why the person cannot decide on the pending version; empty where they can."""
    version = theme.subject.current_version
    if theme.subject.state != Subject.State.SUBMITTED or version is None:
        return why_nothing_waits(theme.subject)
    return OWN_WORK if actor.pk in version.author_ids else ""


def why_nothing_waits(subject: Subject) -> str:
    """That no version waits for a decision, and who voided the last one by a change of the draft, and when."""
    version = subject.current_version
    voided = version is not None and version.decisions.filter(kind=Decision.Kind.VOIDED).exists()
    return f"没有待审核的版本。{what_became_of(version) if version and voided else ''}"


def next_step(subject: Subject, live: Sequence[Release], approved: Version | None) -> str:
    """Where the theme stands and who moves next, in a sentence."""
    if subject.state == Subject.State.SUBMITTED:
        return f"版本 {_number(subject)} 已提交，等待牵头部门审核人审核。"
    if subject.state == Subject.State.APPROVED and approved is not None:
        if all(release.version_id == approved.pk for release in live) and live:
            return f"版本 {approved.number} 已批准并上线。要改动时，直接编辑草稿；在用的内容不受影响。"
        return f"版本 {approved.number} 已批准，等待市级运营人员发布。"
    returned = _returned(subject)
    if returned is not None:
        return f"版本 {_number(subject)} 已被退回：{returned.note}"
    return "草稿有尚未提交的改动，由牵头部门编辑人员检查后提交审核。"


def _returned(subject: Subject) -> Decision | None:
    if subject.current_version is None:
        return None
    return subject.current_version.decisions.filter(kind=Decision.Kind.RETURNED).first()


def _number(subject: Subject) -> int:
    assert subject.current_version is not None  # the table's constraint for these states
    return subject.current_version.number
