"""Work on themes by API, on the demonstration installation: from draft to withdrawal, and who may do what."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from opsplatform.accounts.models import User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import MembershipFactory, RoleFactory, person
from opsplatform.accounts.tests.machines import calling, logged_in, machine
from opsplatform.audit.models import AuditEntry
from opsplatform.organizations.models import Department, Division
from opsplatform.release.models import Release, Subject
from themes.models import Theme

pytestmark = pytest.mark.usefixtures("demo_db")
THEMES = "/api/v1/themes/"
CODE = "YJS-310000-L1-0001"
THEME = f"{THEMES}{CODE}/"
HUANGPU, MINHANG = "310101", "310112"


def as_(username: str) -> APIClient:
    return logged_in(User.objects.get(username=username))


def draft(client: APIClient) -> tuple[dict[str, Any], str]:
    answer = client.get(f"{THEME}draft/")
    assert answer.status_code == 200, answer.content
    return answer.json(), answer["ETag"]


def save(client: APIClient, tree: Any, tag: str) -> Any:
    return client.put(f"{THEME}draft/", tree, format="json", headers={"If-Match": tag})


def post(client: APIClient, step: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"{THEME}{step}/", body, format="json", headers=headers)


def hidden_theme() -> Theme:
    """A theme of another department, live nowhere."""
    city = Division.objects.get(code="310000")
    subject = Subject.objects.create(kind="theme", code="CANARY", title="金丝雀主题", division=city, draft={})
    return Theme.objects.create(subject=subject, lead_department=Department.objects.get(name="上海市公安局"))


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_a_theme_goes_from_draft_to_show_and_off_again() -> None:
    editor, reviewer, operator = as_("sj_editor"), as_("sj_reviewer"), as_("operator")
    tree, tag = draft(editor)
    assert tag == '"draft-1"'
    saved = save(editor, {**tree, "summary": "改过的简介"}, tag)
    assert (saved.status_code, saved["ETag"], saved.json()["state"]) == (200, '"draft-2"', "draft")
    assert draft(editor)[0]["summary"] == "改过的简介"

    submitted = post(editor, "submit", {"note": "请审核"}, **{"If-Match": '"draft-2"'})
    assert submitted.status_code == 200, submitted.content
    digest = submitted.json()["digest"]
    assert submitted.json()["number"] == 2

    assert post(reviewer, "approve", {"digest": "0" * 64, "note": "同意"}).status_code == 409
    early = post(reviewer, "approve", {"digest": digest, "note": "同意"})
    assert (early.status_code, early.json()["code"]) == (403, "not_your_turn")
    for username in ("lh_reviewer", "xf_reviewer", "sj_reviewer", "operator2"):
        assert editor.get(THEME).json()["state"] == "submitted"
        assert post(as_(username), "approve", {"digest": digest, "note": "同意"}).status_code == 200
    seen = editor.get(THEME).json()
    assert seen["state"] == "approved"
    assert [
        (step["code"], step["is_met"], [party["decided_by"] for party in step["parties"]]) for step in seen["review"]
    ] == [
        ("partners", True, ["xf_reviewer", "lh_reviewer"]),
        ("lead", True, ["sj_reviewer"]),
        ("platform", True, ["operator2"]),
    ]
    assert as_("hp_editor").get(THEME).json()["review"] is None

    released = post(operator, "release", {"version": 2, "divisions": [HUANGPU, MINHANG], "note": "上线"})
    assert released.status_code == 200, released.content
    assert [row["division"] for row in released.json()["results"]] == [HUANGPU, MINHANG]
    live = {row["division"]: row["version"] for row in operator.get(THEME).json()["live"]}
    assert (live[HUANGPU], live[MINHANG], live["310104"]) == (2, 2, 1)

    withdrawn = post(operator, "withdraw", {"divisions": [HUANGPU], "note": "下线"})
    assert [row["ending"] for row in withdrawn.json()["results"]] == ["withdrawn"]
    assert HUANGPU not in {row["division"] for row in operator.get(THEME).json()["live"]}

    versions = editor.get(f"{THEME}versions/").json()["results"]
    assert [(row["number"], [made["kind"] for made in row["decisions"]]) for row in versions] == [
        (2, ["approved"]),
        (1, ["approved"]),
    ]
    releases = as_("hp_editor").get(f"{THEME}releases/?limit=1").json()
    assert releases["next_cursor"]
    assert AuditEntry.objects.filter(action="theme.edited", channel="api").exists()


def test_the_state_of_a_draft_cannot_be_found_out_by_filtering() -> None:
    def found(username: str) -> set[str]:
        return {row["code"] for row in as_(username).get(f"{THEMES}?state=draft").json()["results"]}

    Subject.objects.filter(code=CODE).update(state=Subject.State.DRAFT)
    assert found("sj_editor") == {CODE}
    assert found("hp_editor") == set()


def test_what_was_on_show_elsewhere_is_not_for_other_districts() -> None:
    operator = as_("operator")
    post(operator, "withdraw", {"divisions": [HUANGPU, MINHANG], "note": "下线"})
    ended = {row["division"] for row in as_("hp_editor").get(f"{THEME}releases/").json()["results"] if row["ended_at"]}
    assert ended == {HUANGPU}
    seen = {row["division"] for row in as_("sj_editor").get(f"{THEME}releases/").json()["results"] if row["ended_at"]}
    assert seen == {HUANGPU, MINHANG}


def test_all_means_every_division_the_theme_is_offered_in() -> None:
    operator = as_("operator")
    assert len(post(operator, "withdraw", {"divisions": "all", "note": "全部下线"}).json()["results"]) == 16
    assert (
        len(post(operator, "release", {"version": 1, "divisions": "all", "note": "重新上线"}).json()["results"]) == 16
    )


def test_a_returned_version_can_be_mended_and_submitted_again() -> None:
    editor, reviewer = as_("sj_editor"), as_("lh_reviewer")
    tree, tag = draft(editor)
    save(editor, {**tree, "summary": "第一稿"}, tag)
    first = post(editor, "submit", {"note": "请审核"}, **{"If-Match": '"draft-2"'}).json()
    assert post(reviewer, "return", {"digest": first["digest"], "note": "请修改"}).status_code == 200
    save(editor, {**tree, "summary": "第二稿"}, '"draft-2"')
    second = post(editor, "submit", {"note": "已修改"}, **{"If-Match": '"draft-3"'})
    assert (second.status_code, second.json()["number"]) == (200, first["number"] + 1)


# --- preconditions ----------------------------------------------------------------------------------------------------


def test_a_save_must_say_what_it_was_made_on() -> None:
    editor = as_("sj_editor")
    tree, tag = draft(editor)
    assert editor.put(f"{THEME}draft/", tree, format="json").status_code == 428
    assert editor.post(f"{THEME}submit/", {"note": "x"}, format="json").status_code == 428
    assert save(editor, tree, "draft-1").status_code == 400
    assert save(editor, tree, '"draft-999"').status_code == 412
    assert save(editor, tree, f"W/{tag}").status_code == 412
    assert save(editor, tree, tag).status_code == 200


def test_who_saves_on_an_old_revision_learns_what_changed() -> None:
    editor = as_("sj_editor")
    tree, tag = draft(editor)
    save(editor, {**tree, "summary": "先到"}, tag)
    late = save(editor, {**tree, "summary": "后到"}, tag)
    assert (late.status_code, late.json()["code"]) == (412, "stale_revision")
    facts = late.json()["facts"]
    assert facts["current_revision"] == 2
    assert [(change["place"], change["after"]) for change in facts["changes"]] == [("/summary", "先到")]
    assert draft(editor)[0]["summary"] == "先到"


def test_a_draft_that_did_not_change_is_not_sent_again() -> None:
    editor = as_("sj_editor")
    tag = draft(editor)[1]
    assert editor.get(f"{THEME}draft/", headers={"If-None-Match": tag}).status_code == 304
    whole = editor.get(THEME)
    assert editor.get(THEME, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    tree, _ = draft(editor)
    save(editor, {**tree, "summary": "新"}, tag)
    assert editor.get(THEME, headers={"If-None-Match": whole["ETag"]}).status_code == 200


def test_everything_wrong_with_a_document_is_named_at_once() -> None:
    editor = as_("sj_editor")
    tree, tag = draft(editor)
    refused = save(editor, {**tree, "name": 5, "surprise": 1}, tag)
    assert refused.status_code == 422
    assert {"/name", "/surprise"} <= {error["pointer"] for error in refused.json()["errors"]}
    assert save(editor, [], tag).status_code == 422


@pytest.mark.parametrize(
    ("step", "body", "pointers"),
    [
        ("submit", {}, {"/note"}),
        ("submit", {"note": 5, "more": 1}, {"/note", "/more"}),
        ("approve", {"digest": 5}, {"/digest", "/note"}),
        ("release", {"version": "2", "divisions": "some", "note": "x"}, {"/version", "/divisions"}),
        ("release", {"version": True, "divisions": [], "note": "x"}, {"/version", "/divisions"}),
        ("release", {"version": 1, "divisions": [1], "note": "x"}, {"/divisions"}),
        ("withdraw", {"divisions": ["000000"], "note": "x"}, {"/divisions/0"}),
        ("release", [], {""}),
    ],
)
def test_a_body_of_another_shape_is_refused_with_everything_that_is_wrong(
    step: str, body: Any, pointers: set[str]
) -> None:
    client = {"submit": "sj_editor", "approve": "sj_reviewer"}.get(step, "operator")
    refused = post(as_(client), step, body, **{"If-Match": '"draft-1"'})
    assert refused.status_code == 422, refused.content
    assert {error["pointer"] for error in refused.json()["errors"]} == pointers


def test_what_the_gate_finds_is_in_the_answer() -> None:
    editor = as_("sj_editor")
    tree, tag = draft(editor)
    assert save(editor, {**tree, "items": [], "cases": []}, tag).status_code == 200
    found = editor.get(f"{THEME}findings/").json()["results"]
    assert "no_item" in {finding["code"] for finding in found if finding["severity"] == "blocking"}
    refused = post(editor, "submit", {"note": "请审核"}, **{"If-Match": '"draft-2"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "gate_closed")
    assert "no_item" in {error["code"] for error in refused.json()["errors"]}


# --- who may what -----------------------------------------------------------------------------------------------------


def test_nobody_approves_their_own_work() -> None:
    editor = User.objects.get(username="sj_editor")
    membership = editor.memberships.get()
    MembershipFactory(
        user=editor,
        role=RoleFactory(code=RoleCode.LEAD_REVIEWER),
        division=membership.division,
        department=membership.department,
    )
    client = logged_in(editor)
    tree, tag = draft(client)
    save(client, {**tree, "summary": "我写的"}, tag)
    digest = post(client, "submit", {"note": "请审核"}, **{"If-Match": '"draft-2"'}).json()["digest"]
    refused = post(client, "approve", {"digest": digest, "note": "同意"})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")


@pytest.mark.parametrize("step", ["draft", "findings", "versions"])
def test_who_sees_only_what_is_live_does_not_see_the_draft(step: str) -> None:
    district = as_("hp_editor")
    assert district.get(THEME).status_code == 200
    assert district.get(f"{THEME}{step}/").status_code == 403


@pytest.mark.parametrize("username", ["hp_editor", "ga_editor", "operator", "sj_reviewer"])
def test_only_the_lead_departments_editor_saves(username: str) -> None:
    tree, tag = draft(as_("sj_editor"))
    assert save(as_(username), {**tree, "summary": "越权"}, tag).status_code == 403


@pytest.mark.parametrize("step", ["release", "withdraw"])
def test_only_the_operator_releases_and_withdraws(step: str) -> None:
    body = {"divisions": [HUANGPU], "note": "越权"} | ({"version": 1} if step == "release" else {})
    for username in ("sj_editor", "sj_reviewer", "hp_publisher"):
        assert post(as_(username), step, body).status_code == 403
    assert Release.objects.live().filter(subject__code=CODE).count() == 16


def test_a_theme_out_of_sight_is_nowhere() -> None:
    hidden_theme()
    client = as_("sj_editor")
    for query in ("", "?q=金丝雀", "?state=draft", "?division=310000"):
        assert "金丝雀" not in client.get(f"{THEMES}{query}").content.decode()
    for step in ("", "draft/", "findings/", "versions/", "releases/"):
        assert client.get(f"{THEMES}CANARY/{step}").status_code == 404
    headers = {"If-Match": '"draft-1"'}
    assert client.put(f"{THEMES}CANARY/draft/", {}, format="json", headers=headers).status_code == 404
    assert client.post(f"{THEMES}CANARY/submit/", {"note": "x"}, format="json", headers=headers).status_code == 404
    assert as_("ga_editor").get(f"{THEMES}CANARY/draft/").status_code == 200


def test_a_token_needs_the_scope_and_its_account_the_right() -> None:
    robot = machine(RoleCode.DEPARTMENT_SYSTEM)
    reading = calling(robot, "themes:read")
    assert reading.get(THEME).status_code == 200
    assert reading.get(f"{THEME}draft/").status_code == 403
    headers = {"If-Match": '"draft-1"'}
    assert reading.put(f"{THEME}draft/", {}, format="json", headers=headers).json()["code"] == "insufficient_scope"
    writing = calling(robot, "themes:read", "themes:write")
    tree, tag = draft(as_("sj_editor"))
    assert save(writing, tree, tag).status_code == 403


def test_categories_are_one_register_for_everyone() -> None:
    rows = logged_in(person(RoleCode.DISTRICT_EDITOR)).get("/api/v1/scene-categories/").json()["results"]
    assert len(rows) == 18


def test_what_lists_say_of_a_theme_is_what_was_released_and_its_draft_is_for_those_who_may_see_it() -> None:
    editor, clerk = as_("sj_editor"), as_("hp_editor")
    tree, tag = draft(editor)
    assert save(editor, {**tree, "name": "还没有公布的名称", "summary": "还没有公布的简介"}, tag).status_code == 200

    seen = clerk.get(THEME)
    assert "还没有公布" not in seen.content.decode()
    assert [seen.json()[key] for key in ("state", "draft_revision", "current_version")] == [None, None, None]
    assert clerk.get(THEMES, {"q": "还没有公布"}).json()["results"] == []
    assert editor.get(THEME).json()["state"] == "draft"


def test_reading_the_schema_leaves_the_filters_their_choices() -> None:
    assert APIClient().get("/api/v1/schema/").status_code == 200
    found = as_("operator").get(THEMES, {"live_in": HUANGPU})
    assert found.status_code == 200
    assert len(found.json()["results"]) == 2
