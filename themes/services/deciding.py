"""Decisions about the merge: what is done where the items of a theme do not agree about a field, by whom and why."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from forms_builder.merge.matters import Matter, matters_of
from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.release.errors import GateClosed
from opsplatform.release.services import drafting
from themes import selectors
from themes.documents import LONGEST_REASON, MergeDecision, MergeRule, ThemeDocument
from themes.models import Theme
from themes.packages.merging import Settlement, settle
from themes.packages.structure import FrozenTheme
from themes.services.checking_structure import check_structure
from themes.services.freezing import freeze_theme

MOVED_ON = "这处合并的情况已经变了，请刷新后按现在的情况再决定。"
NO_SUCH_CROSSWALK = "没有这个代码对照，或者它与这些事项和这个字段的字典无关。"


@dataclass(frozen=True)
class Wanted:
    """A decision somebody wants made. `about` is the digest of the matter they had before them."""

    about: str
    rule: MergeRule
    reason: str
    items: tuple[str, ...] = ()
    crosswalk: str = ""


@dataclass(frozen=True)
class Standing:
    """The merge of a theme as it stands, decisions heard; the gate says why there is none of a draft with gaps."""

    frozen: FrozenTheme
    settlement: Settlement


@transaction.atomic
def decide_on_merge(*, actor: User, code: str, wanted: Wanted, expected_revision: int) -> Theme:
    """The decision stands in the draft under the actor's name and today's date, and does what it says.

    Raises WrongState where what it was made about is no longer there, Invalid with everything that is wrong with it.
    """
    theme = _draft_for(actor, code, expected_revision)
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    standing = settlement_of(document)
    matter = find_matter(standing, wanted.about)
    if matter is None:
        raise WrongState(MOVED_ON)
    _require_sound(wanted, matter)
    decision = MergeDecision(
        code=_free_code(document),
        key=matter.field.key,
        rule=wanted.rule,
        about=wanted.about,
        reason=wanted.reason.strip(),
        decided_by=actor.username,
        decided_on=clock.today().isoformat(),
        items=wanted.items,
        crosswalk=wanted.crosswalk or None,
        decided_by_name=str(actor),
    )
    decided = with_decision(document, decision)
    counting = settlement_of(decided).settlement.counting
    if decision.code not in {one.code for one in counting}:
        raise Invalid(problems=(Problem("/crosswalk", "no_effect", NO_SUCH_CROSSWALK),))
    _save(actor, theme, decided, expected_revision)
    trail.record(
        actor, "theme.merge_decided", theme, division=theme.subject.division.code, reason=decision.reason,
        decision=decision.code, field=decision.key, rule=decision.rule, items=list(decision.items),
    )  # fmt: skip
    return theme


@transaction.atomic
def withdraw_merge_decision(*, actor: User, code: str, decision: str, expected_revision: int) -> Theme:
    """The decision is gone from the draft; what it settled is open again."""
    theme = _draft_for(actor, code, expected_revision)
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    gone = next((one for one in document.merge_decisions if one.code == decision), None)
    if gone is None:
        raise NotFound(f"没有决定 {decision}。")
    kept = tuple(one for one in document.merge_decisions if one.code != decision)
    _save(actor, theme, msgspec.structs.replace(document, merge_decisions=kept), expected_revision)
    trail.record(
        actor, "theme.merge_undecided", theme,
        division=theme.subject.division.code, decision=gone.code, field=gone.key, rule=gone.rule,
    )  # fmt: skip
    return theme


def settlement_of(document: ThemeDocument) -> Standing:
    """The merge of the document with today's registers; raises GateClosed with what keeps it from being merged."""
    freezing = freeze_theme(document, clock.today())
    findings = tuple(check_structure(freezing))
    if findings:
        raise GateClosed(findings)
    return Standing(freezing.frozen, settle(freezing.frozen))


def find_matter(standing: Standing, digest: str) -> Matter | None:
    """What is to be decided under this digest, None where there is nothing like it any more."""
    return next((matter for matter in matters_of(standing.settlement.form) if matter.digest == digest), None)


def with_decision(document: ThemeDocument, decision: MergeDecision) -> ThemeDocument:
    """The document with one decision more."""
    return msgspec.structs.replace(document, merge_decisions=(*document.merge_decisions, decision))


def require_standing(before: Any, after: Any) -> None:
    """Passes when every decision in the draft `after` stood word for word in `before`; raises Invalid otherwise.

    Whoever saves a draft whole may leave decisions out. Nobody writes one in another's name, or in their own.
    """
    known = {one["code"]: one for one in before.get("merge_decisions", ())}
    problems = tuple(
        Problem(
            f"/merge_decisions/{number}",
            "decided_elsewhere",
            "一表合并的决定只能在“一表合并”页上作出，由系统记下是谁、哪天；这里不能增加或改动。",
        )
        for number, one in enumerate(after.get("merge_decisions", ()))
        if known.get(one["code"]) != one
    )
    if problems:
        raise Invalid(problems=problems)


def _draft_for(actor: User, code: str, expected_revision: int) -> Theme:
    theme = selectors.get_theme(actor, code, lock=True)
    actor.require("themes.edit", within=theme.subject.division, department=theme.lead_department, on=theme)
    drafting.require_revision(theme.subject, expected_revision)
    return theme


def _save(actor: User, theme: Theme, document: ThemeDocument, expected_revision: int) -> None:
    theme.subject = drafting.save_draft(
        actor=actor, subject_id=theme.subject_id, tree=write(document), expected_revision=expected_revision
    )


def _require_sound(wanted: Wanted, matter: Matter) -> None:
    problems = []
    reason = wanted.reason.strip()
    if not reason:
        problems.append(Problem("/reason", "required", "请写明这样决定的理由。"))
    if len(reason) > LONGEST_REASON:
        problems.append(Problem("/reason", "too_long", f"理由最多 {LONGEST_REASON} 个字。"))
    if wanted.rule == "accept_narrowing":
        if matter.finding.severity == "conflict":
            problems.append(Problem("/rule", "not_for_conflicts", "没有取值能同时满足各事项，不能只是接受。"))
    else:
        sharing = {source.item for source in matter.field.sources}
        if not wanted.items:
            problems.append(Problem("/items", "required", "请选择这样处理的事项。"))
        elif not sharing.issuperset(wanted.items):
            problems.append(Problem("/items", "unknown_item", "所选事项中有不填这个字段的。"))
        elif sharing == {matter.field.sources[0].item}:
            problems.append(Problem("/rule", "one_item_alone", "只有一个事项填这个字段，须改这个事项的表单。"))
    if wanted.rule == "use_crosswalk" and not wanted.crosswalk:
        problems.append(Problem("/crosswalk", "required", "请选择代码对照。"))
    if problems:
        raise Invalid(problems=tuple(problems))


def _free_code(document: ThemeDocument) -> str:
    numbers = [int(one.code[1:]) for one in document.merge_decisions if one.code[1:].isdecimal()]
    return f"D{max(numbers, default=0) + 1}"
