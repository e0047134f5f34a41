"""Who may do what, cell by cell, against the table kept by hand; and what the matrix says of broken variants."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from opsplatform.accounts import policy
from opsplatform.accounts.policy import Relation, Role
from opsplatform.catalog.models import ServicePointQuerySet
from opsplatform.console.registers import ScopedModelAdmin
from opsplatform.jobs.models import Job
from opsplatform.tests.rights.acts import Act
from opsplatform.tests.rights.judging import ACTS, differences, trials
from opsplatform.tests.rights.oracle import Oracle
from opsplatform.tests.rights.world import HERE

pytestmark = pytest.mark.usefixtures("rights_db")


@pytest.mark.drill
@pytest.mark.parametrize("act", ACTS, indirect=True)
def test_everyone_may_do_what_the_table_says_and_nothing_else(act: Act, oracle: Oracle, long_form: bool) -> None:
    assert differences(act, trials(act, oracle, everything=long_form)) == []


# --- saboteurs: broken variants, each of which the matrix finds and names ---------------------------------------------


def found(name: str, oracle: Oracle) -> list[str]:
    act = ACTS[name]
    return differences(act, trials(act, oracle, everything=False))


def test_a_policy_row_that_lets_one_role_more_in_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    row = policy.row_for("catalog.edit_service_points")
    wider: Mapping[str, Relation] = {**row.roles, Role.CONTENT_PROVIDER: Relation.SUBTREE}
    monkeypatch.setitem(policy._TABLE, row.action, replace(row, roles=wider))
    assert set(found("service_point.correct", oracle)) >= {
        f"service_point.correct by content_provider@district on {relation} at the service door: "
        "should be 403, came out as 是"
        for relation in ("own", "child")
    }


def test_a_relation_that_reaches_too_far_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    row = policy.row_for("accounts.edit_users")
    monkeypatch.setitem(policy._TABLE, row.action, replace(row, roles={Role.SYSTEM_ADMIN: Relation.ANYWHERE}))
    assert (
        "user.open by system_admin@district on neighbour at the service door: should be 403, came out as 是"
        in found("user.open", oracle)
    )


def test_a_districts_body_that_answers_for_what_its_kind_does_is_found(
    monkeypatch: pytest.MonkeyPatch, oracle: Oracle
) -> None:
    def whose(item: Any) -> Any:
        return item.department or item.body_kind.bodies.get(division__code=HERE)

    monkeypatch.setattr("opsplatform.catalog.services.items.responsible_department", whose)
    differing = found("kind_item.correct", oracle)
    assert (
        "kind_item.correct by lead_editor@district on parent at the service door: should be 403, came out as 是"
        in differing
    )
    assert (
        "kind_item.correct by lead_editor@city on own at the service door: should be done, came out as 403" in differing
    )


def test_a_scope_that_hides_nothing_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    monkeypatch.setattr(ServicePointQuerySet, "visible_to", lambda self, actor: self.all())
    differing = found("service_point.read", oracle)
    assert (
        "service_point.read by district_editor@district on neighbour at the API door: should be 404, came out as 是"
        in differing
    )
    assert any("at the admin door" in difference for difference in differing)


def test_a_page_that_does_not_ask_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    monkeypatch.setattr(ScopedModelAdmin, "has_view_permission", lambda self, request, obj=None: True)
    assert "user.export by platform_operator@city on own at the page door: should be 403, came out as 是" in found(
        "user.export", oracle
    )


def test_a_right_that_nobody_is_left_with_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    row = policy.row_for("audit.view")
    monkeypatch.setitem(policy._TABLE, row.action, replace(row, roles={}))
    assert any("should be done, came out as" in difference for difference in found("audit_entry.read", oracle))


def test_a_refusal_that_leaves_a_trace_is_found(monkeypatch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    judge = ScopedModelAdmin.has_view_permission

    def note_down(self: Any, request: Any, obj: Any = None) -> bool:
        Job.objects.create(kind="asked", created_by=request.user)
        return judge(self, request, obj)

    monkeypatch.setattr(ScopedModelAdmin, "has_view_permission", note_down)
    assert any("was refused and left a trace" in difference for difference in found("user.export", oracle))
