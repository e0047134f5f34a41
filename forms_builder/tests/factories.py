"""Dictionaries, public fields and item forms for tests."""

from typing import Any

import factory
import msgspec
from factory.django import DjangoModelFactory

from forms_builder.documents import ItemFormDocument
from forms_builder.models import Crosswalk, Dictionary, DictionaryEntry, ItemForm, PublicField
from forms_builder.services.freezing_forms import form_package, freeze_item_form, read_frozen_form
from forms_builder.services.item_forms import KIND
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.kernel import clock
from opsplatform.kernel.canonical import canonical_bytes, digest_of
from opsplatform.kernel.documents import write
from opsplatform.organizations.tests.factories import CityFactory
from opsplatform.release.models import (
    Decision,
    DraftRevision,
    Package,
    Release,
    ReviewParty,
    ReviewStep,
    Subject,
    Version,
)


class DictionaryFactory(DjangoModelFactory[Dictionary]):
    class Meta:
        model = Dictionary

    code = factory.Sequence(lambda number: f"dictionary_{number}")
    name = factory.Sequence(lambda number: f"第{number}号字典")


class DictionaryEntryFactory(DjangoModelFactory[DictionaryEntry]):
    class Meta:
        model = DictionaryEntry

    dictionary = factory.SubFactory(DictionaryFactory)
    code = factory.Sequence(lambda number: f"{number}")
    name = factory.Sequence(lambda number: f"第{number}项")


class CrosswalkFactory(DjangoModelFactory[Crosswalk]):
    class Meta:
        model = Crosswalk

    code = factory.Sequence(lambda number: f"crosswalk_{number}")
    name = factory.Sequence(lambda number: f"第{number}号对照")
    from_dictionary = factory.SubFactory(DictionaryFactory)
    to_dictionary = factory.SubFactory(DictionaryFactory)


class PublicFieldFactory(DjangoModelFactory[PublicField]):
    class Meta:
        model = PublicField

    code = factory.Sequence(lambda number: f"c_field_{number}")
    label = factory.Sequence(lambda number: f"第{number}号字段")
    data_type = "string"


class ItemFormFactory(DjangoModelFactory[ItemForm]):
    """A form with this `document` as its draft, saved by the author, or nobody in particular.

    `is_in_force` puts it in force as well, past services: what is needed is only that everybody sees it.
    """

    class Meta:
        model = ItemForm

    item = factory.SubFactory(ServiceItemFactory)

    @classmethod
    def _create(
        cls,
        model_class: Any,
        *args: Any,
        document: Any = None,
        author: User | None = None,
        is_in_force: bool = False,
        **kwargs: Any,
    ) -> ItemForm:
        item, author = kwargs["item"], author or UserFactory()
        division = item.department.division if item.department else CityFactory()
        draft = {"item": item.key, **(document or {"fields": []})}
        subject = Subject.objects.create(kind=KIND, code=item.key, title=item.name, division=division, draft=draft)
        DraftRevision.objects.create(subject=subject, revision=1, document=draft, saved_by=author)
        form: ItemForm = super()._create(model_class, *args, subject=subject, **kwargs)
        if is_in_force:
            enable_past_services(form)
        return form


def enable_past_services(form: ItemForm) -> None:
    """What the draft now says is in force, written by one account and approved by another."""
    subject, author, reviewer = form.subject, UserFactory(), UserFactory()
    saved = subject.revisions.order_by("-revision").first()
    if saved is None or saved.document != subject.draft:
        subject.draft_revision += 1
        subject.save(update_fields=["draft", "draft_revision"])
        DraftRevision.objects.create(
            subject=subject, revision=subject.draft_revision, document=subject.draft, saved_by=author
        )
    document = msgspec.convert(subject.draft, ItemFormDocument)
    content = canonical_bytes(write(freeze_item_form(document, form.item.name, clock.today())))
    authors = list(subject.revisions.values_list("saved_by", flat=True))
    version = Version.objects.create(
        subject=subject, number=subject.versions.count() + 1, content=content, digest=digest_of(content),
        draft_revision=subject.draft_revision, author_ids=[*authors, author.pk], submitted_by=author, note="提交",
    )  # fmt: skip
    step = ReviewStep.objects.create(
        version=version, code="review", name="审核", position=1, action="item_forms.approve", needed=1, days=5
    )
    ReviewParty.objects.create(step=step, division=subject.division)
    ReviewParty.objects.filter(step=step).update(
        state=ReviewParty.State.APPROVED,
        decided_by=reviewer,
        decided_at=clock.now(),
        digest=version.digest,
        note="同意",
    )
    Decision.objects.create(
        version=version, kind=Decision.Kind.APPROVED, digest=version.digest, decided_by=reviewer, note="同意"
    )
    packed = form_package(read_frozen_form(content), subject.division.code, version.number)
    package = Package.objects.create(
        digest=digest_of(packed), version=version, division=subject.division, content=packed, signature="x", key_id="x"
    )
    Release.objects.live().filter(subject=subject).update(
        ended_at=clock.now(), ended_by=reviewer, ending=Release.Ending.SUPERSEDED, end_note="取代"
    )
    Release.objects.create(
        subject=subject, version=version, division=subject.division, package=package, released_by=reviewer,
        released_at=clock.now(), note="启用", public_note="启用",
    )  # fmt: skip
    subject.current_version, subject.state = version, Subject.State.APPROVED
    subject.save(update_fields=["current_version", "state"])
