"""What became of a version and whose turn it is, in a sentence."""

from collections.abc import Sequence

from django.utils.timezone import localtime

from opsplatform.release.models import Decision, ReviewParty, ReviewStep, Subject, Version

OWN_WORK = "您参与了这一版的编写，须由另一位同事审核。"
_WHAT = {
    Decision.Kind.APPROVED: "批准了版本 {number}。",
    Decision.Kind.RETURNED: "退回了版本 {number}。",
    Decision.Kind.VOIDED: "改动了内容，版本 {number} 随即失效，须重新提交后再审核。",
}
_OPEN = ReviewParty.State.OPEN


def what_became_of(version: Version) -> str:
    """Who decided on the version last, or voided it by a change, and when; empty while it waits."""
    last = version.decisions.select_related("decided_by").order_by("id").last()
    if last is None:
        return ""
    what = _WHAT[Decision.Kind(last.kind)].format(number=version.number)
    return f"{last.decided_by} 于 {localtime(last.decided_at):%Y-%m-%d %H:%M} {what}"


def whose_turn(steps: Sequence[ReviewStep]) -> str:
    """The open steps with who has not decided yet, "平台审核（上海市）"; empty where nobody is to decide."""
    waiting = ((step, [str(party) for party in step.parties.all() if party.state == _OPEN]) for step in steps)
    return "，".join(f"{step.name}（{'、'.join(names)}）" for step, names in waiting if names)


def why_nothing_waits(subject: Subject) -> str:
    """That no version waits for a decision, and who voided the last one by a change of the draft, and when."""
    return f"没有待审核的版本。{voided_told(subject)}"


def voided_told(subject: Subject) -> str:
    """Who voided the last version by a change of the draft, and when; empty where nobody did."""
    version = subject.current_version
    voided = version is not None and version.decisions.filter(kind=Decision.Kind.VOIDED).exists()
    return what_became_of(version) if version and voided else ""
