"""The editing form and the service behind it: nothing typed is lost, nothing stale is saved, added items resolve."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.test import Client

from opsplatform.accounts.models import User
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision
from opsplatform.organizations.models import Department, Division
from themes.documents import ThemeDocument
from themes.pages.editing_state import EditState
from themes.services import composing
from themes.services.composing import Wanted, WantedItem, save_composition
from themes.services.inspecting import check_theme
from themes.services.keeping_cases import accept_case
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import RESTAURANT, account, get, new_version, save

pytestmark = pytest.mark.usefixtures("demo_db")
VACCINATION = "犬只狂犬病免疫接种与电子标识植入"


def document() -> ThemeDocument:
    return msgspec.convert(get(RESTAURANT).subject.draft, ThemeDocument)


def opened() -> tuple[Client, dict[str, list[str]]]:
    client = logged_in("sj_editor")
    return client, form_of(client.get(url("edit", RESTAURANT)), holding="revision")


def press(client: Client, form: dict[str, list[str]], do: str) -> Any:
    return client.post(url("edit", RESTAURANT), {**form, "do": do})


def wanted(**changes: Any) -> Wanted:
    """The draft as it stands, but for the changes."""
    return replace(EditState.of(document(), 1).wanted(), **changes)


def save_wanted(by: str = "sj_editor", **changes: Any) -> ThemeDocument:
    revision = get(RESTAURANT).subject.draft_revision
    save_composition(actor=account(by), code=RESTAURANT, wanted=wanted(**changes), expected_revision=revision)
    return document()


def other_item() -> ServiceItem:
    return ServiceItem.objects.get(name=VACCINATION)


def blocking() -> list[str]:
    return [finding.sentence for finding in check_theme(get(RESTAURANT)) if finding.is_blocking]


# --- the form -------------------------------------------------------------------------------------------------------


def test_saving_the_form_as_it_opened_changes_nothing() -> None:
    client, form = opened()
    before = get(RESTAURANT).subject
    assert press(client, form, "save").status_code == 302
    after = get(RESTAURANT).subject
    assert (after.draft, after.draft_revision) == (before.draft, before.draft_revision)


def test_everything_editable_is_saved_at_once_and_recorded() -> None:
    client, form = opened()
    form |= {"name": ["开小饭店"], "summary": ["一次办好"], "keywords": ["饭店，面馆、 饭店"], "offer": ["chosen"]}
    form |= {"division": ["310101", "310112"], "mandatory": []}
    form["item_key"].reverse()
    form["item_code"].reverse()
    form["notice_content"][0] = "第一行\r\n第二行"
    assert press(client, form, "save").status_code == 302
    now = document()
    assert (now.name, now.summary, now.keywords) == ("开小饭店", "一次办好", ("饭店", "面馆"))
    assert now.handling_divisions == ("310101", "310112")
    assert now.items[0].code == "WASTE" and not any(item.mandatory for item in now.items)
    assert next(notice for notice in now.notices if notice.code == "N_GENERAL").content == "第一行\n第二行"
    entry = AuditEntry.objects.filter(object_key=RESTAURANT, action="theme.edited").latest("id")
    assert entry.actor == account("sj_editor") and "/name" in str(entry.after)


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("item_up:1", ["1", "0", "2"]),
        ("item_down:1", ["0", "2", "1"]),
        ("item_up:0", ["0", "1", "2"]),
        ("item_remove:1", ["0", "2"]),
    ],
)
def test_buttons_move_and_remove_items_without_saving(do: str, expected: list[str]) -> None:
    client, form = opened()
    keys = form["item_key"]
    verb, _, place = do.partition(":")
    answer = press(client, form, f"{verb}:{keys[int(place)]}")
    shown = form_of(answer, holding="revision")["item_key"]
    assert [str(keys.index(key)) for key in shown][: len(expected)] == expected
    assert get(RESTAURANT).subject.draft_revision == int(form["revision"][0])


def test_removing_an_item_says_what_refers_to_it() -> None:
    client, form = opened()
    key = form["item_key"][form["item_code"].index("TOB")]
    answer = text_of(press(client, form, f"item_remove:{key}"))
    assert "保存后移出" in answer and "规则“卖烟的办烟草专卖零售许可”提到它" in answer
    back = form_of(press(client, form, f"item_add:{key}"), holding="revision")
    assert "TOB" in back["item_code"]


def test_items_are_found_by_name_and_added_with_what_they_need() -> None:
    client, form = opened()
    found = press(client, {**form, "search": ["犬只"]}, "refresh")
    assert VACCINATION in text_of(found)
    added = press(client, form, f"item_add:{other_item().key}")
    assert "新增" in text_of(added)
    assert press(client, form_of(added, holding="revision"), "save").status_code == 302
    assert other_item().key in [item.item for item in document().items]
    assert not blocking()


def test_a_notice_is_added_filled_in_moved_and_removed() -> None:
    client, form = opened()
    form = form_of(press(client, form, "notice_add"), holding="revision")
    form["notice_title"][-1], form["notice_content"][-1] = "环保提示", "请装净化设施。"
    code = form["notice_code"][-1]
    form = form_of(press(client, form, f"notice_up:{code}"), holding="revision")
    form = form_of(press(client, form, "notice_remove:N_LICENSE_FIRST"), holding="revision")
    assert press(client, form, "save").status_code == 302
    titles = [notice.title for notice in sorted(document().notices, key=lambda notice: notice.order)]
    assert titles[-2:] == ["环保提示", "酒类经营"] and "先照后证" not in titles


def test_wrong_input_is_told_all_at_once_and_kept() -> None:
    client, form = opened()
    form |= {"name": [" "], "summary": ["还没写完的简介"], "offer": ["chosen"], "division": []}
    form["notice_title"][1] = ""
    answer = press(client, form, "save")
    shown = text_of(answer)
    assert answer.status_code == 422
    for sentence in ("请填写主题名称", "第 2 条须知还没有标题", "请至少选择一个办理区划"):
        assert sentence in shown
    assert form_of(answer, holding="revision")["summary"] == ["还没写完的简介"]
    assert get(RESTAURANT).subject.draft_revision == int(form["revision"][0])


def test_a_stale_save_shows_what_changed_and_keeps_what_was_typed() -> None:
    client, form = opened()
    save(RESTAURANT, lambda tree: tree["notices"][2].update(content="先承诺，后核查。"))
    form["summary"] = ["我写的简介"]
    answer = press(client, form, "save")
    assert answer.status_code == 412
    assert "须知“消防告知承诺”的内容" in text_of(answer) and "先承诺，后核查。" in text_of(answer)
    kept = form_of(answer, holding="revision")
    assert kept["summary"] == ["我写的简介"] and kept["revision"] == form["revision"]
    assert press(client, kept, "save").status_code == 412
    assert document().summary != "我写的简介"


def test_what_was_typed_is_taken_to_the_latest_draft() -> None:
    client, form = opened()
    save(
        RESTAURANT, lambda tree: (tree["notices"][2].update(content="先承诺，后核查。"), tree.update(name="他人的名字"))
    )
    form |= {"summary": ["我写的简介"], "name": ["我的名字"]}
    answer = press(client, form, "rebase")
    assert "您和他人都改了：主题名称" in text_of(answer)
    assert press(client, form_of(answer, holding="revision"), "save").status_code == 302
    now = document()
    assert (now.summary, now.name) == ("我写的简介", "我的名字")
    assert "先承诺，后核查。" in [notice.content for notice in now.notices]


def test_editing_what_waits_for_review_warns_and_voids_it() -> None:
    version = new_version(RESTAURANT, approved=False)
    client, form = opened()
    assert "正在等待审核" in text_of(client.get(url("edit", RESTAURANT)))
    press(client, {**form, "summary": ["改了"]}, "save")
    assert version.decisions.get().kind == "voided"


def test_the_designer_which_saves_by_itself_warns_before_an_approval_is_lost() -> None:
    editor, warning = logged_in("sj_editor"), "保存任何改动都会使批准失效，须重新提交、审核。"
    assert warning not in text_of(editor.get(url("guidance", RESTAURANT)))
    new_version(RESTAURANT)
    told = text_of(editor.get(url("guidance", RESTAURANT)))
    assert warning in told and "自动保存" in told


def test_rights_are_judged_before_anything_is_told() -> None:
    _, form = opened()
    for username in ("operator", "sj_reviewer", "lh_editor", "hp_editor"):
        answer = logged_in(username).post(url("edit", RESTAURANT), {**form, "revision": ["0"], "do": "save"})
        assert answer.status_code == 403, username


# --- the service ----------------------------------------------------------------------------------------------------


def test_an_item_of_a_body_that_the_theme_does_not_know_binds_that_body() -> None:
    division = Division.objects.get(code="310000")
    body = Department.objects.create(division=division, name="上海市测试局", uscc="")
    item = ServiceItem.objects.create(
        key="310000/上海市测试局:000100001000:01",
        name="测试事项",
        department=body,
        basic_code="000100001000",
        level_code="3",
    )
    now = save_wanted(items=(*wanted().items, WantedItem(item.key)))
    binding = now.departments[-1]
    assert (binding.division, binding.name, binding.kind) == ("310000", "上海市测试局", None)
    assert now.items[-1].code == "000100001000-01"


def test_an_item_taken_out_and_put_back_is_what_it_was() -> None:
    before = next(item for item in document().items if item.code == "TOB")
    kept = tuple(item for item in wanted().items if item.code != "TOB")
    save_wanted(items=kept)
    assert any("TOB" in sentence for sentence in blocking())
    now = save_wanted(items=(*kept[:-1], WantedItem(before.item), kept[-1]))
    assert next(item for item in now.items if item.item == before.item) == before
    assert not blocking()


def test_what_was_bound_for_an_added_item_goes_with_it() -> None:
    before = document()
    items = wanted().items
    more = save_wanted(items=(*items, WantedItem(other_item().key)))
    assert len(more.field_uses) > len(before.field_uses) and len(more.departments) > len(before.departments)
    assert save_wanted(items=items) == before


def test_items_out_of_sight_and_unknown_divisions_are_refused() -> None:
    actor = account("sj_editor")
    with pytest.raises(Invalid) as refusal:
        save_wanted(
            items=(*wanted().items, WantedItem("NOPE:1:01"), WantedItem("X", "NOPE")),
            handling_divisions=("999999",),
        )
    pointers = {problem.pointer for problem in refusal.value.problems}
    assert {"/items/8", "/items/9", "/handling_divisions/0"} <= pointers
    with pytest.raises(NotFound):
        composing.compose(actor, document(), wanted(items=(WantedItem("NOPE:1:01"),)))


def test_the_service_refuses_strangers_and_stale_revisions() -> None:
    revision = get(RESTAURANT).subject.draft_revision
    with pytest.raises(Forbidden):
        save_wanted(by="operator", summary="x")
    with pytest.raises(StaleRevision) as stale:
        save_composition(
            actor=account("sj_editor"), code=RESTAURANT, wanted=wanted(summary="x"), expected_revision=revision - 1
        )
    assert stale.value.facts["current_revision"] == revision


def test_a_case_accepts_what_is_now_computed_and_the_reviewer_can_see_it() -> None:
    save_wanted(items=tuple(reversed(wanted().items)))
    assert len(blocking()) == 3
    client = logged_in("sj_editor")
    page = client.get(url("part", RESTAURANT, part="cases"))
    assert "现在的结果与预期不同" in text_of(page)
    for case in document().cases:
        revision = str(get(RESTAURANT).subject.draft_revision)
        form = {"do": "accept", "case": case.code, "revision": revision, "reason": "次序改了"}
        assert client.post(url("part", RESTAURANT, part="cases"), form).status_code == 302
    assert not blocking()
    assert "预期的事项" in text_of(client.get(url("submit", RESTAURANT)))


def test_a_case_is_accepted_by_editors_only_and_on_what_they_saw() -> None:
    revision = get(RESTAURANT).subject.draft_revision
    case = document().cases[0].code
    with pytest.raises(Forbidden):
        accept_case(actor=account("sj_reviewer"), code=RESTAURANT, case=case, reason="对", expected_revision=revision)
    with pytest.raises(StaleRevision):
        accept_case(actor=account("sj_editor"), code=RESTAURANT, case=case, reason="对", expected_revision=revision - 1)
    with pytest.raises(NotFound):
        accept_case(actor=account("sj_editor"), code=RESTAURANT, case="nope", reason="对", expected_revision=revision)


def test_a_save_that_ignores_the_revision_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def save_blindly(*, actor: User, code: str, wanted: Wanted, expected_revision: int) -> Any:
        return save_composition(
            actor=actor, code=code, wanted=wanted, expected_revision=get(code).subject.draft_revision
        )

    monkeypatch.setattr("themes.pages.editing.save_composition", save_blindly)
    with pytest.raises(AssertionError):
        test_a_stale_save_shows_what_changed_and_keeps_what_was_typed()


# --- how long texts may be ------------------------------------------------------------------------------------------


def test_texts_longer_than_people_read_are_refused_at_every_door() -> None:
    client, form = opened()
    texts = form["notice_content"]
    answer = press(client, {**form, "summary": ["简" * 2001], "notice_content": ["长" * 5001, *texts[1:]]}, "save")
    assert answer.status_code == 422
    assert "简介不能超过 2000 个字，现有 2001 个字。" in text_of(answer)
    assert "第 1 条须知的内容不能超过 5000 个字，现有 5001 个字。" in text_of(answer)
    for place, change in (
        ("/notices/0/content", lambda tree: tree["notices"][0].update(content="长" * 5001)),
        ("/summary", lambda tree: tree.update(summary="简" * 2001)),
        ("/name", lambda tree: tree.update(name="名" * 201)),
    ):
        with pytest.raises(Invalid) as refusal:
            save(RESTAURANT, change)
        assert [problem.pointer for problem in refusal.value.problems] == [place]
    save(RESTAURANT, lambda tree: tree["notices"][0].update(content="长" * 5000))
