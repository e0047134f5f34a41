"""Saved cases of a theme's draft: made from what it leads to, run, accepted anew, marked, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release.services.drafting import require_revision
from themes import selectors
from themes.documents import LONGEST_REASON, LONGEST_TITLE, SavedCase, ThemeDocument
from themes.models import Theme
from themes.packages.case_runs import EXPECTED, CaseResult, CaseRuns
from themes.packages.structure import FrozenTheme
from themes.services.checking import place_to_open
from themes.services.drafting import save_theme
from themes.services.inspecting import require_whole_draft
from themes.services.showing import Shown

MOST_CASES = 500  # in one theme: the gate runs them all


@dataclass(frozen=True)
class NewCase:
    """A run that shall be kept; what it expects is what the draft leads to now."""

    name: str
    answers: Mapping[str, Any]
    division: str | None = None
    on: str | None = None
    is_required: bool = True
    is_published: bool = False


@transaction.atomic
def save_cases(*, actor: User, code: str, wanted: Sequence[NewCase], expected_revision: int) -> Theme:
    """The draft has these cases, too, each expecting what it leads to now.

    Raises Invalid with everything wrong with any of them, GateClosed where the draft does not resolve.
    """
    theme, document = _draft_for(actor, code, expected_revision)
    runs = runs_of(theme, require_whole_draft(theme))
    cases = list(document.cases)
    problems: list[Problem] = []
    for number, one in enumerate(wanted):
        case = SavedCase(
            code=_free_code(cases), name=one.name.strip(), answers=dict(one.answers), expected={},
            division=one.division, on=one.on, required=one.is_required, published=one.is_published,
        )  # fmt: skip
        found = _problems(case, cases, runs)
        problems += [Problem(f"/cases/{number}{place}", fault, sentence) for place, fault, sentence in found]
        if not found:
            cases.append(runs.expecting(case, EXPECTED))
    if not wanted:
        problems.append(Problem("/cases", "required", "请选择要保存的用例。"))
    if len(cases) > MOST_CASES:
        problems.append(Problem("/cases", "too_many", f"一个主题最多保存 {MOST_CASES} 个用例。"))
    if problems:
        raise Invalid(problems=tuple(problems))
    saved = _save(actor, theme, document, cases, expected_revision)
    added = [case.code for case in cases[len(document.cases) :]]
    trail.record(actor, "theme.cases_saved", theme, division=theme.subject.division.code, cases=added)
    return saved


@transaction.atomic
def accept_case(*, actor: User, code: str, case: str, reason: str, expected_revision: int) -> Theme:
    """The saved case expects what the draft now leads to; why is in the case and in the trail, the reviewer sees both.

    Raises NotFound without such a case, Invalid where it cannot be run or no reason is given, WrongState where it
    holds: the reason of what it expects stays; GateClosed where the draft does not resolve.
    """
    theme, document = _draft_for(actor, code, expected_revision)
    held = _find(document, case)
    reason = require_note(reason, place="/reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(problems=(Problem("/reason", "too_long", f"理由最多 {LONGEST_REASON} 个字。"),))
    runs = runs_of(theme, require_whole_draft(theme))
    faults = runs.problems_in(held)
    if faults:
        raise Invalid(problems=tuple(Problem("/answers", "cannot_be_run", sentence) for sentence in faults))
    if runs.run(held).holds:
        raise WrongState("这个用例与现在的结果一致，没有要更新的预期，原来的理由不变。")
    accepted = msgspec.structs.replace(runs.expecting(held, held.expected), reason=reason)
    saved = _save(actor, theme, document, _with(document, accepted), expected_revision)
    trail.record(
        actor, "theme.case_accepted", theme, division=theme.subject.division.code, reason=reason,
        case=case, before=held.expected, after=accepted.expected,
    )  # fmt: skip
    return saved


@transaction.atomic
def require_case(*, actor: User, code: str, case: str, is_required: bool, expected_revision: int) -> Theme:
    """Whether nothing may be submitted while the case fails."""
    theme, document = _draft_for(actor, code, expected_revision)
    marked = msgspec.structs.replace(_find(document, case), required=is_required)
    saved = _save(actor, theme, document, _with(document, marked), expected_revision)
    trail.record(
        actor, "theme.case_required", theme,
        division=theme.subject.division.code, case=case, is_required=is_required,
    )  # fmt: skip
    return saved


@transaction.atomic
def delete_case(*, actor: User, code: str, case: str, expected_revision: int) -> Theme:
    """The draft has the case no more; versions that had it keep it. Raises WrongState for the theme's typical one."""
    theme, document = _draft_for(actor, code, expected_revision)
    gone = _find(document, case)
    if document.typical_case == case:
        raise WrongState("这个用例是主题的典型情形，请先另选典型情形。")
    kept = [one for one in document.cases if one.code != case]
    saved = _save(actor, theme, document, kept, expected_revision)
    trail.record(actor, "theme.case_deleted", theme, division=theme.subject.division.code, case=case, name=gone.name)
    return saved


def run_cases(shown: Shown) -> list[CaseResult]:
    """What becomes of every case of a draft or version; none where it does not resolve: the gate says so."""
    return [] if shown.has_gaps else runs_of(shown.theme, shown.frozen).run_all()


def runs_of(theme: Theme, frozen: FrozenTheme) -> CaseRuns:
    """Ready to run cases of the frozen theme today."""
    return CaseRuns(frozen, place_to_open(frozen, theme.subject.division), clock.today())


def _draft_for(actor: User, code: str, expected_revision: int) -> tuple[Theme, ThemeDocument]:
    theme = selectors.get_theme(actor, code, lock=True)
    actor.require("themes.edit", within=theme.subject.division, department=theme.lead_department, on=theme)
    require_revision(theme.subject, expected_revision)
    return theme, msgspec.convert(theme.subject.draft, ThemeDocument)


def _find(document: ThemeDocument, case: str) -> SavedCase:
    found = next((one for one in document.cases if one.code == case), None)
    if found is None:
        raise NotFound(f"主题没有用例 {case}。")
    return found


def _with(document: ThemeDocument, changed: SavedCase) -> list[SavedCase]:
    return [changed if one.code == changed.code else one for one in document.cases]


def _problems(case: SavedCase, known: Sequence[SavedCase], runs: CaseRuns) -> list[tuple[str, str, str]]:
    """What is wrong with a new case: place in it, code, sentence."""
    found = []
    if not case.name:
        found.append(("/name", "required", "请给用例起个名字。"))
    elif len(case.name) > LONGEST_TITLE:
        found.append(("/name", "too_long", f"名称最多 {LONGEST_TITLE} 个字。"))
    found += [("/answers", "cannot_be_run", sentence) for sentence in runs.problems_in(case)]
    if not case.answers:
        found.append(("/answers", "required", "还没有回答任何问题。"))
    same = next((one for one in known if _situation(one) == _situation(case)), None)
    if same is not None:
        found.append(("/answers", "saved_already", f"用例“{same.name}”的回答、区划和日期与此相同。"))
    if case.published and not case.is_example:
        found.append(("/published", "not_everywhere", "限定了区划或日期的用例不能随主题发布。"))
    return found


def _situation(case: SavedCase) -> tuple[Any, ...]:
    return case.answers, case.division, case.on


def _free_code(cases: Sequence[SavedCase]) -> str:
    numbers = [int(tail) for one in cases if (tail := one.code.removeprefix("case-")).isdecimal() and len(tail) < 10]
    return f"case-{max(numbers, default=0) + 1}"


def _save(
    actor: User, theme: Theme, document: ThemeDocument, cases: Sequence[SavedCase], expected_revision: int
) -> Theme:
    tree = write(msgspec.structs.replace(document, cases=tuple(cases)))
    return save_theme(actor=actor, code=theme.code, tree=tree, expected_revision=expected_revision)
