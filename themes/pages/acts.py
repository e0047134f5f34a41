"""What a person can do with a theme now: the acts their rights allow, each open or with the reason why it is not."""

from collections.abc import Iterator, Sequence

from opsplatform.accounts.models import User
from opsplatform.console.acts import Act
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.review_selectors import how_the_review_stands, parties_of, why_not_decide
from opsplatform.release.wording import why_nothing_waits
from themes import selectors
from themes.packages.compilation import read_frozen
from themes.services.showing import Shown, is_as_submitted

NOT_LIVE = "没有已上线的区划。"


def acts_for(actor: User, shown: Shown, live: Sequence[Release], approved: Version | None) -> list[Act]:
    """The acts this person has the right to, in the order of the theme's way."""
    return list(_acts(actor, shown, live, approved))


def _acts(actor: User, shown: Shown, live: Sequence[Release], approved: Version | None) -> Iterator[Act]:
    theme, subject = shown.theme, shown.theme.subject
    if selectors.may_on(actor, theme, "themes.edit"):
        yield Act("edit", "编辑", "primary" if subject.state == Subject.State.DRAFT else "")
    if selectors.may_on(actor, theme, "themes.submit"):
        yield Act("submit", "提交审核", "", why_not_submit(shown))
    under_review = selectors.list_under_review(theme)
    if selectors.may_on(actor, theme, "themes.approve") or any(parties_of(actor, one) for one in under_review):
        reason = why_not_decide(actor, under_review[0]) if under_review else why_nothing_waits(subject)
        yield Act("review", "审核", "" if reason else "primary", reason)
    if subject.state == Subject.State.SUBMITTED and selectors.may_on(actor, theme, "themes.confirm_emergency"):
        yield Act("review", "应急发布", "danger")
    if actor.divisions_where("themes.release").filter(path__startswith=subject.division.path).exists():
        reason = why_not_release(live, approved)
        yield Act("release", "发布", "" if reason else "primary", reason)
        yield Act("pause", "暂停与恢复受理", "", "" if live else NOT_LIVE)
        yield Act("hand_over", "改办另一主题", "", "" if live else NOT_LIVE)
        yield Act("withdraw", "撤回", "danger", "" if live else NOT_LIVE)


def why_not_submit(shown: Shown) -> str:
    """Why the draft cannot be submitted as it stands; empty where only the gate decides.

    What is approved may be submitted again as soon as the registers would freeze it otherwise.
    """
    subject = shown.theme.subject
    version = subject.current_version
    if version is None:
        return ""
    if subject.state == Subject.State.SUBMITTED:
        return f"版本 {version.number} 正在等待审核。"
    if subject.state == Subject.State.APPROVED and is_as_submitted(shown):
        return f"版本 {version.number} 已批准，之后草稿和登记信息都没有改动。"
    return ""


def why_not_release(live: Sequence[Release], approved: Version | None) -> str:
    """Why nothing can be released; empty where some offered division does not show the approved version."""
    if approved is None:
        return "还没有经第二人批准的版本。"
    showing = {release.division_id for release in live if release.version_id == approved.pk}
    offered = selectors.list_offered_divisions(read_frozen(bytes(approved.content)).document.handling_divisions)
    is_open = any(division.pk not in showing for division in offered)
    return "" if is_open else f"版本 {approved.number} 已在所有办理区划上线。"


def next_step(subject: Subject, live: Sequence[Release], approved: Version | None) -> str:
    """Where the theme stands and who moves next, in a sentence."""
    if subject.state == Subject.State.APPROVED and approved is not None:
        if all(release.version_id == approved.pk for release in live) and live:
            return f"版本 {approved.number} 已批准并上线。要改动时，直接编辑草稿；在用的内容不受影响。"
        return f"版本 {approved.number} 已批准，等待市级运营人员发布。"
    return how_the_review_stands(subject) or "草稿有尚未提交的改动，由牵头部门编辑人员检查后提交审核。"
