"""The gate: each finding of domain.md §6 planted once and found at its place; sound themes have none that block."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from forms_builder.models import DictionaryEntry, ItemForm, PublicField
from forms_builder.tests.factories import enable_past_services
from opsplatform.catalog.models import LegalBasis, Material, ServiceItem, ServicePoint
from opsplatform.kernel import clock
from opsplatform.organizations.models import BodyKind, Department
from opsplatform.release.errors import GateClosed
from opsplatform.release.findings import Finding
from opsplatform.release.services import reviewing as engine
from themes.release_kind import ThemeKind
from themes.services.inspecting import check_theme, open_draft_package
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, get, run, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")

Draft = dict[str, Any]


def in_draft(change: Callable[[Draft], Any], code: str = RESTAURANT) -> Callable[[], str]:
    def plant() -> str:
        save(code, change)
        return code

    return plant


def _item(code: str = RESTAURANT, number: int = 0) -> ServiceItem:
    return ServiceItem.objects.get(key=get(code).subject.draft["items"][number]["item"])


def _drop(section: str) -> Callable[[Draft], None]:
    return lambda tree: tree.update({section: []})


def _dependency_circle(tree: Draft) -> None:
    tree["items"][0]["depends_on"] = [tree["items"][1]["code"]]
    tree["items"][1]["depends_on"] = [tree["items"][0]["code"]]


def _question_circle(tree: Draft) -> None:
    first, second = tree["guidance"]["questions"][0], tree["guidance"]["questions"][1]
    first["show_when"] = {"q": second["code"], "op": "answered"}
    second["show_when"] = {"q": first["code"], "op": "answered"}


def _question(tree: Draft, kind: str) -> Any:
    """The first question of that type."""
    return next(one for one in tree["guidance"]["questions"] if one["type"] == kind)


def _unregistered_item() -> str:
    save(RESTAURANT, lambda tree: tree["items"][0].update(item="310000/nobody:000000000000:01"))
    return RESTAURANT


def _repealed() -> str:
    LegalBasis.objects.filter(item=_item()).update(is_repealed=True)
    return RESTAURANT


def _expired() -> str:
    LegalBasis.objects.filter(item=_item()).update(valid_to=date(2020, 1, 1))
    return RESTAURANT


def _uncomposable() -> str:
    ServiceItem.objects.filter(pk=_item().pk).update(basic_code="12345")
    return RESTAURANT


def form_of(item: str) -> ItemForm:
    return ItemForm.objects.select_related("subject__division", "item").get(item__key=item)


def _conflict() -> str:
    """Two items keep one public field in kinds of values that no value has at once."""
    shared: dict[str, list[ItemForm]] = {}
    for item in get(RESTAURANT).subject.draft["items"]:
        form = form_of(item["item"])
        for field in form.subject.draft["fields"]:
            if field.get("public_field") and field["data_type"] == "string":
                shared.setdefault(field["public_field"], []).append(form)
    field_code, forms = next((code, forms) for code, forms in shared.items() if len(forms) > 1)
    for field in forms[0].subject.draft["fields"]:
        if field.get("public_field") == field_code:
            field.update(data_type="integer", max_length=5)
    enable_past_services(forms[0])
    return RESTAURANT


def _retired_code() -> str:
    """The dictionary entry that rule R10 puts into a field is no longer in force."""
    yesterday = clock.today() - timedelta(days=1)
    DictionaryEntry.objects.filter(dictionary__code="alcohol_scope", code="retail").update(valid_to=yesterday)
    return RESTAURANT


BLOCKING: dict[str, tuple[Callable[[], str], str, str]] = {
    "an item that no register knows": (_unregistered_item, "unresolved_reference", "/items/0/item"),
    "a category that no register knows": (
        in_draft(lambda tree: tree.update(category_code="zz")), "unresolved_reference", "/category_code"
    ),
    "a material that the theme does not bind": (
        in_draft(lambda tree: tree["items"][0].update(materials=[{"material": "M_NONE"}])),
        "unresolved_reference", "/items/0/materials/0/material",
    ),
    "a material that no register knows": (
        in_draft(lambda tree: tree["materials"][0].update(material="M_NONE")),
        "unresolved_reference", "/materials/0/material",
    ),
    "a material whose necessity is in no list": (
        in_draft(lambda tree: tree["items"][0]["materials"][0].update(necessity_code="9")),
        "unlisted_code", "/items/0/materials/0/necessity_code",
    ),
    "a service object that is in no list": (
        in_draft(lambda tree: tree.update(service_object_codes=["zz"])), "unlisted_code", "/service_object_codes/0"
    ),
    "a public field that no register knows": (
        in_draft(lambda tree: tree["field_uses"][0].update(public_field="c_none")),
        "unresolved_reference", "/field_uses/0/public_field",
    ),
    "a department that no register knows": (
        in_draft(lambda tree: tree["departments"][0].update(kind=None, division="310000", name="无此机构")),
        "unresolved_reference", "/departments/0",
    ),
    "a lead department that the theme does not bind": (
        in_draft(lambda tree: tree.update(lead_department="X")), "unresolved_reference", "/lead_department"
    ),
    "a predecessor that is no item": (
        in_draft(lambda tree: tree["items"][0].update(depends_on=["X"])),
        "unresolved_reference", "/items/0/depends_on/0",
    ),
    "a question that does not exist": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(when={"q": "q_none", "op": "answered"})),
        "unresolved_reference", "/guidance/rules/0/when/q",
    ),
    "an option that does not exist": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(
            when={"q": next(part["code"] for part in tree["guidance"]["questions"] if part["type"] == "single"),
                  "op": "eq", "value": "no such option"})),
        "unresolved_reference", "/guidance/rules/0/when/value",
    ),
    "a division that does not exist": (
        in_draft(lambda tree: tree.update(handling_divisions=["310000", "999999"])),
        "unresolved_reference", "/handling_divisions/1",
    ),
    "a street as handling division": (
        in_draft(lambda tree: tree.update(handling_divisions=["310000", "310101002"])),
        "unresolved_reference", "/handling_divisions/1",
    ),
    "a parameter with a value for a street": (
        in_draft(lambda tree: tree["guidance"].update(parameters=[
            {"code": "p", "name": "面积", "values": [{"value": 1}, {"value": 2, "divisions": ["310101002"]}]}])),
        "unresolved_reference", "/guidance/parameters/0/values/1/divisions/0",
    ),
    "no handling division": (in_draft(_drop("handling_divisions")), "no_division", "/handling_divisions"),
    "no item": (in_draft(_drop("items")), "no_item", "/items"),
    "a circle of predecessors": (in_draft(_dependency_circle), "dependency_cycle", "/items/0/depends_on"),
    "a circle of questions": (in_draft(_question_circle), "question_cycle", "/guidance/questions/0/show_when"),
    "a question that nobody can answer": (
        in_draft(lambda tree: _question(tree, "single").update(options=[])), "no_answer", "/guidance/questions/",
    ),
    "a number that nobody can give": (
        in_draft(lambda tree: _question(tree, "number").update(min=10, max=5)), "no_answer", "/guidance/questions/",
    ),
    "a question without words": (
        in_draft(lambda tree: _question(tree, "single").update(text=" ")), "no_words", "/guidance/questions/",
    ),
    "an option without words": (
        in_draft(lambda tree: _question(tree, "single")["options"][0].update(text="")),
        "no_words", "/guidance/questions/",
    ),
    "a number as the division where it is handled": (
        in_draft(lambda tree: tree["guidance"].update(division_question=_question(tree, "number")["code"])),
        "not_a_division", "/guidance/division_question",
    ),
    "a rule without a name": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(name="")), "no_words", "/guidance/rules/0/name",
    ),
    "a stop without a reason": (
        in_draft(lambda tree: tree["guidance"]["rules"][0]["effects"].append({"type": "stop", "message": ""})),
        "no_words", "/guidance/rules/0/effects",
    ),
    "a period that is none": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(effective_from="2025-02-30")),
        "bad_period", "/guidance/rules/0/effective_from",
    ),
    "a period of the theme that ends before it begins": (
        in_draft(lambda tree: tree.update(effective_from="2026-01-02", effective_to="2026-01-01")),
        "bad_period", "/effective_to",
    ),
    "codes that do not compose": (_uncomposable, "malformed_code", "/items/0"),
    "an unresolved merge conflict": (_conflict, "merge_conflict", ""),
    "a rule that sets a code no longer in force": (
        _retired_code, "refused_value", "/guidance/rules/9/effects/0"
    ),
    "a rule that sets a value no item accepts": (
        in_draft(lambda tree: tree["guidance"]["rules"][12]["effects"][0].update(value="没有这个代码")),
        "refused_value", "/guidance/rules/12/effects/0",
    ),
    "an option mapped to a value no item accepts": (
        in_draft(lambda tree: tree["items"][2]["fields"][0]["values"].update(hot="没有这个代码")),
        "refused_value", "/items/2/fields/0/values/hot",
    ),
    "a failing case": (
        in_draft(lambda tree: tree["cases"][0]["expected"].update(items=[])), "case_failing", "/cases/0"
    ),
    "a case whose answers fit no question": (
        in_draft(lambda tree: tree["cases"][0]["answers"].update(q_none=1)), "case_failing", "/cases/0"
    ),
    "hand-typed figures that differ": (
        in_draft(lambda tree: tree.update(figures={"days": {"before": 1, "after": 1}})),
        "figures_differ", "/figures/days",
    ),
    "applicants who end nowhere": (
        in_draft(lambda tree: tree["guidance"]["rules"].pop(3) and tree.update(cases=[]), DOG), "dead_end", "/guidance",
    ),
    "an item that waits in vain": (
        in_draft(lambda tree: tree["items"][1].update(depends_on=["REGU"]), DOG),
        "waits_in_vain", "/items/1/depends_on/0",
    ),
    "a repealed legal basis": (_repealed, "repealed_legal_basis", "/items/0"),
    "an expired legal basis": (_expired, "repealed_legal_basis", "/items/0"),
}  # fmt: skip


def blocking(code: str) -> list[Finding]:
    return [finding for finding in check_theme(get(code)) if finding.is_blocking]


def assert_found(findings: list[Finding], code: str, place: str) -> Finding:
    found = [finding for finding in findings if finding.code == code and finding.place.startswith(place)]
    assert found, [(finding.code, finding.place) for finding in findings]
    assert found[0].sentence and found[0].sentence.isprintable()
    return found[0]


@pytest.mark.parametrize("code", CODES)
def test_a_sound_theme_has_nothing_that_blocks(code: str) -> None:
    assert blocking(code) == []


@pytest.mark.parametrize("name", BLOCKING)
def test_what_must_be_mended_is_found_at_its_place_and_stops_the_submission(name: str) -> None:
    plant, code, place = BLOCKING[name]
    theme = plant()
    finding = assert_found(check_theme(get(theme)), code, place)
    assert finding.is_blocking and finding.division is None
    with pytest.raises(GateClosed) as refusal:
        submit(theme)
    assert_found(list(refusal.value.findings), code, place)
    ran = run("check_theme", theme, "--json")
    assert ran.status == 1
    assert {"code": code, "place": finding.place, "severity": "blocking"}.items() <= next(
        row for row in ran.report if row["code"] == code and row["place"] == finding.place
    ).items()


COMPILED_ALL_THE_SAME = {
    "merge_conflict", "refused_value", "case_failing", "figures_differ", "repealed_legal_basis", "dead_end",
    "waits_in_vain", "unlisted_code",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name, row in BLOCKING.items() if row[1] not in COMPILED_ALL_THE_SAME])
def test_a_draft_that_cannot_be_compiled_is_refused_by_evaluation_with_the_same_finding(name: str) -> None:
    plant, code, place = BLOCKING[name]
    theme = get(plant())
    with pytest.raises(GateClosed) as refusal:
        open_draft_package(theme)
    assert_found(list(refusal.value.findings), code, place)


@pytest.mark.parametrize("name", [name for name, row in BLOCKING.items() if row[1] in COMPILED_ALL_THE_SAME])
def test_what_blocks_for_other_reasons_can_still_be_looked_at(name: str) -> None:
    assert open_draft_package(get(BLOCKING[name][0]())).package.items


def test_the_saboteur_without_gate_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plant, _, _ = BLOCKING["a failing case"]
    monkeypatch.setattr(ThemeKind, "findings", lambda self, subject: [])
    with pytest.raises(pytest.fail.Exception), pytest.raises(GateClosed):
        submit(plant())
    assert engine.GateClosed is GateClosed


def test_every_blocking_finding_is_reported_at_once() -> None:
    names = ("a failing case", "a repealed legal basis", "hand-typed figures that differ")
    for name in names:
        BLOCKING[name][0]()
    found = {finding.code for finding in blocking(RESTAURANT)}
    assert {"repealed_legal_basis", "case_failing", "figures_differ"} <= found


def test_each_figure_typed_by_hand_is_held_against_its_own() -> None:
    computed = open_draft_package(get(RESTAURANT)).package.figures
    wrong = {"before": [0, 0], "after": [0, 0]}
    for typed, differing in (
        (computed, set()),
        (computed | {"days": wrong}, {"/figures/days"}),
        (computed | {"days": wrong, "fields": wrong}, {"/figures/days", "/figures/fields"}),
        ({"visits": computed["visits"], "unheard": wrong}, {"/figures/unheard"}),
    ):
        save(RESTAURANT, lambda tree, typed=typed: tree.update(figures=typed))
        found = {finding.place for finding in blocking(RESTAURANT) if finding.code == "figures_differ"}
        assert found == differing


def test_a_typical_case_that_there_is_not_blocks() -> None:
    save(RESTAURANT, lambda tree: tree.update(typical_case="NO-SUCH-CASE"))
    assert "/typical_case" in {finding.place for finding in blocking(RESTAURANT)}
    save(RESTAURANT, lambda tree: tree.update(typical_case=tree["cases"][1]["code"]))
    assert "/typical_case" not in {finding.place for finding in blocking(RESTAURANT)}


# --- advice ---------------------------------------------------------------------------------------------------------


def _soon(days: int) -> date:
    return clock.today() + timedelta(days=days)


def _basis_expires_soon() -> str:
    LegalBasis.objects.filter(item=_item()).update(valid_to=_soon(10))
    return RESTAURANT


def _entry_expires_soon() -> str:
    used = PublicField.objects.filter(dictionary__isnull=False, code=_used_dictionary_field())
    DictionaryEntry.objects.filter(dictionary__public_fields__in=used).update(valid_to=_soon(10))
    return RESTAURANT


def _used_dictionary_field() -> str:
    uses = [use["public_field"] for use in get(RESTAURANT).subject.draft["field_uses"]]
    row = PublicField.objects.filter(code__in=uses, dictionary__isnull=False).first()
    assert row is not None
    return row.code


def _window_closes_soon() -> str:
    ServicePoint.objects.filter(theme_code=RESTAURANT).update(valid_to=_soon(10))
    return RESTAURANT


def _no_window() -> str:
    ServicePoint.objects.filter(theme_code=RESTAURANT, division__code="310101").delete()
    return RESTAURANT


def _narrowing() -> str:
    """One item takes only short values of a shared text."""
    for item in get(RESTAURANT).subject.draft["items"]:
        form = form_of(item["item"])
        for field in form.subject.draft["fields"]:
            if field.get("public_field") and field["data_type"] == "string":
                field["max_length"] = 2
                enable_past_services(form)
                return RESTAURANT
    raise AssertionError("no shared text")


ADVISORY: dict[str, tuple[Callable[[], str], str, str]] = {
    "a narrowing": (_narrowing, "merge_narrowing", "/field_uses/"),
    "a basis that expires soon": (_basis_expires_soon, "expiring_legal_basis", "/items/0"),
    "a dictionary entry that expires soon": (_entry_expires_soon, "expiring_dictionary_entry", "/field_uses"),
    "a window that closes soon": (_window_closes_soon, "expiring_service_point", "/handling_divisions"),
    "a district without window": (_no_window, "no_service_point", "/handling_divisions"),
    "an answer nobody asks for": (
        in_draft(lambda tree: tree["guidance"]["questions"].append(
            {"code": "q_idle", "text": "您喜欢什么颜色？", "type": "boolean", "order": 999}) or tree.update(cases=[])),
        "question_never_matters", "/guidance/questions/",
    ),
    "a rule that does nothing": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(effects=[]) or tree.update(cases=[])),
        "rule_never_matters", "/guidance/rules/0",
    ),
    "an item that asks for no material": (
        in_draft(lambda tree: tree["items"][3].update(materials=[]) or tree.update(cases=[])),
        "no_materials", "/items/3/materials",
    ),
    "illustrative data": (
        in_draft(lambda tree: tree["guidance"]["rules"][0].update(confidence="illustrative")),
        "illustrative_data", "/guidance/rules/0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADVISORY)
def test_advice_is_given_at_its_place_and_stops_nothing(name: str) -> None:
    plant, code, place = ADVISORY[name]
    theme = plant()
    finding = assert_found(check_theme(get(theme)), code, place)
    assert not finding.is_blocking
    assert blocking(theme) == []
    if code in ("expiring_service_point", "no_service_point"):
        assert finding.division is not None


def test_a_district_without_window_is_named() -> None:
    code = _no_window()
    assert {found.division for found in check_theme(get(code)) if found.code == "no_service_point"} >= {"310101"}


def test_a_finding_of_one_district_is_left_out_when_asking_for_another() -> None:
    code = _no_window()
    ran = run("check_theme", code, "--division", "310101", "--json")
    assert "310101" in {row.get("division") for row in ran.report}
    ran = run("check_theme", code, "--division", "310104", "--json")
    assert {row.get("division") for row in ran.report} <= {None, "310104"}


def test_a_missing_receiver_stops_the_check_of_its_district_only() -> None:
    assert run("check_theme", RESTAURANT, "--division", "310101").status == 0
    kinds = [part["kind"] for part in get(RESTAURANT).subject.draft["departments"] if part.get("kind")]
    assert BodyKind.objects.filter(code__in=kinds).count() == len(kinds)
    used = ServiceItem.objects.filter(key__in=[part["item"] for part in get(RESTAURANT).subject.draft["items"]])
    Department.objects.filter(kind__in=used.values("body_kind"), division__code="310101").update(uscc="")
    assert run("check_theme", RESTAURANT, "--division", "310101").status == 1
    assert run("check_theme", RESTAURANT, "--division", "310104").status == 0
    assert run("check_theme", RESTAURANT).status == 0


def test_registers_that_changed_after_submission_are_judged_anew() -> None:
    assert blocking(DOG) == []
    Material.objects.filter(code=get(DOG).subject.draft["materials"][0]["material"]).update(code="gone")
    assert [finding.place for finding in blocking(DOG)] == ["/materials/0/material"]


# --- what the two real themes are advised of ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (RESTAURANT, {"illustrative_data", "no_service_point", "merge_narrowing", "never_matters", "options_alike"}),
        (DOG, {"illustrative_data", "no_service_point", "merge_narrowing", "contradiction", "no_materials"}),
    ],
)
def test_the_two_themes_are_advised_of_what_their_dossiers_leave_open(code: str, wanted: set[str]) -> None:
    assert {finding.code for finding in check_theme(get(code))} == wanted
