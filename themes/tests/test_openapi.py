"""The committed openapi.yaml is what the routes state, and what the routes answer is what it says."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from themes.tests.surveying import address_of, browser, of_this_world, prepare_world, whoever_may

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"
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


def validator(committed: dict[str, Any], operation: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(
        {"$schema": DIALECT, "components": committed["components"], **schema}, validate_formats=True
    )


@pytest.mark.usefixtures("demo_db")
def test_what_is_answered_is_what_the_document_says(committed: dict[str, Any]) -> None:
    prepare_world()
    choose, judged = whoever_may(), 0
    for path, methods in of_this_world(committed, choose)["paths"].items():
        if "get" not in methods:
            continue
        address = address_of(path, methods["get"])
        answer = browser(choose(methods["get"])).get(address)
        assert answer.status_code == 200, (address, answer.content[:300])
        assert answer["Content-Type"] in methods["get"]["responses"]["200"]["content"]
        if answer["Content-Type"] == "application/xml":
            ElementTree.fromstring(answer.content)
            continue
        validator(committed, methods["get"]).validate(answer.json())
        judged += 1
    assert judged > 50
