"""Questions about reviews: what is planned, who takes part, whose turn it is, what is owed after an emergency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from opsplatform.accounts.models import User
from opsplatform.accounts.selectors import holders_of, read_memberships
from opsplatform.kernel.errors import NotFound
from opsplatform.release.documents import PlannedStep
from opsplatform.release.findings import Finding
from opsplatform.release.models import (
    Decision,
    Emergency,
    Release,
    ReviewComment,
    ReviewParty,
    ReviewPlan,
    ReviewStep,
    Subject,
    Version,
)
from opsplatform.release.selectors import author_ids_since, find_last_reviewed, is_approved, list_plans_waiting_for
from opsplatform.release.subjects import Party, Step, SubjectKind, kind_of, kinds
from opsplatform.release.wording import OWN_WORK, whose_turn

DEBT_DAYS = 5  # within which the review that an emergency passed by shall be made up for


# --- what is planned --------------------------------------------------------------------------------------------------


def find_plan(kind: SubjectKind, subject: Subject | None) -> ReviewPlan | None:
    """What city operation planned for exactly this: the kind as a whole, or one subject of it."""
    return ReviewPlan.objects.select_related("subject").filter(kind=kind.kind, subject=subject).first()


def steps_planned(kind: SubjectKind, subject: Subject | None = None) -> list[Step]:
    """The steps that a review has now, in their order: the subject's own plan, else the kind's, else the usual."""
    plan = (find_plan(kind, subject) if subject else None) or find_plan(kind, None)
    return list(kind.steps) if plan is None else steps_of_plan(kind, plan)


def steps_of_plan(kind: SubjectKind, plan: ReviewPlan) -> list[Step]:
    """The steps of the plan, in their order."""
    offered = {step.code: step for step in kind.steps}
    planned = msgspec.convert(plan.steps, list[PlannedStep])
    return [
        replace(offered[each.code], position=each.position, days=each.days, needed=each.needed)
        for each in sorted(planned, key=lambda each: each.position)
        if each.code in offered
    ]


@dataclass(frozen=True)
class Meeting:
    """A step with who takes part in it, and how many of them must approve."""

    step: Step
    parties: Sequence[Party]

    @property
    def needed(self) -> int:
        """How many must approve: never more than take part."""
        return min(self.step.needed or len(self.parties), len(self.parties))


def meetings_of(subject: Subject) -> list[Meeting]:
    """The steps that a review of the draft would have; those that concern nobody are left out."""
    kind = kind_of(subject)
    planned = (Meeting(step, kind.parties(subject, step.code)) for step in steps_planned(kind, subject))
    return [meeting for meeting in planned if meeting.parties]


def find_undecidable(subject: Subject, author_ids: Iterable[int] | None = None) -> list[Finding]:
    """The steps that too few could decide: nobody who holds the right there, or only authors of the draft."""
    authors = author_ids_since(find_last_reviewed(subject), subject) if author_ids is None else author_ids
    meetings = meetings_of(subject)
    if not meetings:
        return [_finding("没有任何审核步骤，请市级运营人员设置审核步骤。")]
    return [finding for meeting in meetings for finding in _undecidable(meeting, list(authors))]


def _undecidable(meeting: Meeting, authors: list[int]) -> list[Finding]:
    action = meeting.step.action
    alone = [
        party
        for party in meeting.parties
        if not holders_of(action, within=party.division, department=party.department).exclude(pk__in=authors).exists()
    ]
    if len(meeting.parties) - len(alone) >= meeting.needed:
        return []
    names = "、".join(str(party) for party in alone)
    return [
        _finding(
            f"“{meeting.step.name}”这一步，{names}没有能决定的人：没有人持有所需角色，或者都参与了编写。"
            "请安全管理员授予角色，或请市级运营人员调整审核步骤。"
        )
    ]


def _finding(sentence: str) -> Finding:
    return Finding(code="nobody_to_review", severity="blocking", place="", sentence=sentence)


def find_unresolved(subject: Subject) -> list[Finding]:
    """That comments of reviewers on earlier versions have not been dealt with."""
    count = list_open_comments(subject).count()
    sentence = f"还有 {count} 条审核意见没有处理，请逐条修改草稿并写明处理情况。"
    return [Finding(code="comments_open", severity="advisory", place="", sentence=sentence)] if count else []


# --- a review as it goes ----------------------------------------------------------------------------------------------


def list_steps(version: Version) -> list[ReviewStep]:
    """The steps of the version's review in their order, each with its parties."""
    parties = ReviewParty.objects.select_related("department", "division", "assignee", "decided_by").order_by("pk")
    steps = ReviewStep.objects.filter(version=version).prefetch_related(Prefetch("parties", parties))
    return list(steps.order_by("position", "pk"))


def get_party(version: Version, party_id: int) -> ReviewParty:
    """The party of the version's review, its row locked; raises NotFound."""
    parties = ReviewParty.objects.select_related("step", "division", "department", "assignee")
    party = parties.select_for_update(of=("self",), no_key=True).filter(pk=party_id, step__version=version).first()
    if party is None:
        raise NotFound
    return party


def may_decide(actor: User, party: ReviewParty) -> bool:
    """Whether the actor holds the right that the party's step asks for, there."""
    return actor.may(party.step.action, within=party.division, department=party.department)


def parties_of(actor: User, version: Version) -> list[ReviewParty]:
    """The parties of the version's review for which the actor may decide, whether or not it is their turn."""
    parties = ReviewParty.objects.select_related("step", "division", "department").filter(step__version=version)
    return [party for party in parties.order_by("step__position", "pk") if may_decide(actor, party)]


def what_is_next(version: Version, called: str = "版本") -> str:
    """What follows an approval, in a sentence."""
    turn = whose_turn(list_steps(version))
    if turn:
        return f"{called} {version.number} 的这一步已通过，接下来：{turn}。"
    return f"{called} {version.number} " + ("已批准，可以发布。" if is_approved(version) else "的审核已完成。")


def find_return(subject: Subject) -> Decision | None:
    """What a reviewer said who sent the current version back; nothing where nobody did."""
    if subject.current_version is None:
        return None
    return subject.current_version.decisions.filter(kind=Decision.Kind.RETURNED).first()


def turn_of(subject: Subject) -> str:
    """Who is to decide on the version that was submitted or approved last."""
    assert subject.current_version is not None  # the table's constraint for these states
    return whose_turn(list_steps(subject.current_version))


def how_the_review_stands(subject: Subject) -> str:
    """Who decides on the version that waits, or why the last one came back, in a sentence; empty where neither is."""
    if subject.state == Subject.State.SUBMITTED:
        assert subject.current_version is not None  # the table's constraint for this state
        return f"版本 {subject.current_version.number} 已提交，等待{turn_of(subject)}。"
    returned = find_return(subject)
    return f"版本 {returned.version.number} 已被退回：{returned.note}" if returned else ""


def what_saving_voids(subject: Subject, called: str = "版本", shown: str = "上线") -> str:
    """What is lost when a change of the draft is saved, and which plans wait for that; empty where nothing is."""
    version = subject.current_version
    if version is None or subject.state == Subject.State.DRAFT:
        return ""
    if Release.objects.live().filter(Q(version=version) | Q(localisation=version)).exists():
        return ""
    if subject.state == Subject.State.SUBMITTED:
        return f"{called} {version.number} 正在等待审核。保存任何改动都会使它失效，须重新提交。"
    titles = "、".join(f"“{plan}”" for plan in list_plans_waiting_for(version))
    more = f"发布计划{titles}等着它：批准失效后，那一批不能发布。" if titles else ""
    return f"{called} {version.number} 已批准，还没有{shown}。保存任何改动都会使批准失效，须重新提交、审核。{more}"


def why_not_decide(actor: User, version: Version) -> str:
    """Why the person cannot decide on the version under review; empty where they can."""
    states = {party.state for party in parties_of(actor, version)}
    if not states:
        turn = whose_turn(list_steps(version))
        return f"这一版的审核步骤中，没有由您决定的{f'，正在等待：{turn}' if turn else ''}。"
    if actor.pk in version.author_ids:
        return OWN_WORK
    if ReviewParty.State.OPEN in states:
        return ""
    turn = whose_turn(list_steps(version))
    said = "还没有轮到您这一步" if ReviewParty.State.WAITING in states else "您这一步已经有了决定"
    return f"{said}，正在等待：{turn}。" if turn else f"{said}。"


def list_open_parties(actor: User) -> QuerySet[ReviewParty]:
    """Whose turn it is among those the actor may decide for: not their own work, not what a colleague has taken.

    What was handed to somebody who may decide it no more is everybody's again.
    """
    mine = Q(pk__in=[])
    for action in sorted({step.action for kind in kinds() for step in kind.steps}):
        if actor.may_somewhere(action):
            where = Q(division__in=actor.divisions_where(action)) | Q(department__in=actor.departments_where(action))
            mine |= Q(step__action=action) & where
    open_now = ReviewParty.objects.filter(mine, state=ReviewParty.State.OPEN)
    handed_over = open_now.exclude(assignee=None).exclude(assignee=actor)
    taken = [
        (party, party.assignee)
        for party in handed_over.select_related("step", "division", "department", "assignee")
        if party.assignee is not None
    ]
    read_memberships([assignee for _, assignee in taken])
    left_behind = [party.pk for party, assignee in taken if not may_decide(assignee, party)]
    return (
        open_now.filter(Q(assignee=None) | Q(assignee=actor) | Q(pk__in=left_behind))
        .exclude(step__version__author_ids__contains=[actor.pk])
        .select_related("step__version__subject", "step__version__submitted_by", "division", "department")
        .defer("step__version__content", "step__version__subject__draft")
        .order_by("due_on", "pk")
    )


def list_colleagues(party: ReviewParty) -> QuerySet[User]:
    """Those to whom the party's decision can be handed: they hold the right to it and wrote nothing of the version."""
    holders = holders_of(party.step.action, within=party.division, department=party.department)
    return holders.exclude(pk__in=party.step.version.author_ids)


def list_open_comments(subject: Subject) -> QuerySet[ReviewComment]:
    """What reviewers said about the subject's versions and nobody has dealt with, oldest first."""
    comments = ReviewComment.objects.filter(version__subject=subject, resolution=None)
    return comments.select_related("written_by", "version").defer("version__content").order_by("pk")


def list_comments(subject: Subject) -> QuerySet[ReviewComment]:
    """What reviewers said about the subject's versions and what was done about it, newest first."""
    comments = ReviewComment.objects.filter(version__subject=subject).select_related(
        "written_by", "version", "resolution__resolved_by"
    )
    return comments.defer("version__content").order_by("-pk")


# --- what is owed after an emergency ----------------------------------------------------------------------------------


def owing_versions() -> QuerySet[Version]:
    """Versions that an emergency let through and whose review is not made up for, or said no and they are still on
    show."""
    decided = Decision.objects.filter(version=OuterRef("pk"))
    return (
        Version.objects.filter(
            Exists(Emergency.objects.filter(version=OuterRef("pk"))),
            Exists(decided.filter(kind=Decision.Kind.APPROVED)),
            Exists(ReviewStep.objects.filter(version=OuterRef("pk")).short()),
            ~Exists(decided.filter(kind=Decision.Kind.VOIDED)),
        )
        .filter(
            ~Exists(decided.filter(kind=Decision.Kind.RETURNED))
            | Exists(Release.objects.live().filter(version=OuterRef("pk")))
        )
        .select_related("emergency__asked_by")
        .defer("content")
        .order_by("number")
    )


@dataclass(frozen=True)
class Debt:
    """A version released before its review ended, since when, until when that shall be made up for."""

    version: Version
    reason: str
    since: datetime
    due_on: date
    is_refused: bool

    @property
    def sentence(self) -> str:
        """Since when what is owed, and until when."""
        number, since = self.version.number, f"{timezone.localtime(self.since):%Y-%m-%d}"
        if self.is_refused:
            return f"版本 {number} 于 {since} 应急发布，补审时被退回，仍在上线，请尽快撤回或以新版本取代。"
        return (
            f"版本 {number} 于 {since} 未经全部审核即应急发布，应在 {self.due_on:%Y-%m-%d} 前补审。理由：{self.reason}"
        )


def emergency_of(subject: Subject) -> Emergency:
    """What somebody asked for the current version; raises NotFound where nobody did."""
    asked = Emergency.objects.select_related("version", "asked_by").filter(version=subject.current_version_id).first()
    if asked is None:
        raise NotFound("没有人为当前版本提出应急发布。")
    return asked


def debts_of(subjects: Iterable[int] | QuerySet[Any, Any]) -> dict[int, Debt]:
    """The review debts of these subjects, by subject; the oldest where there are several."""
    owing = owing_versions().filter(subject__in=subjects).select_related("subject").prefetch_related("decisions")
    owing = owing.defer("content", "subject__draft")
    debts: dict[int, Debt] = {}
    for version in owing:
        debts.setdefault(version.subject_id, _debt(version))
    return debts


def _debt(version: Version) -> Debt:
    moments = {decision.kind: decision.decided_at for decision in version.decisions.all()}
    since = moments[Decision.Kind.APPROVED]
    return Debt(
        version=version,
        reason=version.emergency.reason,
        since=since,
        due_on=timezone.localdate(since) + timedelta(days=DEBT_DAYS),
        is_refused=Decision.Kind.RETURNED in moments,
    )
