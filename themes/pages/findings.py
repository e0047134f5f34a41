"""The gate's findings for the draft: blocking ones first, grouped, each with where it is mended."""

from collections.abc import Sequence
from typing import Any

import msgspec

from opsplatform.release.findings import Finding
from themes import selectors
from themes.documents import ThemeDocument
from themes.pages.base import ThemePage
from themes.pages.mending import GROUPS, OTHER, Shown, links_of, witness_in_words
from themes.services.inspecting import check_theme


class Findings(ThemePage):
    action = "themes.view_draft"
    tab = "findings"
    title = "检查"
    template_name = "themes/findings.html"

    def context(self) -> dict[str, Any]:
        """Every finding of the draft."""
        theme = selectors.get_draft(self.actor, self.kwargs["code"])
        findings = check_theme(theme)
        document = msgspec.convert(theme.subject.draft, ThemeDocument)
        return findings_in_groups(findings, document, may_edit=self.may("themes.edit"))


def findings_in_groups(findings: Sequence[Finding], document: ThemeDocument, *, may_edit: bool) -> dict[str, Any]:
    """What templates/themes/finding_groups.html shows: what blocks, what blocks one division only, what is advice."""
    blocking = [finding for finding in findings if finding.is_blocking and not finding.division]
    local = [finding for finding in findings if finding.is_blocking and finding.division]
    advisory = [finding for finding in findings if not finding.is_blocking]
    sections = [
        ("必须先解决", "bad", "不解决就不能提交。", blocking),
        ("影响个别区的发布", "warn", "可以提交；只是在这些区不能发布，直到解决。", local),
        ("请留意", "info", "不影响提交，请逐条判断是否要改。", advisory),
    ]
    return {
        "finding_sections": [
            {
                "title": title,
                "tone": tone,
                "help": explanation,
                "count": len(found),
                "groups": _grouped(found, document, may_edit=may_edit),
            }
            for title, tone, explanation, found in sections
            if found
        ],
        "blocking_count": len(blocking),
        "local_count": len(local),
        "advisory_count": len(advisory),
    }


def _grouped(findings: Sequence[Finding], document: ThemeDocument, *, may_edit: bool) -> list[tuple[str, list[Shown]]]:
    groups: dict[str, list[Shown]] = {title: [] for title in (*(title for title, _ in GROUPS), OTHER)}
    titles = {code: title for title, codes in GROUPS for code in codes}
    for finding in findings:
        shown = Shown(finding, witness_in_words(finding), links_of(finding, document, may_edit=may_edit))
        groups[titles.get(finding.code, OTHER)].append(shown)
    return [(title, shown) for title, shown in groups.items() if shown]
