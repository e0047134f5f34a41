"""Themes as a kind of thing that the release engine drafts, reviews and releases."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec
from django.urls import reverse

from forms_builder.services.contributing import find_contributors
from opsplatform.jobs.services import asking
from opsplatform.kernel import clock
from opsplatform.kernel.comparison import Change, duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.review_selectors import find_undecidable, find_unresolved
from opsplatform.release.subjects import Party, Step, Terms
from themes.documents import ThemeDocument
from themes.guidance.dictionary_options import without_options
from themes.localisation.compilation import compile_localised, read_localisation
from themes.models import SceneCategory, Theme
from themes.packages.case_runs import misshapen_cases
from themes.packages.compilation import package_bytes, read_frozen
from themes.packages.masking import PARTS_WITH_VALUES, masked_changes
from themes.packages.merging import certified
from themes.selectors import list_countersigning
from themes.services.carrying_over import (
    carry_over,
    close_moot_changes,
    close_retracted,
    find_localisations,
    reopen_suspended,
)
from themes.services.checking import check_division_readiness, check_document
from themes.services.checking_localisation import check_publication
from themes.services.freezing import freeze_theme
from themes.services.hiding import classes_today
from themes.services.watching import WATCH

PARTNERS, LEAD, PLATFORM = "partners", "lead", "platform"


class ThemeKind:
    """What themes supply to the engine (opsplatform.release.subjects.SubjectKind)."""

    kind = "theme"
    title = "主题"
    room = "themes"
    code_place = "/code"
    is_announced = True
    steps: Sequence[Step] = (
        Step(PARTNERS, "配合部门会签", "themes.countersign", position=1, days=5),
        Step(LEAD, "牵头部门审核", "themes.approve", position=2, days=5),
        Step(PLATFORM, "平台审核", "themes.sign_off", position=3, days=3),
    )
    takes_emergencies = True

    def read(self, tree: Any) -> Any:
        """The theme document in its canonical spelling; raises Invalid with every problem."""
        draft = without_options(write(read_document(ThemeDocument, tree)))
        problems = [*duplicate_keys(draft), *misshapen_cases(draft)]
        if problems:
            raise Invalid(f"有 {len(problems)} 处代码重复或写法不对。", problems=tuple(problems))
        return draft

    def code_of(self, tree: Any) -> str:
        """The theme's code."""
        return str(tree["code"])

    def title_of(self, tree: Any) -> str:
        """The theme's name."""
        return str(tree["name"])

    def authority(self, subject: Subject) -> tuple[Division, Department | None, Any]:
        """The city, the lead department and the theme itself."""
        theme = Theme.objects.select_related("lead_department").get(subject=subject)
        return subject.division, theme.lead_department, theme

    def follow(self, subject: Subject, tree: Any) -> None:
        """The theme's row says what this document says."""
        Theme.objects.filter(subject=subject).update(
            summary=tree.get("summary", ""),
            category=SceneCategory.objects.filter(code=tree.get("category_code", "")).first(),
        )

    def masked(self, changes: list[Change], before: Any, after: Any) -> list[Change]:
        """With values of sensitive fields hidden, wherever one of the documents holds any."""
        if not any(change.path[0] in PARTS_WITH_VALUES for change in changes):
            return changes
        return masked_changes(changes, before, after, classes_today(before) | classes_today(after))

    def parties(self, subject: Subject, step: str) -> Sequence[Party]:
        """The partner departments, the lead department, or the operators of the theme's division."""
        theme = Theme.objects.select_related("lead_department", "subject").get(subject=subject)
        if step == PARTNERS:
            return [Party(subject.division, department) for department in list_countersigning(theme)]
        return [Party(subject.division, theme.lead_department if step == LEAD else None)]

    def review_page(self, code: str) -> str:
        """The page of the review."""
        return reverse("themes:review", kwargs={"code": code})

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """The gate's findings for the draft."""
        document = msgspec.convert(subject.draft, ThemeDocument)
        return [*check_document(document, subject.division), *find_undecidable(subject), *find_unresolved(subject)]

    def freeze(self, subject: Subject) -> Any:
        """The draft with every reference resolved and its merge certificate; the gate has found nothing that blocks."""
        document = msgspec.convert(subject.draft, ThemeDocument)
        return write(certified(freeze_theme(document, clock.today()).frozen))

    def contributors(self, tree: Any, before: Version | None) -> Iterable[int]:
        """Who changed the register entries that the theme names since they were frozen into that version."""
        former = read_frozen(bytes(before.content)).revisions if before else {}
        return find_contributors(tree.get("revisions", {}), former)

    def release_findings(self, version: Version, division: Division) -> Sequence[Finding]:
        """What stops the release of the frozen version in this division."""
        frozen = read_frozen(bytes(version.content))
        if division.code not in frozen.divisions or division.level != Division.Level.DISTRICT:
            return [
                Finding(
                    code="division_not_offered",
                    severity="blocking",
                    place="/handling_divisions",
                    sentence=f"主题不在{division.name}办理。",
                    division=division.code,
                )
            ]
        return [finding for finding in check_division_readiness(frozen) if finding.division == division.code]

    def localisations(self, subject: Subject, divisions: Sequence[Division]) -> Mapping[int, Version]:
        """The localisation that is live there; where nothing is live, the one that was there last."""
        return find_localisations(subject, divisions, lock=True)

    def carry_over(self, version: Version, localisations: Mapping[int, Version], terms: Terms) -> Set[int]:
        """Divisions whose localisation meets a change of the city, where the theme says that the old package stays."""
        return carry_over(version, localisations, terms)

    def joined_findings(self, version: Version, localisation: Version, division: Division) -> Sequence[Finding]:
        """What the gate finds in the two together, such as the last window gone since the division joined."""
        return check_publication(version, localisation, division)

    def compile(self, version: Version, division: Division, localisation: Version | None) -> bytes:
        """The canonical bytes of the division's package, with its localisation."""
        frozen = read_frozen(bytes(version.content))
        if localisation is None:
            return package_bytes(compile_localised(frozen, division.code, version.number))
        changes = read_localisation(bytes(localisation.content))
        return package_bytes(compile_localised(frozen, division.code, version.number, changes, localisation.number))

    def retracted(self, version: Version, divisions: Sequence[Division] | None) -> None:
        """No district decides about the version any more where it is not on show."""
        close_retracted(version, divisions)

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """What is on show now will be held against today's registers; no district waits for what is gone."""
        close_moot_changes(subject)
        asking.ask(
            WATCH,
            payload={"codes": [subject.code]},
            dedupe_key=f"{WATCH}:{subject.code}",
            object_type=Theme._meta.label_lower,
            object_key=subject.code,
        )

    def restored(self, releases: Sequence[Release]) -> None:
        """Districts decide again about what was undecided there."""
        reopen_suspended(releases)
