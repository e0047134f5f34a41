"""The gate's findings for the draft: blocking ones first, grouped, each with where it is mended."""

from collections.abc import Sequence
from typing import Any

from opsplatform.kernel import clock
from opsplatform.release.findings import Finding
from themes.guidance.proof.record import record_of
from themes.guidance.wording import NO_NAMES, Names
from themes.packages.compilation import read_frozen
from themes.packages.names import joined, names_of
from themes.pages.base import ThemePage
from themes.pages.mending import GROUPS, OTHER, Shown, links_of, witness_in_words
from themes.pages.wording.proof import classes_in_words, proof_in_words
from themes.services.inspecting import inspect_draft
from themes.services.proving import find_report
from themes.services.showing import Shown as ShownTheme


class Findings(ThemePage):
    action = "themes.view_draft"
    tab = "findings"
    title = "检查"
    template_name = "themes/findings.html"

    def context(self) -> dict[str, Any]:
        """Every finding of the draft."""
        if not self.may_view_draft:
            self.require("themes.view_draft")
        draft, findings = inspect_draft(self.theme)
        shown = findings_in_groups(findings, draft, may_edit=self.may("themes.edit"))
        if not draft.has_gaps:
            today = clock.today()
            report = find_report(draft.frozen, today)
            shown["is_being_proved"] = report is None
            if report is not None:
                record = record_of(report, today)
                shown |= {"classes": classes_in_words(record), "proved": proof_in_words(record), "since": ""}
        return shown


def findings_in_groups(findings: Sequence[Finding], draft: ShownTheme, *, may_edit: bool) -> dict[str, Any]:
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
                "groups": _grouped(found, draft, may_edit=may_edit),
            }
            for title, tone, explanation, found in sections
            if found
        ],
        "blocking_count": len(blocking),
        "local_count": len(local),
        "advisory_count": len(advisory),
    }


def _grouped(findings: Sequence[Finding], draft: ShownTheme, *, may_edit: bool) -> list[tuple[str, list[Shown]]]:
    document, names, former = draft.document, names_of(draft.frozen), _former_names(findings, draft)
    groups: dict[str, list[Shown]] = {title: [] for title in (*(title for title, _ in GROUPS), OTHER)}
    titles = {code: title for title, codes in GROUPS for code in codes}
    for finding in findings:
        witness = witness_in_words(finding, document, joined(former, names), former)
        shown = Shown(finding, witness, links_of(finding, document, may_edit=may_edit))
        groups[titles.get(finding.code, OTHER)].append(shown)
    return [(title, shown) for title, shown in groups.items() if shown]


def _former_names(findings: Sequence[Finding], draft: ShownTheme) -> Names:
    """What the version submitted last calls things, where what the draft speaks of may have been taken out."""
    version = draft.theme.subject.current_version
    wanted = {"unresolved_reference", "case_failing"} & {finding.code for finding in findings}
    return names_of(read_frozen(bytes(version.content))) if version and wanted else NO_NAMES
