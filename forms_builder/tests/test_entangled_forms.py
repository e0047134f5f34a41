"""Conditions that hang on one another without end: refused in a sentence at every door, at the part to blame."""

from time import monotonic
from typing import Any

import pytest
from django.urls import reverse

from forms_builder.documents import ItemFormDocument
from forms_builder.merge import schema
from forms_builder.services.checking_forms import check_item_form
from forms_builder.tests.test_item_form_doors import ask
from forms_builder.tests.test_item_forms import Office, office
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.kernel import clock
from opsplatform.kernel.shape import read_document

__all__ = ["office"]
pytestmark = pytest.mark.django_db

Conditions = dict[int, Any]


def answered(number: int) -> dict[str, Any]:
    return {"q": f"f{number}", "op": "answered"}


def document(count: int, conditions: Conditions, item: str = "") -> dict[str, Any]:
    fields = [
        {"code": f"f{number}", "label": f"第 {number} 项", "data_type": "string", "order": number, "max_length": 10}
        for number in range(count)
    ]
    for number, condition in conditions.items():
        fields[number]["visible_when"] = condition
    return {"item": item, "fields": fields}


def chain(count: int) -> Conditions:
    """Each shows when the one before it is answered."""
    return {number: answered(number - 1) for number in range(1, count)}


def doubling(count: int) -> Conditions:
    """Each shows when the two before it are answered: written out, twice as long at each step."""
    return {number: {"all": [answered(number - 1), answered(number - 2)]} for number in range(2, count)}


def layered(count: int) -> Conditions:
    """Few layers, every field hanging on the whole layer before it."""
    wide = count // 5
    return {
        number: {"any": [answered(other) for other in range((number // wide - 1) * wide, number // wide * wide)]}
        for number in range(wide, count)
    }


HOSTILE = {
    "a chain of 500": (500, chain(500)),
    "a chain of 3,000": (3_000, chain(3_000)),
    "doubling 60 times": (60, doubling(60)),
    "doubling 400 times": (400, doubling(400)),
    "five layers of 40": (200, layered(200)),
}
HARMLESS = {
    "a chain of 60": (60, chain(60)),
    "doubling 16 times": (16, doubling(16)),
    "500 that hang on one": (500, {number: answered(0) for number in range(1, 500)}),
    "one that hangs on 500": (501, {500: {"all": [answered(number) for number in range(500)]}}),
}


def blocking(tree: Any) -> list[Any]:
    found = check_item_form(read_document(ItemFormDocument, tree), clock.today())
    return [(finding.code, finding.place) for finding in found if finding.is_blocking]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_gate_names_the_field_and_how_it_is_mended(name: str) -> None:
    count, conditions = HOSTILE[name]
    begun = monotonic()
    (finding,) = check_item_form(read_document(ItemFormDocument, document(count, conditions)), clock.today())
    assert monotonic() - begun < 30
    assert (finding.code, finding.is_blocking) == ("form_too_entangled", True)
    assert finding.place.endswith("/visible_when") and "减少互相依赖的层数" in finding.sentence


@pytest.mark.parametrize("name", HARMLESS)
def test_what_people_might_write_passes(name: str) -> None:
    assert blocking(document(*HARMLESS[name])) == []


def test_without_the_bound_the_schema_is_written_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: what the bound keeps out is then found sound."""
    monkeypatch.setattr(schema, "is_too_entangled", lambda extent: False)
    assert blocking(document(*HOSTILE["doubling 60 times"])) == []


def test_a_circle_at_the_end_of_a_long_chain_is_found_once() -> None:
    conditions = {**chain(500), 499: {"all": [answered(498), answered(499)]}}
    (found,) = blocking(document(500, conditions))
    assert found == ("circular_visibility", "/fields/499/visible_when")
    turned = {number: answered((number + 1) % 500) for number in range(500)}
    assert len(blocking(document(500, turned))) == 1


# --- at every door ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_no_door_answers_with_an_error_of_the_server(name: str, office: Office) -> None:
    tree = document(*HOSTILE[name], office.key)
    root, client = f"/api/v1/item-forms/{office.key}", logged_in(office.editor)
    assert ask(client, "put", f"{root}/draft/", tree, **{"If-Match": '"draft-0"'}).status_code == 200
    assert ask(client, "get", f"{root}/draft/schema/").status_code == 404
    findings = ask(client, "get", f"{root}/findings/").json()["results"]
    assert [one["code"] for one in findings if one["severity"] == "blocking"] == ["form_too_entangled"]
    submitted = ask(client, "post", f"{root}/submit/", {"note": "提交"}, **{"If-Match": '"draft-1"'})
    assert (submitted.status_code, submitted.json()["code"]) == (422, "gate_closed")
    for page in ("item_form", "designer", "item_form_submit", "item_form_compare"):
        assert client.get(reverse(f"forms_builder:{page}", args=[office.key])).status_code in (200, 404), page
    for kind in ("schema.json", "schema-07.json"):
        assert client.get(reverse("forms_builder:form_export", args=[office.key, kind])).status_code == 422, kind


def test_a_schema_that_says_it_was_written_here_is_read_all_the_same(office: Office) -> None:
    held = {"document": document(500, chain(500)), "dictionaries": {}}
    tree = {"type": "object", "properties": {"a": {"type": "string"}}, "x-item-form": held}
    answer = ask(logged_in(office.editor), "post", f"/api/v1/item-forms/{office.key}/draft/schema/", tree)
    assert answer.status_code == 200
    assert [field["code"] for field in answer.json()["document"]["fields"]] == ["a"]
