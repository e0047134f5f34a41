"""Localisations as a kind of thing that the release engine drafts and reviews; they go on show inside their theme."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec
from django.urls import reverse

from forms_builder.services.contributing import find_contributors
from opsplatform.kernel import clock
from opsplatform.kernel.comparison import Change, duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.shape import read_document, shape_problems
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.review_selectors import find_undecidable, find_unresolved
from opsplatform.release.subjects import Party, Step, Terms
from themes.localisation.compilation import read_localisation
from themes.localisation.documents import LocalisationDocument, Operation
from themes.localisation.elements import kind_of
from themes.localisation.limits import check_exceptions
from themes.models import Localisation, Theme
from themes.services.carrying_over import KIND, localisation_code
from themes.services.checking_localisation import (
    check_localisation_draft,
    exceptions_withdrawn,
    freeze_localisation,
)


class LocalisationKind:
    """What localisations supply to the engine (opsplatform.release.subjects.SubjectKind)."""

    kind = KIND
    title = "区级本地化"
    room = "localisations"
    code_place = "/division"
    is_announced = False  # outsiders have localisations inside the packages of themes

    steps: Sequence[Step] = (
        Step("district", "区级审核", "localisations.approve", position=1, days=3),
        Step("platform", "平台审核", "localisations.sign_off", position=2, days=3),
    )
    takes_emergencies = False

    def read(self, tree: Any) -> Any:
        """The document in its canonical spelling, values of elements too; raises Invalid with every problem."""
        document = read_document(LocalisationDocument, tree)
        draft = write(
            msgspec.structs.replace(document, operations=tuple(_canonical(one) for one in document.operations))
        )
        problems = duplicate_keys(draft)
        if problems:
            raise Invalid(f"有 {len(problems)} 处内容重复。", problems=tuple(problems))
        return draft

    def code_of(self, tree: Any) -> str:
        """The theme's code and the division's."""
        return localisation_code(tree["theme"], tree["division"])

    def title_of(self, tree: Any) -> str:
        """The theme's name and the division's."""
        theme = Theme.objects.select_related("subject").get(subject__code=tree["theme"])
        return f"{theme} · {Division.objects.get(code=tree['division'])}"[:200]

    def authority(self, subject: Subject) -> tuple[Division, Department | None, Any]:
        """The division whose localisation it is."""
        return subject.division, None, subject

    def follow(self, subject: Subject, tree: Any) -> None:
        """Nothing: the row says only of which theme it is."""

    def masked(self, changes: list[Change], before: Any, after: Any) -> list[Change]:
        """As they are: a localisation holds nobody's values."""
        return changes

    def parties(self, subject: Subject, step: str) -> Sequence[Party]:
        """Whoever answers for the district in this step: its own publishers, then city operation."""
        return [Party(subject.division)]

    def review_page(self, code: str) -> str:
        """The page of the localisation, on which it is reviewed."""
        theme, _, division = code.rpartition("@")
        return reverse("themes:localisation", kwargs={"code": theme, "division": division})

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """The gate's findings for the draft, against the city's version that the division has or gets."""
        localisation = Localisation.objects.select_related("subject__division", "theme__subject").get(pk=subject)
        return [*check_localisation_draft(localisation), *find_undecidable(subject), *find_unresolved(subject)]

    def freeze(self, subject: Subject) -> Any:
        """The draft with the materials it adds and the exceptions in force for it."""
        return write(freeze_localisation(msgspec.convert(subject.draft, LocalisationDocument)))

    def contributors(self, tree: Any, before: Version | None) -> Iterable[int]:
        """Who changed the materials that the localisation adds since they were frozen before."""
        former = read_localisation(bytes(before.content)).revisions if before else {}
        return find_contributors(tree.get("revisions", {}), former)

    def release_findings(self, version: Version, division: Division) -> Sequence[Finding]:
        """Exceptions that are over by today, or that the city has withdrawn."""
        localisation = read_localisation(bytes(version.content))
        return check_exceptions(localisation, clock.today(), exceptions_withdrawn(localisation))

    def localisations(self, subject: Subject, divisions: Sequence[Division]) -> Mapping[int, Version]:
        """None: it is one itself."""
        return {}

    def carry_over(self, version: Version, localisations: Mapping[int, Version], terms: Terms) -> Set[int]:
        """Nothing: it is one itself."""
        return frozenset()

    def joined_findings(self, version: Version, localisation: Version, division: Division) -> Sequence[Finding]:
        """None: it is one itself."""
        return ()

    def compile(self, version: Version, division: Division, localisation: Version | None) -> bytes:
        """Its own content, which is in force only inside the package of its theme."""
        return bytes(version.content)

    def retracted(self, version: Version, divisions: Sequence[Division] | None) -> None:
        """Nothing: no district decides about localisations."""

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """Nothing beside: the theme's packages are what is read."""

    def restored(self, releases: Sequence[Release]) -> None:
        """Nothing: nobody has to decide anything."""


def _canonical(operation: Operation) -> Operation:
    kind = kind_of(operation.code)
    if kind is None or operation.value is None or shape_problems(kind.shape, operation.value):
        return operation  # the gate says what is wrong with it
    return msgspec.structs.replace(operation, value=write(msgspec.convert(operation.value, kind.shape)))
