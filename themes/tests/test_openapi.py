"""The committed openapi.yaml is what the routes state, and what the routes answer is what it says."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.test import APIClient

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.release.models import Release

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"
SCOPES = ("export:read", "registers:read", "themes:read", "themes:write")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
    return document


def test_the_committed_document_is_the_one_the_routes_state() -> None:
    generated = OpenApiYamlRenderer().render(SchemaGenerator().get_schema(request=None, public=True), None, {})
    assert generated.decode() == COMMITTED.read_text(), "run manage.py spectacular --file openapi.yaml"


def test_every_operation_states_its_way_in_and_its_refusals(committed: dict[str, Any]) -> None:
    for path, methods in committed["paths"].items():
        for method, operation in methods.items():
            statuses = set(operation["responses"])
            assert operation["summary"], path
            assert operation["security"], path
            assert {"400", "406", "429"} <= statuses
            assert {"401", "403"} <= statuses or operation["security"] == [{}]
            assert "404" in statuses or "{" not in path
            if method != "get":
                assert {"413", "415", "422"} <= statuses


def readers() -> dict[str, APIClient]:
    """Who reads what: by tag, everything else as the operator."""
    people = {"users": "sysadmin", "roles": "sysadmin", "audit-entries": "auditor"}
    clients = {tag: logged_in(User.objects.get(username=name)) for tag, name in people.items()}
    clients["export"] = calling(machine(), *SCOPES)
    clients[""] = logged_in(User.objects.get(username="operator"))
    return clients


def validator(committed: dict[str, Any], operation: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(
        {"$schema": DIALECT, "components": committed["components"], **schema}, validate_formats=True
    )


@pytest.mark.usefixtures("demo_db")
def test_what_is_answered_is_what_the_document_says(committed: dict[str, Any]) -> None:
    clients = readers()
    release = Release.objects.live().select_related("subject", "division").order_by("id")[0]
    samples = {
        "{digest}": release.package_id, "{division}": release.division.code, "{key}": "", "{code}": "", "{id}": "",
        "{username}": "operator", "{entry}": "1",
    }  # fmt: skip
    codes = {
        "/themes/": release.subject.code, "/roles/": "platform_operator", "/divisions/": "310101",
        "/dictionaries/": "sex",
    }  # fmt: skip
    judged = 0
    for path, methods in committed["paths"].items():
        if "get" not in methods:
            continue
        client = clients.get(methods["get"]["tags"][0], clients[""])
        address = path
        for name, value in samples.items():
            address = address.replace(name, value or _sample(client, path, name, codes))
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.content[:300])
        validator(committed, methods["get"]).validate(answer.json())
        judged += 1
    assert judged > 30


def _sample(client: APIClient, path: str, name: str, codes: dict[str, str]) -> str:
    for part, code in codes.items():
        if part in path and name == "{code}":
            return code
    if name not in path:
        return ""
    first = client.get(path.split("{", maxsplit=1)[0]).json()["results"][0]
    return str(first[{"{key}": "key" if "key" in first else "item"}.get(name, name.strip("{}"))])
