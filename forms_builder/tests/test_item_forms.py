"""An item's form on its way: drafted, submitted through the gate, approved by a second person, in force, out of it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from forms_builder import selectors
from forms_builder.documents import ItemFormDocument, ItemFormPackage
from forms_builder.models import ItemForm
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.forms_in_force import find_usable_forms
from forms_builder.services.item_forms import (
    approve_and_enable,
    approve_item_form,
    disable_item_form,
    enable_item_form,
    return_item_form,
    save_item_form,
    submit_item_form,
)
from forms_builder.services.matching import list_unmatched
from forms_builder.tests.factories import DictionaryEntryFactory, DictionaryFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import MembershipFactory, RoleFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.models import BodyKind
from opsplatform.organizations.tests.factories import BodyKindFactory, CityFactory, DepartmentFactory
from opsplatform.release.errors import GateClosed, NothingChanged, OwnWork
from opsplatform.release.models import Release, Subject, Version

pytestmark = pytest.mark.django_db
NAME = {"code": "name", "label": "姓名", "data_type": "string", "order": 1, "max_length": 20, "required": True}


@dataclass
class Office:
    """A department with its item, its editor and its reviewer."""

    item: ServiceItem
    editor: User
    reviewer: User

    @property
    def key(self) -> str:
        return self.item.key

    def tree(self, *fields: Any) -> dict[str, Any]:
        return {"item": self.key, "fields": list(fields or [NAME])}

    def save(self, *fields: Any, by: User | None = None, at: int | None = None) -> ItemForm:
        revision = self.revision if at is None else at
        return save_item_form(
            actor=by or self.editor, item_key=self.key, tree=self.tree(*fields), expected_revision=revision
        )

    @property
    def revision(self) -> int:
        form = selectors.find_item_form(self.item)
        return form.subject.draft_revision if form else 0

    def submit(self, by: User | None = None) -> Version:
        return submit_item_form(
            actor=by or self.editor, item_key=self.key, expected_revision=self.revision, note="提交"
        )

    def put_in_force(self, *fields: Any) -> Release:
        self.save(*fields)
        return approve_and_enable(actor=self.reviewer, item_key=self.key, digest=self.submit().digest, note="同意")


@pytest.fixture
def office() -> Office:
    item = ServiceItemFactory()
    here = {"department": item.department}
    return Office(item, person(RoleCode.PARTNER_EDITOR, **here), person(RoleCode.PARTNER_REVIEWER, **here))


def test_an_item_without_a_form_stands_at_revision_nought_and_saving_there_begins_it(office: Office) -> None:
    assert selectors.get_form_draft(office.editor, office.key)[2:] == ({"item": office.key}, 0)
    with pytest.raises(StaleRevision):
        office.save(at=3)
    form = office.save(at=0)
    assert (form.subject.code, form.subject.title, form.subject.division) == (
        office.key, office.item.name, office.item.department.division
    )  # fmt: skip
    with pytest.raises(StaleRevision):  # somebody else had begun it meanwhile
        office.save({**NAME, "label": "名字"}, at=0)
    assert AuditEntry.objects.get(action="item_form.drafted").object_key == office.key


def test_a_draft_is_saved_whole_at_the_revision_it_was_read_at(office: Office) -> None:
    office.save()
    office.save({**NAME, "max_length": 30})
    with pytest.raises(StaleRevision) as stale:
        office.save({**NAME, "label": "名字"}, at=1)
    assert stale.value.facts["changes"][0]["place"] == "/fields/name/max_length"
    with pytest.raises(Invalid) as refusal:
        save_item_form(
            actor=office.editor, item_key=office.key, tree={"item": "x", "fields": [NAME]}, expected_revision=2
        )
    assert refusal.value.problems[0].pointer == "/item"
    with pytest.raises(Invalid):
        office.save(NAME, NAME)
    assert office.revision == 2


def test_what_is_approved_by_a_second_person_is_in_force_with_the_code_lists_it_names(office: Office) -> None:
    dictionary = DictionaryFactory(code="sex")
    DictionaryEntryFactory(dictionary=dictionary, code="1", name="男")
    sex = {"code": "sex", "label": "性别", "data_type": "dict", "dictionary": "sex", "order": 2}
    release = office.put_in_force(NAME, sex)
    package = read_document(ItemFormPackage, json.loads(bytes(release.package.content)))
    assert [field.code for field in package.fields] == ["name", "sex"]
    assert [entry.name for entry in package.dictionaries["sex"].entries] == ["男"]
    assert (package.item, package.version, package.division) == (office.key, 1, office.item.department.division.code)
    usable = find_usable_forms([office.key])[office.key]
    assert (usable.standing, usable.version, usable.revision) == ("in_force", 1, 1)


def test_nobody_approves_what_they_wrote(office: Office) -> None:
    both = person(RoleCode.LEAD_EDITOR, department=office.item.department)
    MembershipFactory(
        user=both, role=RoleFactory(code=RoleCode.LEAD_REVIEWER), division=office.item.department.division,
        department=office.item.department,
    )  # fmt: skip
    office.save(by=both)
    version = office.submit()
    for decide in (approve_item_form, approve_and_enable, return_item_form):
        with pytest.raises(OwnWork):
            decide(actor=both, item_key=office.key, digest=version.digest, note="同意")
    assert Release.objects.count() == 0
    approve_item_form(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    assert enable_item_form(actor=both, item_key=office.key, version=1, note="启用").version == version


def test_approving_and_enabling_is_one_act(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.save()
    version = office.submit()
    monkeypatch.setattr("forms_builder.services.item_forms.releasing.release", lambda **_: [])
    with pytest.raises(WrongState):
        approve_and_enable(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    assert not version.decisions.exists()


def test_only_what_is_approved_is_enabled_and_a_change_voids_what_is_not_in_force(office: Office) -> None:
    office.save()
    version = office.submit()
    with pytest.raises(WrongState):
        enable_item_form(actor=office.reviewer, item_key=office.key, version=1, note="启用")
    approve_item_form(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    office.save({**NAME, "label": "名字"})
    assert version.decisions.filter(kind="voided").exists()
    with pytest.raises(WrongState):
        enable_item_form(actor=office.reviewer, item_key=office.key, version=1, note="启用")


def test_a_new_version_takes_the_place_of_the_old_and_a_draft_changes_nothing_in_force(office: Office) -> None:
    office.put_in_force()
    office.save({**NAME, "label": "名字"})
    usable = find_usable_forms([office.key])[office.key]
    assert (usable.version, usable.document.fields[0].label) == (1, "姓名")
    version = office.submit()
    approve_and_enable(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    usable = find_usable_forms([office.key])[office.key]
    assert (usable.version, usable.document.fields[0].label, usable.revision) == (2, "名字", 2)
    assert Release.objects.live().count() == 1


def test_a_form_that_is_disabled_is_no_draft_again(office: Office) -> None:
    office.put_in_force()
    disable_item_form(actor=office.reviewer, item_key=office.key, note="依据废止")
    assert find_usable_forms([office.key])[office.key].standing == "disabled"
    with pytest.raises(WrongState):
        disable_item_form(actor=office.reviewer, item_key=office.key, note="依据废止")


def test_a_form_with_something_to_mend_is_not_submitted(office: Office) -> None:
    office.save({**NAME, "data_type": "dict", "dictionary": "nowhere"})
    with pytest.raises(GateClosed) as closed:
        office.submit()
    assert [finding.code for finding in closed.value.findings] == ["unresolved_dictionary"]
    assert Version.objects.count() == 0


def test_what_is_in_force_is_submitted_again_only_when_a_code_list_has_changed(office: Office) -> None:
    dictionary = DictionaryFactory(code="sex")
    DictionaryEntryFactory(dictionary=dictionary, code="1", name="男")
    office.put_in_force({"code": "sex", "label": "性别", "data_type": "dict", "dictionary": "sex", "order": 2})
    with pytest.raises(NothingChanged):
        office.submit()
    DictionaryEntryFactory(dictionary=dictionary, code="2", name="女")
    version = office.submit()
    release = approve_and_enable(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    assert (release.version.number, find_usable_forms([office.key])[office.key].revision) == (2, 1)


def test_forms_of_a_kind_of_bodies_are_their_responsible_departments_and_no_districts() -> None:
    department, successor = DepartmentFactory(division=CityFactory()), DepartmentFactory(division=CityFactory())
    kind = BodyKindFactory(responsible=department)
    item = ServiceItemFactory(department=None, body_kind=kind)
    district = person(RoleCode.PARTNER_EDITOR, department=DepartmentFactory(kind=kind))
    editor, reviewer = (
        person(role, department=department) for role in (RoleCode.PARTNER_EDITOR, RoleCode.PARTNER_REVIEWER)
    )
    office = Office(item, editor, reviewer)
    assert list(selectors.list_items_without_form(editor)) == [item]
    assert not selectors.list_items_without_form(district).exists()
    with pytest.raises(Forbidden):
        office.save(by=district)
    form = office.save()
    assert list(ItemForm.objects.drafts_visible_to(editor)) == list(list_unmatched(editor)) == [form]
    assert not ItemForm.objects.drafts_visible_to(district).exists()
    assert not list_unmatched(district).exists()
    with pytest.raises(NotFound):
        office.submit(by=district)
    version = office.submit()
    approve_and_enable(actor=reviewer, item_key=item.key, digest=version.digest, note="同意")
    with pytest.raises(Forbidden):
        office.save({**NAME, "label": "名字"}, by=district)
    BodyKind.objects.update(responsible=successor)
    with pytest.raises(Forbidden):
        office.save({**NAME, "label": "名字"})
    office.save({**NAME, "label": "名字"}, by=person(RoleCode.LEAD_EDITOR, department=successor))


def test_forms_of_a_kind_that_names_nobody_are_seen_to_by_two_operators() -> None:
    item = ServiceItemFactory(department=None, body_kind=BodyKindFactory())
    CityFactory()
    first, second = person(RoleCode.OPERATOR), person(RoleCode.OPERATOR)
    office = Office(item, first, second)
    office.put_in_force()
    assert Subject.objects.get(code=item.key).division.parent is None
    with pytest.raises(Forbidden):
        office.save({**NAME, "label": "名字"}, by=person(RoleCode.LEAD_EDITOR, department=_elsewhere()))


def _elsewhere() -> Any:
    return ServiceItemFactory().department


def test_a_draft_that_was_never_in_force_does_not_exist_for_others(office: Office) -> None:
    office.save()
    stranger = person(RoleCode.PARTNER_EDITOR, department=_elsewhere())
    district = person(RoleCode.DISTRICT_EDITOR, office.item.department.division)
    for one in (stranger, district):
        with pytest.raises(NotFound):
            selectors.get_item_form(one, office.key)
    version = office.submit()
    approve_and_enable(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    assert selectors.get_item_form(district, office.key).item == office.item
    with pytest.raises(Forbidden):
        selectors.get_form_draft(district, office.key)


def test_more_decimals_than_there_are_is_refused_at_its_place_and_the_most_there_are_is_checked(office: Office) -> None:
    part = {"code": "c", "label": "列", "data_type": "decimal", "scale": 19}
    wrong = {**NAME, "data_type": "decimal", "scale": 999999999}
    with pytest.raises(Invalid) as refusal:
        office.save(wrong, {**NAME, "code": "t", "data_type": "table", "columns": [part, {**part, "scale": -1}]})
    places = {one.pointer for one in refusal.value.problems}
    assert places == {"/fields/0/scale", "/fields/1/columns/0/scale", "/fields/1/columns/1/scale"}
    sound = {"code": "x", "label": "数", "data_type": "decimal", "scale": 18}
    table = {"code": "t", "label": "表", "data_type": "table", "order": 2, "columns": [sound]}
    tree = office.tree({**sound, "order": 1}, table)
    assert [
        one for one in check_item_form(read_document(ItemFormDocument, tree), clock.today()) if one.is_blocking
    ] == []
