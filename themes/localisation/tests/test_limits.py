"""Twenty deviations planted in a localisation, each of which the gate names; approved exceptions are shown as such."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from opsplatform.kernel.documents import write
from themes.documents import ElementRule, LocalisationPolicy
from themes.localisation.compilation import compile_localised
from themes.localisation.documents import FrozenLocalisation, GrantedException, LocalisationDocument, Operation
from themes.localisation.effective import localise
from themes.localisation.elements import condition_key, elements_of
from themes.localisation.keys import key_of
from themes.localisation.limits import check_exceptions, check_localisation
from themes.localisation.rebasing import City, Signature, redraft
from themes.localisation.sources import Sourced, sourced_elements
from themes.packages.structure import FrozenTheme, ServicePointContent
from themes.packages.tests import dossiers

MINHANG, TODAY = "310112", date(2026, 11, 2)
BY = Signature("mh_editor", "闵行编辑", "2026-11-02")
HALL = ServicePointContent(name="莘庄大厅", address="莘松路555号", hours="周一至周五 9:00-17:00", phone="021-64881234")
DAYS, VISITS = "items/REGP/promised_days", "items/REGU/onsite_times"
FIELD, CONDITION = "items/REGP/fields/HJ/required", condition_key("REGP", "须现场核验")
POINT = "service_points/莘庄大厅"


def theme() -> FrozenTheme:
    """The dog theme with a window in Minhang."""
    frozen = dossiers.frozen("theme_dog_license")
    return replace(frozen, service_points={MINHANG: (HALL,)})


def drafted(values: dict[str, Any], frozen: FrozenTheme) -> FrozenLocalisation:
    document = redraft(LocalisationDocument(theme="t", division=MINHANG), values, City(frozen, 1), BY)
    return FrozenLocalisation(document=document)


def opened(*codes: str) -> LocalisationPolicy:
    return LocalisationPolicy(rules=tuple(ElementRule(code=code, mode="free") for code in codes))


PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "slower than promised": ({DAYS: 6}, "slower_than_city"),
    "slower than the law": ({DAYS: 30}, "slower_than_law"),
    "one more material": ({"items/PAY/materials/M_ID": {}}, "more_material"),
    "a material that nobody registered": ({"items/PAY/materials/M_NONE": {"register": "M_NONE"}}, "unknown_material"),
    "a material under the code of another": (
        {"items/REGP/materials/M_ORG": {"register": "M_ELSE"}}, "other_material",
    ),
    "a material where an unknown question says so": (
        {"items/REGP/materials/M_ORG": {"when": {"q": "q_none", "op": "eq", "value": "1"}}}, "unresolved_reference",
    ),
    "a material where an option that is none says so": (
        {"items/REGP/materials/M_ORG": {"when": {"q": "q_residence", "op": "eq", "value": "tent"}}},
        "unresolved_reference",
    ),
    "one more required field": ({FIELD: True}, "more_required_field"),
    "one more condition": ({CONDITION: "须现场核验"}, "more_condition"),
    "a condition under another key": ({"items/REGP/conditions/x": "须现场核验"}, "wrong_value"),
    "more visits": ({VISITS: 3}, "more_visits"),
    "the last window taken away": ({POINT: None}, "no_service_point"),
    "a window that is over": ({f"{POINT}/valid_to": "2026-01-31"}, "no_service_point"),
    "the last window not yet open": ({f"{POINT}/valid_from": "2099-01-01"}, "no_service_point"),
    "a window without a place": ({f"{POINT}/address": None}, "wrong_value"),
    "a window in blank words": ({f"{POINT}/address": "  "}, "wrong_value"),
    "a window without a name": ({"service_points/ ": {"address": "某路1号"}}, "wrong_value"),
    "a window's name without end": ({"service_points/" + "厅" * 201: {"address": "某路1号"}}, "wrong_value"),
    "hours without end": ({f"{POINT}/hours": "九" * 201}, "wrong_value"),
    "no promised time": ({"items/REGP/promised_days": None}, "wrong_value"),
    "a window that ends before it begins": (
        {f"{POINT}/valid_from": "2027-02-01", f"{POINT}/valid_to": "2027-01-31"}, "bad_period",
    ),
    "a phone that is none": ({f"{POINT}/phone": "找前台"}, "bad_phone"),
    "longitude and latitude the wrong way round": ({f"{POINT}/coordinates": [31.1, 121.4]}, "bad_coordinates"),
    "a day that is none": ({f"{POINT}/holidays/国庆": "休息"}, "bad_day"),
    "a window without hours": ({"service_points/新厅": {"address": "某路1号"}}, "no_hours"),
    "a notice of the city rewritten": ({"notices/N_GENERAL": {"title": "x", "content": "y"}}, "element_locked"),
    "a notice in blank words": ({"notices/N9": {"title": " ", "content": "　"}}, "wrong_value"),
    "an item of the city taken out": ({"items/PAY": None}, "element_locked"),
    "a text that is the city's": ({"summary": "本区简介"}, "element_locked"),
    "something that no theme has": ({"fees/REGP": 100}, "unknown_element"),
    "days that are no number": ({DAYS: "三天"}, "wrong_value"),
    "an item that is gone": ({"items/GONE/promised_days": 1}, "unsettled_conflict"),
    "a part of a window that is taken away": ({POINT: None, f"{POINT}/phone": "12345678"}, "contradiction"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_deviation_is_named(name: str) -> None:
    values, code = PLANTED[name]
    frozen = theme()
    if code == "more_visits":
        frozen = replace(frozen, document=replace(frozen.document, localisation=opened(VISITS)))
    found = check_localisation(frozen, drafted(values, frozen), MINHANG, TODAY)
    assert code in {finding.code for finding in found}
    assert all(finding.is_blocking for finding in found if finding.code == code and code != "no_hours")


def test_at_least_twenty_are_planted_and_none_of_them_is_there_beforehand() -> None:
    assert len(PLANTED) >= 20
    assert check_localisation(theme(), drafted({}, theme()), MINHANG, TODAY) == []
    fine = {DAYS: 3, f"{POINT}/phone": "021-12345678", f"{POINT}/holidays/2027-01-01": "休息"}
    assert check_localisation(theme(), drafted(fine, theme()), MINHANG, TODAY) == []


def test_the_package_names_what_is_in_force_apart_from_what_has_no_place() -> None:
    frozen, taken = theme(), "items/REGP/materials/M_ORG"
    frozen = replace(frozen, document=replace(frozen.document, localisation=opened("items/*/materials/*")))
    localisation = drafted({taken: {"register": "M_ELSE"}, DAYS: 3}, frozen)
    told = compile_localised(frozen, MINHANG, 1, localisation, 1).meta.localisation
    assert told is not None
    assert (told.changed, told.suspended, told.overruled) == ((DAYS,), (), (taken,))


@pytest.mark.parametrize(
    ("city", "ours", "is_more"),
    [
        ("2", "1", True),
        ("2", "3", True),
        ("2", None, True),
        (None, "1", True),
        ("3", "1", True),
        (None, "2", False),
        ("1", "3", False),
        ("1", None, False),
        ("2", "2", False),
        (None, None, False),
    ],
)
def test_a_material_is_needed_no_more_than_by_the_city(city: str | None, ours: str | None, *, is_more: bool) -> None:
    frozen, key = theme(), "items/REGP/materials/M_ID"
    items = [
        replace(item, materials=tuple(replace(use, necessity_code=city) for use in item.materials))
        for item in frozen.document.items
    ]
    document = replace(frozen.document, items=tuple(items), localisation=opened("items/*/materials/*"))
    frozen = replace(frozen, document=document)
    value = {"note": "带原件"} | ({"necessity_code": ours} if ours else {})
    found = check_localisation(frozen, drafted({key: value}, frozen), MINHANG, TODAY)
    assert ("more_material" in {finding.code for finding in found}) == is_more


def granted(key: str, kind: Any, until: str, value: Any = 6) -> GrantedException:
    return GrantedException(
        code=key, kind=kind, reason="窗口搬迁", expires_on=until, granted_by_name="周运营", value=value, number=7
    )


@pytest.mark.parametrize(
    ("values", "key", "kind"),
    [
        ({DAYS: 6}, DAYS, "slower"),
        ({"items/PAY/materials/M_ID": {}}, "items/PAY/materials/M_ID", "material"),
        ({FIELD: True}, FIELD, "required_field"),
        ({CONDITION: "须现场核验"}, CONDITION, "condition"),
    ],
)
def test_an_approved_exception_is_shown_as_such_while_it_is_in_force(
    values: dict[str, Any], key: str, kind: str
) -> None:
    for until, expected in (("2027-06-30", f"excepted_{kind}"), ("2026-11-02", f"excepted_{kind}"), ("2026-11-01", "")):
        excepted = replace(drafted(values, theme()), exceptions=(granted(key, kind, until, values[key]),))
        found = check_localisation(theme(), excepted, MINHANG, TODAY)
        if expected:
            assert [(finding.code, finding.is_blocking) for finding in found] == [(expected, False)]
            assert "周运营" in str(write(excepted)) and "窗口搬迁" in found[0].sentence
        else:
            assert [finding.is_blocking for finding in found] == [True]
        assert bool(check_exceptions(excepted, TODAY, {})) is not bool(expected)
        assert "已撤回" in check_exceptions(excepted, TODAY, {7: "已撤回"})[0].sentence


def sourced(excepted: FrozenLocalisation, key: str) -> Sourced:
    rows = sourced_elements(theme(), localise(theme(), excepted, MINHANG), excepted, MINHANG)
    return next(row for row in rows if row.code == key)


@pytest.mark.parametrize(
    ("key", "kind", "asked", "done", "is_covered"),
    [
        (DAYS, "slower", 8, 8, True),
        (DAYS, "slower", 8, 7, True),
        (DAYS, "slower", 8, 9, False),
        (DAYS, "slower", None, 6, False),
        (CONDITION, "condition", "须现场核验", "须现场核验", True),
        (CONDITION, "condition", "须现场核验", "须现场核验两次", False),
        ("items/PAY/materials/M_ID", "material", {}, {"register": "", "note": ""}, True),
        ("items/PAY/materials/M_ID", "material", {}, {"note": "原件"}, False),
        (FIELD, "required_field", True, True, True),
    ],
)
def test_an_exception_is_for_what_was_asked_and_for_days_up_to_it(
    key: str, kind: str, asked: Any, done: Any, is_covered: bool
) -> None:
    excepted = replace(drafted({key: done}, theme()), exceptions=(granted(key, kind, "2027-06-30", asked),))
    found = [one for one in check_localisation(theme(), excepted, MINHANG, TODAY) if one.place.endswith(key_of(key))]
    assert [finding.is_blocking for finding in found] == [not is_covered]
    assert (sourced(excepted, key).origin == "excepted") is is_covered


def test_faster_than_the_city_is_no_exception_even_where_one_was_granted() -> None:
    excepted = replace(drafted({DAYS: 3}, theme()), exceptions=(granted(DAYS, "slower", "2027-06-30"),))
    assert check_localisation(theme(), excepted, MINHANG, TODAY) == []
    row = sourced(excepted, DAYS)
    assert (row.here, row.origin, row.until) == (3, "district", "")


def test_an_exception_is_for_one_element_and_one_kind() -> None:
    for exception in (
        granted("items/REGU/promised_days", "slower", "2027-06-30"),
        granted(DAYS, "material", "2027-06-30"),
    ):
        excepted = replace(drafted({DAYS: 6}, theme()), exceptions=(exception,))
        assert [one.code for one in check_localisation(theme(), excepted, MINHANG, TODAY)] == ["slower_than_city"]


def test_what_the_city_locks_or_frees_for_one_theme_counts() -> None:
    frozen = theme()
    locked = replace(
        frozen,
        document=replace(
            frozen.document,
            localisation=LocalisationPolicy(rules=(ElementRule(code="items/*/promised_days", mode="locked"),)),
        ),
    )
    (finding,) = check_localisation(locked, drafted({DAYS: 3}, locked), MINHANG, TODAY)
    assert finding.code == "element_locked" and "市级为这个主题规定" in finding.sentence
    freed = replace(frozen, document=replace(frozen.document, localisation=opened("summary")))
    here = localise(freed, drafted({"summary": "本区简介"}, freed), MINHANG).frozen
    assert elements_of(here, MINHANG)["summary"] == "本区简介"


def test_every_change_that_may_be_made_is_in_the_divisions_theme() -> None:
    frozen = replace(theme(), document=replace(theme().document, localisation=opened("*", "*/*", "*/*/*", "*/*/*/*")))
    values = {
        DAYS: 3,
        VISITS: 0,
        FIELD: True,
        CONDITION: "须现场核验",
        "items/PAY/materials/M_ID": {"note": "原件"},
        "notices/N9": {"title": "预约", "content": "请先预约。"},
        f"{POINT}/phone": "021-12345678",
        f"{POINT}/coordinates": [121.4, 31.1],
        f"{POINT}/valid_to": "2027-12-31",
        f"{POINT}/holidays/2027-01-01": "休息",
        "summary": "本区简介",
    }
    here = elements_of(localise(frozen, drafted(values, frozen), MINHANG).frozen, MINHANG)
    for key, value in values.items():
        told = here[key] if not isinstance(value, dict) else {**here[key], **value}
        assert told == (value if not isinstance(value, dict) else here[key] | value), key


def test_an_item_of_the_city_stays_whatever_is_said_about_items() -> None:
    frozen = theme()
    for code in ("items/*", "items/PAY"):
        freed = replace(frozen, document=replace(frozen.document, localisation=opened(code)))
        found = check_localisation(freed, drafted({"items/PAY": None}, freed), MINHANG, TODAY)
        assert [finding.code for finding in found] == ["element_locked"], code


def test_a_notice_that_the_district_takes_out_is_told_to_nobody() -> None:
    frozen = replace(theme(), document=replace(theme().document, localisation=opened("notices/*")))
    here = localise(frozen, drafted({"notices/N_UNIT": None}, frozen), MINHANG).frozen
    told = {getattr(effect, "notice", None) for rule in here.document.guidance.rules for effect in rule.effects}
    assert "N_UNIT" not in told | {notice.code for notice in here.document.notices}
    assert "N_IMMUNE" in told


def test_an_item_left_to_districts_is_there_only_where_one_takes_it_up() -> None:
    frozen = theme()
    items = tuple(replace(item, by_district=item.code == "PAY") for item in frozen.document.items)
    frozen = replace(frozen, document=replace(frozen.document, items=items))

    def offered(values: dict[str, Any]) -> set[str]:
        return {item.code for item in localise(frozen, drafted(values, frozen), MINHANG).frozen.document.items}

    assert offered({}) == {"IMM", "REGP", "REGU"}
    assert "PAY" in offered({"items/PAY": {"mandatory": True}})
    assert {item.code for item in localise(frozen, None, MINHANG).frozen.document.items} == {"IMM", "REGP", "REGU"}
    assert len(localise(frozen, None, "310000").frozen.document.items) == 4


def test_an_operation_is_judged_by_what_it_does_and_not_by_what_it_says() -> None:
    """A base that was written by hand does not make a deviation smaller."""
    forged = Operation(code=DAYS, act="replace", base=9, value=8)
    document = LocalisationDocument(theme="t", division=MINHANG, operations=(forged,))
    found = check_localisation(theme(), FrozenLocalisation(document=document), MINHANG, TODAY)
    assert [finding.code for finding in found] == ["unsettled_conflict"]
