"""Ending a code that many places name: asked for, judged at once, done as a whole by background work."""

from typing import Any

import pytest

from forms_builder.models import Dictionary, DictionaryEntry
from forms_builder.services import endings_as_work
from forms_builder.services.ending_codes import Decision, Ending, Successor
from forms_builder.services.endings_as_work import end_or_ask
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import telling
from opsplatform.kernel.errors import Forbidden, Invalid, StaleRevision
from themes.tests.demonstrated import account
from themes.tests.test_codes_named import ALCOHOL, FAR, PAGE, draft
from themes.tests.test_moves_as_work import run

pytestmark = pytest.mark.usefixtures("demo_db")
API = f"/api/v1/dictionaries/{ALCOHOL}/entries/retail/ending/"


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The places of the demonstration are many."""
    monkeypatch.setattr(endings_as_work, "AT_ONCE", 0)


def revision() -> int:
    return Dictionary.objects.get(code=ALCOHOL).revision


def retail() -> DictionaryEntry:
    return DictionaryEntry.objects.get(dictionary__code=ALCOHOL, code="retail")


def ask(by: str = "operator", into: str = "wholesale", *, seen: int | None = None, **decisions: Decision) -> Any:
    ending = Ending(ALCOHOL, "retail", FAR, (Successor(into),), decisions)
    return end_or_ask(actor=account(by), ending=ending, expected_revision=seen or revision(), note="标准修订")


def test_few_places_follow_at_once() -> None:
    assert isinstance(ask(), DictionaryEntry) and retail().valid_to == FAR


@pytest.mark.usefixtures("many")
def test_many_follow_when_the_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(telling._Teller, "tell", lambda self, done, total: told.append((done, total)))
    before = draft()
    job = ask()
    assert isinstance(job, Job) and (draft(), retail().valid_to) == (before, None)
    assert ask() == job  # asked for twice, it is done once
    assert run(job).state == Job.State.DONE
    assert draft() != before and retail().valid_to == FAR and [one.code for one in retail().successors.all()]
    assert AuditEntry.objects.get(action="dictionary_entry.merged").actor == account("operator")
    assert told and told == [(number, len(told)) for number in range(len(told))]


@pytest.mark.usefixtures("many")
def test_decisions_go_with_the_work_as_they_were_given() -> None:
    uses = [use for use in endings_as_work.where_used.find_uses(ALCOHOL, "retail") if use.source == "theme_draft"]
    assert run(ask(**{use.id: Decision(ends=True) for use in uses if use.may_end})).state == Job.State.DONE
    ended = [rule for rule in draft()["guidance"]["rules"] if rule.get("effective_to") == FAR.isoformat()]
    assert len(ended) == len([use for use in uses if use.may_end]) > 0


@pytest.mark.usefixtures("many")
def test_what_would_be_refused_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(Forbidden):
        ask(by="sj_editor")
    with pytest.raises(StaleRevision):
        ask(seen=99)
    with pytest.raises(Invalid):
        ask(into="nothing")
    assert not Job.objects.filter(kind=endings_as_work.END).exists()


@pytest.mark.usefixtures("many")
def test_the_work_judges_again() -> None:
    """Somebody edited the dictionary, or took the right away, before it began: nothing follows, and it says why."""
    job, before = ask(), draft()
    Dictionary.objects.filter(code=ALCOHOL).update(revision=7)
    parked = run(job)
    assert (parked.state, draft(), retail().valid_to) == (Job.State.PARKED, before, None)
    assert "修订 7" in parked.last_error
    second = ask()
    account("operator").memberships.all().delete()
    assert run(second).state == Job.State.PARKED and retail().valid_to is None


@pytest.mark.usefixtures("many")
def test_the_page_and_the_interface_say_that_it_is_asked_for() -> None:
    client = logged_in(account("operator"))
    typed = {"last_day": FAR.isoformat(), "successors": "wholesale", "note": "标准修订", "revision": revision()}
    shown = client.post(f"{PAGE}end/merge/", typed, follow=True).content.decode()
    assert "已交后台办理" in shown and "后台任务" in shown and "停用、合并或拆分代码" in shown
    job = Job.objects.get(kind=endings_as_work.END)
    again = client.post(f"{PAGE}end/merge/", {**typed, "note": "别的理由"})
    assert again.status_code == 409 and "已有一项后台任务在等候" in again.content.decode()
    body = {"last_day": FAR.isoformat(), "successors": [{"code": "wholesale"}], "note": "标准修订"}
    match = {"If-Match": f'"dictionary-{revision()}"'}
    answer = client.post(API, body, content_type="application/json", headers=match)
    assert (answer.status_code, answer.json()) == (202, {"work": job.pk})
    assert retail().valid_to is None
