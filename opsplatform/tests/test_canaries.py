"""The ears at every response hear what leaks, and only that; in pages, registers, the API and files."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from opsplatform.accounts.models import User
from opsplatform.catalog.models import ServicePointQuerySet
from opsplatform.organizations.models import Division
from opsplatform.tests.canaries import CITY, OWNERS, READERS, Leak, canary, take_leaks
from themes.tests.browsing import logged_in

pytestmark = pytest.mark.usefixtures("demo_db")
NEIGHBOUR = "310112"
# Kind → a page that shows it to somebody who may read it.
SHOWN = {
    "window": ("operator", "/admin/catalog/servicepoint/?q=CANARY"),
    "mail": ("sysadmin", "/api/v1/users/mh_editor/"),
    "reason": ("auditor", "/api/v1/audit-entries/?object_type=accounts.user&limit=200"),
    "work": ("operator", "/admin/jobs/job/"),
}


@pytest.fixture
def _everyone_sees_every_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Saboteur: the scope of windows is open."""

    def all_rows(self: QuerySet[Any], actor: User) -> QuerySet[Any]:
        return self.all()

    monkeypatch.setattr(ServicePointQuerySet, "visible_to", all_rows)
    yield
    assert take_leaks() == [], "the test should have taken them"


def leaked() -> set[str]:
    return {leak.canary for leak in take_leaks()}


def marked(kind: str) -> set[str]:
    """The districts that have such a canary."""
    districts = set(Division.objects.filter(parent__code=CITY).values_list("code", flat=True))
    assert len(districts) == 16
    return districts if kind == "window" else set(OWNERS)


def windows_but(own: str) -> set[str]:
    return {canary(district, "window") for district in marked("window") - {own}}


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "upload"])
def test_every_kind_sings_where_it_may_be_read(kind: str) -> None:
    reader, address = SHOWN[kind]
    answer = logged_in(reader).get(address)
    assert answer.status_code == 200
    assert all(canary(district, kind) in answer.content.decode() for district in marked(kind) if kind != "mail")
    assert canary(NEIGHBOUR, kind) in answer.content.decode()
    assert take_leaks() == []


@pytest.mark.usefixtures("_everyone_sees_every_window")
@pytest.mark.parametrize(
    "address",
    ["/api/v1/service-points/?q=CANARY", "/admin/catalog/servicepoint/?q=CANARY"],
)
def test_a_neighbours_window_in_an_answer_is_heard(address: str) -> None:
    logged_in("hp_editor").get(address)
    leaks = set(take_leaks())
    assert {leak.canary for leak in leaks} == windows_but("310101")
    assert {leak.reader for leak in leaks} == {"黄浦编辑"}
    assert {leak.address for leak in leaks} == {address.partition("?")[0]}
    assert all("test_a_neighbours_window_in_an_answer_is_heard" in leak.test for leak in leaks)


@pytest.mark.usefixtures("_everyone_sees_every_window")
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_neighbours_window_in_a_file_is_heard(file_format: str) -> None:
    answer = logged_in("hp_editor").get(f"/registers/servicepoint/export/{file_format}/")
    assert b"".join(answer.streaming_content)
    assert leaked() == windows_but("310101")


def careless(request: HttpRequest, kind: str) -> HttpResponse:
    """Saboteur: a view that shows anything to anybody."""
    return HttpResponse(canary(NEIGHBOUR, kind))


def careless_file(request: HttpRequest) -> FileResponse:
    """Saboteur: the same as a stream."""
    return FileResponse(iter([b"CANARY-3101", b"12-reason-"]))


def careless_header(request: HttpRequest) -> HttpResponse:
    """Saboteur: the same in a header."""
    return HttpResponse(headers={"X-Note": canary(NEIGHBOUR, "reason")})


urlpatterns = [
    path("careless/file/", careless_file),
    path("careless/header/", careless_header),
    path("careless/<str:kind>/", careless),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", READERS)
def test_each_kind_is_heard_by_those_who_may_not_read_it(kind: str) -> None:
    Client().get(f"/careless/{kind}/")
    assert leaked() == {canary(NEIGHBOUR, kind)}
    for reader in ("hp_editor", "content", "hp_publisher"):
        logged_in(reader).get(f"/careless/{kind}/")
        assert leaked() == {canary(NEIGHBOUR, kind)}
    for reader in ("sj_editor", "ga_reviewer"):
        logged_in(reader).get(f"/careless/{kind}/")
        assert leaked() == (set() if kind == "window" else {canary(NEIGHBOUR, kind)})


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/careless/file/", "/careless/header/"])
def test_streams_and_headers_are_heard(address: str) -> None:
    answer = logged_in("operator").get(address)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    assert leaked() == {canary(NEIGHBOUR, "reason")}


@pytest.mark.urls(__name__)
def test_a_leak_names_its_test_and_is_told_once() -> None:
    Client().get("/careless/reason/")
    (leak,) = take_leaks()
    assert isinstance(leak, Leak)
    assert "test_a_leak_names_its_test" in leak.test
    assert take_leaks() == []
