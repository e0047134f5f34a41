"""Release: an approved version goes on show in divisions, replacing what was live there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.kernel.notes import require_note
from opsplatform.organizations.models import Division
from opsplatform.release import selectors
from opsplatform.release.errors import GateClosed, NotApproved
from opsplatform.release.findings import Finding
from opsplatform.release.models import DraftRevision, JoinedLocalisation, Release, Version
from opsplatform.release.services import on_show
from opsplatform.release.services.drafting import name_after
from opsplatform.release.services.expiring import ask_to_expire, expire_overdue
from opsplatform.release.services.overlapping import require_nothing_planned
from opsplatform.release.subjects import Terms, kind_of


@transaction.atomic
def release(
    *,
    actor: User,
    subject_id: int,
    version_number: int,
    divisions: Sequence[Division],
    note: str,
    public_note: str = "",
    until: datetime | None = None,
    joined: Mapping[int, JoinedLocalisation] | None = None,
) -> list[Release]:
    """The approved version is on show in every one of the divisions, or in none; its packages are signed.

    Each division keeps its approved localisation, or gets the one in `joined` under its key. One where this version is
    live already until then, or that has yet to decide about what it changes, is left as it is; where it is live until
    another moment, a release with the new one takes its place. `until` ends what begins here by itself; raises Invalid
    where that reaches into what a plan holds, GateClosed where a localisation may not go on show today.
    """
    note = require_note(note)
    public_note = on_show.public_sentence(public_note, f"发布版本 {version_number}。")
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    on_show.require_in(actor, "release", subject, divisions)
    version = selectors.get_version(subject, version_number)
    _require_releasable(version, divisions)
    live = {row.division_id: row for row in expire_overdue(subject, on_show.lock_live(subject).values())}
    localisations = {**kind.localisations(subject, divisions), **_joining(joined or {})}
    held_back = kind.carry_over(version, localisations, Terms(note, public_note, until))
    moment = on_show.moment_after(subject)
    if until is not None and until <= moment:
        raise Invalid(problems=(Problem("/effective_until", "in_the_past", "有效期须在发布之后结束。"),))
    require_nothing_planned(subject, divisions, until)
    releases: list[Release] = []
    barred: list[Finding] = []
    for division in divisions:
        current, localisation = live.get(division.pk), localisations.get(division.pk)
        is_same = on_show.shows(current, version, localisation)
        if division.pk in held_back or (current is not None and is_same and current.effective_until == until):
            continue
        if localisation is not None:
            found = on_show.find_barred(localisation, division)
            if joined and division.pk in joined:
                found += on_show.find_unfit(version, localisation, division)
            if found:
                barred += found
                continue
        if current is not None:
            why = "改了有效期" if is_same else f"由版本 {version.number} 取代"
            on_show.end(
                current, actor=actor, ending=Release.Ending.SUPERSEDED,
                note=f"{why}：{note}", public_note=f"{why}。", moment=moment,
            )  # fmt: skip
        package = on_show.package_of(version, division, localisation)
        begun = on_show.begin(
            package, subject=subject, actor=actor, note=note, public_note=public_note, moment=moment, until=until
        )
        releases.append(begun)
        if joined and division.pk in joined:
            row = joined[division.pk]
            _tell_localised(actor, row.localisation, begun, joined_by=row.joined_by.username)
        elif localisation is not None and current is None:
            _tell_localised(actor, localisation, begun)
        trail.record(
            actor, f"{subject.kind}.released", subject,
            division=division.code, reason=note, version=version.number, digest=package.digest,
        )  # fmt: skip
    if barred:
        raise GateClosed(tuple(barred))
    if releases:
        name_after(subject, DraftRevision.objects.get(subject=subject, revision=version.draft_revision).document)
    ask_to_expire(releases)
    kind.released(subject, divisions)
    return releases


def _joining(joined: Mapping[int, JoinedLocalisation]) -> dict[int, Version]:
    """The localisations that come with this release; raises where one of them may not."""
    found = {}
    for division, row in joined.items():
        own = selectors.lock_subject(row.localisation.subject_id)
        on_show.require_in(row.joined_by, "release", own, [row.division])
        if not selectors.is_approved(row.localisation):
            raise NotApproved(f"{row.division}的本地化版本 {row.localisation.number} 已不再是批准的版本。")
        found[division] = row.localisation
    return found


def _tell_localised(actor: User, localisation: Version, begun: Release, **facts: str) -> None:
    own = localisation.subject
    trail.record(
        actor, f"{own.kind}.released", own, division=begun.division.code, reason=begun.note,
        version=localisation.number, of_version=begun.version.number, digest=begun.package_id, **facts,
    )  # fmt: skip


def _require_releasable(version: Version, divisions: Sequence[Division]) -> None:
    """Passes when a second person approved the version and its gate finds nothing that blocks it there."""
    if not selectors.is_approved(version):
        raise NotApproved
    kind = kind_of(version.subject)
    blocking = tuple(
        finding for division in divisions for finding in kind.release_findings(version, division) if finding.is_blocking
    )
    if blocking:
        raise GateClosed(blocking)
