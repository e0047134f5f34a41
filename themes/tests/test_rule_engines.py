"""The rules of a live package, read over REST and run in an engine of others, decide as the evaluation route does."""

import json
from xml.etree import ElementTree

import pytest
import zen
from rest_framework.test import APIClient

from opsplatform.accounts.tests.machines import calling, machine
from opsplatform.release.models import Package, Release
from themes.guidance.interchange.dmn import MODEL

RESTAURANT = "YJS-310000-L1-0001"
SAID_BY_BOTH = ("visible_questions", "fired_rules", "items", "stopped", "notices")


@pytest.fixture
def platform(demo_db: None) -> APIClient:
    """The acceptance platform with its token."""
    return calling(machine(), "export:read")


@pytest.fixture
def package(platform: APIClient) -> Package:
    return Release.objects.live().get(subject__code=RESTAURANT, division__code="310101").package


def test_zen_decides_the_served_rules_as_the_evaluation_route_does(platform: APIClient, package: Package) -> None:
    below = f"/api/v1/export/packages/{package.digest}"
    jdm = platform.get(f"{below}/guidance.jdm/")
    decision = zen.ZenEngine().create_decision(jdm.content.decode())
    for case in json.loads(bytes(package.content))["cases"]:
        answers, on = case["case"]["answers"], "2026-03-01"
        ours = platform.post(f"{below}/evaluate/", {"answers": answers, "on": on}, format="json").json()
        theirs = decision.evaluate({"answers": answers, "on": on})["result"]
        assert {name: theirs[name] for name in SAID_BY_BOTH} == {name: ours[name] for name in SAID_BY_BOTH}


def test_the_model_is_xml_for_whoever_asks_for_it(platform: APIClient, package: Package) -> None:
    answer = platform.get(
        f"/api/v1/export/packages/{package.digest}/guidance.dmn/", headers={"accept": "application/xml"}
    )
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{{{MODEL}}}definitions"
    assert root.attrib["namespace"] == f"urn:opsplatform:guidance:{RESTAURANT}:310101:{package.version.number}"


@pytest.mark.parametrize("dialect", ["jdm", "dmn"])
def test_the_rules_of_a_package_stay_the_same_for_ever(platform: APIClient, package: Package, dialect: str) -> None:
    address = f"/api/v1/export/packages/{package.digest}/guidance.{dialect}/"
    first = platform.get(address)
    assert "immutable" in first["Cache-Control"]
    assert platform.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert platform.get(f"/api/v1/export/packages/{'0' * 64}/guidance.{dialect}/").status_code == 404
