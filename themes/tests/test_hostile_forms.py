"""No page answers a hostile form or address with an error of the server, and none of them writes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client
from django.urls import reverse

from opsplatform.console import entry
from opsplatform.console.pages import routed_pages
from opsplatform.console.site import site
from themes.models import Collision
from themes.tests.browsing import logged_in, url
from themes.tests.demonstrated import RESTAURANT, account, contents, get, new_version

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


@pytest.mark.parametrize("number", [None, "", "x", "1234567890", "１"])
@pytest.mark.parametrize(
    ("person", "page", "name", "form"),
    [
        ("sj_editor", "submit", "revision", {"note": "改了须知"}),
        ("sj_editor", "merging", "revision", {"do": "withdraw", "decision": "d1"}),
        ("sj_editor", "localisation_policy", "revision", {}),
        ("sj_editor", "guidance_table", "revision", {"do": "take"}),
        ("operator", "release", "version", {"division": "all", "note": "发布"}),
    ],
)
def test_a_form_without_its_hidden_number_is_told_to_open_the_page_anew(
    person: str, page: str, name: str, form: dict[str, str], number: str | None
) -> None:
    sent = form if number is None else {**form, name: number}
    answer = logged_in(person).post(url(page, RESTAURANT), sent)
    assert answer.status_code == 422
    assert "请重新打开本页后再" in answer.content.decode()


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


# --- every form there is ----------------------------------------------------------------------------------------------

PEOPLE = ("operator", "sj_editor", "sj_reviewer", "sysadmin", "secadmin", "hp_publisher")
OPEN = (200, 405)  # tokens are only asked for by POST
FORM = "application/x-www-form-urlencoded"


class Form(NamedTuple):
    """A page that takes forms, somebody who may open it, and the names of what can be filled in there."""

    address: str
    client: Client
    fields: list[str]


def addresses() -> Iterator[str]:
    """Every page of work that takes a form, every register's form to add or to change a row, login and tokens."""
    samples = {
        "code": RESTAURANT, "subject_kind": "theme", "part": "items", "name": "departments",
        "pk": str(account("sj_editor").pk),
    }  # fmt: skip
    for route, page in routed_pages():
        if hasattr(page, "post"):
            known = {**samples, "pk": str(Collision.objects.earliest("pk").pk)} if "collisions" in route else samples
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, known=known: known.get(found[1], "1"), route)  # type: ignore[misc]
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_add")
        row = model._default_manager.first()
        if row is not None:
            yield reverse(f"{name}_change", args=[row.pk])
    yield from ("/login/", "/oauth/token/", "/oauth/revoke/")


def forms() -> Iterator[Form]:
    """Each of them, as the first of the people to whom it is open sees it."""
    clients = [*(logged_in(name) for name in PEOPLE), Client()]
    for address in addresses():
        answers = ((client, client.get(address)) for client in clients)
        opened = next(((client, answer) for client, answer in answers if answer.status_code in OPEN), None)
        if opened is not None:
            client, answer = opened
            client.raise_request_exception = False
            fields = sorted({*re.findall(r'name="([\w-]+)"', answer.content.decode()), "do", "note", "grant_type"})
            yield Form(address, client, fields)


def encoded(fields: list[str], value: str) -> bytes:
    return "&".join(f"{quote(name)}={value}" for name in fields).encode()


REFUSED: dict[str, Callable[[list[str]], tuple[bytes, str]]] = {
    "NUL": lambda fields: (encoded(fields, "a%00b"), FORM),
    "NUL in a name": lambda fields: (encoded(fields, "x") + b"&a%00b=1", FORM),
    "too many fields": lambda fields: (encoded(fields, "") + b"&a=1" * 2_001, FORM),
    "a field of megabytes": lambda fields: (encoded(fields, "") + b"&a=" + b"x" * 1_200_000, FORM),
    "parts without a boundary": lambda fields: (encoded(fields, ""), "multipart/form-data"),
    "parts with a wild boundary": lambda fields: (b"--", "multipart/form-data; boundary=\xff"),
}
SURVIVED: dict[str, Callable[[list[str]], tuple[bytes, str]]] = {
    "nothing": lambda fields: (b"", FORM),
    "empty fields": lambda fields: (encoded(fields, ""), FORM),
    "broken UTF-8": lambda fields: (encoded(fields, "%ff%c0%80"), FORM),
    "a lone surrogate": lambda fields: (encoded(fields, "%ed%a0%80"), FORM),
    "text that runs backwards": lambda fields: (encoded(fields, quote("\u202e" * 500)), FORM),
    "a number of five thousand digits": lambda fields: (encoded(fields, "9" * 5_000), FORM),
    "less than nothing": lambda fields: (encoded(fields, "-1"), FORM),
    "no number": lambda fields: (encoded(fields, "NaN"), FORM),
    "a day that is none": lambda fields: (encoded(fields, "9999-99-99"), FORM),
    "JSON": lambda fields: (b'{"do": "save"}', "application/json"),
    "parts that end nowhere": lambda fields: (
        b"--a\r\nContent-Disposition: form-data",
        "multipart/form-data; boundary=a",
    ),
    "another alphabet": lambda fields: (encoded(fields, "%81%40"), f"{FORM}; charset=no-such"),
}


def faults(known: list[Form], kinds: dict[str, Callable[[list[str]], tuple[bytes, str]]], good: range) -> list[str]:
    """What was answered with another status."""
    return [
        f"{form.address}: {kind}: {answer.status_code}"
        for form in known
        for kind, make in kinds.items()
        if (answer := form.client.generic("POST", form.address, *make(form.fields))).status_code not in good
    ]


def test_no_form_answers_hostile_fields_with_a_server_error() -> None:
    known = list(forms())
    assert len(known) > 30
    before = contents()
    done = {f"{form.address}: {kind}: 200" for form in known for kind in ("NUL", "NUL in a name")}  # shown once more
    refused = set(faults(known, REFUSED, range(400, 500))) - done
    assert not refused, "\n".join(refused)
    after = contents()
    written = {table for table in before if before[table] != after[table]}
    assert written <= {"accounts_loginsession", "axes_accessattempt"}  # a login that failed is on record
    survived = faults(known, SURVIVED, range(200, 500))
    assert not survived, "\n".join(survived)


def test_without_the_guard_at_the_door_nul_would_be_a_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur."""
    monkeypatch.setattr(entry, "_texts", lambda request: iter(()))
    client = logged_in("operator")
    client.raise_request_exception = False
    form = Form(url("withdraw", RESTAURANT), client, [])
    assert faults([form], {"NUL": lambda fields: (b"division=a%00b&note=a", FORM)}, range(400, 500))


# --- forms that come from elsewhere -----------------------------------------------------------------------------------

EXPIRED = "页面已过期"
MACHINES = "/oauth/"  # they send no cookies that a browser could be made to send for them


def let_in_from_elsewhere(known: list[Form]) -> list[str]:
    """The forms that do not answer what came without the token of their page by the page for 403."""
    found = []
    for form in known:
        form.client.handler.enforce_csrf_checks = True
        answer = form.client.post(form.address, dict.fromkeys(form.fields, "1"))
        if answer.status_code != 403 or EXPIRED not in answer.content.decode():
            found.append(f"{form.address}: {answer.status_code}")
    return found


def test_no_form_is_taken_that_another_site_sent() -> None:
    known = [form for form in forms() if not form.address.startswith(MACHINES)]
    assert len(known) > 30
    before = contents()
    assert let_in_from_elsewhere(known) == []
    after = contents()
    assert {table for table in before if before[table] != after[table]} <= {"accounts_loginsession"}


def test_a_page_that_asks_for_no_token_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur."""
    monkeypatch.setattr(CsrfViewMiddleware, "process_view", lambda *args: None)
    assert let_in_from_elsewhere([Form(url("withdraw", RESTAURANT), logged_in("operator"), ["division", "note"])])
