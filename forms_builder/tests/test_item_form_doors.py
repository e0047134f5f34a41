"""Item forms by API and by page: read and saved at a revision, decided on, compared in plain words."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from forms_builder.services.item_forms import approve_item_form
from forms_builder.tests.test_item_forms import NAME, Office, office
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.organizations.models import BodyKind
from opsplatform.organizations.tests.factories import BodyKindFactory, CityFactory, DepartmentFactory
from opsplatform.release.models import Release, Version

__all__ = ["office"]
pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>“"
ANSWERED = {"q": "name", "op": "answered"}


def ask(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A request as a program makes it."""
    content = "" if body is None else json.dumps(body)
    return client.generic(method, path, content, content_type="application/json", headers=headers)


def words(page: Any) -> str:
    """What a person reads on the page."""
    assert page.status_code in (200, 422, 403, 409), page.status_code
    main = page.content.decode().split('class="op-page"')[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def test_a_draft_is_read_and_saved_by_api_at_its_revision(office: Office) -> None:
    path, editor = f"/api/v1/item-forms/{office.key}/draft/", logged_in(office.editor)
    nothing = ask(editor, "get", path)
    assert (nothing.json(), nothing["ETag"]) == ({"item": office.key}, '"draft-0"')
    assert ask(editor, "put", path, office.tree()).status_code == 428
    begun = ask(editor, "put", path, office.tree(), **{"If-Match": '"draft-0"'})
    assert (begun.status_code, begun["ETag"]) == (200, '"draft-1"')
    assert begun.json() == {"item": office.key, "state": "draft", "draft_revision": 1}
    stale = ask(editor, "put", path, office.tree({**NAME, "label": "名字"}), **{"If-Match": '"draft-0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_revision")
    wrong = ask(editor, "put", path, {"item": office.key, "fields": [{"code": 1}]}, **{"If-Match": '"draft-1"'})
    assert wrong.status_code == 422 and "/fields/0/code" in {one["pointer"] for one in wrong.json()["errors"]}
    assert ask(editor, "get", path, **{"If-None-Match": '"draft-1"'}).status_code == 304


def test_the_designer_which_saves_by_itself_warns_of_the_version_that_a_change_voids(office: Office) -> None:
    editor, page = logged_in(office.editor), f"/item-forms/{office.key}/design/"
    office.save()
    assert "会自动保存" not in words(editor.get(page))
    version = office.submit()
    assert "版本 1 正在等待审核。保存任何改动都会使它失效" in words(editor.get(page))
    approve_item_form(actor=office.reviewer, item_key=office.key, digest=version.digest, note="同意")
    assert "版本 1 已批准，还没有启用。保存任何改动都会使批准失效" in words(editor.get(page))


def test_a_form_goes_its_way_by_api(office: Office) -> None:
    root, editor, reviewer = f"/api/v1/item-forms/{office.key}", logged_in(office.editor), logged_in(office.reviewer)
    office.save()
    assert ask(editor, "get", f"{root}/findings/").json() == {"results": []}
    version = ask(editor, "post", f"{root}/submit/", {"note": "提交"}, **{"If-Match": '"draft-1"'}).json()
    decision = {"digest": version["digest"], "note": "意见"}
    assert ask(editor, "post", f"{root}/approve/", decision).status_code == 403
    assert ask(reviewer, "post", f"{root}/return/", decision).status_code == 200
    version = ask(editor, "post", f"{root}/submit/", {"note": "再交"}, **{"If-Match": '"draft-1"'}).json()
    assert ask(reviewer, "post", f"{root}/approve/", decision).status_code == 200
    enabled = ask(reviewer, "post", f"{root}/enable/", {"version": version["number"], "note": "启用"})
    assert (enabled.status_code, enabled.json()["version"]) == (200, 2)
    shown = ask(editor, "get", f"{root}/").json()
    assert shown["live"]["version"] == 2 and shown["document"]["fields"][0]["label"] == "姓名"
    assert [one["number"] for one in ask(editor, "get", f"{root}/versions/").json()["results"]] == [2, 1]
    assert ask(reviewer, "post", f"{root}/disable/", {"note": "停用"}).json()["ending"] == "withdrawn"
    assert ask(editor, "get", f"{root}/").json()["document"] is None


def test_who_may_not_see_the_draft_sees_what_is_in_force(office: Office) -> None:
    office.put_in_force()
    office.save({**NAME, "label": "草稿里的名字"})
    district = logged_in(person(RoleCode.DISTRICT_EDITOR, office.item.department.division))
    shown = ask(district, "get", f"/api/v1/item-forms/{office.key}/").json()
    assert (shown["state"], shown["draft_revision"], shown["document"]["fields"][0]["label"]) == (None, None, "姓名")
    assert ask(district, "get", f"/api/v1/item-forms/{office.key}/draft/").status_code == 403
    listed = ask(district, "get", "/api/v1/item-forms/?state=draft").json()["results"]
    assert listed == []  # nobody learns the state of a draft by filtering
    page = words(district.get(f"/item-forms/{office.key}/"))
    assert "姓名" in page and "草稿里的名字" not in page and "现在可以做什么" not in page
    assert district.get(f"/item-forms/{office.key}/?version=9").status_code == 404


def test_a_form_goes_its_way_by_its_pages(office: Office) -> None:
    root, editor, reviewer = f"/item-forms/{office.key}", logged_in(office.editor), logged_in(office.reviewer)
    office.put_in_force()
    office.save(
        {**NAME, "max_length": 30, "label": HOSTILE},
        {
            "code": "kin",
            "label": "亲属",
            "data_type": "text",
            "order": 2,
            "visible_when": {"q": "name", "op": "answered"},
        },
    )
    assert "草稿有尚未提交的改动" in words(editor.get(f"{root}/"))
    assert "no-store" in editor.get(f"{root}/design/")["Cache-Control"], "who comes back gets the draft as it is"
    submitting = words(editor.get(f"{root}/submit/"))
    assert "最大长度 20 30" in submitting and "字段“亲属”（kin） （原来没有） 多行文本，选填" in submitting
    assert editor.post(f"{root}/submit/", {"revision": "1", "note": "改"}).status_code == 412
    assert editor.post(f"{root}/submit/", {"revision": "2", "note": " "}).status_code == 422
    assert editor.post(f"{root}/submit/", {"revision": "2", "note": "增加亲属"}).status_code == 302
    assert "须由另一位同事审核" not in words(reviewer.get(f"{root}/review/"))
    assert "没有由您决定的，正在等待：审核（" in words(editor.get(f"{root}/review/"))
    digest = Version.objects.get(number=2).digest
    done = reviewer.post(f"{root}/review/", {"do": "approve_and_enable", "digest": digest, "note": "同意"})
    assert done.status_code == 302 and Release.objects.live().get().version.number == 2
    content = reviewer.get(f"{root}/").content.decode()
    assert "<script>alert(1)" not in content and "只在“&lt;script&gt;" in content
    assert "版本 2" in words(reviewer.get(f"{root}/history/"))
    assert "最大长度 20 30" in words(reviewer.get(f"{root}/compare/?from=1&to=2"))
    assert "这是版本 1 冻结时的内容" in words(reviewer.get(f"{root}/?version=1"))
    assert reviewer.post(f"{root}/disable/", {"note": "依据废止"}).status_code == 302
    assert "没有在用的版本" in words(reviewer.get(f"{root}/"))
    assert reviewer.post(f"{root}/enable/", {"version": "2", "note": "恢复"}).status_code == 302
    assert Release.objects.live().get().version.number == 2


def handed_over() -> tuple[str, Client, Client, Version]:
    """An item whose form was submitted to one department and is another's since, the reviewers of both, the version."""
    former, successor = DepartmentFactory(division=CityFactory()), DepartmentFactory(division=CityFactory())
    kind = BodyKindFactory(responsible=former)
    editor, first, second = (
        person(role, department=department)
        for role, department in (
            (RoleCode.PARTNER_EDITOR, former),
            (RoleCode.PARTNER_REVIEWER, former),
            (RoleCode.PARTNER_REVIEWER, successor),
        )
    )
    office = Office(ServiceItemFactory(department=None, body_kind=kind), editor, first)
    office.save()
    version = office.submit()
    BodyKind.objects.update(responsible=successor)
    return f"/item-forms/{office.key}", logged_in(first), logged_in(second), version


def test_a_version_under_review_is_decided_by_those_it_was_submitted_to_whoever_answers_since() -> None:
    root, first, second, version = handed_over()
    told = words(second.get(f"{root}/review/"))
    assert "没有由您决定的，正在等待：审核（" in told and "退回修改" not in told
    assert (
        second.post(f"{root}/review/", {"do": "approve", "digest": version.digest, "note": "同意"}).status_code == 403
    )
    offered = words(first.get(f"{root}/review/"))
    assert "只批准" in offered and "批准并启用" not in offered
    assert f'href="{root}/review/"' in first.get(f"{root}/").content.decode()
    assert first.post(f"{root}/review/", {"do": "approve", "digest": version.digest, "note": "同意"}).status_code == 302
    assert first.get(f"{root}/").status_code == 404  # what was theirs to decide is decided
    assert second.post(f"{root}/enable/", {"version": "1", "note": "启用"}).status_code == 302


def test_ones_own_forms_are_found_in_the_list(office: Office) -> None:
    assert f"{office.item.name} {office.key} 开始设计" in words(logged_in(office.editor).get("/item-forms/"))
    assert "还没有表单的事项" not in words(logged_in(office.reviewer).get("/item-forms/"))
    office.save()
    listed = words(logged_in(office.editor).get("/item-forms/?whose=mine&state=draft&is_in_force=false"))
    assert office.item.name in listed and "共 1 条" in listed
    assert "没有符合条件的表单" in words(logged_in(office.editor).get("/item-forms/?is_in_force=true"))
    stranger = person(RoleCode.DISTRICT_EDITOR, office.item.department.division)
    assert office.item.name not in words(logged_in(stranger).get("/item-forms/"))
