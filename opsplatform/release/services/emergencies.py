"""应急发布: a version goes out before its review ends, on the word of two; the review is then owed."""

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel.errors import Forbidden, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release.errors import OwnWork, SamePerson
from opsplatform.release.models import Decision, Emergency, Subject, Version
from opsplatform.release.services.reviewing import get_pending, record_act
from opsplatform.release.subjects import kind_of


@transaction.atomic
def ask_emergency(*, actor: User, subject_id: int, digest: str, note: str) -> Emergency:
    """It stands on record why the submitted version cannot wait for its review; another person has to confirm that."""
    reason = require_note(note)
    subject, version = _submitted(subject_id, digest)
    _require(actor, subject, "ask_emergency")
    if Emergency.objects.filter(version=version).exists():
        raise WrongState(f"版本 {version.number} 的应急发布已经有人提出，等待另一位同事确认。")
    emergency = Emergency.objects.create(version=version, digest=digest, reason=reason, asked_by=actor)
    record_act(actor, "emergency_asked", subject, version, reason)
    return emergency


@transaction.atomic
def confirm_emergency(*, actor: User, subject_id: int, digest: str, note: str) -> Version:
    """The version may be released though its review has not ended; everybody sees that it is owed."""
    note = require_note(note)
    subject, version = _submitted(subject_id, digest)
    _require(actor, subject, "confirm_emergency")
    emergency = Emergency.objects.filter(version=version).first()
    if emergency is None:
        raise WrongState(f"没有人为版本 {version.number} 提出应急发布。")
    if actor.pk in version.author_ids:
        raise OwnWork
    if actor.pk == emergency.asked_by_id:
        raise SamePerson
    Decision.objects.create(version=version, kind=Decision.Kind.APPROVED, digest=digest, decided_by=actor, note=note)
    subject.state = Subject.State.APPROVED
    subject.save(update_fields=["state"])
    record_act(actor, "emergency_confirmed", subject, version, note)
    return version


def _submitted(subject_id: int, digest: str) -> tuple[Subject, Version]:
    subject, version = get_pending(subject_id, digest)
    if subject.state != Subject.State.SUBMITTED or subject.current_version_id != version.pk:
        raise WrongState(f"“{subject}”没有待审核的版本。")
    return subject, version


def _require(actor: User, subject: Subject, verb: str) -> None:
    kind = kind_of(subject)
    if not kind.takes_emergencies:
        raise Forbidden(f"{kind.title}没有应急发布。")
    division, department, thing = kind.authority(subject)
    actor.require(f"{kind.room}.{verb}", within=division, department=department, on=thing)
