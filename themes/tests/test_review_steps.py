"""The steps of a review: who decides when, thresholds, plans, delegation, reminders; what nobody could decide."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsplatform.accounts.models import Membership, User
from opsplatform.accounts.tests.factories import person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.jobs.models import Job
from opsplatform.jobs.services.running import run_job
from opsplatform.kernel import clock
from opsplatform.kernel.documents import write
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision
from opsplatform.release.errors import GateClosed, NotYourTurn
from opsplatform.release.models import Decision, ReviewParty, Subject, Version
from opsplatform.release.review_selectors import list_open_parties
from opsplatform.release.selectors import is_approved
from opsplatform.release.services.planning import plan_reviews, unplan_reviews
from opsplatform.release.tasks import remind_daily
from themes.documents import ThemeDocument
from themes.selectors import list_countersigning, may_view_draft
from themes.services.composing import bind_item
from themes.services.demonstration import approve_by_all
from themes.services.inspecting import check_theme
from themes.services.reviewing import approve_theme, delegate_theme_review, return_theme
from themes.tests.browsing import logged_in, text_of, url
from themes.tests.demonstrated import DOG, RESTAURANT, account, add_sentence, get, save, submit, submitted

pytestmark = pytest.mark.usefixtures("demo_db")
PARTNERS = {"code": "partners", "position": 1, "days": 5}
LEAD = {"code": "lead", "position": 2, "days": 5}


def plan(*steps: dict[str, Any], code: str = "", revision: int = 0) -> None:
    plan_reviews(
        actor=account("operator"), kind="theme", code=code, tree={"steps": list(steps)}, expected_revision=revision
    )


def pending(code: str = RESTAURANT) -> Version:
    save(code, add_sentence)
    return submitted(code)


def approve(version: Version, username: str) -> Version:
    code = version.subject.code
    return approve_theme(actor=account(username), code=code, digest=version.digest, note="同意")


def states(version: Version) -> dict[str, str]:
    """Party by party, by its step and name."""
    parties = ReviewParty.objects.select_related("step", "department", "division").filter(step__version=version)
    return {f"{party.step.code} {party}": party.state for party in parties}


# --- one after another ------------------------------------------------------------------------------------------------


def test_partners_side_by_side_then_the_lead_department_then_city_operation() -> None:
    version = pending()
    assert states(version) == {
        "partners 市消防救援总队": "open", "partners 市绿化市容局": "open",
        "lead 市市场监管局": "waiting", "platform 上海市": "waiting",
    }  # fmt: skip
    for early in ("sj_reviewer", "operator2"):
        with pytest.raises(NotYourTurn):
            approve(version, early)
    approve(version, "xf_reviewer")
    with pytest.raises(NotYourTurn):  # once is enough
        approve(version, "xf_reviewer")
    assert set(states(version).values()) == {"approved", "open", "waiting"}
    for username in ("lh_reviewer", "sj_reviewer"):
        assert not is_approved(approve(version, username))
    assert is_approved(approve(version, "operator2"))
    assert get(RESTAURANT).subject.state == Subject.State.APPROVED
    assert Decision.objects.get(version=version).decided_by == account("operator2")


def test_a_partner_that_answers_for_no_item_of_the_theme_takes_no_part() -> None:
    partners = {str(department) for department in get(RESTAURANT).partner_departments.all()}
    assert "市数据局" in partners
    assert not any("市数据局" in party for party in states(pending()))


def test_a_department_whose_item_is_added_sees_the_draft_and_confirms_its_part() -> None:
    item, responsible = ServiceItem.objects.get(name="犬只狂犬病免疫接种与电子标识植入"), account("ny_reviewer")
    assert not may_view_draft(responsible, get(RESTAURANT))
    save(RESTAURANT, lambda tree: tree.update(write(bind_item(msgspec.convert(tree, ThemeDocument), item))))
    assert may_view_draft(responsible, get(RESTAURANT))
    assert "市农业农村委" in {str(department) for department in list_countersigning(get(RESTAURANT))}


@pytest.mark.parametrize("username", ["xf_reviewer", "sj_reviewer", "operator2"])
def test_whoever_returns_it_returns_all_of_it(username: str) -> None:
    before = {"xf_reviewer": "partners", "sj_reviewer": "lead", "operator2": "platform"}[username]
    version = approve_by_all(pending(), "同意", before=before)
    return_theme(actor=account(username), code=RESTAURANT, digest=version.digest, note="依据不足")
    assert get(RESTAURANT).subject.state == Subject.State.DRAFT
    assert set(states(version).values()) <= {"approved", "returned", "spared"}
    again = submitted(RESTAURANT)
    assert set(states(again).values()) == {"open", "waiting"}


def test_an_edit_closes_the_review_of_what_stood_before() -> None:
    version = pending()
    approve(version, "xf_reviewer")
    save(RESTAURANT, add_sentence)
    assert set(states(version).values()) == {"approved", "spared"}


# --- steps are data ---------------------------------------------------------------------------------------------------


def test_of_two_one_is_enough_where_that_is_planned_and_the_other_is_spared() -> None:
    plan({**PARTNERS, "needed": 1}, LEAD)
    version = pending()
    approve(version, "lh_reviewer")
    assert states(version) == {
        "partners 市消防救援总队": "spared", "partners 市绿化市容局": "approved", "lead 市市场监管局": "open",
    }  # fmt: skip
    assert is_approved(approve(version, "sj_reviewer"))


def test_what_is_under_review_keeps_the_steps_it_was_submitted_with() -> None:
    version = pending()
    plan(LEAD)
    assert len(states(version)) == 4
    save(RESTAURANT, add_sentence)
    assert states(submitted(RESTAURANT)) == {"lead 市市场监管局": "open"}


def test_a_plan_of_one_theme_is_for_that_theme_alone_and_can_be_taken_back() -> None:
    plan(LEAD, code=DOG)
    assert len(states(pending(DOG))) == 1
    assert len(states(pending(RESTAURANT))) == 4
    unplan_reviews(actor=account("operator"), kind="theme", code=DOG, expected_revision=1)
    assert len(states(pending(DOG))) == 3


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([], "/steps"),
        ([{**LEAD, "code": "nobody"}], "/steps/0/code"),
        ([LEAD, LEAD], "/steps/1/code"),
        ([{**LEAD, "days": 0}], "/steps/0/days"),
        ([{**LEAD, "needed": 0}], "/steps/0/needed"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_at_its_place(steps: list[dict[str, Any]], place: str) -> None:
    with pytest.raises(Invalid) as refusal:
        plan(*steps)
    assert [problem.pointer for problem in refusal.value.problems] == [place]


def test_a_plan_is_saved_on_what_was_seen() -> None:
    plan(LEAD)
    with pytest.raises(StaleRevision):
        plan(LEAD)
    plan(PARTNERS, LEAD, revision=1)
    with pytest.raises(NotFound):
        plan(LEAD, code="NO-SUCH")


def test_steps_are_planned_on_a_page_and_what_was_typed_wrongly_stays() -> None:
    operator, address = logged_in("operator"), reverse("review-plan", args=["theme"])
    typed = {"do": "plan", "revision": "0", "step": ["lead", "platform"], "position-lead": "1", "days-lead": "x"}
    refused = operator.post(address, {**typed, "position-platform": "2", "days-platform": "2"})
    assert refused.status_code == 422 and 'value="x"' in refused.content.decode()
    sent = {**typed, "days-lead": "3", "position-platform": "1", "days-platform": "2", "needed-platform": "1"}
    assert operator.post(address, sent).status_code == 302
    assert "已另行设置" in text_of(operator.get(reverse("review-plans")))
    assert set(states(pending()).values()) == {"open"}  # side by side
    to_theme = operator.get(reverse("review-plans"), {"kind": "theme", "code": DOG})
    assert to_theme["Location"] == reverse("review-plan-of", args=["theme", DOG])
    assert "没有代码为 NO 的主题" in text_of(operator.get(reverse("review-plans"), {"kind": "theme", "code": "NO"}))
    assert logged_in("sj_editor").get(reverse("review-plans")).status_code == 403


# --- nobody to decide -------------------------------------------------------------------------------------------------


def blocked() -> list[str]:
    return [finding.sentence for finding in check_theme(get(RESTAURANT)) if finding.code == "nobody_to_review"]


def test_a_step_that_nobody_could_decide_blocks_the_submission() -> None:
    assert blocked() == []
    Membership.objects.filter(user=account("xf_reviewer")).delete()
    (sentence,) = blocked()
    assert "配合部门会签" in sentence and "市消防救援总队" in sentence
    save(RESTAURANT, add_sentence)
    with pytest.raises(GateClosed):
        submitted(RESTAURANT)
    plan({**PARTNERS, "needed": 1}, LEAD)
    assert blocked() == []


def test_whose_only_reviewer_wrote_the_draft_has_nobody() -> None:
    held = Membership.objects.get(user=account("sj_reviewer"))
    editor = Membership.objects.get(user=account("sj_editor")).role
    Membership.objects.create(user=held.user, role=editor, division=held.division, department=held.department)
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    assert any("市市场监管局" in sentence for sentence in blocked())


def test_an_account_that_is_switched_off_is_nobody() -> None:
    reviewer = account("xf_reviewer")
    reviewer.is_active = False
    reviewer.save()
    assert blocked()


# --- handed on, and reminded ------------------------------------------------------------------------------------------


def handed_to(version: Version, to: str, by: str = "sj_reviewer") -> ReviewParty:
    party = ReviewParty.objects.get(step__version=version, step__code="lead")
    return delegate_theme_review(
        actor=account(by), code=RESTAURANT, digest=version.digest, party_id=party.pk, to=to, note="休假"
    )


def waiting_for(username: str) -> bool:
    return url("review", RESTAURANT) in logged_in(username).get("/").content.decode()


def test_a_decision_is_handed_to_a_colleague_with_the_same_right_and_to_nobody_else() -> None:
    held = Membership.objects.get(user=account("sj_reviewer"))
    colleague = person("lead_reviewer", held.division, held.department)
    save(RESTAURANT, add_sentence)
    version = submit(RESTAURANT)
    assert waiting_for("sj_reviewer")
    for other in ("ga_reviewer", "sj_editor", "nobody"):
        with pytest.raises(Invalid):
            handed_to(version, other)
    with pytest.raises(Forbidden):
        handed_to(version, "sj_reviewer", by="operator2")
    assert handed_to(version, colleague.username).assignee == colleague
    assert waiting_for(colleague.username) and not waiting_for("sj_reviewer")
    entry = AuditEntry.objects.get(action="theme.delegated")
    assert (entry.facts["to"], entry.reason) == (colleague.username, "休假")
    assert not is_approved(approve(version, colleague.username))


def test_a_decision_is_handed_on_by_rest_too() -> None:
    held = Membership.objects.get(user=account("sj_reviewer"))
    colleague = person("lead_reviewer", held.division, held.department)
    save(RESTAURANT, add_sentence)
    body = {"digest": submit(RESTAURANT).digest, "to": colleague.username, "note": "休假"}
    client, route = logged_in("sj_reviewer"), f"/api/v1/themes/{RESTAURANT}/delegate/"
    wrong = client.post(route, {**body, "to": "sj_editor"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/to")
    answer = client.post(route, body, content_type="application/json").json()
    assert answer["assignee"] == colleague.username
    again = client.post(route, {**body, "party": answer["id"] + 1000}, content_type="application/json")
    assert again.json()["code"] == "not_your_turn"
    assert waiting_for(colleague.username)


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_was_handed_to_somebody_who_may_decide_no_more_is_on_the_lists_of_the_others(is_gone: bool) -> None:
    held = Membership.objects.get(user=account("sj_reviewer"))
    colleague = person("lead_reviewer", held.division, held.department)
    save(RESTAURANT, add_sentence)
    handed_to(submit(RESTAURANT), colleague.username)
    if is_gone:
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=colleague).delete()
    assert waiting_for("sj_reviewer") and not waiting_for("ga_reviewer")


def test_what_was_handed_to_others_costs_a_list_the_same_however_much_it_is() -> None:
    plan({"code": "platform", "position": 1, "days": 5})
    costs = []
    for code in (RESTAURANT, DOG):
        version = pending(code)
        colleague = person("platform_operator", account("operator").held_memberships[0].division)
        party = ReviewParty.objects.get(step__version=version)
        delegate_theme_review(
            actor=account("operator2"), code=code, digest=version.digest, party_id=party.pk,
            to=colleague.username, note="休假",
        )  # fmt: skip
        with CaptureQueriesContext(connection) as statements:
            assert not list_open_parties(account("operator2"))
        costs.append(len(statements))
    assert costs[0] == costs[1]


def reminded() -> int:
    return AuditEntry.objects.filter(action="theme.review_reminded").count()


def run_reminders() -> None:
    remind_daily()
    remind_daily()  # asked for twice, done once
    for job in Job.objects.filter(kind="release.remind_reviewers", state=Job.State.WAITING):
        run_job(job.pk)


def test_what_is_due_is_told_on_the_home_page_and_reminded_of_once_a_day() -> None:
    version = pending()
    run_reminders()
    assert reminded() == 0  # nothing is due before the fourth day
    ReviewParty.objects.filter(step__version=version).update(due_on=clock.today() - timedelta(days=2))
    run_reminders()
    run_reminders()
    assert reminded() == 2  # the two partners; whose turn has not come is not reminded
    assert "逾期 2 天" in text_of(logged_in("xf_reviewer").get("/"))
    approve(version, "xf_reviewer")
    ReviewParty.objects.filter(step__version=version, state="open").update(
        reminded_on=clock.today() - timedelta(days=1)
    )
    run_reminders()
    assert reminded() == 3
