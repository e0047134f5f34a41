"""Importing a dossier: repeatable, previewable, nothing overwritten, nothing unified silently (domain.md §8)."""

import copy
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connections

from forms_builder.models import Dictionary, ItemForm, PublicField
from opsplatform.accounts.services.founding import found_installation
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material, ServiceItem, ServicePoint
from opsplatform.kernel.errors import Forbidden
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.release.models import DraftRevision, Subject
from themes.errors import BadDossier
from themes.models import Collision, Theme
from themes.services import importing
from themes.services.importing import ImportReport
from themes.tests.demonstrated import (
    CODES,
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    bring_in,
    contents,
    dossier,
    get,
    row_counts,
    run,
    save,
)
from themes.tests.grounds import empty_ground

EXPECTED_COLLISIONS = {
    ("public_field", "c_address"), ("public_field", "c_division"), ("public_field", "c_street"),
    ("public_field", "c_delivery_address"), ("public_field", "c_delivery_way"), ("public_field", "c_delivery_name"),
    ("public_field", "c_delivery_phone"), ("public_field", "c_commit"), ("material", "M_ID_LEGAL"),
    ("body_kind", "D-GA"), ("body_kind", "D-ZWZX"), ("department", "SH-DSJ"),
}  # fmt: skip


def assert_nothing_changed(report: ImportReport, before: dict[str, str]) -> None:
    assert not report.has_changes
    assert (report.created, report.changes, report.is_new) == ({}, [], False)
    assert contents() == before


# --- the same file again --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo_db")
class TestAgain:
    @pytest.mark.parametrize("code", CODES)
    def test_the_same_file_again_writes_nothing_at_all(self, code: str) -> None:
        before = contents()
        assert_nothing_changed(bring_in(dossier(code)), before)

    def test_the_command_says_that_nothing_changed_and_repeats_the_collisions(self, tmp_path: Path) -> None:
        file = tmp_path / "dossier.json"
        file.write_text(json.dumps(dossier(RESTAURANT)), encoding="utf-8")
        ran = run("import_dossier", str(file), "--actor", "operator")
        assert (ran.status, ran.out.splitlines()[0]) == (0, f"主题 {RESTAURANT}：没有变化")
        report = run("import_dossier", str(file), "--actor", "operator", "--json").report
        assert report["has_changes"] is False
        first = {row.local_code for row in Collision.objects.filter(theme__subject__code=RESTAURANT)}
        assert {found["local_code"] for found in report["collisions"]} == first

    @pytest.mark.parametrize("code", CODES)
    def test_a_file_that_spells_the_same_content_otherwise_is_the_same_file(self, code: str) -> None:
        before = contents()
        turned = {key: dossier(code)[key] for key in reversed(dossier(code))}
        assert_nothing_changed(bring_in(turned), before)

    @pytest.mark.parametrize("code", CODES)
    def test_what_staff_edited_in_draft_and_registers_is_kept(self, code: str) -> None:
        save(code, add_sentence)
        PublicField.objects.filter(code=dossier(code)["public_fields"][0]["code"]).update(label="改过的名称")
        Material.objects.filter(code=dossier(code)["materials"][0]["code"]).update(issuer="改过的单位")
        ServiceItem.objects.filter(name=dossier(code)["items"][0]["name"]).update(promised_days=1)
        before = contents()
        assert_nothing_changed(bring_in(dossier(code)), before)
        assert get(code).subject.draft["notices"][0]["content"].endswith("请携带原件。")

    def test_the_saboteur_that_forgets_the_digest_is_caught(self, monkeypatch: pytest.MonkeyPatch) -> None:
        save(DOG, add_sentence)
        monkeypatch.setattr(importing, "digest_of", lambda content: "0" * 64)
        before = contents()
        with pytest.raises(AssertionError):
            assert_nothing_changed(bring_in(dossier(DOG)), before)

    def test_a_changed_file_updates_the_draft_and_reports_each_difference(self) -> None:
        tree = dossier(DOG)
        tree["notices"][0]["title"] = "新的标题"
        tree["theme"]["keywords"] = ["新词"]
        revision = get(DOG).subject.draft_revision
        report = bring_in(tree)
        notice = tree["notices"][0]["code"]
        assert {change["place"]: change["after"] for change in report.changes} == {
            f"/notices/{notice}/title": "新的标题", "/keywords": ["新词"],
        }  # fmt: skip
        subject = get(DOG).subject
        assert (subject.draft_revision, subject.draft["keywords"]) == (revision + 1, ["新词"])
        assert not report.created
        entry = AuditEntry.objects.filter(action="theme.imported", object_key=DOG).latest("id")
        assert entry.after["/keywords"] == ["新词"] and entry.actor == account("operator")

    def test_a_changed_file_says_which_staff_edits_it_replaces(self) -> None:
        save(DOG, add_sentence)
        tree = dossier(DOG)
        tree["theme"]["summary"] = "另一简介"
        places = {change["place"] for change in bring_in(tree).changes}
        assert places == {"/summary", f"/notices/{tree['notices'][0]['code']}/content"}

    def test_a_changed_window_stays_as_registered_and_is_reported(self) -> None:
        tree = dossier(DOG)
        tree["addresses"][0]["phone"] = "021-1"
        report = bring_in(tree)
        (found,) = [found for found in report.collisions if found.kind == "service_point"]
        assert [difference["place"] for difference in found.differences] == ["/phone"]
        assert not ServicePoint.objects.filter(phone="021-1").exists()


# --- dry run --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_a_dry_run_changes_nothing_and_reports_what_the_import_then_does(code: str) -> None:
    empty_ground()
    before = contents()
    preview = bring_in(dossier(code), is_dry_run=True)
    assert contents() == before
    done = bring_in(dossier(code))
    assert done.has_changes
    for name in ("theme_code", "is_new", "created", "matched", "collisions", "changes"):
        assert getattr(preview, name) == getattr(done, name), name


@pytest.mark.usefixtures("demo_db")
def test_a_dry_run_of_a_changed_file_changes_nothing_either() -> None:
    tree = dossier(DOG)
    tree["theme"]["summary"] = "另一简介"
    before = contents()
    report = bring_in(tree, is_dry_run=True)
    assert [change["place"] for change in report.changes] == ["/summary"]
    assert contents() == before


# --- collisions -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("order", [CODES, CODES[::-1]], ids=["restaurant first", "dog first"])
def test_the_two_dossiers_collide_exactly_where_they_say_different_things(order: tuple[str, str]) -> None:
    empty_ground()
    assert not bring_in(dossier(order[0])).collisions
    first = _registered()
    report = bring_in(dossier(order[1]))
    found = {(collision.kind, collision.local_code) for collision in report.collisions}
    assert found == EXPECTED_COLLISIONS
    for collision in report.collisions:
        assert collision.differences, collision.local_code
        if collision.kind == "department":
            assert collision.qualified_code == ""
        else:
            assert collision.qualified_code == f"{collision.local_code}@{order[1]}"
    for key, content in first.items():
        assert _registered()[key] == content, f"{key} was overwritten"


def test_the_expected_collisions_are_those_that_plain_json_shows() -> None:
    """The list above, found once more without any of the code under test."""
    about = {
        "public_fields": "label data_type max_length scale dictionary format std_format prefill",
        "materials": "name material_type_code form_code necessity_code original_count copy_count source_code issuer"
        " exempt e_license review_points",
        "departments": "name short",
    }
    names = {"public_fields": "public_field", "materials": "material", "departments": "body_kind"}
    found = set()
    for section, keys in about.items():
        here, there = ({part["code"]: part for part in dossier(code)[section]} for code in CODES)
        for local in here.keys() & there.keys():
            if any(here[local].get(key) != there[local].get(key) for key in keys.split()):
                found.add((names[section], local))
    assert found - {("body_kind", "SH-DSJ")} == EXPECTED_COLLISIONS - {("department", "SH-DSJ")}


@pytest.mark.django_db
def test_each_theme_is_bound_to_its_own_entry_of_a_colliding_code() -> None:
    empty_ground()
    for code in CODES:
        bring_in(dossier(code))
    labels = {}
    for code in CODES:
        uses = {use["code"]: use for use in get(code).subject.draft["field_uses"]}
        labels[code] = PublicField.objects.get(code=uses["c_address"]["public_field"]).label
        wanted = {field["code"]: field["label"] for field in dossier(code)["public_fields"]}
        assert labels[code] == wanted["c_address"]
    assert labels[RESTAURANT] != labels[DOG]


@pytest.mark.django_db
def test_the_same_code_with_the_same_substance_is_one_entry() -> None:
    empty_ground()
    bring_in(dossier(DOG))
    rows = row_counts()
    tree = dossier(DOG)
    tree["theme"]["code"] = "OTHER-1"
    report = bring_in(tree)
    assert report.is_new and not report.collisions
    after = row_counts()
    grown = {table for table in rows if after[table] != rows[table]}
    assert grown == {
        "audit_auditentry", "catalog_servicepoint", "release_draftrevision", "release_subject", "themes_theme",
        "themes_theme_partner_departments",
    }  # fmt: skip
    assert get("OTHER-1").subject.draft["field_uses"] == get(DOG).subject.draft["field_uses"]
    assert report.matched["public_field"] == len(tree["public_fields"])


@pytest.mark.django_db
def test_a_third_dossier_finds_the_qualified_entry_or_makes_the_next_one() -> None:
    empty_ground()
    bring_in(dossier(RESTAURANT))
    bring_in(dossier(DOG))
    changed = dossier(DOG)
    changed["public_fields"][0]["label"] = "第三种叫法"
    first = changed["public_fields"][0]["code"]
    bring_in(changed)
    uses = {use["code"]: use["public_field"] for use in get(DOG).subject.draft["field_uses"]}
    assert PublicField.objects.get(code=uses[first]).label == "第三种叫法"
    assert uses[first].startswith(f"{first}@{DOG}")


@pytest.mark.django_db
def test_a_code_as_long_as_allowed_is_qualified_within_the_column() -> None:
    empty_ground()
    tree = dossier(DOG)
    spelled = json.dumps(tree).replace('"M_ID_LEGAL"', json.dumps("M" * 60))
    first = json.loads(spelled)
    second = copy.deepcopy(first)
    second["theme"]["code"] = "T" * 60
    next(part for part in second["materials"] if part["code"] == "M" * 60)["issuer"] = "另一单位"
    bring_in(first)
    report = bring_in(second)
    assert [found.local_code for found in report.collisions] == ["M" * 60]
    assert Material.objects.filter(code=report.collisions[0].qualified_code).exists()


def _registered() -> dict[tuple[str, str], Any]:
    """The content of every register entry, by kind and code."""
    rows: dict[tuple[str, str], Any] = {}
    for model in (PublicField, Material, BodyKind, Dictionary):
        for row in model.objects.all():
            rows[model.__name__, row.code] = _values(row)
    for department in Department.objects.all():
        rows["Department", f"{department.division_id} {department.name}"] = _values(department)
    for item in ServiceItem.objects.all():
        rows["ServiceItem", item.key] = _values(item)
    for form in ItemForm.objects.select_related("subject"):
        rows["ItemForm", str(form.item_id)] = form.subject.draft
    return rows


def _values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


# --- who, and what stands afterwards --------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo_db")
@pytest.mark.parametrize("username", ["sj_editor", "sj_reviewer", "hp_editor", "mh_publisher", "sysadmin", "auditor"])
def test_only_operators_import_and_others_learn_nothing_of_the_registers(username: str) -> None:
    before = contents()
    for tree in (dossier(DOG), {"theme": 1}):
        with pytest.raises(Forbidden):
            importing.import_dossier(actor=account(username), tree=tree)
    assert contents() == before


@pytest.mark.django_db
def test_every_act_of_an_import_is_in_the_trail_with_the_dossier_it_came_from() -> None:
    empty_ground()
    report = bring_in(dossier(DOG))
    operator = account("operator")
    entries = AuditEntry.objects.filter(actor=operator, facts__dossier=DOG)
    begun = {"item_form": "drafted"}  # a form has a life of its own from then on
    kinds = {kind: entries.filter(action=f"{kind}.{begun.get(kind, 'imported')}").count() for kind in report.created}
    assert {kind: count for kind, count in kinds.items() if kind != "dictionary"} == {
        kind: count for kind, count in report.created.items() if kind != "dictionary"
    }
    assert AuditEntry.objects.filter(action="theme.drafted", object_key=DOG, actor=operator).count() == 1


@pytest.mark.django_db
def test_an_import_on_bare_ground_is_refused_and_names_what_is_missing() -> None:
    found_installation(city_code="310000", city_name="上海市")
    with pytest.raises(BadDossier) as refusal:
        importing.import_dossier(actor=person("platform_operator", Division.objects.get()), tree=dossier(DOG))
    named = {problem.pointer: problem.sentence for problem in refusal.value.problems}
    assert named["/theme/category_code"] == "场景分类 P4 不存在。"
    assert named["/public_fields/3/dictionary"] == "字典 sex 不存在。"
    assert named["/items/1/region_overrides/0/division_codes/0"] == "区划 310101 不存在。"
    assert not Theme.objects.exists() and not Subject.objects.exists() and not DraftRevision.objects.exists()


@pytest.mark.usefixtures("demo_db")
def test_missing_files_and_unknown_accounts_are_usage_errors(tmp_path: Path) -> None:
    file = tmp_path / "dossier.json"
    file.write_text(json.dumps(dossier(DOG)), encoding="utf-8")
    for arguments in ((str(tmp_path / "none.json"), "--actor", "operator"), (str(file), "--actor", "nobody")):
        with pytest.raises(CommandError) as error:
            run("import_dossier", *arguments)
        assert error.value.returncode == 2


def test_two_imports_at_once_make_the_theme_once_and_fail_neither(database_clone: str) -> None:
    empty_ground()
    reports: list[ImportReport] = []
    errors: list[BaseException] = []
    together = threading.Barrier(2)

    def bring() -> None:
        try:
            together.wait(20)
            reports.append(bring_in(dossier(DOG)))
        except BaseException as error:  # noqa: BLE001 — handed to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert sorted(report.has_changes for report in reports) == [False, True]
