"""Looking into a theme: the gate's findings of its draft, and the package its draft would become."""

from typing import Any

import msgspec

from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.organizations.models import Division
from opsplatform.release.errors import GateClosed
from opsplatform.release.findings import Finding
from opsplatform.release.subjects import kind_of
from themes import selectors
from themes.documents import ThemeDocument
from themes.models import Theme
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage, open_package
from themes.services.checking import check_structure, place_to_open
from themes.services.freezing import freeze_theme


def check_theme(theme: Theme, division: Division | None = None) -> list[Finding]:
    """Everything the gate finds in the draft; with a division, what does not concern it is left out."""
    findings = kind_of(theme.subject).findings(theme.subject)
    return [finding for finding in findings if division is None or finding.division in (None, division.code)]


def open_draft_package(theme: Theme, division: Division | None = None) -> OpenPackage:
    """The draft compiled for a division, or for the city as a whole.

    Raises GateClosed where the draft cannot be compiled, NotFound where it is not offered.
    """
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    freezing = freeze_theme(document, clock.today())
    findings = tuple(check_structure(document, freezing))
    if findings:
        raise GateClosed(findings)
    if division is not None and division.code not in freezing.frozen.divisions:
        raise NotFound(f"“{theme}”不在{division}办理。")
    return open_draft(freezing.frozen, place_to_open(freezing.frozen, division or theme.subject.division))


def evaluate_theme(
    theme: Theme, answers: dict[str, Any], *, division: Division | None = None, is_live: bool = False
) -> dict[str, Any]:
    """What the answers lead to: in the draft, or in what is live in the division."""
    if is_live:
        live = selectors.get_live(theme, division or theme.subject.division)
        opened = open_package(bytes(live.package.content))
    else:
        opened = open_draft_package(theme, division)
    require_good_answers(opened, answers)
    return opened.evaluate(answers, clock.today())


def require_good_answers(opened: OpenPackage, answers: Any) -> None:
    """Passes when the answers fit the questions; raises Invalid with every problem."""
    if not isinstance(answers, dict):
        raise Invalid(problems=(Problem("/answers", "wrong_type", "回答应为对象：问题编码 → 回答。"),))
    problems = tuple(
        Problem(f"/answers/{problem.question}", problem.code, problem.message)
        for problem in opened.problems_in(answers)
    )
    if problems:
        raise Invalid(f"回答有 {len(problems)} 处不符合问题：{problems[0].sentence}", problems=problems)
