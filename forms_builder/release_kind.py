"""Item forms as a kind of thing that the release engine drafts, reviews and releases."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import msgspec
from django.urls import reverse

from forms_builder.documents import ItemFormDocument
from forms_builder.models import ItemForm
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.contributing import find_contributors
from forms_builder.services.freezing_forms import form_package, freeze_item_form, read_frozen_form
from forms_builder.services.item_forms import KIND
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.selectors import responsible_department
from opsplatform.kernel import clock
from opsplatform.kernel.comparison import Change, duplicate_keys
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import Department, Division
from opsplatform.release.findings import Finding
from opsplatform.release.models import Release, Subject, Version
from opsplatform.release.review_selectors import find_undecidable
from opsplatform.release.subjects import Party, Step, Terms


class ItemFormKind:
    """What item forms supply to the engine (opsplatform.release.subjects.SubjectKind)."""

    kind = KIND
    title = "事项表单"
    room = "item_forms"
    code_place = "/item"
    is_announced = False  # outsiders have forms inside the packages of themes
    steps: Sequence[Step] = (Step("review", "审核", "item_forms.approve", position=1, days=5),)
    takes_emergencies = False

    def read(self, tree: Any) -> Any:
        """The document in its canonical spelling; raises Invalid with every problem."""
        draft = write(read_document(ItemFormDocument, tree))
        problems = duplicate_keys(draft)
        if problems:
            raise Invalid(f"有 {len(problems)} 处代码重复。", problems=tuple(problems))
        return draft

    def code_of(self, tree: Any) -> str:
        """The item's key."""
        return str(tree.get("item", ""))

    def title_of(self, tree: Any) -> str:
        """The item's name."""
        return ServiceItem.objects.values_list("name", flat=True).get(key=self.code_of(tree))

    def authority(self, subject: Subject) -> tuple[Division, Department | None, Any]:
        """The form's division, the department that answers for its item, and the form."""
        form = ItemForm.objects.select_related("item__department", "item__body_kind__responsible").get(subject=subject)
        return subject.division, responsible_department(form.item), form

    def follow(self, subject: Subject, tree: Any) -> None:
        """Nothing: the form's row says only whose it is."""

    def masked(self, changes: list[Change], before: Any, after: Any) -> list[Change]:
        """As they are: a form says what may be filled in and holds nobody's values."""
        return changes

    def parties(self, subject: Subject, step: str) -> Sequence[Party]:
        """The department that answers for the item, else the operators of its division."""
        division, department, _ = self.authority(subject)
        return [Party(division, department)]

    def review_page(self, code: str) -> str:
        """The page of the review."""
        return reverse("forms_builder:item_form_review", kwargs={"key": code})

    def findings(self, subject: Subject) -> Sequence[Finding]:
        """The gate's findings for the draft."""
        document = msgspec.convert(subject.draft, ItemFormDocument)
        return [*check_item_form(document, clock.today()), *find_undecidable(subject)]

    def freeze(self, subject: Subject) -> Any:
        """The draft with the code lists it names."""
        document = msgspec.convert(subject.draft, ItemFormDocument)
        return write(freeze_item_form(document, self.title_of(subject.draft), clock.today()))

    def contributors(self, tree: Any, before: Version | None) -> Iterable[int]:
        """Who changed the dictionaries and public fields that the form names since they were frozen before."""
        former = read_frozen_form(bytes(before.content)).revisions if before else {}
        return find_contributors(tree.get("revisions", {}), former)

    def release_findings(self, version: Version, division: Division) -> Sequence[Finding]:
        """None: a form is in force for its item, wherever that is done."""
        return ()

    def localisations(self, subject: Subject, divisions: Sequence[Division]) -> Mapping[int, Version]:
        """None: a form is the same wherever it is filled in."""
        return {}

    def carry_over(self, version: Version, localisations: Mapping[int, Version], terms: Terms) -> Set[int]:
        """None: nobody has to decide anything."""
        return frozenset()

    def joined_findings(self, version: Version, localisation: Version, division: Division) -> Sequence[Finding]:
        """None: there is no localisation of it."""
        return ()

    def compile(self, version: Version, division: Division, localisation: Version | None) -> bytes:
        """The canonical bytes of what is in force."""
        return form_package(read_frozen_form(bytes(version.content)), division.code, version.number)

    def retracted(self, version: Version, divisions: Sequence[Division] | None) -> None:
        """Nothing: nobody has to decide anything."""

    def released(self, subject: Subject, divisions: Sequence[Division]) -> None:
        """Nothing beside: themes read what is in force when they are frozen, and say when there is something newer."""

    def restored(self, releases: Sequence[Release]) -> None:
        """Nothing: nobody has to decide anything."""
