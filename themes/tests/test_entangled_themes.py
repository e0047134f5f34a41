"""Hand-made drafts of themes with rules by the hundred: what has no end is told at its place, and no door breaks."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from opsplatform.release.errors import GateClosed
from themes.packages.figures import longest_path
from themes.packages.structure import PackageItem
from themes.services.inspecting import check_theme
from themes.tests.browsing import logged_in, url
from themes.tests.demonstrated import RESTAURANT, get, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")
EDITOR = "sj_editor"
API = f"/api/v1/themes/{RESTAURANT}/"


def rules(effects: Callable[[int], dict[str, Any]], count: int) -> Callable[[dict[str, Any]], None]:
    def change(tree: dict[str, Any]) -> None:
        asked = {"q": tree["guidance"]["questions"][0]["code"], "op": "answered"}
        tree["guidance"]["rules"] += [
            {"code": f"X{n}", "name": f"规则 {n}", "priority": 100 + n, "when": asked, "effects": [effects(n)]}
            for n in range(count)
        ]

    return change


def in_and_out(tree: dict[str, Any]) -> None:
    """An item is added and removed 250 times in turn."""
    item = tree["items"][0]["code"]
    rules(lambda n: {"type": "remove_item" if n % 2 else "add_item", "item": item}, 500)(tree)


def set_over_and_over(tree: dict[str, Any]) -> None:
    """A field is set by 900 rules, each after all before it."""
    field = tree["field_uses"][0]["code"]
    rules(lambda n: {"type": "set_field", "item": None, "field": field, "value": f"v{n}"}, 900)(tree)


def chain_of_questions(tree: dict[str, Any]) -> None:
    """400 questions, each shown when the one before it is answered: long, and sound."""
    first = tree["guidance"]["questions"][0]["code"]
    tree["guidance"]["questions"] += [
        {
            "code": f"X{n}", "text": f"问题 {n}", "type": "boolean", "order": 100 + n, "required": False,
            "show_when": {"q": f"X{n - 1}" if n else first, "op": "answered"},
        }
        for n in range(400)
    ]  # fmt: skip


def test_the_gate_tells_it_and_every_door_answers() -> None:
    save(RESTAURANT, set_over_and_over)
    told = [(one.code, one.place) for one in check_theme(get(RESTAURANT)) if one.is_blocking]
    assert told == [("form_too_entangled", "/field_uses/0")]
    with pytest.raises(GateClosed):
        submit(RESTAURANT)
    match = {"If-Match": f'"draft-{get(RESTAURANT).subject.draft_revision}"'}
    address, body = f"{API}submit/", json.dumps({"note": "提交"})
    assert logged_in(EDITOR).post(address, body, content_type="application/json", headers=match).status_code == 422
    every_door_answers()


def test_an_item_that_comes_and_goes_hundreds_of_times_is_no_burden() -> None:
    save(RESTAURANT, in_and_out)
    found = {one.code for one in check_theme(get(RESTAURANT)) if one.is_blocking}
    assert found <= {"case_failing"}  # the item is gone at the end
    every_door_answers()


def every_door_answers() -> None:
    browser = logged_in(EDITOR)
    for route in ("findings/", "draft/", "draft/merge/", "draft/certificate/"):
        assert browser.get(API + route).status_code == 200, route
    for page in ("overview", "findings", "preview", "merging", "certificate", "submit", "parts"):
        assert browser.get(url(page, RESTAURANT)).status_code in (200, 422), page


def test_a_long_chain_of_questions_is_no_burden() -> None:
    save(RESTAURANT, chain_of_questions)
    found = {one.code for one in check_theme(get(RESTAURANT)) if one.is_blocking}
    assert found <= {"case_failing"}  # the saved cases expected fewer questions
    assert logged_in(EDITOR).get(url("preview", RESTAURANT)).status_code == 200


def waiting(code: str, other: str) -> PackageItem:
    content: Any = None
    return PackageItem(code=code, content=content, department_name="", promised_days_here=0, depends_on=(other,))


def test_days_add_up_along_a_chain_of_two_thousand_items() -> None:
    items = [waiting(f"I{n}", f"I{n + 1}") for n in range(2_000)]
    days = {item.code: 2 for item in items}
    assert longest_path(items, days) == 4_000
    circle = [waiting(code, other) for code, other in ("ab", "bc", "ca")]
    assert longest_path(circle, {"a": 1, "b": 2, "c": 4}) == 7
