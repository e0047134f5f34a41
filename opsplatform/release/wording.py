"""What became of a version, in a sentence."""

from django.utils.timezone import localtime

from opsplatform.release.models import Decision, Version

_WHAT = {
    Decision.Kind.APPROVED: "批准了版本 {number}。",
    Decision.Kind.RETURNED: "退回了版本 {number}。",
    Decision.Kind.VOIDED: "改动了内容，版本 {number} 随即失效，须重新提交后再审核。",
}


def what_became_of(version: Version) -> str:
    """Who decided on the version last, or voided it by a change, and when; empty while it waits."""
    last = version.decisions.select_related("decided_by").order_by("id").last()
    if last is None:
        return ""
    what = _WHAT[Decision.Kind(last.kind)].format(number=version.number)
    return f"{last.decided_by} 于 {localtime(last.decided_at):%Y-%m-%d %H:%M} {what}"
