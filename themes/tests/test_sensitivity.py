"""How sensitive a public field is goes with the package, and decides how the console shows its values."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.test import Client

from forms_builder.merge.matters import matters_of
from forms_builder.models import PublicField
from forms_builder.sensitivity import CLASSES, class_of, strictest
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden
from opsplatform.kernel.masking import shown
from opsplatform.organizations.models import Division
from opsplatform.release.models import Release
from themes.documents import ThemeDocument
from themes.packages import masking
from themes.packages.evaluation import open_package
from themes.packages.masking import classes_of, held_values
from themes.pages import parts, preview_form
from themes.pages.preview_form import FilledForm
from themes.pages.wording import differences
from themes.services import hiding
from themes.services.deciding import settlement_of
from themes.services.hiding import classes_today, reveal_values
from themes.services.inspecting import check_theme, open_draft_package
from themes.tests.demonstrated import RESTAURANT, account, dossier, get, new_version, save, submit
from themes.tests.rights import grant

pytestmark = pytest.mark.usefixtures("demo_db")
NUMBER, PHONE = "310101199003077755", "13800138000"


def records() -> str:
    """What the preview shows of what the departments would receive on the path of a worked example."""
    opened = open_draft_package(get(RESTAURANT), Division.objects.get(code="310101"))
    form = opened.run(dossier(RESTAURANT)["worked_examples"][0]["answers"]).form
    data = {"c_legal_phone": PHONE}
    filled = FilledForm(opened, form, data, rows={}, libraries={}, is_checked=True)
    return str(filled.records())


# What a saved case answers for the area of the shop, which these tests call sensitive; and what is shown of it.
CANARY, ENDS = 13571.25, "1***25"
CASES, DRAFT_API = f"/themes/{RESTAURANT}/parts/cases/", f"/api/v1/themes/{RESTAURANT}/draft/"


def answer_with(value: Any) -> Any:
    """The only saved case answers so, and expects no more than that it goes on."""

    def change(tree: dict[str, Any]) -> None:
        del tree["cases"][1:]
        tree["cases"][0]["answers"]["q_biz_area"] = value
        tree["cases"][0]["expected"] = {"stopped": []}

    return save(RESTAURANT, change)


@pytest.fixture
def held(demo_db: None) -> None:
    """A draft that holds a value of a sensitive field."""
    PublicField.objects.filter(code="c_biz_area").update(sensitivity="sensitive")
    answer_with(CANARY)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_every_package_says_how_sensitive_each_public_field_is() -> None:
    package = open_package(bytes(Release.objects.live().filter(subject__code=RESTAURANT)[0].package.content)).package
    classes = {code: field.sensitivity for code, field in package.form.public_fields.items()}
    for code in ("c_legal_cert_no", "c_legal_phone", "c_address", "c_agent_phone"):
        assert classes[code] == "sensitive"
    assert classes["c_ent_name"] == classes["c_seats"] == "internal"


def test_a_class_that_was_given_counts_more_than_the_kind() -> None:
    PublicField.objects.filter(code="c_address").update(sensitivity="public")
    PublicField.objects.filter(code="c_ent_name").update(sensitivity="highly_sensitive")
    fields = open_draft_package(get(RESTAURANT), Division.objects.get(code="310101")).package.form.public_fields
    assert (fields["c_address"].sensitivity, fields["c_ent_name"].sensitivity) == ("public", "highly_sensitive")


def test_the_preview_masks_sensitive_values(monkeypatch: pytest.MonkeyPatch) -> None:
    told = records()
    assert PHONE not in told
    assert "1***00" in told
    monkeypatch.setattr(preview_form, "shown_in_field", lambda value, *_: value)  # saboteur
    assert PHONE in records()


@pytest.mark.parametrize("sensitivity", [code for code, _ in CLASSES])
def test_masked_values_give_little_away(sensitivity: str) -> None:
    for value in (NUMBER, PHONE, "张三", "李", [NUMBER], {"a": NUMBER}, 123456):
        hidden = str(shown(value, sensitivity))
        assert (str(value) == hidden) == (sensitivity in ("public", "internal"))
    assert [shown(value, sensitivity) for value in (None, "", True)] == [None, "", True]


def test_identity_and_contact_are_sensitive_by_their_kind() -> None:
    assert {class_of("", kind, "") for kind in ("id_card", "phone", "address")} == {"sensitive"}
    assert class_of("", "string", "cert_no") == "sensitive"
    assert class_of("", "string", "") == "internal"
    assert class_of("public", "id_card", "") == "public"


def test_a_value_that_stands_for_several_fields_is_as_sensitive_as_the_strictest() -> None:
    assert strictest(["internal", "highly_sensitive", "sensitive"]) == "highly_sensitive"
    assert strictest([]) == "internal"


# --- where a theme holds values ---------------------------------------------------------------------------------------


def test_values_stand_in_cases_in_rules_and_in_what_options_mean() -> None:
    tree = {
        "items": [{"code": "I", "item": "i", "fields": [{"field": "f", "from_question": "q", "values": {"1": "甲"}}]}],
        "field_uses": [
            {"code": "c", "public_field": "C", "from_question": "q", "values": {"1": "乙"}},
            {"code": "open", "public_field": "D", "from_question": "other", "values": {"1": "丙"}},
        ],
        "guidance": {"rules": [{"effects": [{"type": "set_field", "item": None, "field": "c", "value": "丁"}]}]},
        "cases": [{"answers": {"q": "1", "other": "2"}}],
    }
    classes = {"c": "sensitive", "I.f": "highly_sensitive"}
    assert [(held.key, held.sensitivity, held.value) for held in held_values(tree, classes)] == [
        ("I.f", "highly_sensitive", "甲"), ("c", "sensitive", "乙"), ("c", "sensitive", "丁"),
        ("I.f", "highly_sensitive", "1"),
    ]  # fmt: skip
    hidden = str(masking.masked_tree(tree, classes))
    assert not [value for value in "甲乙丁" if value in hidden] and "丙" in hidden
    assert masking.masked_tree(tree, {}) == tree


def test_todays_registers_and_a_version_frozen_today_name_the_same_classes() -> None:
    tree = get(RESTAURANT).subject.draft
    frozen = settlement_of(msgspec.convert(tree, ThemeDocument)).frozen
    today = classes_today(tree)
    assert {key: today[key] for key in classes_of(frozen)} == classes_of(frozen)
    assert len(today) > 100


# --- the trail --------------------------------------------------------------------------------------------------------


def told_of_draft() -> str:
    entry = AuditEntry.objects.filter(action="theme.edited", object_key=get(RESTAURANT).subject.code).latest("id")
    return f"{entry.before} {entry.after}"


@pytest.mark.usefixtures("held")
def test_the_trail_keeps_no_value_of_a_sensitive_field(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ENDS in told_of_draft()
    answer_with(CANARY + 10)
    assert str(CANARY) not in told_of_draft() and str(CANARY + 10) not in told_of_draft()
    monkeypatch.setattr("themes.release_kind.masked_changes", lambda changes, *_: changes)  # saboteur
    answer_with(CANARY)
    assert str(CANARY) in told_of_draft()


# --- pages and API ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("username", ["operator", "lh_reviewer", "sj_editor", "sj_reviewer"])
def test_no_page_that_is_read_shows_a_sensitive_value(username: str) -> None:
    version = submit(RESTAURANT).number
    client = logged_in(account(username))
    for page in ("parts/cases/", f"parts/cases/?version={version}", "review/", "history/compare/", "findings/"):
        assert str(CANARY) not in text(client, f"/themes/{RESTAURANT}/{page}"), page
    assert ENDS in text(client, CASES)


@pytest.mark.usefixtures("held")
def test_pages_that_do_not_mask_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "masked_theme", lambda frozen: frozen)
    client = logged_in(account("lh_reviewer"))
    assert str(CANARY) in text(client, CASES)


@pytest.mark.usefixtures("held")
def test_a_change_that_masking_would_hide_is_told_as_a_change() -> None:
    before = read_frozen_draft()
    answer_with(17571.25)  # the same ends
    sections = differences.compare_themes(before, read_frozen_draft())
    told = {line.what: (line.before, line.after) for section in sections for line in section.lines}
    assert told == {"遮掩后看不出的改动": ("（已遮掩）", "1 处不同")}
    answer_with(9)
    sections = differences.compare_themes(before, read_frozen_draft())
    assert str(CANARY) not in str(sections) and [section.title for section in sections] == ["用例"]


def read_frozen_draft() -> Any:
    return settlement_of(msgspec.convert(get(RESTAURANT).subject.draft, ThemeDocument)).frozen


@pytest.mark.usefixtures("held")
def test_the_api_masks_the_draft_for_who_may_not_see_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(username: str) -> Any:
        return logged_in(account(username)).get(DRAFT_API).json()["cases"][0]["answers"]["q_biz_area"]

    grant("view_theme", "hp_editor", RESTAURANT)
    assert [answered(name) for name in ("operator", "lh_editor", "hp_editor")] == [ENDS] * 3
    grant("change_theme", "hp_editor", RESTAURANT)
    assert [answered(name) for name in ("sj_editor", "sj_reviewer", "hp_editor")] == [CANARY] * 3
    monkeypatch.setattr(hiding, "masked_tree", lambda tree, _: tree)  # saboteur
    assert answered("operator") == CANARY


@pytest.mark.usefixtures("held")
def test_the_masked_draft_is_another_representation_and_nothing_is_saved_with_its_tag() -> None:
    operator, editor = logged_in(account("operator")), logged_in(account("sj_editor"))
    masked, whole = operator.get(DRAFT_API), editor.get(DRAFT_API)
    assert masked["ETag"] != whole["ETag"] == f'"draft-{get(RESTAURANT).subject.draft_revision}"'
    for client, seen, status in ((operator, masked, 304), (operator, whole, 200), (editor, masked, 200)):
        assert client.get(DRAFT_API, headers={"If-None-Match": seen["ETag"]}).status_code == status
    refused = editor.put(
        DRAFT_API, masked.content, content_type="application/json", headers={"If-Match": masked["ETag"]}
    )
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_revision")
    PublicField.objects.filter(code="c_biz_area").update(sensitivity="highly_sensitive")
    assert operator.get(DRAFT_API, headers={"If-None-Match": masked["ETag"]}).status_code == 200


@pytest.mark.usefixtures("held")
def test_a_case_that_answers_with_such_a_value_is_not_offered_to_who_may_not_see_it() -> None:
    name, address = dossier(RESTAURANT)["worked_examples"][0]["name"], f"/themes/{RESTAURANT}/preview/?source=draft"
    assert name in text(logged_in(account("sj_editor")), address)
    assert name not in text(logged_in(account("lh_editor")), address)


# --- what the merge found ---------------------------------------------------------------------------------------------


def witnesses() -> Iterator[str]:
    """Witnesses of sensitive fields, as they are."""
    frozen = read_frozen_draft()
    classes = classes_of(frozen)
    for matter in matters_of(settlement_of(frozen.document).settlement.form):
        finding = matter.finding
        if isinstance(finding.witness, str) and len(finding.witness) > 4 and classes[finding.key] == "sensitive":
            yield finding.witness[:24]  # pages cut long ones


def test_findings_and_certificates_tell_no_witness_of_a_sensitive_field(monkeypatch: pytest.MonkeyPatch) -> None:
    PublicField.objects.update(sensitivity="sensitive")
    version = new_version(RESTAURANT, approved=False).number
    whole = set(witnesses())
    assert whole
    pages = ("findings/", "merging/", "certificate/", f"certificate/?version={version}", "certificate/?download=1")
    found = str(check_theme(get(RESTAURANT)))
    for username in ("lh_editor", "operator"):
        client = logged_in(account(username))
        found += "".join(text(client, f"/themes/{RESTAURANT}/{page}") for page in pages)
        for route in ("draft/certificate/", f"versions/{version}/certificate/", "draft/merge/", "findings/"):
            found += text(client, f"/api/v1/themes/{RESTAURANT}/{route}")
    assert not [witness for witness in whole if witness in found]
    for name in ("themes.services.checking_merge", "themes.pages.wording.merging", "themes.packages.masking"):
        monkeypatch.setattr(f"{name}.masked_finding", lambda finding, _: finding)  # saboteur
    assert any(witness in str(check_theme(get(RESTAURANT))) for witness in whole)
    assert any(witness in text(logged_in(account("operator")), f"/themes/{RESTAURANT}/merging/") for witness in whole)


# --- seen on request --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("held")
def test_who_may_sees_the_values_for_a_reason_that_the_trail_keeps() -> None:
    client = logged_in(account("sj_reviewer"))
    address = f"/themes/{RESTAURANT}/values/"
    assert address in text(client, CASES)
    assert str(CANARY) not in text(client, address)
    assert client.post(address, {"note": "  "}).status_code == 422
    assert not AuditEntry.objects.filter(action="theme.values_seen").exists()
    response = client.post(address, {"note": "核对面积"})
    assert str(CANARY) in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="theme.values_seen")
    assert (entry.actor, entry.reason) == (account("sj_reviewer"), "核对面积")
    assert "c_biz_area" in entry.facts["fields"]
    assert str(CANARY) not in f"{entry.facts} {entry.after}"


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("username", ["operator", "lh_reviewer", "hp_publisher", "auditor"])
def test_who_may_not_see_the_values_is_neither_shown_nor_offered_them(username: str) -> None:
    client = logged_in(account(username))
    assert client.post(f"/themes/{RESTAURANT}/values/", {"note": "好奇"}).status_code == 403
    with pytest.raises(Forbidden):
        reveal_values(actor=account(username), code=RESTAURANT, note="好奇")
    assert f"/themes/{RESTAURANT}/values/" not in client.get(CASES).content.decode()
    assert not AuditEntry.objects.filter(action="theme.values_seen").exists()
