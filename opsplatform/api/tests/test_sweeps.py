"""Walks over every route: strangers, unknown parameters, hostile bodies, statements."""

import json
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client, override_settings
from django.urls import path
from rest_framework.test import APIClient
from rest_framework.views import APIView

from opsplatform.accounts import policy
from opsplatform.accounts.api.checks import check_actions
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.api.checks import check_statements
from opsplatform.api.operations import Operation
from opsplatform.api.problems import CONTENT_TYPE
from opsplatform.api.tests.routes import Route, every_route, writing_routes
from opsplatform.api.views import ApiView

pytestmark = pytest.mark.django_db
ROUTES = every_route()
GUARDED = [route for route in ROUTES if not route.operation.is_public]
HOSTILE_BODIES = {
    "NUL in a text": b'{"note": "a\\u0000b"}',
    "lone surrogate": b'{"note": "\\ud800"}',
    "NaN": b'{"note": NaN}',
    "infinity": b'{"note": 1e999}',
    "duplicate keys": b'{"note": "a", "note": "b"}',
    "too deep": b"[" * 100 + b"]" * 100,
    "very deep": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "not UTF-8": b'{"note": "\xff"}',
    "not JSON": b"{note}",
    "a number of 5000 digits": b"1" * 5000,
    "byte order mark": b"\xef\xbb\xbf{}",
}


def role_for(route: Route) -> str:
    """A role that holds the first action the route names."""
    roles = (
        policy.row_for(route.operation.actions[0]).roles if route.operation.actions else {policy.Role.OPERATOR: None}
    )
    return sorted(roles)[0]


def may_be_granted(route: Route) -> bool:
    """Whether an account without roles may have been granted a single object of this route."""
    return any(policy.row_for(action).grant for action in route.operation.actions)


def admitted(route: Route) -> APIClient:
    """A caller whom the route's door lets in."""
    if route.operation.for_people:
        return logged_in(person(role_for(route)))
    return calling(machine(role_for(route)), str(route.operation.scope))


def send(client: Any, route: Route, content: bytes = b"{}", content_type: str = "application/json") -> Any:
    if route.method == "get":
        return client.get(route.address)
    extra = {"HTTP_IF_MATCH": '"draft-1"'} if route.operation.needs_match else {}
    return client.generic(route.method.upper(), route.address, content, content_type=content_type, **extra)


def test_the_walk_sees_the_whole_api() -> None:
    assert len(ROUTES) > 40
    assert len(writing_routes()) >= 8


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_a_stranger_is_asked_who_they_are(route: Route) -> None:
    response = send(APIClient(), route)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == CONTENT_TYPE
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("route", [route for route in GUARDED if not may_be_granted(route)], ids=str)
def test_an_account_without_roles_is_refused(route: Route) -> None:
    assert send(logged_in(UserFactory()), route).status_code in (401, 403)


@pytest.mark.parametrize("route", GUARDED, ids=str)
def test_a_token_of_another_scope_is_refused(route: Route) -> None:
    response = send(calling(machine(role_for(route)), "nothing:read"), route)
    assert response.status_code == 403
    if route.operation.scope:
        assert response.json()["code"] == "insufficient_scope"
        assert f'scope="{route.operation.scope}"' in response["WWW-Authenticate"]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_an_unknown_query_parameter_is_refused_by_name(route: Route) -> None:
    client = admitted(route)
    address = Route(route.method, f"{route.address}?surprise=1", route.operation)
    response = send(client, address)
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"parameter": "surprise", "code": "unknown_parameter", "detail": "不认识查询参数 surprise。"}
    ]


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES)
@pytest.mark.parametrize("route", writing_routes(), ids=str)
def test_a_hostile_body_ends_in_a_problem(route: Route, body: bytes) -> None:
    response = send(admitted(route), route, body)
    assert response.status_code in (400, 413), response.content
    assert response["Content-Type"] == CONTENT_TYPE


@pytest.mark.parametrize("route", writing_routes(), ids=str)
def test_a_body_of_another_kind_is_refused(route: Route) -> None:
    client = admitted(route)
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"):
        assert send(client, route, b"a=b", content_type).status_code == 415
    assert send(client, route, b"{}", "application/json; charset=gbk").status_code == 415


@pytest.mark.parametrize("route", writing_routes(), ids=str)
def test_a_compressed_or_oversized_body_is_refused(route: Route) -> None:
    client = admitted(route)
    extra = {"HTTP_IF_MATCH": '"draft-1"'}
    squeezed = client.generic(
        route.method.upper(), route.address, b"{}", "application/json", HTTP_CONTENT_ENCODING="gzip", **extra
    )
    assert squeezed.status_code == 415
    large = json.dumps({"note": "x" * 1_100_000}).encode()
    assert send(client, route, large).status_code == 413


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "get"], ids=str)
def test_a_nul_in_path_or_query_is_no_server_error(route: Route) -> None:
    client = admitted(route)
    assert client.get(route.address.replace("nothing", "%00")).status_code in (200, 404)
    assert client.get(f"{route.address}?q=%00").status_code == 400


@pytest.mark.parametrize("route", [route for route in GUARDED if route.method == "get"], ids=str)
def test_a_method_that_a_route_does_not_have_is_named(route: Route) -> None:
    response = admitted(route).delete(route.address)
    assert response.status_code == 405
    assert "GET" in response["Allow"]


def test_an_unknown_address_below_the_api_is_a_problem() -> None:
    response = Client().get("/api/v1/nothing-of-the-kind/")
    assert (response.status_code, response["Content-Type"]) == (404, CONTENT_TYPE)


def test_the_checks_find_nothing_today() -> None:
    assert not [message for message in run_checks() if message.id and message.id.startswith(("api.", "accounts."))]


class Forgotten(APIView):
    def get(self, request: object) -> None:
        """A view of the framework's own, with no statement."""


class Mistaken(ApiView):
    operations = {"get": Operation("mistaken", "", ("nothing.at_all",), "nothing:read")}

    def get(self, request: object) -> None:
        """A view whose statement names what does not exist."""


urlpatterns = [path("api/v1/forgotten/", Forgotten.as_view()), path("api/v1/mistaken/", Mistaken.as_view())]


def test_a_route_without_a_statement_or_with_a_false_one_stops_the_start() -> None:
    with override_settings(ROOT_URLCONF=__name__):
        assert [message.id for message in check_statements()] == ["api.E001", "api.E002"]
        assert [message.id for message in check_actions()] == ["accounts.E001"]


def test_a_view_that_leaves_a_method_unstated_cannot_be_put_under_a_route() -> None:
    class Half(ApiView):
        operations = {"get": Operation("half", "", ("registers.view",))}

        def get(self, request: object) -> None: ...

        def post(self, request: object) -> None: ...

    with pytest.raises(Exception, match="states no operation for POST"):
        Half.as_view()


def test_a_machine_account_has_no_session_in_the_api() -> None:
    robot = machine()
    assert logged_in(robot).get("/api/v1/divisions/").status_code == 401


@pytest.mark.parametrize("route", [route for route in GUARDED if route.operation.for_people], ids=str)
def test_a_person_who_must_change_their_password_is_told_to_do_that_first(route: Route) -> None:
    refused = send(logged_in(person(role_for(route), must_change_password=True)), route)
    assert (refused.status_code, refused["Content-Type"]) == (403, CONTENT_TYPE)
    assert refused.json()["code"] == "password_due"
    assert "请先在控制台设置自己的密码" in refused.json()["detail"]
