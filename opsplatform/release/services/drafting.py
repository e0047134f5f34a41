"""Drafts: opened, saved with the revision they were read at; an edit after submission voids the approval."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from django.db import transaction
from django.db.models import Q

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel.comparison import compare
from opsplatform.kernel.errors import Invalid, Problem, StaleRevision
from opsplatform.organizations.models import Department, Division
from opsplatform.release import selectors
from opsplatform.release.models import Decision, DraftRevision, Release, Subject
from opsplatform.release.services.stepping import close_steps
from opsplatform.release.subjects import SubjectKind, kind_named, kind_of

Right = Literal["edit", "import", "recode"]
_PAST = {"edit": "edited", "import": "imported", "recode": "recoded"}


class FirstDraft(NamedTuple):
    """What a subject begins with: its code, the division and department on which rights are judged, its tree."""

    code: str
    division: Division
    department: Department | None
    tree: Any


@transaction.atomic
def open_draft(
    *,
    actor: User,
    kind: str,
    code: str,
    division: Division,
    department: Department | None,
    tree: Any,
    right: Right = "edit",
) -> Subject:
    """A subject exists with its first draft, written by the actor."""
    first = FirstDraft(code, division, department, tree)
    return open_drafts(actor=actor, kind=kind, drafts=[first], right=right)[0]


@transaction.atomic
def open_drafts(
    *, actor: User, kind: str, drafts: Sequence[FirstDraft], right: Right = "edit", **facts: Any
) -> list[Subject]:
    """Subjects exist with their first drafts, written by the actor; the rows of all are written together.

    `facts` stand beside each in the trail.
    """
    subject_kind = kind_named(kind)
    subjects = []
    for first in drafts:
        actor.require(f"{subject_kind.room}.{right}", within=first.division, department=first.department)
        draft = subject_kind.read(first.tree)
        _require_code(subject_kind, draft, first.code)
        title = subject_kind.title_of(draft)
        subjects.append(Subject(kind=kind, code=first.code, title=title, division=first.division, draft=draft))
    Subject.objects.bulk_create(subjects)
    DraftRevision.objects.bulk_create(
        DraftRevision(subject=subject, revision=1, document=subject.draft, saved_by=actor) for subject in subjects
    )
    for subject in subjects:
        trail.record(actor, f"{kind}.drafted", subject, division=subject.division.code, after={"revision": 1}, **facts)
    return subjects


@transaction.atomic
def save_draft(*, actor: User, subject_id: int, tree: Any, expected_revision: int, right: Right = "edit") -> Subject:
    """The draft is this tree at the next revision; saving what already stands changes nothing.

    A submitted or approved version that is not on show anywhere loses its standing (domain.md §5).
    """
    subject = selectors.lock_subject(subject_id)
    kind = kind_of(subject)
    division, department, thing = kind.authority(subject)
    actor.require(f"{kind.room}.{right}", within=division, department=department, on=thing)
    require_revision(subject, expected_revision)
    draft = kind.read(tree)
    _require_code(kind, draft, subject.code)
    changes = compare(subject.draft, draft)
    if not changes:
        return subject
    told = kind.masked(changes, subject.draft, draft)
    void_current(subject, actor)
    subject.draft = draft
    subject.draft_revision += 1
    subject.state = Subject.State.DRAFT
    subject.save(update_fields=["draft", "draft_revision", "state"])
    DraftRevision.objects.create(subject=subject, revision=subject.draft_revision, document=draft, saved_by=actor)
    if not Release.objects.filter(subject=subject).exists():
        name_after(subject, draft)
    trail.record(
        actor,
        f"{subject.kind}.{_PAST[right]}",
        subject,
        division=division.code,
        before={change.pointer: change.before for change in told},
        after={change.pointer: change.after for change in told},
        revision=subject.draft_revision,
    )
    return subject


def name_after(subject: Subject, tree: Any) -> None:
    """Lists, which everybody reads, say what this tree says: the draft until a first release, then the released."""
    kind = kind_of(subject)
    subject.title = kind.title_of(tree)
    subject.save(update_fields=["title"])
    kind.follow(subject, tree)


def _require_code(kind: SubjectKind, draft: Any, code: str) -> None:
    if kind.code_of(draft) != code:
        raise Invalid(problems=(Problem(kind.code_place, "code_is_fixed", f"代码一经使用不能更改，应为 {code}。"),))


def require_revision(subject: Subject, expected_revision: int) -> None:
    """Passes when the draft is still at the revision the actor saw; raises StaleRevision with what changed."""
    if subject.draft_revision == expected_revision:
        return
    seen = DraftRevision.objects.filter(subject=subject, revision=expected_revision).first()
    latest = DraftRevision.objects.select_related("saved_by").get(subject=subject, revision=subject.draft_revision)
    changes = compare(seen.document, subject.draft) if seen else []
    raise StaleRevision(
        f"{latest.saved_by} 已保存到修订 {subject.draft_revision}，您看到的是修订 {expected_revision}。",
        current_revision=subject.draft_revision,
        changes=[
            {"place": change.pointer, "kind": change.kind, "before": change.before, "after": change.after}
            for change in changes
        ],
    )


def void_current(subject: Subject, actor: User) -> None:
    """A pending or approved version that is not on show anywhere can no longer be released."""
    version = subject.current_version
    if version is None or subject.state == Subject.State.DRAFT:
        return
    if Release.objects.live().filter(Q(version=version) | Q(localisation=version)).exists():
        return
    close_steps(version)
    Decision.objects.create(
        version=version,
        kind=Decision.Kind.VOIDED,
        digest=version.digest,
        decided_by=actor,
        note="提交后内容又有改动。",
    )
    kind_of(subject).retracted(version, None)
    trail.record(actor, f"{subject.kind}.voided", subject, division=subject.division.code, version=version.number)
