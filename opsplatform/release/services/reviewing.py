"""Review: submission freezes the content as a numbered version; the parties of its steps approve or return it."""

from collections.abc import Sequence

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.errors import Forbidden, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release import review_selectors, selectors
from opsplatform.release.errors import GateClosed, NothingChanged, NotYourTurn, OwnWork
from opsplatform.release.models import Decision, ReviewParty, Subject, Version
from opsplatform.release.services.drafting import require_revision, void_current
from opsplatform.release.services.stepping import advance, close_steps, set_up_steps
from opsplatform.release.subjects import kind_of
from opsplatform.release.wording import what_became_of


@transaction.atomic
def submit(*, actor: User, subject_id: int, expected_revision: int, note: str) -> Version:
    """The draft stands as the next numbered version, every reference frozen, its review open at the first step.

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
    reviewed = selectors.find_last_reviewed(subject)
    authors = [
        *selectors.author_ids_since(reviewed, subject),
        *selectors.author_ids_of_digest(subject, digest),
        *kind.contributors(frozen, reviewed),
        actor.pk,
    ]
    undecidable = tuple(review_selectors.find_undecidable(subject, authors))
    if undecidable:
        raise GateClosed(undecidable)
    version = Version.objects.create(
        subject=subject,
        number=(previous.number if previous else 0) + 1,
        content=content,
        digest=digest,
        draft_revision=subject.draft_revision,
        author_ids=list(dict.fromkeys(authors)),
        submitted_by=actor,
        note=note,
    )
    subject.state = Subject.State.SUBMITTED
    subject.current_version = version
    subject.save(update_fields=["state", "current_version"])
    set_up_steps(subject, version)
    record_act(actor, "submitted", subject, version, note)
    return version


@transaction.atomic
def approve(*, actor: User, subject_id: int, digest: str, note: str) -> Version:
    """Every open party that the actor may decide for has approved; with the last step the version may be released.

    The approval is bound to the digest the reviewer saw. What an emergency let through is made up for in this way.
    """
    note = require_note(note)
    subject, version = get_pending(subject_id, digest)
    parties = _decide(actor, version, ReviewParty.State.APPROVED, note)
    record_act(actor, "confirmed", subject, version, note, parties=[str(party) for party in parties])
    if advance(version) and not selectors.is_approved(version):
        Decision.objects.create(
            version=version, kind=Decision.Kind.APPROVED, digest=digest, decided_by=actor, note=note
        )
        subject.state = Subject.State.APPROVED
        subject.save(update_fields=["state"])
        record_act(actor, "approved", subject, version, note)
    return version


@transaction.atomic
def return_to_draft(*, actor: User, subject_id: int, digest: str, note: str) -> Version:
    """The version is returned with the reviewer's reason; the draft can be edited and submitted anew.

    Of what an emergency let through nothing new goes on show; what is, stays until it is replaced or withdrawn.
    """
    note = require_note(note)
    subject, version = get_pending(subject_id, digest)
    _decide(actor, version, ReviewParty.State.RETURNED, note)
    close_steps(version)
    Decision.objects.create(version=version, kind=Decision.Kind.RETURNED, digest=digest, decided_by=actor, note=note)
    if subject.current_version_id == version.pk:
        subject.state = Subject.State.DRAFT
        subject.save(update_fields=["state"])
    kind_of(subject).retracted(version, None)
    record_act(actor, "returned", subject, version, note)
    return version


def require_reviewer(actor: User, version: Version) -> list[ReviewParty]:
    """The parties whose turn it is and for which the actor may decide; raises Forbidden, OwnWork or NotYourTurn."""
    parties = review_selectors.parties_of(actor, version)
    if not parties:
        raise Forbidden("这一版的审核步骤中，没有由您决定的。")
    if actor.pk in version.author_ids:
        raise OwnWork
    now = [party for party in parties if party.state == ReviewParty.State.OPEN]
    if not now:
        raise NotYourTurn
    return now


def _decide(actor: User, version: Version, state: str, note: str) -> Sequence[ReviewParty]:
    parties = require_reviewer(actor, version)
    ReviewParty.objects.filter(pk__in=[party.pk for party in parties]).update(
        state=state, decided_by=actor, decided_at=clock.now(), digest=version.digest, note=note
    )
    return parties


def record_act(actor: User, past: str, subject: Subject, version: Version, note: str, **facts: object) -> None:
    """The trail tells what was done to the version, and why."""
    trail.record(
        actor, f"{subject.kind}.{past}", subject,
        division=subject.division.code, reason=note, version=version.number, digest=version.digest, **facts,
    )  # fmt: skip


def get_pending(subject_id: int, digest: str) -> tuple[Subject, Version]:
    """The version of that digest that waits for decisions: the submitted one, or one an emergency let through."""
    subject = selectors.lock_subject(subject_id)
    version = subject.current_version
    if subject.state == Subject.State.SUBMITTED and version is not None and version.digest == digest:
        return subject, version
    owing = review_selectors.owing_versions().filter(subject=subject, digest=digest).first()
    if owing is not None:
        return subject, owing
    if subject.state != Subject.State.SUBMITTED or version is None:
        raise WrongState(_since_seen(subject, digest) or f"“{subject}”没有待审核的版本。")
    raise WrongState(f"待审核的内容已不是您看到的那一版，请刷新后重新审阅。{_since_seen(subject, digest)}")


def _since_seen(subject: Subject, digest: str) -> str:
    """What became of the version that the reviewer had before them; empty where there was none."""
    seen = Version.objects.filter(subject=subject, digest=digest).order_by("-number").first()
    return what_became_of(seen) if seen else ""
