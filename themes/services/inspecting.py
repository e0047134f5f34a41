"""Looking into a theme: the gate's findings of its draft, and the package its draft would become."""

from typing import Any

import msgspec

from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, Problem
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Division
from opsplatform.release.errors import GateClosed
from opsplatform.release.findings import Finding
from opsplatform.release.models import Version
from opsplatform.release.subjects import kind_of
from themes import selectors
from themes.documents import ThemeDocument
from themes.localisation.compilation import read_localisation
from themes.localisation.effective import localise
from themes.models import Theme
from themes.packages.compilation import read_frozen
from themes.packages.draft import open_draft
from themes.packages.evaluation import OpenPackage, open_package
from themes.packages.structure import FrozenTheme
from themes.services.carrying_over import find_localisations
from themes.services.checking import check_document, check_freezing, place_to_open
from themes.services.checking_structure import check_structure
from themes.services.freezing import freeze_theme
from themes.services.showing import Shown, show_freezing


def check_theme(theme: Theme, division: Division | None = None) -> list[Finding]:
    """Everything the gate finds in the draft; with a division, what does not concern it is left out."""
    findings = kind_of(theme.subject).findings(theme.subject)
    return [finding for finding in findings if division is None or finding.division in (None, division.code)]


def examine(theme: Theme, tree: Any) -> list[Finding]:
    """What the gate would find were this the draft; nothing is saved. Raises Invalid for what is no theme document."""
    return check_document(read_document(ThemeDocument, tree), theme.subject.division)


def inspect_draft(theme: Theme) -> tuple[Shown, list[Finding]]:
    """The draft with what the registers say today, and everything the gate finds in just that."""
    freezing = freeze_theme(msgspec.convert(theme.subject.draft, ThemeDocument), clock.today())
    return show_freezing(theme, freezing), check_freezing(freezing, theme.subject.division)


def require_whole_draft(theme: Theme) -> FrozenTheme:
    """The draft with what the registers say today; raises GateClosed with what keeps it from being compiled."""
    document = msgspec.convert(theme.subject.draft, ThemeDocument)
    freezing = freeze_theme(document, clock.today())
    findings = tuple(check_structure(freezing))
    if findings:
        raise GateClosed(findings)
    return freezing.frozen


def open_draft_package(theme: Theme, division: Division | None = None) -> OpenPackage:
    """The draft compiled for a division, or for the city as a whole.

    In a division it has the localisation that would go on show with it. Raises GateClosed where the draft cannot be
    compiled, NotFound where it is not offered.
    """
    frozen = require_whole_draft(theme)
    if division is not None and division.code not in frozen.divisions:
        raise NotFound(f"“{theme}”不在{division}办理。")
    place = place_to_open(frozen, division or theme.subject.division)
    localisation = find_localisations(theme.subject, [division]).get(division.pk) if division else None
    changes = read_localisation(bytes(localisation.content)) if localisation else None
    return open_draft(localise(frozen, changes, place).frozen, place)


def open_version_package(version: Version, division: Division) -> OpenPackage:
    """The frozen version compiled for a division, or for the city as a whole: exactly what was submitted."""
    frozen = read_frozen(bytes(version.content))
    return open_draft(frozen, place_to_open(frozen, division))


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
