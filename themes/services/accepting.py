"""A saved case that expects what its author has judged to be right: what the draft computes now."""

from typing import Any

import msgspec
from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import NotFound
from opsplatform.release.services.drafting import require_revision
from themes import selectors
from themes.documents import SavedCase, ThemeDocument
from themes.models import Theme
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage
from themes.services.drafting import save_theme
from themes.services.inspecting import open_draft_package, require_good_answers
from themes.services.showing import Shown


@transaction.atomic
def accept_case(*, actor: User, code: str, case: str, expected_revision: int) -> Theme:
    """The saved case expects what the draft now computes for its answers; the reviewer sees the expectation change.

    Raises NotFound without such a case, Invalid where its answers do not fit the questions, GateClosed where the draft
    does not resolve.
    """
    theme = selectors.get_theme(actor, code, lock=True)
    actor.require("themes.edit", within=theme.subject.division, department=theme.lead_department, on=theme)
    require_revision(theme.subject, expected_revision)
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    if case not in {saved.code for saved in document.cases}:
        raise NotFound(f"主题没有用例 {case}。")
    opened = open_draft_package(theme)
    cases = [_as_computed(opened, saved) if saved.code == case else saved for saved in document.cases]
    tree = write(msgspec.structs.replace(document, cases=tuple(cases)))
    return save_theme(actor=actor, code=code, tree=tree, expected_revision=expected_revision)


def find_case_differences(draft: Shown) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Case code → what differs: key → what is expected and what the draft computes; nothing for cases that hold.

    A draft that does not resolve, or answers that do not fit the questions, compute nothing: the gate says so.
    """
    if draft.has_gaps:
        return {}
    opened = open_draft(draft.frozen, draft.theme.subject.division.code)
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for packaged in opened.package.cases:
        case = packaged.case
        if opened.problems_in(case.answers):
            continue
        outcome = opened.evaluate(case.answers, clock.today())
        differences = {
            key: (expected, outcome.get(key)) for key, expected in case.expected.items() if outcome.get(key) != expected
        }
        if differences:
            found[case.code] = differences
    return found


def _as_computed(opened: OpenPackage, case: SavedCase) -> SavedCase:
    require_good_answers(opened, case.answers)
    outcome = opened.evaluate(case.answers, clock.today())
    return msgspec.structs.replace(case, expected={key: outcome.get(key) for key in case.expected})
