"""Merging public fields where many drafts follow: asked for, judged at once, done as a whole by background work."""

from typing import Any

import pytest

from forms_builder.models import FieldMove, PublicField
from forms_builder.services import moves_as_work
from forms_builder.services.holding_in_forms import ItemFormHolder
from forms_builder.services.moves_as_work import merge_or_ask, undo_or_ask
from forms_builder.services.where_used import find_references
from opsplatform.accounts.tests.machines import logged_in
from opsplatform.audit.models import AuditEntry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import telling
from opsplatform.jobs.services.running import run_job
from opsplatform.kernel.errors import Forbidden, Invalid, StaleRevision, WrongState
from themes.tests.demonstrated import DOG, account
from themes.tests.test_merging_fields import ADDRESS, DOG_ADDRESS, drafts, field

pytestmark = pytest.mark.usefixtures("demo_db")
PAGE, MERGE_PAGE = f"/public-fields/{DOG_ADDRESS}/", f"/public-fields/{DOG_ADDRESS}/merge/"


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drafts of the demonstration are many."""
    monkeypatch.setattr(moves_as_work, "AT_ONCE", 0)


def ask(by: str = "operator", **also: Any) -> Any:
    return merge_or_ask(actor=account(by), source=DOG_ADDRESS, target=ADDRESS, note="含义相同", **also)


def run(job: Job) -> Job:
    run_job(job.pk)
    job.refresh_from_db()
    return job


def test_few_drafts_follow_at_once() -> None:
    move = ask()
    assert isinstance(move, FieldMove) and field(DOG_ADDRESS).merged_into == field(ADDRESS)
    assert isinstance(undo_or_ask(actor=account("operator"), pk=move.pk, note="弄错了"), FieldMove)


@pytest.mark.usefixtures("many")
def test_many_follow_when_the_work_is_done_and_come_back_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(telling._Teller, "tell", lambda self, done, total: told.append((done, total)))
    before = drafts()
    job = ask()
    assert isinstance(job, Job) and drafts() == before and field(DOG_ADDRESS).merged_into is None
    assert ask() == job  # asked for twice, it is done once
    with pytest.raises(WrongState):  # what is asked for otherwise is not taken for it
        merge_or_ask(actor=account("operator"), source=DOG_ADDRESS, target=ADDRESS, note="别的理由")
    assert run(job).state == Job.State.DONE
    move = FieldMove.objects.get(source__code=DOG_ADDRESS, undone_at=None)
    assert move.made_by == account("operator") and told == [
        (n, len(move.documents)) for n in range(len(move.documents))
    ]
    assert AuditEntry.objects.get(action="public_field.merged").actor == account("operator")
    undoing = undo_or_ask(actor=account("operator"), pk=move.pk, note="弄错了")
    assert isinstance(undoing, Job) and run(undoing).state == Job.State.DONE
    assert drafts() == before and field(DOG_ADDRESS).merged_into is None


@pytest.mark.usefixtures("many")
def test_what_would_be_refused_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(Forbidden):
        ask(by="sj_editor")
    with pytest.raises(StaleRevision):
        ask(seen=(99, 99))
    with pytest.raises(Invalid):
        merge_or_ask(actor=account("operator"), source=DOG_ADDRESS, target=DOG_ADDRESS, note="自己")
    assert not Job.objects.filter(kind=moves_as_work.MERGE).exists()


@pytest.mark.usefixtures("many")
def test_the_work_judges_again() -> None:
    """Somebody changed one of the fields, or lost the right, before it began: nothing follows, and it says why."""
    job = ask()
    PublicField.objects.filter(code=ADDRESS).update(revision=7)
    before = drafts()
    parked = run(job)
    assert (parked.state, drafts()) == (Job.State.PARKED, before) and "有人改过" in parked.last_error
    second = ask()
    account("operator").memberships.all().delete()
    assert run(second).state == Job.State.PARKED and drafts() == before


@pytest.mark.usefixtures("many")
def test_what_was_released_meanwhile_is_not_even_asked_to_be_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    run(ask())
    move = FieldMove.objects.get(source__code=DOG_ADDRESS)
    monkeypatch.setattr(moves_as_work, "why_not_undone", lambda move: "已经发布。")
    with pytest.raises(WrongState):
        undo_or_ask(actor=account("operator"), pk=move.pk, note="弄错了")


@pytest.mark.usefixtures("many")
def test_the_pages_say_that_it_is_asked_for_and_how_far_it_is() -> None:
    client = logged_in(account("operator"))
    typed = {"into": ADDRESS, "note": "含义相同", "revision": field(DOG_ADDRESS).revision}
    answer = client.post(MERGE_PAGE, {**typed, "target_revision": field(ADDRESS).revision}, follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain[-1][0] == PAGE.replace("@", "%40") or answer.redirect_chain[-1][0] == PAGE
    assert "已交后台合并" in shown and "后台任务" in shown and "合并公共字段" in shown
    run(Job.objects.get(kind=moves_as_work.MERGE))
    move = FieldMove.objects.get(source__code=DOG_ADDRESS)
    shown = client.post(PAGE, {"move": move.pk, "note": "弄错了"}, follow=True).content.decode()
    assert "已交后台撤销" in shown and DOG in shown


@pytest.mark.usefixtures("many")
def test_a_split_is_judged_when_it_is_asked_for_and_done_by_work() -> None:
    uses = [one.id for one in find_references("public_field", ADDRESS) if one.source == ItemFormHolder.source][:1]
    typed = {"code": "c_window_address", "label": "窗口地址", "use": uses, "note": "含义不同"}
    client, page = logged_in(account("operator")), f"/public-fields/{ADDRESS}/split/"
    revision = field(ADDRESS).revision
    for wrong in ({"use": []}, {"code": "a b"}, {"code": "不是代码"}, {"code": ADDRESS}, {"revision": revision + 1}):
        assert client.post(page, {**typed, "revision": revision, **wrong}).status_code in (409, 412, 422), wrong
    assert not Job.objects.filter(kind=moves_as_work.SPLIT).exists()
    before = drafts()
    answer = client.post(page, {**typed, "revision": revision}, follow=True)
    assert "已交后台拆分" in answer.content.decode() and drafts() == before
    assert not PublicField.objects.filter(code="c_window_address").exists()
    assert run(Job.objects.get(kind=moves_as_work.SPLIT)).state == Job.State.DONE
    assert drafts() != before and field("c_window_address").label == "窗口地址"
