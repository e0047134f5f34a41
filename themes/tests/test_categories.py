"""Scene categories move, merge and end; drafts follow, what is on show stays; national lists say what is left to do."""

from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Forbidden, Invalid, StaleRevision, WrongState
from opsplatform.release.models import Decision, Package
from themes.models import NationalTheme, SceneCategory, Theme
from themes.services import categories
from themes.services.categories import file_theme, merge_category, move_category, retire_category, save_category
from themes.services.inspecting import check_theme
from themes.services.national_themes import place_national_theme
from themes.services.publishing import withdraw_theme
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, account, get, new_version
from themes.tests.factories import SceneCategoryFactory, ThemeFactory
from themes.tests.test_query_counts import statements
from themes.tests.web_process import at_once

TREE, LISTS = reverse("categories:tree"), reverse("categories:national")


def category(code: str) -> SceneCategory:
    return SceneCategory.objects.select_related("parent", "merged_into").get(code=code)


def below(code: str) -> list[str]:
    return [row.code for row in categories.in_order(SceneCategory.objects.filter(parent__code=code))]


def move(code: str, parent: str | None, before: str | None = None, actor: User | None = None) -> SceneCategory:
    return move_category(
        actor=actor or account("operator"),
        code=code,
        parent=parent,
        before=before,
        expected_revision=category(code).revision,
    )


def merge(code: str, into: str, **more: Any) -> SceneCategory:
    seen = {"expected_revision": category(code).revision, **more}
    return merge_category(actor=account("operator"), code=code, into=into, note="阶段调整", **seen)


def retire(code: str, in_days: int = 0) -> SceneCategory:
    return retire_category(
        actor=account("operator"),
        code=code,
        last_day=clock.today() + timedelta(days=in_days),
        expected_revision=category(code).revision,
        note="不再使用",
    )


def codes_of(refusal: Any) -> set[str]:
    return {problem.code for problem in refusal.value.problems}


@pytest.mark.usefixtures("demo_db")
class TestTheTree:
    def test_a_category_moves_among_its_siblings_and_below_another(self) -> None:
        assert below("L")[:3] == ["L1", "L2", "L3"]
        move("L3", "L", "L1")
        assert below("L")[:3] == ["L3", "L1", "L2"]
        move("L3", "P")
        assert below("P")[-1] == "L3" and "L3" not in below("L")
        assert {entry.object_key for entry in AuditEntry.objects.filter(action="scene_category.changed")} >= {
            str(category("L3").pk)
        }
        move("L3", None)
        assert category("L3").parent is None

    @pytest.mark.parametrize(
        ("code", "parent", "before", "problem"),
        [("L", "L1", None, "cycle"), ("L", "L", None, "cycle"), ("L1", "L", "P1", "elsewhere")],
    )
    def test_nothing_lies_below_itself_or_before_what_is_elsewhere(
        self, code: str, parent: str, before: str | None, problem: str
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            move(code, parent, before)
        assert codes_of(refusal) == {problem}

    def test_who_saw_an_older_tree_is_told(self) -> None:
        seen = category("L2").revision
        move("L2", "L", "L1")
        with pytest.raises(StaleRevision):
            move_category(actor=account("operator"), code="L2", parent="P", before=None, expected_revision=seen)

    @pytest.mark.parametrize("username", ["sj_editor", "hp_publisher", "auditor"])
    def test_the_tree_is_the_operators(self, username: str) -> None:
        with pytest.raises(Forbidden):
            move("L2", "P", actor=account(username))
        assert logged_in(username).get(TREE).status_code == 200
        assert 'name="do"' not in logged_in(username).get(TREE).content.decode()


@pytest.mark.usefixtures("demo_db")
class TestEnding:
    def test_a_merge_takes_drafts_stages_below_and_national_themes_along_and_leaves_packages(self) -> None:
        save_category(actor=account("operator"), values={"code": "L1A", "name": "开店", "parent": category("L1")})
        packages = {package.digest: bytes(package.content) for package in Package.objects.all()}
        revision = get(RESTAURANT).subject.draft_revision
        merge("L1", "L4")
        theme = get(RESTAURANT)
        assert (theme.subject.draft["category_code"], theme.subject.draft_revision) == ("L4", revision + 1)
        assert theme.category == category("L1")  # what is on show keeps its stage until it is released anew
        assert below("L4") == ["L1A"] and category("L1").merged_into == category("L4")
        assert NationalTheme.objects.get(name="开办餐饮店").category == category("L4")
        assert {package.digest: bytes(package.content) for package in Package.objects.all()} == packages
        recorded = AuditEntry.objects.get(action="scene_category.merged")
        assert (recorded.facts["themes"], recorded.reason) == ([RESTAURANT], "阶段调整")
        with pytest.raises(WrongState):
            merge("L1", "L5")

    def test_an_approval_that_nobody_released_is_void_once_the_draft_is_filed_elsewhere(self) -> None:
        version = new_version(RESTAURANT)
        merge("L1", "L4")
        assert version.decisions.filter(kind=Decision.Kind.VOIDED).exists()

    def test_a_stage_that_was_merged_is_opened_again(self) -> None:
        merge("P6", "P5")
        merged = category("P6")
        assert merged.is_over(clock.today())
        save_category(
            actor=account("operator"), pk=merged.pk, values={"valid_to": None}, expected_revision=merged.revision
        )
        assert category("P6").merged_into is None and not category("P6").is_over(clock.today())

    @pytest.mark.parametrize(("into", "problem"), [("L1", "below"), ("L1A", "below"), ("nope", "unknown_code")])
    def test_nothing_is_merged_into_what_is_not_there_or_below_it(self, into: str, problem: str) -> None:
        save_category(actor=account("operator"), values={"code": "L1A", "name": "开店", "parent": category("L1")})
        with pytest.raises(Invalid) as refusal:
            merge("L1", into)
        assert codes_of(refusal) == {problem}
        assert get(RESTAURANT).subject.draft["category_code"] == "L1"

    def test_a_stage_that_is_needed_is_not_retired_and_one_that_is_not_takes_no_theme_any_more(self) -> None:
        for code, problem in (("L1", "in_use"), ("L", "has_children")):
            with pytest.raises(Invalid) as refusal:
                retire(code)
            assert codes_of(refusal) == {problem}
        retire("P6", in_days=-1)
        with pytest.raises(Invalid) as refusal:
            file_theme(
                actor=account("ga_editor"), theme=DOG, category="P6",
                expected_revision=get(DOG).subject.draft_revision,
            )  # fmt: skip
        assert codes_of(refusal) == {"unknown_code"}
        with pytest.raises(Invalid) as refusal:
            move("P7", "P6")
        assert codes_of(refusal) == {"outlives_parent"}

    def test_the_editor_files_a_draft_elsewhere_and_nobody_else_does(self) -> None:
        revision = get(DOG).subject.draft_revision
        for username in ("sj_editor", "mh_publisher"):
            with pytest.raises(DomainError):
                file_theme(actor=account(username), theme=DOG, category="P6", expected_revision=revision)
        file_theme(actor=account("ga_editor"), theme=DOG, category="P6", expected_revision=revision)
        assert get(DOG).subject.draft["category_code"] == "P6"

    def test_a_draft_that_names_a_stage_that_is_over_is_stopped_by_the_gate(self) -> None:
        assert "category_over" not in {finding.code for finding in check_theme(get(DOG))}
        SceneCategory.objects.filter(code="P4").update(merged_into=category("P6"))
        (found,) = [finding for finding in check_theme(get(DOG)) if finding.code == "category_over"]
        assert found.is_blocking and "已并入“出行”" in found.sentence


def test_two_who_move_stages_below_each_other_make_no_circle(
    database_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operators = [person("platform_operator") for _ in range(2)]
    for code in "AB":
        save_category(actor=operators[0], values={"code": code, "name": code})
    outcomes = _moved_at_once(operators)
    assert sum(isinstance(outcome, SceneCategory) for outcome in outcomes) == 1, outcomes
    assert any(row.parent is None for row in SceneCategory.objects.all())
    for code in "AB":
        move(code, None, actor=operators[0])
    monkeypatch.setattr(categories, "_locked_tree", _unlocked_tree)  # the saboteur
    _moved_at_once(operators)
    assert all(row.parent is not None for row in SceneCategory.objects.all())


def _moved_at_once(operators: list[User]) -> list[Any]:
    both_began = Barrier(2)

    def act(actor: User, code: str, parent: str) -> SceneCategory:
        seen = category(code).revision
        with transaction.atomic():
            connection.ensure_connection()
            both_began.wait(timeout=30)
            moved = move_category(actor=actor, code=code, parent=parent, before=None, expected_revision=seen)
            if categories._locked_tree is _unlocked_tree:
                both_began.wait(timeout=30)
        return moved

    return at_once([partial(act, operators[0], "A", "B"), partial(act, operators[1], "B", "A")])


def _unlocked_tree() -> dict[str, SceneCategory]:
    return {row.code: row for row in SceneCategory.objects.select_related("parent")}


@pytest.mark.usefixtures("demo_db")
class TestPages:
    def test_counts_are_of_what_the_person_sees(self) -> None:
        Theme.objects.filter(subject__code=DOG).update(category=category("P6"))
        text = text_of(logged_in("hp_editor").get(TREE))
        assert "准入准营 L1 已上线 1" in text and "出行 P6 已上线 1" in text

    def test_buttons_move_and_a_piece_of_the_tree_is_moved_by_place(self) -> None:
        operator = logged_in("operator")
        sent = {"code": "L2", "revision": category("L2").revision}
        assert operator.post(TREE, {**sent, "do": "up"})["Location"].endswith("#c-L2")
        assert below("L")[:2] == ["L2", "L1"]
        at_the_end = operator.post(TREE, {"code": "L2", "revision": category("L2").revision, "do": "up"})
        assert at_the_end.status_code == 422 and "尽头" in at_the_end.content.decode()
        operator.post(TREE, {"code": "L1", "revision": category("L1").revision, "do": "in"})
        assert below("L2") == ["L1"]
        operator.post(TREE, {"code": "L1", "revision": category("L1").revision, "do": "out"})
        assert below("L")[:2] == ["L2", "L1"]
        place = {"do": "place", "parent": "P", "before": "P1"}
        operator.post(TREE, {"code": "L1", "revision": category("L1").revision, **place})
        assert below("P")[:2] == ["L1", "P1"]

    @pytest.mark.parametrize("seen", ["²", "9" * 5000, "", "x", "-1"])
    def test_a_revision_that_is_none_is_stale_and_no_error(self, seen: str) -> None:
        operator = logged_in("operator")
        assert operator.post(TREE, {"code": "L2", "revision": seen, "do": "up"}).status_code == 412
        renamed = {"do": "rename", "name": "新", "revision": seen}
        assert operator.post(reverse("categories:category", args=["L2"]), renamed).status_code == 412
        entry = {"name": "新", "since": "2026-01-01", "note": "因", "revision": seen}
        assert operator.post("/dictionaries/theme_category/entries/L1/", entry).status_code == 412

    def test_one_category_shows_its_themes_and_is_merged_from_its_page(self) -> None:
        operator, page = logged_in("operator"), reverse("categories:category", args=["P4"])
        text = text_of(operator.get(page))
        assert "我要办犬证" in text and "1 个主题草稿" in text and "现在还不能停用" in text
        sent = {"do": "merge", "into": "P6", "revision": category("P4").revision}
        assert "请填写说明或理由" in text_of(operator.post(page, {**sent, "note": ""}))
        assert operator.post(page, {**sent, "note": "合并"})["Location"] == reverse("categories:category", args=["P6"])
        assert "草稿已移到 P6" in text_of(operator.get(page)) and "已并入" in text_of(operator.get(page))
        assert "已停用的分类" in text_of(operator.get(TREE))

    def test_national_lists_tell_what_is_configured_and_are_placed_all_or_none(self) -> None:
        operator = logged_in("operator")
        text = text_of(operator.get(LISTS))
        assert "已上线 1" in text and "尚未配置 37" in text and "清单共 12 项，资料中只有 2 项" in text
        birth, staff = (NationalTheme.objects.get(name=name) for name in ("灵活就业", "员工录用"))
        form: dict[str, Any] = {}
        for row, stage in ((birth, "P3"), (staff, "nope")):
            form |= {f"revision:{row.pk}": row.revision, f"category:{row.pk}": stage, f"was_category:{row.pk}": ""}
        assert operator.post(LISTS, form).status_code == 422
        assert NationalTheme.objects.get(pk=birth.pk).category is None
        form[f"category:{staff.pk}"] = "L2"
        assert operator.post(LISTS, form).status_code == 302
        assert "全国清单中尚未配置 1" in text_of(operator.get(TREE))
        assert text_of(operator.get(f"{LISTS}?category=P3")).count("灵活就业") >= 1
        assert logged_in("sj_editor").post(LISTS, form).status_code == 403

    def test_an_entry_offered_by_a_draft_that_one_does_not_see_is_not_configured_for_them(self) -> None:
        row = NationalTheme.objects.get(name="灵活就业")
        withdraw_theme(actor=account("operator"), code=DOG, division_codes=None, note="撤回")
        place_national_theme(
            actor=account("operator"), pk=row.pk, category="", theme=DOG, expected_revision=row.revision
        )
        assert "我要办犬证" in text_of(logged_in("operator").get(LISTS))
        assert "我要办犬证" not in text_of(logged_in("sj_editor").get(LISTS))


@pytest.mark.parametrize("username", ["operator", "ga_editor", "hp_editor"])
def test_pages_cost_as_many_statements_with_many_themes_and_stages(demo_db: None, username: str) -> None:
    client, paths = logged_in(username), (TREE, LISTS, reverse("categories:category", args=["P4"]))
    _, few = ([statements(client, path) for path in paths] for _ in range(2))  # the first fills what processes keep
    city = get(DOG).lead_department
    for number in range(12):
        SceneCategoryFactory(parent=category("P4"))
        theme = ThemeFactory(category=category("P4"), lead_department=city, subject__division=get(DOG).subject.division)
        NationalTheme.objects.create(
            batch="x", batch_name="清单", name=f"事项{number}", category=category("P4"), theme=theme
        )
    assert [statements(client, path) for path in paths] == few
    assert max(few) <= 14


def test_both_themes_stand_where_the_demonstration_filed_them(demo_db: None) -> None:
    assert [get(code).category.code for code in CODES] == ["L1", "P4"]  # type: ignore[union-attr]
