"""Names keep their periods, trees stay trees, lists depend on others, crosswalks name what is there."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forms_builder import selectors
from forms_builder.models import Crosswalk, Dictionary
from forms_builder.pages import dictionary as pages_of_dictionaries
from forms_builder.services.crosswalks import save_crosswalk
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.renaming import rename_entry
from forms_builder.tests.factories import DictionaryFactory, ItemFormFactory
from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, Invalid, StaleRevision
from opsplatform.organizations.tests.factories import DistrictFactory
from opsplatform.register_files.tests.world import edited, exported, uploaded
from themes.tests.browsing import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return person("platform_operator")


def saved(operator: User, entries: list[dict[str, Any]], **more: Any) -> Dictionary:
    values = {"code": "place", "name": "地", "entries": [{"name": "某", **entry} for entry in entries], **more}
    return save_dictionary(actor=operator, values=values)


def codes(refusal: Any) -> set[str]:
    return {problem.code for problem in refusal.value.problems}


def rename(operator: User, name: str, since: date, revision: int = 1) -> None:
    rename_entry(
        actor=operator, dictionary="place", code="1", name=name, since=since, expected_revision=revision, note="改名"
    )


def name_on(row: Dictionary, day: date) -> str:
    return selectors.entries_at(row, day)[0].name


def test_every_day_has_the_name_of_its_time(operator: User) -> None:
    row = saved(operator, [{"code": "1", "name": "闸北区"}])
    rename(operator, "静安区", date(2015, 11, 4))
    rename(operator, "新静安区", date(2020, 1, 1), revision=2)
    days = [date(2015, 11, 3), date(2015, 11, 4), date(2019, 12, 31), date(2020, 1, 1)]
    assert [name_on(row, day) for day in days] == ["闸北区", "静安区", "静安区", "新静安区"]
    assert AuditEntry.objects.filter(action="dictionary_entry.renamed").count() == 2


def test_no_name_holds_before_the_first_day_there_is(operator: User) -> None:
    saved(operator, [{"code": "1", "name": "闸北区"}])
    with pytest.raises(Invalid):
        rename(operator, "静安区", date.min)


@pytest.mark.parametrize(
    ("name", "days", "code"),
    [
        ("某", 0, "unchanged"),
        (" ", 0, "invalid"),
        ("x" * 201, 0, "invalid"),
        ("新", 1, "too_late"),
        ("新", -9, "too_early"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(operator: User, name: str, days: int, code: str) -> None:
    saved(operator, [{"code": "1", "valid_from": clock.today() - timedelta(days=5)}])
    with pytest.raises(Invalid) as refusal:
        rename(operator, name, clock.today() + timedelta(days=days))
    assert codes(refusal) == {code}


@pytest.mark.parametrize("typed", ["", "20200101", "2020-W01-3", "2020-1-1", "2020-02-30"])
def test_what_is_no_day_is_told_on_the_page_and_nothing_is_renamed(operator: User, typed: str) -> None:
    row = saved(operator, [{"code": "1", "name": "闸北区"}])
    browser = Client()
    browser.force_login(operator)
    page = reverse("dictionaries:entry", args=[row.code, "1"])
    answer = browser.post(page, {"name": "静安区", "since": typed, "revision": "1", "note": "改名"})
    assert answer.status_code == 422 and "启用日期应为日期，例如 2026-12-31。" in answer.content.decode()
    assert name_on(row, clock.today()) == "闸北区"


def test_names_are_the_operators_to_change_at_the_revision_seen(operator: User) -> None:
    saved(operator, [{"code": "1"}])
    with pytest.raises(StaleRevision):
        rename(operator, "新", clock.today(), revision=7)
    with pytest.raises(Forbidden):
        rename(person("lead_editor"), "新", clock.today())


def test_a_plain_edit_of_a_name_keeps_the_former_one(operator: User) -> None:
    row = saved(operator, [{"code": "1", "name": "旧"}])
    for revision, name in ((1, "新"), (2, "更新")):
        entries = [{"code": "1", "name": name}]
        save_dictionary(actor=operator, pk=row.pk, values={"entries": entries}, expected_revision=revision)
    assert name_on(row, clock.today() - timedelta(days=1)) == "旧"
    assert name_on(row, clock.today()) == "更新"


def test_a_code_is_never_below_itself(operator: User) -> None:
    circle = [{"code": "1", "parent_code": "3"}, {"code": "2", "parent_code": "1"}, {"code": "3", "parent_code": "2"}]
    with pytest.raises(Invalid) as refusal:
        saved(operator, circle)
    assert codes(refusal) == {"cycle"}
    assert not Dictionary.objects.exists()


def test_dictionaries_do_not_depend_on_each_other_in_a_circle(operator: User) -> None:
    first = saved(operator, [])
    second = saved(operator, [], code="street", parent_dictionary=first)
    with pytest.raises(Invalid) as refusal:
        save_dictionary(actor=operator, pk=first.pk, values={"parent_dictionary": second}, expected_revision=1)
    assert codes(refusal) == {"cycle"}


def test_parents_come_from_the_dictionary_above(operator: User) -> None:
    above = saved(operator, [{"code": "1"}])
    saved(operator, [{"code": "11", "parent_code": "1"}], code="street", parent_dictionary=above)
    with pytest.raises(Invalid) as refusal:
        saved(operator, [{"code": "11", "parent_code": "9"}], code="other", parent_dictionary=above)
    assert codes(refusal) == {"no_parent"}


def test_parents_may_be_divisions_and_nothing_else_then(operator: User) -> None:
    district = DistrictFactory()
    streets = [{"code": "11", "parent_code": district.code}]
    saved(operator, streets, is_below_divisions=True)
    with pytest.raises(Invalid) as refusal:
        saved(operator, [{"code": "11", "parent_code": "999999"}], code="other", is_below_divisions=True)
    assert codes(refusal) == {"no_parent"}
    with pytest.raises(Invalid, match="填写的内容有误"):
        saved(operator, [], code="both", is_below_divisions=True, parent_dictionary=DictionaryFactory())


def test_no_entry_outlives_the_one_above(operator: User) -> None:
    ends = date(2030, 1, 1)
    with pytest.raises(Invalid) as refusal:
        saved(operator, [{"code": "1", "valid_to": ends}, {"code": "2", "parent_code": "1"}])
    assert codes(refusal) == {"outlives_parent"}
    saved(operator, [{"code": "1", "valid_to": ends}, {"code": "2", "parent_code": "1", "valid_to": ends}])


def walk(operator: User, *mappings: dict[str, Any]) -> Crosswalk:
    ours = saved(operator, [{"code": "1"}, {"code": "2", "valid_to": date(2030, 1, 1)}])
    theirs = saved(operator, [{"code": "a"}], code="theirs")
    values = {"code": "walk", "name": "对照", "from_dictionary": ours, "to_dictionary": theirs}
    return save_crosswalk(actor=operator, values={**values, "mappings": list(mappings)})


def mapping(one: str, other: str, **more: Any) -> dict[str, Any]:
    return {"from_code": one, "to_code": other, **more}


@pytest.mark.parametrize(
    ("mappings", "code"),
    [
        ([mapping("9", "a")], "unknown_code"),
        ([mapping("1", "z")], "unknown_code"),
        ([mapping("2", "a")], "outlives_code"),
        ([mapping("1", "a"), mapping("1", "a")], "mapping_twice"),
        ([mapping("1", "a", valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1))], "empty_period"),
    ],
)
def test_mappings_that_do_not_fit_are_refused(operator: User, mappings: list[Any], code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        walk(operator, *mappings)
    assert code in codes(refusal)


def test_a_code_has_the_counterparts_of_its_day(operator: User) -> None:
    crosswalk = walk(
        operator,
        mapping("1", "a", relation="narrower", valid_to=date(2026, 1, 1)),
        mapping("1", "a", valid_from=date(2026, 1, 2)),
    )
    shown = [selectors.mappings_on(crosswalk, date(2026, 1, day)) for day in (1, 2)]
    assert [[one.relation for one in day] for day in shown] == [["narrower"], ["same"]]


def test_crosswalks_are_the_operators(operator: User) -> None:
    crosswalk = walk(operator)
    with pytest.raises(Forbidden):
        save_crosswalk(actor=person("lead_editor"), pk=crosswalk.pk, values={"name": "x"}, expected_revision=1)
    with pytest.raises(StaleRevision):
        save_crosswalk(actor=operator, pk=crosswalk.pk, values={"name": "x"}, expected_revision=9)


def below(**last_days: str | None) -> list[dict[str, Any]]:
    """Two streets below one district each, of which some have a last day."""
    return [
        {"code": code, "name": code, "parent_code": code[0], "valid_to": last_days.get(code)}
        for code in ("a1", "a2", "b1")
    ]


def offered_streets(operator: User) -> Dictionary:
    above = saved(operator, [{"code": "a"}, {"code": "b"}])
    streets = save_dictionary(
        actor=operator,
        values={"code": "street", "name": "街道", "parent_dictionary": above, "entries": below()},
    )
    field = {"code": "JD", "label": "街道", "data_type": "dict", "dictionary": "street", "order": 1}
    ItemFormFactory(document={"fields": [field]})
    return streets


def again(operator: User, row: Dictionary, entries: list[dict[str, Any]]) -> Dictionary:
    values = {"name": row.name, "entries": entries, "parent_dictionary": row.parent_dictionary}
    row.refresh_from_db()
    return save_dictionary(actor=operator, pk=row.pk, values=values, expected_revision=row.revision)


def test_a_save_that_empties_a_list_that_depends_on_an_answer_says_so(operator: User) -> None:
    streets, tomorrow = offered_streets(operator), clock.today() + timedelta(days=1)
    assert not streets.warnings
    assert not again(operator, streets, below(a1=tomorrow)).warnings
    (told,) = again(operator, streets, below(a1=tomorrow, b1=tomorrow)).warnings
    assert told.startswith(f"上级 b 下面，从 {tomorrow + timedelta(days=1)} 起不再有字典项") and "有 1 处" in told
    assert not again(operator, streets, below(a1=tomorrow, b1=tomorrow)).warnings
    moved = [*below(a1=tomorrow, b1=tomorrow)[:1], {**below()[1], "parent_code": "b"}, below(b1=tomorrow)[2]]
    (told,) = again(operator, streets, moved).warnings
    assert told.startswith("上级 a 下面")


def test_an_import_that_empties_a_list_says_so_before_it_is_confirmed(operator: User) -> None:
    offered_streets(operator)
    browser, tomorrow = Client(), clock.today() + timedelta(days=1)
    browser.force_login(operator)

    def end_b1(lines: list[list[str]]) -> None:
        line = next(line for line in lines if "b1" in line)
        line[lines[0].index("停用日期")] = tomorrow.isoformat()

    page = uploaded(browser, "dictionary", edited(exported(browser, "dictionary"), end_b1))
    assert page.context["result"] is not None, page.context["reason"]
    assert page.context["result"].may_be_written
    assert "street：上级 b 下面" in page.content.decode()


def test_the_register_page_says_so_after_saving(operator: User) -> None:
    streets, browser = offered_streets(operator), Client()
    browser.force_login(operator)
    where = reverse("admin:forms_builder_dictionary_change", args=[streets.pk])
    form = form_of(browser.get(where), holding="entries-0-code")
    (name,) = [
        key.replace("-code", "-valid_to") for key, value in form.items() if value == ["b1"] and key.endswith("-code")
    ]
    answer = browser.post(where, {**form, name: (clock.today() + timedelta(days=1)).isoformat()}, follow=True)
    assert "上级 b 下面" in answer.content.decode()


def test_of_a_very_long_list_the_page_shows_the_first_and_says_how_many_more(operator: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(pages_of_dictionaries, "MOST_LINES", 3)
    saved(operator, [{"code": f"c{number}"} for number in range(5)])
    browser = Client()
    browser.force_login(operator)
    page = browser.get("/dictionaries/place/").content.decode()
    assert "<code>c2</code>" in page and "<code>c3</code>" not in page and "还有 2 项没有列出" in page
    assert "<code>c4</code>" in browser.get("/dictionaries/place/", {"q": "c4"}).content.decode()
