"""Review: submission freezes the content as a numbered version; one second person approves or returns it."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.errors import WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release import selectors
from opsplatform.release.errors import GateClosed, NothingChanged, OwnWork
from opsplatform.release.models import Decision, Subject, Version
from opsplatform.release.services.drafting import require_revision, void_current
from opsplatform.release.subjects import kind_of
from opsplatform.release.wording import what_became_of


@transaction.atomic
def submit(*, actor: User, subject_id: int, expected_revision: int, note: str) -> Version:
    """The draft stands as the next numbered version, every reference frozen, waiting for a second person.

    An approved draft may be submitted again once what it refers to has changed in the registers.
    """
    note = require_note(note)
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    division, department, thing = kind.authority(subject)
    actor.require(f"{kind.room}.submit", within=division, department=department, on=thing)
    require_revision(subject, expected_revision)
    if subject.state == Subject.State.SUBMITTED:
        raise WrongState(f"“{subject}”{subject.get_state_display()}，不能再次提交。")
    blocking = tuple(finding for finding in kind.findings(subject) if finding.is_blocking and not finding.division)
    if blocking:
        raise GateClosed(blocking)
    frozen = kind.freeze(subject)
    content = canonical_bytes(frozen)
    digest = digest_of(content)
    previous = Version.objects.filter(subject=subject).order_by("-number").first()
    if previous is not None and previous.digest == digest and selectors.is_approved(previous):
        raise NothingChanged
    void_current(subject, actor)
    approved = selectors.find_last_approved(subject)
    authors = [
        *selectors.author_ids_since(approved, subject),
        *selectors.author_ids_of_digest(subject, digest),
        *kind.contributors(frozen, approved),
    ]
    version = Version.objects.create(
        subject=subject,
        number=(previous.number if previous else 0) + 1,
        content=content,
        digest=digest,
        draft_revision=subject.draft_revision,
        author_ids=list(dict.fromkeys([*authors, actor.pk])),
        submitted_by=actor,
        note=note,
    )
    subject.state = Subject.State.SUBMITTED
    subject.current_version = version
    subject.save(update_fields=["state", "current_version"])
    trail.record(
        actor, f"{subject.kind}.submitted", subject,
        division=division.code, reason=note, version=version.number, digest=digest,
    )  # fmt: skip
    return version


@transaction.atomic
def approve(*, actor: User, subject_id: int, digest: str, note: str) -> Version:
    """The submitted version may be released; the approval is bound to the digest the reviewer saw."""
    note = require_note(note)
    subject, version = _pending(subject_id, digest)
    _require_second_person(actor, subject, version, "approve")
    Decision.objects.create(version=version, kind=Decision.Kind.APPROVED, digest=digest, decided_by=actor, note=note)
    subject.state = Subject.State.APPROVED
    subject.save(update_fields=["state"])
    trail.record(
        actor, f"{subject.kind}.approved", subject,
        division=subject.division.code, reason=note, version=version.number, digest=digest,
    )  # fmt: skip
    return version


@transaction.atomic
def return_to_draft(*, actor: User, subject_id: int, digest: str, note: str) -> Version:
    """The submitted version is returned with the reviewer's reason; the draft can be edited and submitted anew."""
    note = require_note(note)
    subject, version = _pending(subject_id, digest)
    _require_second_person(actor, subject, version, "approve")
    Decision.objects.create(version=version, kind=Decision.Kind.RETURNED, digest=digest, decided_by=actor, note=note)
    subject.state = Subject.State.DRAFT
    subject.save(update_fields=["state"])
    trail.record(
        actor, f"{subject.kind}.returned", subject,
        division=subject.division.code, reason=note, version=version.number, digest=digest,
    )  # fmt: skip
    return version


def _pending(subject_id: int, digest: str) -> tuple[Subject, Version]:
    subject = selectors.lock_subject(subject_id)
    version = subject.current_version
    if subject.state != Subject.State.SUBMITTED or version is None:
        raise WrongState(_since_seen(subject, digest) or f"“{subject}”没有待审核的版本。")
    if version.digest != digest:
        raise WrongState(f"待审核的内容已不是您看到的那一版，请刷新后重新审阅。{_since_seen(subject, digest)}")
    return subject, version


def _since_seen(subject: Subject, digest: str) -> str:
    """What became of the version that the reviewer had before them; empty where there was none."""
    seen = Version.objects.filter(subject=subject, digest=digest).order_by("-number").first()
    return what_became_of(seen) if seen else ""


def _require_second_person(actor: User, subject: Subject, version: Version, verb: str) -> None:
    kind = kind_of(subject)
    division, department, thing = kind.authority(subject)
    actor.require(f"{kind.room}.{verb}", within=division, department=department, on=thing)
    if actor.pk in version.author_ids:
        raise OwnWork
