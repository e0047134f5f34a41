"""Sweeps over every register: strangers, scope, rights, deletion."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from unfold.admin import ModelAdmin

from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.console.site import site
from opsplatform.console.tests.world import EVERY, SCOPED, THERE, build_world, row_of, viewer_of
from opsplatform.organizations.models import Department

pytestmark = pytest.mark.django_db

REGISTERS = sorted(site._registry, key=lambda model: model._meta.label)
FORBIDDEN_HOOKS = ("response_add", "response_change", "response_delete", "save_related", "changeform_view", "get_urls")


def name_of(model: Any) -> str:
    return model._meta.label if hasattr(model, "_meta") else str(model)


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model: Any, pk: Any = 1) -> Iterator[str]:
    yield url(model, "changelist")
    yield url(model, "add")
    for page in ("change", "history", "delete"):
        yield url(model, page, pk)


def test_every_register_is_swept() -> None:
    assert set(EVERY) == set(REGISTERS)


def test_only_our_own_rooms_have_registers() -> None:
    assert all(isinstance(register, ScopedModelAdmin) for register in site._registry.values())
    assert Group not in site._registry


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_a_stranger_is_sent_to_the_login(client: Client, model: Any) -> None:
    for address in pages_of(model):
        for response in (client.get(address), client.post(address)):
            assert response.status_code == 302
            assert response["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_an_account_without_roles_is_forbidden(client: Client, model: Any) -> None:
    row = row_of(model, build_world().here)
    client.force_login(UserFactory())
    for address in pages_of(model, row.pk):
        assert client.get(address).status_code in (403, 404)
        assert client.post(address).status_code in (403, 404)


def test_a_machine_account_does_not_get_in(client: Client) -> None:
    client.force_login(person("acceptance_platform", kind="machine"))
    assert client.get("/admin/").status_code == 403


@pytest.mark.parametrize("model", SCOPED, ids=name_of)
def test_a_neighbours_row_is_nowhere(client: Client, model: Any) -> None:
    world = build_world()
    own, others = row_of(model, world.here), row_of(model, world.there)
    client.force_login(viewer_of(model, world.here))
    listed = client.get(url(model, "changelist"))
    assert own in listed.context["cl"].queryset
    assert others not in listed.context["cl"].queryset
    assert THERE not in listed.content.decode()
    searched = client.get(url(model, "changelist"), {"q": THERE})
    assert others not in searched.context["cl"].queryset
    assert client.get(url(model, "change", own.pk)).status_code == 200
    for page in ("change", "history"):
        assert client.get(url(model, page, others.pk)).status_code == 404
    assert client.post(url(model, "change", others.pk), {}).status_code in (403, 404)


@pytest.mark.parametrize("model", SCOPED, ids=name_of)
def test_a_neighbours_row_looks_like_one_that_never_was(client: Client, model: Any) -> None:
    world = build_world()
    others = row_of(model, world.there)
    client.force_login(viewer_of(model, world.here))
    hidden, never = client.get(url(model, "change", others.pk)), client.get(url(model, "change", 987654321))
    assert (hidden.status_code, hidden.content) == (never.status_code, never.content)


def _complete(client: Client, app: str, model: str, field: str) -> list[str]:
    query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
    answer = client.get(reverse("admin:autocomplete"), query)
    assert answer.status_code == 200
    return [row["text"] for row in answer.json()["results"]]


def test_autocomplete_offers_only_rows_in_scope(client: Client) -> None:
    world = build_world()
    client.force_login(person("district_editor", world.here))
    offered = _complete(client, "catalog", "servicepoint", "division")
    assert world.here.name in offered
    assert THERE not in offered


def test_a_reference_out_of_scope_cannot_be_chosen(client: Client) -> None:
    world = build_world()
    client.force_login(person("district_editor", world.here))
    response = client.post(
        reverse("admin:catalog_servicepoint_add"), {"division": world.there.pk, "name": "窗口", "address": "路"}
    )
    assert "division" in response.context["adminform"].form.errors


def test_scope_is_what_hides_the_row(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: a register that shows all rows is caught by what the sweep looks for."""
    world = build_world()
    others = row_of(Department, world.there)

    def unscoped(self: ScopedModelAdmin, request: HttpRequest) -> QuerySet[Any]:
        return ModelAdmin.get_queryset(self, request)

    monkeypatch.setattr(ScopedModelAdmin, "get_queryset", unscoped)
    client.force_login(person("district_editor", world.here))
    response = client.get(reverse("admin:organizations_department_changelist"))
    assert others in response.context["cl"].queryset
    assert THERE in response.content.decode()


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_nothing_is_deleted(client: Client, model: Any) -> None:
    world = build_world()
    row = row_of(model, world.here)
    client.force_login(viewer_of(model, world.here))
    assert client.get(url(model, "delete", row.pk)).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    client.post(url(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_whoever_may_only_look_cannot_write(client: Client, model: Any) -> None:
    world = build_world()
    row = row_of(model, world.here)
    before = model._default_manager.filter(pk=row.pk).values().get()
    looker = {"accounts.User": "security_admin", "audit.AuditEntry": "audit_admin", "jobs.Job": "platform_operator"}
    where = world.here.parent if model._meta.label in looker else world.here
    client.force_login(person(looker.get(model._meta.label, "content_provider"), where))
    assert client.post(url(model, "change", row.pk), {"name": "改了"}).status_code in (403, 404)
    assert client.post(url(model, "add"), {"name": "新的"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_a_filter_that_cannot_be_read_is_no_crash(client: Client, model: Any) -> None:
    world = build_world()
    client.force_login(viewer_of(model, world.here))
    for name in site._registry[model].filterset_class.base_filters:
        for text in ("☃", "999999999999999999999", "\x00"):
            assert client.get(url(model, "changelist"), {name: text}).status_code in (200, 302, 400)


@pytest.mark.parametrize("model", REGISTERS, ids=name_of)
def test_no_register_is_a_page_in_disguise(model: Any) -> None:
    assert disguises(type(site._registry[model])) == []


def test_a_page_in_disguise_would_be_found() -> None:
    """Saboteur: both ways of disguising are seen."""
    assert disguises(type("A", (ScopedModelAdmin,), {"__module__": __name__, "response_add": None})) == ["response_add"]
    assert disguises(type("B", (ScopedModelAdmin,), {"__module__": __name__, "list_editable": ("name",)})) == [
        "list_editable"
    ]


def disguises(register: type[ScopedModelAdmin]) -> list[str]:
    ours = [base for base in register.__mro__ if not base.__module__.startswith(("django.", "unfold.", "builtins"))]
    found = [hook for hook in FORBIDDEN_HOOKS if any(hook in vars(base) for base in ours)]
    return [*found, "list_editable"] if register.list_editable else found


def test_the_history_of_a_row_is_the_trail_for_those_who_may_read_it(client: Client) -> None:
    world = build_world()
    department: Any = row_of(Department, world.here)
    address = url(Department, "history", department.pk)
    client.force_login(person("audit_admin", world.here))
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert response.request["QUERY_STRING"] == f"object_type=organizations.department&object_key={department.pk}"
    assert address in client.get(url(Department, "change", department.pk)).content.decode()
    client.force_login(person("district_editor", world.here))
    assert client.get(address, follow=True).status_code == 403
    assert address not in client.get(url(Department, "change", department.pk)).content.decode()


def test_the_index_shows_what_the_person_may_see(client: Client) -> None:
    world = build_world()
    client.force_login(person("district_editor", world.here))
    shown = client.get("/admin/").content.decode()
    assert reverse("admin:catalog_serviceitem_changelist") in shown
    assert reverse("admin:accounts_user_changelist") not in shown
    assert reverse("admin:audit_auditentry_changelist") not in shown
    client.force_login(person("audit_admin", world.here))
    assert reverse("admin:audit_auditentry_changelist") in client.get("/admin/").content.decode()
