"""No page answers a hostile form or address with an error of the server, and none of them writes."""

from typing import Any

import pytest
from django.test import Client

from themes.tests.browsing import logged_in, url
from themes.tests.demonstrated import RESTAURANT, contents, get, new_version

pytestmark = pytest.mark.usefixtures("demo_db")
NUL = "甲\x00乙"


def _posts() -> list[tuple[str, str, dict[str, Any]]]:
    revision = str(get(RESTAURANT).subject.draft_revision)
    return [
        ("sj_editor", "edit", {"do": "save", "revision": revision, "name": NUL, "offer": "city"}),
        ("sj_editor", "edit", {"do": "refresh", "revision": revision, "name": "甲", "search": NUL}),
        ("sj_editor", "submit", {"revision": revision, "note": NUL}),
        ("operator", "release", {"version": "1", "division": "all", "note": NUL}),
        ("operator", "withdraw", {"division": "310101", "note": NUL}),
        ("operator", "withdraw", {"division": NUL, "note": "撤回"}),
    ]


def test_nul_in_any_form_is_a_bad_request_and_writes_nothing() -> None:
    for person, page, form in _posts():
        client, before = logged_in(person), contents()
        client.get(url(page, RESTAURANT))
        before = contents()
        assert client.post(url(page, RESTAURANT), form).status_code == 400, (page, form)
        after = contents()
        assert {table for table in before if before[table] != after[table]} <= {"accounts_loginsession"}, (page, form)


def test_nul_in_the_reviewers_note_is_a_bad_request() -> None:
    version = new_version(RESTAURANT, approved=False)
    form = {"do": "approve", "digest": version.digest, "note": NUL}
    assert logged_in("sj_reviewer").post(url("review", RESTAURANT), form).status_code == 400
    assert get(RESTAURANT).subject.state == "submitted"


@pytest.mark.parametrize(
    "address",
    ["/themes/%00/", "/themes/?q=%00", "/admin/catalog/serviceitem/?q=%00", "/admin/themes/theme/%00/change/"],
)
def test_nul_in_an_address_is_a_bad_request(address: str) -> None:
    assert logged_in("operator").get(address).status_code == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00"])
def test_a_moment_at_the_end_of_the_calendar_cannot_be_read(moment: str) -> None:
    answer = logged_in("operator").get(url("history", RESTAURANT), {"at": moment})
    assert answer.status_code == 200
    assert answer.context["is_unreadable"]


def test_a_form_sent_to_the_first_part_is_refused_in_place() -> None:
    answer = logged_in("sj_editor").post(url("parts", RESTAURANT), {"do": "accept", "case": "1", "revision": "1"})
    assert answer.status_code == 422


def test_a_stranger_with_nul_is_only_sent_to_the_login() -> None:
    assert Client().get("/themes/?q=%00").status_code == 302
