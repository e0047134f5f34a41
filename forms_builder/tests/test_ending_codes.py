"""Codes are retired, merged and split: refused until every place that names them is decided about, then carried out."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forms_builder import registry, selectors
from forms_builder.documents import ItemFormDocument
from forms_builder.models import Crosswalk, Dictionary, FormerParent, ItemForm
from forms_builder.services import where_used
from forms_builder.services.checking_forms import check_item_form
from forms_builder.services.crosswalks import save_crosswalk
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.ending_codes import Decision, Ending, Successor, end_code
from forms_builder.services.freezing_forms import freeze_dictionaries
from forms_builder.services.item_form_codes import ItemFormCodes
from forms_builder.services.uses_told import tell_uses
from forms_builder.tasks import follow_documents
from forms_builder.tests.factories import ItemFormFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material
from opsplatform.catalog.tests.factories import MaterialFactory
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.kernel.shape import read_document
from opsplatform.organizations.tests.factories import DepartmentFactory, DistrictFactory
from opsplatform.release.models import Subject

pytestmark = pytest.mark.django_db
FAR = date(2099, 12, 31)


@pytest.fixture
def operator() -> User:
    return person("platform_operator")


def dictionary(operator: User, code: str = "colour", codes: str = "123", **more: Any) -> Dictionary:
    entries = [{"code": one, "name": f"第{one}项"} for one in codes]
    return save_dictionary(actor=operator, values={"code": code, "name": code, "entries": entries, **more})


def form_asking(condition: Any, **more: Any) -> ItemForm:
    """A form with a coded field and one that shows under a condition on it."""
    asked = {"code": "c", "label": "颜色", "data_type": "dict", "dictionary": "colour", "order": 1}
    shown = {"code": "d", "label": "说明", "data_type": "string", "order": 2, "visible_when": condition}
    return ItemFormFactory(document={"fields": [asked, shown]}, **more)


def end(operator: User, code: str, *successors: str, last_day: date = FAR, **decisions: Decision) -> Any:
    found = Dictionary.objects.get(code="colour")
    ending = Ending("colour", code, last_day, tuple(Successor(one) for one in successors), decisions)
    return end_code(actor=operator, ending=ending, expected_revision=found.revision, note="调整")


def problems(refusal: Any) -> set[str]:
    return {problem.code for problem in refusal.value.problems}


def condition_of(form: ItemForm) -> Any:
    form.subject.refresh_from_db()
    return form.subject.draft["fields"][1]["visible_when"]


def test_a_code_nobody_names_is_retired(operator: User) -> None:
    dictionary(operator)
    entry = end(operator, "1", last_day=clock.today() - timedelta(days=3))
    entry.refresh_from_db()
    assert entry.valid_to == clock.today() - timedelta(days=3)
    recorded = AuditEntry.objects.get(action="dictionary_entry.retired")
    assert (recorded.object_key, recorded.reason) == ("colour/1", "调整")


@pytest.mark.parametrize("successors", [(), ("2",)])
def test_the_last_day_there_is_leaves_no_day_for_what_takes_over(operator: User, successors: tuple[str, ...]) -> None:
    dictionary(operator)
    with pytest.raises(Invalid) as refusal:
        end(operator, "1", *successors, last_day=date.max)
    assert problems(refusal) == {"too_late"}
    assert end(operator, "1", *successors, last_day=date.max - timedelta(days=1)).valid_to.year == 9999


def test_a_day_that_is_past_is_none_for_a_code_that_drafts_offer_or_name_nor_one_before_it_began(
    operator: User,
) -> None:
    row, today = dictionary(operator), clock.today()
    entries = [{"code": one, "name": f"第{one}项", "valid_to": today if one == "1" else None} for one in "123"]
    save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=1)
    form_asking({"q": "c", "op": "eq", "value": "2"})
    past = date(1999, 1, 1)
    for code, successors in (("1", ()), ("2", ("3",))):
        with pytest.raises(Invalid) as refusal:
            end(operator, code, *successors, last_day=past)
        assert problems(refusal) == {"in_use"} and "字段" in refusal.value.problems[0].sentence
    entries[0]["valid_to"] = past
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=2)
    assert problems(refusal) == {"in_use"}
    end(operator, "2", "3", last_day=today)
    new = save_dictionary(
        actor=operator,
        values={"code": "new", "name": "新", "entries": [{"code": "1", "name": "一", "valid_from": today}]},
    )
    with pytest.raises(Invalid) as refusal:
        end_code(
            actor=operator,
            ending=Ending("new", "1", today - timedelta(days=1)),
            expected_revision=new.revision,
            note="停",
        )
    assert problems(refusal) == {"empty_period"}


def test_what_names_the_code_must_be_decided_about(operator: User) -> None:
    dictionary(operator)
    form = form_asking({"q": "c", "op": "eq", "value": "1"})
    with pytest.raises(Invalid) as refusal:
        end(operator, "1")
    assert problems(refusal) == {"undecided"}
    assert "显示条件" in refusal.value.problems[0].sentence
    assert condition_of(form)["value"] == "1"
    assert Dictionary.objects.get(code="colour").revision == 1


def test_a_merge_rewrites_what_named_the_code_and_says_what_took_over(operator: User) -> None:
    dictionary(operator)
    form = form_asking({"q": "c", "op": "eq", "value": "1"})
    entry = end(operator, "1", "2")
    assert condition_of(form) == {"q": "c", "op": "eq", "value": "2"}
    assert [one.code for one in entry.successors.all()] == ["2"]
    assert form.subject.draft_revision == 2
    recorded = AuditEntry.objects.get(action="dictionary_entry.merged")
    assert recorded.facts["places"][0]["codes"] == ["2"]


def test_a_split_makes_a_test_of_one_code_a_test_of_several(operator: User) -> None:
    dictionary(operator)
    form = form_asking({"not": {"q": "c", "op": "ne", "value": "1"}})
    entry = end(operator, "1", "2", "3")
    assert condition_of(form) == {"not": {"q": "c", "op": "not_in", "value": ["2", "3"]}}
    assert entry.successors.count() == 2


def test_a_split_registers_codes_that_are_new(operator: User) -> None:
    row = dictionary(operator)
    new = (Successor("4", "第四项"), Successor("5", "第五项"))
    end_code(actor=operator, ending=Ending("colour", "1", FAR, new), expected_revision=row.revision, note="拆分")
    assert row.entries.get(code="4").valid_from == clock.today()
    assert {one.code for one in row.entries.get(code="1").successors.all()} == {"4", "5"}


def test_a_value_takes_one_code_only(operator: User) -> None:
    dictionary(operator, "material_necessity")
    material = MaterialFactory(necessity_code="1")
    use = f"material:{material.pk}#/necessity_code"
    row = Dictionary.objects.get(code="material_necessity")

    def split(decision: Decision | None) -> None:
        decisions = {use: decision} if decision else {}
        successors = (Successor("2"), Successor("3"))
        ending = Ending("material_necessity", "1", FAR, successors, decisions)
        end_code(actor=operator, ending=ending, expected_revision=row.revision, note="拆分")

    for decision, code in (
        (None, "undecided"),
        (Decision(("2", "3")), "one_code"),
        (Decision(ends=True), "cannot_end"),
    ):
        with pytest.raises(Invalid) as refusal:
            split(decision)
        assert problems(refusal) == {code}
    split(Decision(("3",)))
    assert Material.objects.get(pk=material.pk).necessity_code == "3"


@pytest.mark.parametrize(
    ("successors", "code"),
    [(("1",), "unknown_code"), (("9",), "unknown_code"), (("2", "2"), "code_twice")],
)
def test_what_takes_over_is_there_and_another(operator: User, successors: tuple[str, ...], code: str) -> None:
    dictionary(operator)
    with pytest.raises(Invalid) as refusal:
        end(operator, "1", *successors)
    assert code in problems(refusal)


def test_nothing_is_mapped_to_a_code_that_ends_as_well(operator: User) -> None:
    dictionary(operator)
    form_asking({"q": "c", "op": "eq", "value": "1"})
    end(operator, "2")
    with pytest.raises(Invalid) as refusal:
        end(operator, "1", "2", last_day=clock.today())
    assert problems(refusal) == {"not_in_force"}


def test_entries_below_find_another_parent_and_never_one_below_themselves(operator: User) -> None:
    entries = [
        {"code": "1", "name": "区"},
        {"code": "2", "name": "街道", "parent_code": "1"},
        {"code": "3", "name": "另一区"},
    ]
    row = save_dictionary(actor=operator, values={"code": "colour", "name": "地", "entries": entries})
    with pytest.raises(Invalid) as refusal:
        end(operator, "1")
    assert problems(refusal) == {"undecided"}
    with pytest.raises(Invalid) as refusal:
        end(operator, "1", "2")
    assert problems(refusal) == {"cycle"}
    end(operator, "1", "3")
    assert row.entries.get(code="2").parent_code == "3"


def test_entries_of_a_dictionary_below_find_another_parent(operator: User) -> None:
    districts = dictionary(operator)
    streets = street_below(operator, districts, "1")
    end(operator, "1", "2")
    assert streets.entries.get().parent_code == "2"
    with pytest.raises(Invalid) as refusal:
        save_dictionary(
            actor=operator,
            pk=streets.pk,
            values={"entries": [{"code": "11", "name": "某街道", "parent_code": "1"}]},
            expected_revision=2,
        )
    assert problems(refusal) == {"outlives_parent"}


def street_below(operator: User, districts: Dictionary, *parents: str) -> Dictionary:
    entries = [{"code": f"{one}1", "name": f"街道{one}", "parent_code": one} for one in parents]
    values = {"code": "street", "name": "街道", "parent_dictionary": districts, "entries": entries}
    return save_dictionary(actor=operator, values=values)


def parents_on(day: date, code: str = "street") -> dict[str, str]:
    return freeze_dictionaries([code], day)[0][code].parents


def test_what_lies_below_stays_there_until_the_last_day_and_lies_below_what_takes_over_from_the_next(
    operator: User,
) -> None:
    streets = street_below(operator, dictionary(operator, codes="12"), "1", "2")
    asked = {"code": "c", "label": "区", "data_type": "dict", "dictionary": "colour", "order": 1, "required": True}
    within = {"code": "d", "label": "街", "data_type": "dict", "dictionary": "street", "within": "c", "order": 2}
    document = read_document(ItemFormDocument, {"item": "x", "fields": [asked, {**within, "required": True}]})
    end(operator, "1", "2")
    next_day = FAR + timedelta(days=1)
    assert parents_on(clock.today()) == parents_on(FAR) == {"11": "1", "21": "2"}
    assert parents_on(next_day) == {"11": "2", "21": "2"}
    told = [[one.code for one in check_item_form(document, day)] for day in (clock.today(), FAR, next_day)]
    assert told == [[], [], []], "no choice of a district leaves nothing below it"
    shown = [[one.parent_code for one in selectors.entries_at(streets, day)] for day in (FAR, next_day)]
    assert shown == [["1", "2"], ["2", "2"]]
    client = Client()
    client.force_login(operator)
    assert f"1（至 {FAR}），之后 2" in client.get(reverse("dictionaries:entry", args=["street", "11"])).content.decode()
    FormerParent.objects.all().delete()
    assert "nothing_below" in {one.code for one in check_item_form(document, FAR)}, "saboteur: moved at once"


def test_a_code_that_ends_sooner_after_all_moves_what_lies_below_sooner_and_no_plain_edit_leaves_it_behind(
    operator: User,
) -> None:
    row = dictionary(operator)
    streets = street_below(operator, row, "1")
    end(operator, "1", "2")
    row.refresh_from_db()
    soon = clock.today() + timedelta(days=9)
    entries = [{"code": one, "name": f"第{one}项", "valid_to": soon if one == "1" else None} for one in "123"]
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=row.revision)
    assert problems(refusal) == {"code_in_use"}
    end(operator, "1", "3", last_day=soon)
    days = (soon, soon + timedelta(days=1), FAR, FAR + timedelta(days=1))
    assert [parents_on(day)["11"] for day in days] == ["1", "3", "3", "2"]
    streets.refresh_from_db()
    values = {"entries": [{"code": "11", "name": "街道1", "parent_code": "3"}]}
    save_dictionary(actor=operator, pk=streets.pk, values=values, expected_revision=streets.revision)
    assert [parents_on(day)["11"] for day in days] == ["3", "3", "3", "3"], "what is given by hand holds from now on"


def test_no_day_to_come_has_a_circle(operator: User) -> None:
    entries = [{"code": one, "name": one, "parent_code": "1" if one == "2" else ""} for one in "123"]
    row = save_dictionary(actor=operator, values={"code": "colour", "name": "地", "entries": entries})
    end(operator, "1", "3")
    assert (parents_on(FAR, "colour"), parents_on(FAR + timedelta(days=1), "colour")) == ({"2": "1"}, {"2": "3"})
    row.refresh_from_db()
    values = [
        {"code": "1", "name": "1", "valid_to": FAR, "parent_code": "2"},
        {"code": "2", "name": "2", "parent_code": "3"},
        {"code": "3", "name": "3"},
    ]
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": values}, expected_revision=row.revision)
    assert problems(refusal) == {"cycle"}


@pytest.fixture
def crosswalk(operator: User) -> Crosswalk:
    ours, theirs = dictionary(operator), dictionary(operator, "theirs", "ab")
    return save_crosswalk(
        actor=operator,
        values={
            "code": "to_partner",
            "name": "对照",
            "from_dictionary": ours,
            "to_dictionary": theirs,
            "mappings": [{"from_code": "1", "to_code": "a"}, {"from_code": "2", "to_code": "a"}],
        },
    )


def test_a_mapping_ends_with_its_code_and_another_begins(operator: User, crosswalk: Crosswalk) -> None:
    end(operator, "1", "3")
    assert list(crosswalk.mappings.values_list("from_code", "to_code", "valid_from", "valid_to")) == [
        ("1", "a", None, FAR),
        ("2", "a", None, None),
        ("3", "a", FAR + timedelta(days=1), None),
    ]


def test_a_mapping_may_end_without_another(operator: User, crosswalk: Crosswalk) -> None:
    place = f"crosswalk:to_partner#/{crosswalk.mappings.all()[0].pk}/from_code"
    end(operator, "1", **{place: Decision(ends=True)})
    assert list(crosswalk.mappings.values_list("from_code", "valid_to")) == [("1", FAR), ("2", None)]


def test_a_mapping_that_is_there_already_is_not_made_twice(operator: User, crosswalk: Crosswalk) -> None:
    end(operator, "1", "2")
    assert crosswalk.mappings.count() == 2


def test_a_plain_edit_does_not_date_out_what_is_in_use(operator: User) -> None:
    row = dictionary(operator)
    form_asking({"q": "c", "op": "in", "value": ["1", "3"]})
    entries = [{"code": one, "name": f"第{one}项", "valid_to": FAR if one == "1" else None} for one in "123"]
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=1)
    assert problems(refusal) == {"code_in_use"}
    for entry in entries:
        entry["valid_to"] = FAR if entry["code"] == "2" else None
    save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=1)
    assert row.entries.get(code="2").valid_to == FAR


def test_decisions_about_places_that_are_gone_are_refused(operator: User) -> None:
    dictionary(operator)
    with pytest.raises(Invalid) as refusal:
        end(operator, "1", **{"item_form:x#/y": Decision(("2",))})
    assert problems(refusal) == {"unknown_use"}


def test_an_old_revision_is_refused(operator: User) -> None:
    dictionary(operator)
    with pytest.raises(StaleRevision):
        end_code(actor=operator, ending=Ending("colour", "1", FAR), expected_revision=7, note="停用")


def test_a_code_that_has_ended_does_not_end_again(operator: User) -> None:
    dictionary(operator)
    end(operator, "1", last_day=clock.today() - timedelta(days=1))
    with pytest.raises(WrongState):
        end(operator, "1")


def test_codes_and_dictionaries_that_are_not_there_are_not_found(operator: User) -> None:
    dictionary(operator)
    with pytest.raises(NotFound):
        end(operator, "77")
    with pytest.raises(NotFound):
        end_code(actor=operator, ending=Ending("nothing", "1", FAR), expected_revision=1, note="停用")


def test_codes_are_the_operators_to_end_and_need_a_reason(operator: User) -> None:
    row = dictionary(operator)
    with pytest.raises(Forbidden):
        end_code(
            actor=person("lead_reviewer"), ending=Ending("colour", "1", FAR), expected_revision=row.revision, note="停"
        )
    with pytest.raises(DomainError, match="说明或理由"):
        end_code(actor=operator, ending=Ending("colour", "1", FAR), expected_revision=row.revision, note=" ")


def test_what_takes_over_ends_only_where_something_else_takes_over_instead(operator: User) -> None:
    row, today = dictionary(operator, codes="1234"), clock.today()
    end(operator, "1", "2", last_day=today + timedelta(days=5))
    place = "ended_entry:colour/1#/successors/2"
    with pytest.raises(Invalid) as refusal:
        end(operator, "2", last_day=today + timedelta(days=5))
    assert problems(refusal) == {"undecided"}
    assert "停用的字典项的“1 第1项”停用后的改用仍在使用 2" in refusal.value.problems[0].sentence
    with pytest.raises(Invalid) as refusal:
        end(operator, "2", "1", last_day=today + timedelta(days=3))
    assert problems(refusal) == {"not_in_force"}  # they would point at each other
    entries = [{"code": one, "name": f"第{one}项"} for one in "1234"]
    entries[0]["valid_to"], entries[1]["valid_to"] = ((today + timedelta(days=one)).isoformat() for one in (5, 3))
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=2)
    assert problems(refusal) == {"code_in_use"}
    end(operator, "2", last_day=today + timedelta(days=5), **{place: Decision(("3", "4"))})
    first = row.entries.get(code="1")
    assert {one.code for one in first.successors.all()} == {"3", "4"}
    end(operator, "3", last_day=today + timedelta(days=4), **{place[:-1] + "3": Decision(ends=True)})
    assert [one.code for one in first.successors.all()] == ["4"]
    end(operator, "4", last_day=today + timedelta(days=6))  # in force when 1 is no more
    assert [one.code for one in first.successors.all()] == ["4"]
    entries[0]["valid_to"] = (today + timedelta(days=9)).isoformat()
    for number, day in ((1, 5), (2, 4), (3, 6)):
        entries[number]["valid_to"] = (today + timedelta(days=day)).isoformat()
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=5)
    assert problems(refusal) == {"outlives_successor"}


def test_an_open_code_again_has_nothing_that_takes_over(operator: User) -> None:
    row = dictionary(operator)
    end(operator, "1", "2")
    entries = [{"code": one, "name": f"第{one}项"} for one in "123"]
    save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=2)
    assert not row.entries.get(code="1").successors.exists()


def test_the_index_follows_documents_however_they_were_written(operator: User) -> None:
    dictionary(operator)
    form = form_asking({"q": "c", "op": "eq", "value": "1"})
    assert [use.place for use in where_used.find_uses("colour", "1")] == ["/fields/1/visible_when"]
    assert where_used.bring_up_to_date() == 0
    form.subject.draft["fields"][1]["visible_when"]["value"] = "2"
    Subject.objects.filter(pk=form.subject_id).update(draft=form.subject.draft, draft_revision=2)
    assert where_used.find_uses("colour", "1") == []
    assert where_used.count_uses("colour") == {"2": 1}
    assert [use.place for use in where_used.list_offers("colour")] == ["/fields/0"]


def test_the_index_is_made_batch_by_batch_and_does_not_wait_for_what_is_gone(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where_used, "_AT_A_TIME", 1)
    dictionary(operator)
    for _ in range(3):
        form_asking({"q": "c", "op": "eq", "value": "1"})
    follow_documents()
    assert len(where_used.find_uses("colour", "1")) == 3 and where_used.bring_up_to_date() == 0
    form_asking({"q": "c", "op": "eq", "value": "1"})
    monkeypatch.setattr(ItemFormCodes, "namings", lambda self, keys: iter(()))
    assert where_used.bring_up_to_date() == 0


def test_uses_out_of_sight_are_a_number(operator: User) -> None:
    dictionary(operator)
    there = DepartmentFactory(division=DistrictFactory())
    form_asking({"q": "c", "op": "eq", "value": "1"}, item__body_kind=None, item__department=there)
    told = tell_uses(operator, "colour", "1")
    assert [one.title for one in told.open] == ["事项表单"] and told.hidden == 0
    stranger = tell_uses(person("district_editor", DistrictFactory()), "colour", "1")
    assert (stranger.open, stranger.hidden) == ([], 1)


def test_every_kind_of_user_is_registered() -> None:
    kinds = {source.kind for source in (*registry.documents(), *registry.rows())}
    assert kinds == {
        "item_form", "item_form_version", "theme_draft", "theme_version", "entry", "ended_entry", "crosswalk",
        "serviceitem", "material", "bodykind", "department", "publicfield",
    }  # fmt: skip
