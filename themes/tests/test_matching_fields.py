"""字段对照 on the demonstration: a form stripped of its public fields gets them back; refusals are remembered."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from forms_builder.models import ItemForm, RefusedCandidate
from forms_builder.pages import public_field_matching
from forms_builder.pages.public_field_matching import MOST_LINES
from forms_builder.selectors import get_public_field
from forms_builder.services.item_forms import save_item_form
from forms_builder.services.matching import FormMatching, find_alike, list_unmatched, match_fields, offer_candidates
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import account

pytestmark = pytest.mark.usefixtures("demo_db")


def seal() -> ItemForm:
    """The form of seals: ten fields, eight of which point to public fields."""
    return ItemForm.objects.select_related("subject", "item").get(item__name="公章刻制备案")


def stripped() -> dict[str, str]:
    """The form's fields point nowhere any more; returns where they pointed."""
    form = seal()
    tree = {**form.subject.draft, "fields": [dict(field) for field in form.subject.draft["fields"]]}
    right = {field["code"]: field.pop("public_field") for field in tree["fields"] if field.get("public_field")}
    save_item_form(
        actor=account("operator"), item_key=form.item.key, tree=tree, expected_revision=form.subject.draft_revision
    )
    return right


def offered() -> dict[str, tuple[str, ...]]:
    (found,) = offer_candidates(account("operator"), [seal()])
    return {one.code: tuple(candidate.code for candidate in one.candidates) for one in found.offers}


def match(by: str = "operator", revision: int = 0, **chosen: Any) -> int:
    form = seal()
    matching = FormMatching(form.item.key, revision or form.subject.draft_revision, **chosen)
    return match_fields(actor=account(by), matchings=[matching])


def fields() -> dict[str, str | None]:
    return {field["code"]: field.get("public_field") for field in seal().subject.draft["fields"]}


def test_a_stripped_form_is_offered_what_it_had_and_takes_it_in_one_act() -> None:
    right = stripped()
    found = offered()
    assert sum(code in found[field][:1] for field, code in right.items()) >= len(right) - 1
    assert all(code in found[field] for field, code in right.items())
    assert match(taken=right) == len(right)
    assert {code: public for code, public in fields().items() if public} == right
    assert AuditEntry.objects.filter(action="item_form.edited").order_by("-id")[0].actor == account("operator")


def test_what_was_refused_is_not_offered_again_and_the_trail_says_who_refused() -> None:
    stripped()
    first = offered()["jbrName"][0]
    assert match(refused={"jbrName": [first]}) == 0
    assert first not in offered()["jbrName"]
    match(refused={"jbrName": [first]})
    assert RefusedCandidate.objects.filter(field="jbrName").count() == 1
    entry = AuditEntry.objects.filter(action="item_form.candidates_refused").order_by("id")[0]
    assert (entry.actor, entry.after) == (account("operator"), {"jbrName": [first]})


def test_all_or_nothing() -> None:
    stripped()
    before = fields()
    for wrong, refusal in (
        ({"taken": {"jbrName": "c_agent_name", "unitName": "c_nothing"}}, Invalid),
        ({"taken": {"jbrName": "c_agent_name", "nothing": "c_ent_name"}}, Invalid),
        ({"taken": {"jbrName": "c_agent_name"}, "revision": 1}, StaleRevision),
    ):
        with pytest.raises(refusal):
            match(**wrong)
    assert fields() == before
    for by, refusal in (("sj_editor", Forbidden), ("hp_editor", Forbidden), ("content", Forbidden)):
        with pytest.raises(refusal):
            match(by=by, taken={"jbrName": "c_agent_name"})
    with pytest.raises(NotFound):
        match_fields(actor=account("operator"), matchings=[FormMatching("none", 1, {"a": "c_ent_name"})])


def test_the_page_offers_takes_and_refuses_many_at_once() -> None:
    stripped()
    operator: Client = logged_in("operator")
    key = seal().item.key
    address = reverse("public_fields:item_matching", args=[key])
    shown = text_of(operator.get(address))
    assert "经办人姓名" in shown and "名称相近" in shown
    first = offered()["jbrTel"][0]
    sent = {
        f"revision:{key}": seal().subject.draft_revision,
        f"pick:{key}|jbrTel": first,
        f"pick:{key}|unitName": "!",
        f"offered:{key}|unitName": " ".join(offered()["unitName"]),
        f"pick:{key}|recvWay": "",
    }
    assert operator.post(address, sent).status_code == 302
    assert fields()["jbrTel"] == first
    assert offered()["unitName"] == () or set(offered()["unitName"]).isdisjoint(sent[f"offered:{key}|unitName"].split())
    assert fields()["recvWay"] is None
    assert operator.post(address, sent).status_code == 412  # the revision is another by now
    assert operator.get(reverse("public_fields:matching")).status_code == 200


def test_a_page_lists_no_more_fields_than_a_request_can_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms of hundreds of fields: whatever the page lists is taken, and it says what it does not list."""
    stripped()
    monkeypatch.setattr(public_field_matching, "MOST_LINES", 5)
    page = logged_in("operator").get(reverse("public_fields:item_matching", args=[seal().item.key])).content.decode()
    candidates = sum(1 for found in offered().values() if found)
    assert page.count('name="offered:') == 5 < candidates
    assert f"还有 {candidates - 5} 个字段没有列出" in page
    assert 2 * MOST_LINES + 100 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_only_forms_that_one_may_edit_are_listed() -> None:
    assert list_unmatched(account("operator")).count() > 5
    whose = {form.item.body_kind.responsible.name for form in list_unmatched(account("ga_editor"))}
    assert whose == {"上海市公安局"}
    for username in ("ga_reviewer", "hp_editor", "content", "sysadmin"):
        assert not list_unmatched(account(username)).exists()
    assert logged_in("content").get(reverse("public_fields:item_matching", args=[seal().item.key])).status_code == 404


def test_fields_alike_are_offered_for_merging_and_a_synonym_finds_a_field() -> None:
    alike = [one.code for one in find_alike(account("operator"), get_public_field("c_address@YJS-310000-P4-0002"))]
    assert "c_address" in alike
    operator = logged_in("operator")
    listed = reverse("admin:forms_builder_publicfield_changelist")
    assert "c_ent_name" not in operator.get(listed, {"q": "商户名"}).content.decode()
    field = get_public_field("c_ent_name")
    field.synonyms = ["商户名称"]
    field.save()
    assert "c_ent_name" in operator.get(listed, {"q": "商户名"}).content.decode()


# --- through the API --------------------------------------------------------------------------------------------------


def ask(by: str, body: Any = None, tag: str | None = None) -> Any:
    """Reads the candidates, or sends a decision about them at the tag given, the draft's own without one."""
    address = f"/api/v1/item-forms/{seal().item.key}/candidates/"
    if body is None:
        return logged_in(by).get(address)
    match = f'"draft-{seal().subject.draft_revision}"' if tag is None else tag
    headers = {"If-Match": match} if match else {}
    return logged_in(by).post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_a_program_reads_ranked_candidates_and_decides_on_many_at_once() -> None:
    right = stripped()
    shown = ask("operator").json()
    assert shown["draft_revision"] == seal().subject.draft_revision
    listed = {one["code"]: [candidate["public_field"] for candidate in one["candidates"]] for one in shown["fields"]}
    assert listed == {code: list(codes) for code, codes in offered().items()}
    best = next(one for one in shown["fields"] if one["code"] == "jbrName")["candidates"][0]
    assert 0 < best["score"] <= 1 and best["why"]
    taken = {code: public for code, public in right.items() if code != "unitName"}
    answer = ask("operator", {"taken": taken, "refused": {"unitName": listed["unitName"]}})
    assert answer.status_code == 200
    assert answer["ETag"] == f'"draft-{seal().subject.draft_revision}"'
    assert {code: public for code, public in fields().items() if public} == taken
    assert set(offered()["unitName"]).isdisjoint(listed["unitName"])


@pytest.mark.parametrize(
    ("by", "body", "tag", "status"),
    [
        ("operator", {"taken": {"jbrName": "c_agent_name"}}, "", 428),
        ("operator", {"taken": {"jbrName": "c_agent_name"}}, '"draft-1"', 412),
        ("operator", {"refused": {"jbrName": ["c_agent_name"]}}, '"draft-1"', 412),
        ("operator", {"taken": {"jbrName": "c_nothing"}}, None, 422),
        ("operator", {"taken": {"nothing": "c_agent_name"}}, None, 422),
        ("operator", {"refused": {"nothing": ["c_agent_name"]}}, None, 422),
        ("operator", {"refused": {"jbrName": ["c_nothing"]}}, None, 422),
        ("operator", {"taken": {"jbrName": 1}}, None, 422),
        ("operator", {"accepted": {}}, None, 422),
        ("hp_editor", {"taken": {"jbrName": "c_agent_name"}}, None, 403),
        ("content", {"taken": {"jbrName": "c_agent_name"}}, None, 403),
    ],
)
def test_what_a_program_may_not_do_changes_nothing(by: str, body: Any, tag: str | None, status: int) -> None:
    stripped()
    before, revision = fields(), seal().subject.draft_revision
    answer = ask(by, body, tag)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (fields(), seal().subject.draft_revision) == (before, revision)
    assert not RefusedCandidate.objects.exists()


def test_every_mistake_of_a_program_is_named_at_its_place() -> None:
    stripped()
    body = {"taken": {"jbrName": "c_nothing"}, "refused": {"nothing": ["c_agent_name"]}}
    errors = ask("operator", body).json()["errors"]
    assert [(one["pointer"], one["code"]) for one in errors] == [
        ("/taken/jbrName", "unknown_public_field"),
        ("/refused/nothing", "unknown_field"),
    ]


def test_the_candidates_of_a_form_out_of_sight_do_not_exist() -> None:
    assert logged_in("operator").get("/api/v1/item-forms/nowhere/candidates/").status_code == 404
    assert ask("hp_editor").status_code == 403  # the form in force is everybody's, its draft is not
