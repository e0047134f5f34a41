"""The kit on a real register: pages by cursor, filters, entity tags, problems."""

import json
from typing import Any

import pytest
from django.core import signing
from django.db import OperationalError
from django.test import Client, RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.test import APIClient

from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.api import conditional, pagination
from opsplatform.api.errors import BadPrecondition, PreconditionMissing
from opsplatform.api.problems import CONTENT_TYPE, handle
from opsplatform.api.serializers import Assigned, Body, Several, Text, Truth, Whole
from opsplatform.kernel.errors import MOST_PROBLEMS, StaleRevision
from opsplatform.organizations.models import BodyKind
from opsplatform.organizations.tests.factories import BodyKindFactory

KINDS = "/api/v1/body-kinds/"


@pytest.fixture
def client(db: None) -> APIClient:
    return logged_in(person(RoleCode.OPERATOR))


def walk(client: APIClient, address: str, limit: int, between: Any = lambda: None) -> list[str]:
    """The codes of every page; `between` is called after each."""
    codes: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{address}?limit={limit}{cursor}").json()
        codes += [row["code"] for row in page["results"]]
        if page["next_cursor"] is None:
            return codes
        cursor = f"&cursor={page['next_cursor']}"
        between()


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_walk_by_cursor_sees_every_row_once_in_order(client: APIClient) -> None:
    expected = sorted(BodyKindFactory().code for _ in range(23))
    for limit in (1, 7, 23, 200):
        assert walk(client, KINDS, limit) == expected


def test_rows_that_come_and_go_meanwhile_disturb_no_other(client: APIClient) -> None:
    standing = [BodyKindFactory(code=f"K{number:03d}").code for number in range(0, 40, 2)]
    moving = iter(range(1, 40, 2))

    def disturb() -> None:
        number = next(moving)
        BodyKindFactory(code=f"K{number:03d}")
        BodyKind.objects.filter(code=f"K{number - 2:03d}").delete()

    seen = walk(client, KINDS, 3, disturb)
    assert [code for code in seen if code in standing] == standing
    assert len(set(seen)) == len(seen)


def test_pages_by_number_would_have_lost_rows(client: APIClient) -> None:
    """The saboteur: the same disturbance with offsets skips or repeats."""
    standing = [BodyKindFactory(code=f"K{number:03d}").code for number in range(1, 40, 2)]
    seen: list[str] = []
    for start in range(0, 40, 3):
        seen += list(BodyKind.objects.order_by("code").values_list("code", flat=True)[start : start + 3])
        BodyKind.objects.filter(code=standing[start // 3]).delete()
    assert not set(standing) <= set(seen)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "", "1.5", "²", "99999999999"])
def test_a_limit_out_of_range_is_refused(client: APIClient, limit: str) -> None:
    answer = client.get(f"{KINDS}?limit={limit}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "limit"


def test_a_cursor_that_is_not_ours_is_refused(client: APIClient) -> None:
    for number in range(3):
        BodyKindFactory(code=f"K{number}")
    ours = client.get(f"{KINDS}?limit=1").json()["next_cursor"]
    of_another_list = signing.dumps("K0", salt="cursor:list_divisions")
    for cursor in ("x", "", ours[:-1], "a" + ours, of_another_list, signing.dumps("K0")):
        answer = client.get(f"{KINDS}?cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_cursor")


def test_a_parameter_given_twice_is_refused(client: APIClient) -> None:
    answer = client.get(f"{KINDS}?limit=1&limit=2")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "repeated_parameter")


def test_filters_that_cannot_be_read_are_refused_by_name(client: APIClient) -> None:
    answer = client.get("/api/v1/service-items/?is_fee=perhaps&division=nowhere&department=x")
    assert answer.status_code == 400
    assert {error["parameter"] for error in answer.json()["errors"]} == {"is_fee", "division", "department"}


def test_an_empty_text_filters_nothing_and_any_other_empty_filter_is_refused(client: APIClient) -> None:
    assert client.get("/api/v1/service-items/?q=").status_code == 200
    answer = client.get("/api/v1/service-items/?q=&division=&is_fee=&department=")
    assert answer.status_code == 400
    assert {error["parameter"] for error in answer.json()["errors"]} == {"division", "is_fee", "department"}


@pytest.mark.parametrize("spelling", ["0.5", "1e3", "x"])
def test_the_number_of_a_row_is_a_whole_number(client: APIClient, spelling: str) -> None:
    answer = client.get(f"/api/v1/service-items/?department={spelling}")
    assert answer.status_code == 400, answer.content


# --- entity tags ------------------------------------------------------------------------------------------------------


def test_a_row_carries_its_revision_as_tag_and_is_not_sent_twice(client: APIClient) -> None:
    kind = BodyKindFactory(code="D-A")
    first = client.get(f"{KINDS}D-A/")
    assert (first.status_code, first["ETag"]) == (200, '"r1"')
    for header in ('"r1"', 'W/"r1"', '"x", "r1"', "*"):
        again = client.get(f"{KINDS}D-A/", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", '"r1"')
    BodyKind.objects.filter(pk=kind.pk).update(revision=2, name="新名")
    changed = client.get(f"{KINDS}D-A/", headers={"If-None-Match": '"r1"'})
    assert (changed.status_code, changed["ETag"], changed.json()["name"]) == (200, '"r2"', "新名")


def given(header: str | None) -> Request:
    extra = {} if header is None else {"HTTP_IF_MATCH": header}
    return Request(RequestFactory().put("/", **extra))


def test_if_match_must_name_the_revision_that_was_read() -> None:
    assert conditional.expected_revision(given('"draft-7"'), "draft") == 7
    with pytest.raises(PreconditionMissing):
        conditional.expected_revision(given(None), "draft")
    for unreadable in ("draft-7", "*", '"a", "b"', ""):
        with pytest.raises(BadPrecondition):
            conditional.expected_revision(given(unreadable), "draft")
    for never_ours in ('W/"draft-7"', '"r7"', '"draft--7"', '"draft-99999999999999"', '"draft-"'):
        with pytest.raises(StaleRevision):
            conditional.expected_revision(given(never_ours), "draft")


@pytest.mark.parametrize("header", ["", "x", '"', '"a" "b"', "W/", ","])
def test_nonsense_in_if_none_match_counts_as_nothing(header: str) -> None:
    request = RequestFactory().get("/", headers={"If-None-Match": header})
    assert conditional.seen_tags(request) == []


# --- problems ---------------------------------------------------------------------------------------------------------


def test_a_problem_has_code_sentence_and_request_id(client: APIClient) -> None:
    answer = client.get(f"{KINDS}nothing/", headers={"X-Request-ID": "request-12345"})
    assert answer["Content-Type"] == CONTENT_TYPE
    assert answer.json() == {
        "type": "urn:opsplatform:problem:not_found",
        "title": "没有找到，或不在您的权限范围内。",
        "status": 404,
        "code": "not_found",
        "detail": "没有找到，或不在您的权限范围内。",
        "request_id": "request-12345",
        "errors": [],
    }


def test_every_error_of_a_body_is_named_at_its_place() -> None:
    error = exceptions.ValidationError({"a": [exceptions.ErrorDetail("x", "bad")], "b/c": {"d": ["y"]}})
    answer = handle(error, {})
    assert answer is not None
    assert answer.status_code == 422
    assert b'"pointer": "/a"' in answer.content
    assert b'"pointer": "/b~1c/d"' in answer.content


def test_a_database_that_does_not_answer_is_a_503_and_a_defect_stays_a_defect() -> None:
    answer = handle(OperationalError("canceling statement due to statement timeout"), {})
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"statement timeout" not in answer.content
    assert handle(ZeroDivisionError(), {}) is None


def test_a_defect_answers_with_the_request_id_and_nothing_else(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret of the inside")

    monkeypatch.setattr(pagination.CursorPages, "paginate_queryset", broken)
    client.raise_request_exception = False
    answer = client.get(KINDS, headers={"X-Request-ID": "request-12345"})
    assert (answer.status_code, answer["Content-Type"]) == (500, CONTENT_TYPE)
    assert answer.json()["request_id"] == "request-12345"
    assert b"secret" not in answer.content


def test_only_json_is_served(client: APIClient) -> None:
    assert client.get(KINDS, headers={"Accept": "text/html"}).status_code == 406


def test_a_runaway_client_is_told_to_wait(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsplatform.api.throttling.ActorThrottle.rate", "2/min", raising=False)
    answers = [client.get(KINDS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert answers[2].json()["code"] == "too_many_requests"


# --- documentation ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_schema_and_browser_are_open_and_load_nothing_from_elsewhere() -> None:
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert schema.json()["openapi"].startswith("3.1")
    page = Client().get("/api/v1/docs/", headers={"Accept": "text/html,*/*"}).content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


@pytest.mark.parametrize("value", [1, 0, "true", "on", None, 1.0, []])
def test_a_boolean_is_true_or_false_and_nothing_that_looks_like_it(value: Any) -> None:
    assert Truth().run_validation(True) is True
    assert Truth().run_validation(False) is False
    with pytest.raises(serializers.ValidationError):
        Truth().run_validation(value)


# --- bodies -----------------------------------------------------------------------------------------------------------


class _Element(Body):
    number = Whole()


class _Lists(Body):
    texts = Several(child=Text(), max_length=3, required=False)
    given = Assigned(child=Text(), required=False)
    elements = _Element(many=True, max_length=3, required=False)  # type: ignore[call-arg]


def _told(data: Any) -> list[tuple[str, str]]:
    with pytest.raises(exceptions.ValidationError) as refusal:
        _Lists(data=data).is_valid(raise_exception=True)
    answer = handle(refusal.value, {})
    assert answer is not None
    return [(error["pointer"], error["code"]) for error in json.loads(answer.content)["errors"]]


def test_unknown_keys_are_told_as_far_as_anybody_reads() -> None:
    told = _told({f"k{number}": 1 for number in range(20_000)})
    assert len(told) == MOST_PROBLEMS + 1 and told[0] == ("/k0", "unknown_key") and told[-1] == ("", "more_problems")


@pytest.mark.parametrize("key", ["texts", "elements"])
def test_a_list_that_is_too_long_is_one_error(key: str) -> None:
    assert _told({key: [None] * 190_000}) == [(f"/{key}", "max_length")]


def test_an_object_of_too_many_free_keys_is_one_error() -> None:
    assert _told({"given": dict.fromkeys(map(str, range(90_000)))}) == [("/given", "too_many")]
