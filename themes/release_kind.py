"""Themes as a kind of thing that the release engine drafts, reviews and releases."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from opsplatform.jobs.services import asking
from opsplatform.kernel import clock
from opsplatform.kernel.comparison import duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Subject, Version
from themes.documents import ThemeDocument
from themes.models import SceneCategory, Theme
from themes.packages.compilation import compile_package, package_bytes, read_frozen
from themes.services.checking import check_division_readiness, check_document
from themes.services.contributing import find_contributors
from themes.services.freezing import freeze_theme
from themes.services.watching import WATCH


class ThemeKind:
    """What themes supply to the engine (opsplatform.release.subjects.SubjectKind)."""

    kind = "theme"
    room = "themes"

    def read(self, tree: Any) -> Any:
        """The theme document in its canonical spelling; raises Invalid with every problem."""
        draft = write(read_document(ThemeDocument, tree))
        problems = duplicate_keys(draft)
        if problems:
            raise Invalid(f"有 {len(problems)} 处代码重复。", problems=tuple(problems))
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

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """The gate's findings for the draft."""
        return check_document(msgspec.convert(subject.draft, ThemeDocument), subject.division)

    def freeze(self, subject: Subject) -> Any:
        """The draft with every reference resolved."""
        document = msgspec.convert(subject.draft, ThemeDocument)
        return write(freeze_theme(document, clock.today()).frozen)

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

    def compile(self, version: Version, division: Division) -> bytes:
        """The canonical bytes of the division's package."""
        return package_bytes(compile_package(read_frozen(bytes(version.content)), division.code, version.number))

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """What is on show now will be held against today's registers."""
        asking.ask(
            WATCH,
            payload={"codes": [subject.code]},
            dedupe_key=f"{WATCH}:{subject.code}",
            object_type=Theme._meta.label_lower,
            object_key=subject.code,
        )
