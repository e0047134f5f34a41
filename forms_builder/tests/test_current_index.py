"""Whether the index of uses is current is told by sums: nothing that was written can hide in them."""

from typing import Any

import pytest

from forms_builder.models import IndexedDocument
from forms_builder.services import where_used
from forms_builder.tests.factories import DictionaryFactory, ItemFormFactory, enable_past_services
from forms_builder.tests.test_ending_codes import form_asking
from opsplatform.release.models import Release, Subject

pytestmark = [pytest.mark.every_server, pytest.mark.django_db]
ANSWERED = {"q": "c", "op": "answered"}


@pytest.fixture(autouse=True)
def colours() -> None:
    """The dictionary that the forms of these tests name."""
    DictionaryFactory(code="colour")


def test_one_version_in_force_in_place_of_another_is_noticed_though_their_number_stays() -> None:
    """What was put in force and what was taken out weigh the same on either side; counting turns tells them apart."""
    form = form_asking(ANSWERED, is_in_force=True)
    where_used.bring_up_to_date()
    assert where_used.bring_up_to_date() == 0
    form.subject.draft["fields"][0]["order"] = 5
    enable_past_services(form)
    assert where_used.bring_up_to_date() == 3  # the draft, the version in force, the one that was
    in_force = {one.key for one in IndexedDocument.objects.filter(source="item_form_version", stamp=1)}
    assert in_force == {str(Release.objects.live().get(subject=form.subject).version_id)}
    assert where_used.bring_up_to_date() == 0


def test_documents_that_are_gone_are_forgotten_so_that_the_sums_agree_again() -> None:
    form_asking(ANSWERED)
    where_used.bring_up_to_date()
    IndexedDocument.objects.create(source="item_form", key="gone", stamp=1)
    assert where_used.bring_up_to_date() == 0
    assert not IndexedDocument.objects.filter(key="gone").exists()


def test_stamps_that_went_back_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: a kind whose stamps do not grow hides one change behind another."""
    first, second = ItemFormFactory(), ItemFormFactory()
    Subject.objects.filter(pk=first.subject_id).update(draft_revision=2)
    where_used.bring_up_to_date()
    Subject.objects.filter(pk=first.subject_id).update(draft_revision=1)
    Subject.objects.filter(pk=second.subject_id).update(draft_revision=2)
    assert where_used.bring_up_to_date() == 0


def test_asking_whether_the_index_is_current_compares_no_document(django_assert_num_queries: Any) -> None:
    form_asking(ANSWERED, is_in_force=True)
    where_used.bring_up_to_date()
    with django_assert_num_queries(6) as asked:  # what the index knows, drafts, versions, and how often in force
        assert where_used.bring_up_to_date() == 0
    assert not any("EXISTS" in one["sql"] or one["sql"].count("SELECT") > 1 for one in asked)
