"""A division's localisation goes on show: the same version of the subject, with what the division changed of it."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import GateClosed, NotApproved
from opsplatform.release.models import Release, Version
from opsplatform.release.services import on_show
from opsplatform.release.services.expiring import ask_to_expire
from opsplatform.release.services.overlapping import require_nothing_planned
from opsplatform.release.subjects import Terms, kind_of

PUBLIC = "按本区的办理方式更新。"


@transaction.atomic
def release_localised(
    *,
    actor: User,
    subject_id: int,
    version: Version,
    division: Division,
    localisation: Version,
    note: str,
    terms: Terms | None,
) -> Release:
    """The version is on show in the division with this localisation, replacing what was live there.

    The right is the division's own, on the localisation; both have been approved by a second person. Where nothing is
    live yet, the first release is not the division's to make. `terms` are those on which the city released the
    version, where the division has only now decided about it: its notes are told with the division's; what shows the
    version already keeps its own period. Raises WrongState where the period is over.
    """
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    selectors.lock_subject(localisation.subject_id)  # nobody voids meanwhile what goes on show
    kind = kind_of(subject)
    on_show.require_in(actor, "release", localisation.subject, [division])
    if not (selectors.is_approved(version) and selectors.is_approved(localisation)):
        raise NotApproved
    current = on_show.lock_live(subject).get(division.pk)
    if current is None:
        raise WrongState(f"“{subject}”还没有在{division}发布，首次发布由市级运营人员办理。")
    if on_show.shows(current, version, localisation):
        raise WrongState(f"{localisation}已经在{division}上线。")
    findings = (
        *kind.release_findings(version, division),
        *kind_of(localisation.subject).release_findings(localisation, division),
    )
    blocking = tuple(finding for finding in findings if finding.is_blocking)
    if blocking:
        raise GateClosed(blocking)
    moment = on_show.moment_after(subject)
    until, public_note = terms.until if terms else None, PUBLIC
    if current.version_id == version.pk:
        until = current.effective_until
    else:
        require_nothing_planned(subject, [division], until)
        if terms and terms.note:
            note, public_note = f"{note}（市级发布时：{terms.note}）", f"{terms.public_note}{PUBLIC}"
    if until is not None and until <= moment:
        raise WrongState(f"市级发布版本 {version.number} 的有效期已满。")
    on_show.end(
        current, actor=actor, ending=Release.Ending.SUPERSEDED,
        note=f"由本地化版本 {localisation.number} 取代：{note}", public_note=public_note, moment=moment,
    )  # fmt: skip
    release = on_show.begin(
        on_show.package_of(version, division, localisation),
        subject=subject,
        actor=actor,
        note=note,
        public_note=public_note,
        moment=moment,
        until=until,
    )
    trail.record(
        actor, f"{localisation.subject.kind}.released", localisation.subject, division=division.code, reason=note,
        version=localisation.number, of_version=version.number, digest=release.package_id,
    )  # fmt: skip
    ask_to_expire([release])
    kind.released(subject, [division])
    return release
