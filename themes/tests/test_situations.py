"""Situations on their page, and what REST tells of a theme for citizens: situations, cases, meaning, alternatives."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from opsplatform.accounts.tests.machines import calling, machine
from themes.services.inspecting import open_draft_package
from themes.tests.browsing import logged_in, text_of, url
from themes.tests.demonstrated import DOG, RESTAURANT, get, save

pytestmark = pytest.mark.usefixtures("demo_db")
API = f"/api/v1/themes/{DOG}/"


def read(client: Client, path: str, **query: Any) -> Any:
    answer = client.get(API + path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def shown_rows(item: str = "") -> list[str]:
    page = logged_in("ga_editor").get(url("situations", DOG), {"item": item}).content.decode()
    return re.findall(r'<a href="([^"]+)">在预览中打开例子', page)


def test_the_page_lists_every_situation_and_its_examples_open_in_the_preview() -> None:
    client = logged_in("ga_editor")
    text = text_of(client.get(url("situations", DOG)))
    assert "情形（36 种）" in text and "已全部列出" in text and "回答共 816 类" in text and "占 " in text
    addresses = shown_rows()
    assert len(addresses) == 36 > len(shown_rows("REGU")) > 0
    listed = read(client, "draft/situations/")
    for address, one in list(zip(addresses, listed["situations"], strict=True))[::9]:
        opened = text_of(client.get(unescape(address)))
        assert f"办理事项 {len(one['items'])} 项" in opened
    assert sum(one["classes"] for one in listed["situations"]) == listed["classes"] == 816
    assert listed["total"] == 36 and listed["why_not_all"] == ""
    assert any(one["idle"] for one in listed["situations"])


def test_cases_are_run_by_rest_and_say_what_is_missing() -> None:
    client = logged_in("ga_reviewer")
    assert read(client, "draft/cases/")["failing"] == 0
    save(DOG, lambda tree: tree["cases"][1]["expected"].update(items=[]))
    ran = read(client, "draft/cases/")
    (failing,) = [one for one in ran["results"] if not one["holds"]]
    assert ran["failing"] == 1 and failing["case"]["code"] == "case-2"
    assert failing["differences"][0]["key"] == "items" and failing["sentences"][0].startswith("事项多了")


def test_what_the_draft_means_for_citizens_is_told_against_any_version() -> None:
    client = logged_in("ga_reviewer")
    assert read(client, "differences/")["is_without_effect"] is True
    save(DOG, lambda tree: tree["guidance"]["rules"].pop(3) and tree.update(cases=[]))
    told = read(client, "differences/", before=1)
    assert told["changes"] and not told["is_without_effect"]
    assert {"kind", "subject", "sentence", "who", "example"} <= told["changes"][0].keys()
    assert client.get(API + "differences/", {"before": "x"}).status_code == 400
    assert client.get(API + "differences/", {"before": 99}).status_code == 404


def test_alternatives_of_a_package_replay() -> None:
    platform = calling(machine(), "export:read")
    live = platform.get(f"/api/v1/export/themes/{RESTAURANT}/310101/")
    digest = live["ETag"].strip('"')
    opened = open_draft_package(get(RESTAURANT))
    answers = opened.package.cases[0].case.answers

    def ask(path: str, given: Any) -> Any:
        answer = platform.post(f"/api/v1/export/packages/{digest}/{path}/", {"answers": given}, format="json")
        assert answer.status_code == 200
        return answer.json()

    told = ask("alternatives", answers)
    for one in [one for one in told["items"] if one["changes"]][:3]:
        changed = {**answers, **{change["question"]: change["answer"] for change in one["changes"]}}
        given = {code: answer for code, answer in changed.items() if answer is not None}
        assert (one["code"] in ask("evaluate", given)["items"]) is not one["is_needed"]
    assert any(one["changes"] for one in told["materials"]) and isinstance(told["is_complete"], bool)
    assert (
        platform.post(
            f"/api/v1/export/packages/{digest}/alternatives/", {"answers": {"x": 1}}, format="json"
        ).status_code
        == 422
    )
