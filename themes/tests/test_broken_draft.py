"""A draft whose rules speak of an item that was taken out is still shown, with what has to be mended."""

from typing import Any

import pytest

from themes.pages.parts import PARTS
from themes.tests.browsing import logged_in, text_of, url
from themes.tests.demonstrated import RESTAURANT, get, save

pytestmark = pytest.mark.usefixtures("demo_db")


def take_out(tree: dict[str, Any], code: str) -> None:
    tree["items"] = [item for item in tree["items"] if item["code"] != code]


def test_every_page_of_a_draft_that_cannot_be_compiled_still_opens() -> None:
    save(RESTAURANT, lambda tree: take_out(tree, "FOOD"))
    editor = logged_in("sj_editor")
    pages = [url(name, RESTAURANT) for name in ("overview", "edit", "findings", "submit", "history")]
    for address in (*pages, *(url("part", RESTAURANT, part=part) for part in PARTS)):
        assert editor.get(address).status_code == 200, address


def test_the_preview_says_in_its_place_what_stands_in_the_way() -> None:
    save(RESTAURANT, lambda tree: take_out(tree, "FOOD"))
    editor = logged_in("sj_editor")
    page = editor.get(url("preview", RESTAURANT))
    html = page.content.decode()
    assert page.status_code == 200 and "草稿现在不能预览" in html
    assert 'class="op-tabs"' in html and html.count(url("findings", RESTAURANT)) == 2
    assert editor.get(url("preview", RESTAURANT) + "?source=live").status_code == 200
    sent = editor.post(url("preview", RESTAURANT), {"source": "draft"}, headers={"HX-Request": "true"})
    assert sent["HX-Refresh"] == "true"


def test_what_was_taken_out_is_named() -> None:
    save(RESTAURANT, lambda tree: take_out(tree, "FOOD"))
    assert "FOOD 原来是“" in text_of(logged_in("sj_editor").get(url("findings", RESTAURANT)))


def test_a_failing_case_is_told_in_words() -> None:
    save(RESTAURANT, lambda tree: tree["cases"][0]["expected"].update(items=["FOOD"]))
    told = text_of(logged_in("sj_editor").get(url("findings", RESTAURANT)))
    failing = told[told.index("与预期不同") :][:200]
    assert failing.startswith("与预期不同：事项多了“设店招”、“")
    assert "items" not in failing and "FOOD" not in failing


def test_figures_are_left_out_where_the_draft_cannot_be_compiled() -> None:
    editor = logged_in("sj_editor")
    assert "现在算不出来" not in editor.get(url("overview", RESTAURANT)).content.decode()
    save(RESTAURANT, lambda tree: take_out(tree, "FOOD"))
    assert "现在算不出来" in editor.get(url("overview", RESTAURANT)).content.decode()


def test_a_draft_whose_cases_hold_in_one_district_alone_is_told_which_cases_count() -> None:
    save(RESTAURANT, lambda tree: [case.update(division="310101", published=False) for case in tree["cases"]])
    told = text_of(logged_in("sj_editor").get(url("overview", RESTAURANT)))
    assert "还没有可以计算的用例" in told and "区划选“上海市（全部）”" in told and "现在算不出来" not in told


@pytest.mark.parametrize("answer", [True, 5, [], {"a": []}, "x" * 500, [["310101"]]])
def test_a_case_whose_answers_fit_no_question_is_told_and_breaks_nothing(answer: Any) -> None:
    def answer_everything(tree: dict[str, Any]) -> None:
        questions = tree["guidance"]["questions"]
        tree["cases"][0]["answers"] = {question["code"]: answer for question in questions}

    save(RESTAURANT, answer_everything)
    editor = logged_in("sj_editor")
    for name in ("overview", "edit", "findings", "submit", "preview"):
        assert editor.get(url(name, RESTAURANT)).status_code == 200, name
    case = get(RESTAURANT).subject.draft["cases"][0]["name"]
    assert ("与预期不同：不能运行：“" in text_of(editor.get(url("findings", RESTAURANT)))) == bool(answer), case
