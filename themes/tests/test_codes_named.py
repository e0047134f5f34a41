"""Codes that themes name: drafts are rewritten, versions keep what they froze, people see their share."""

from datetime import date, timedelta
from typing import Any

import pytest

from forms_builder.models import Dictionary
from forms_builder.registry import Replacement
from forms_builder.services import where_used
from forms_builder.services.ending_codes import Decision, Ending, Successor, end_code
from forms_builder.services.uses_told import tell_uses
from forms_builder.services.where_used import list_offers
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Forbidden, Invalid
from opsplatform.release.models import Decision as Verdict
from opsplatform.release.models import DraftRevision, Package
from themes.models import Theme
from themes.services import watching
from themes.services.codes_named import DraftCodes
from themes.tests.browsing import form_of, logged_in, text_of
from themes.tests.demonstrated import RESTAURANT, account, get, new_version, save

pytestmark = pytest.mark.usefixtures("demo_db")
ALCOHOL, FAR = "alcohol_scope", date(2099, 12, 31)
PAGE = f"/dictionaries/{ALCOHOL}/entries/retail/"


def end(*successors: str, last_day: date = FAR, **decisions: Decision) -> Any:
    ending = Ending(ALCOHOL, "retail", last_day, tuple(Successor(one) for one in successors), decisions)
    revision = Dictionary.objects.get(code=ALCOHOL).revision
    return end_code(actor=account("operator"), ending=ending, expected_revision=revision, note="标准修订")


def draft() -> dict[str, Any]:
    return get(RESTAURANT).subject.draft


def values() -> list[Any]:
    """What the rules fill into the field of that dictionary."""
    effects = [effect for rule in draft()["guidance"]["rules"] for effect in rule["effects"]]
    return [effect["value"] for effect in effects if effect.get("field") == "ALCOHOL"]


def test_a_draft_is_rewritten_as_a_revision_of_its_own() -> None:
    assert values() == [["retail"], ["retail", "wholesale"]]
    revision = get(RESTAURANT).subject.draft_revision
    packages = {package.digest: bytes(package.content) for package in Package.objects.all()}
    end("wholesale")
    assert values() == [["wholesale"], ["wholesale"]]
    saved = DraftRevision.objects.get(subject__code=RESTAURANT, revision=revision + 1)
    assert saved.saved_by == account("operator")
    assert AuditEntry.objects.get(action="theme.recoded").object_key == RESTAURANT
    assert {package.digest: bytes(package.content) for package in Package.objects.all()} == packages


def test_a_rule_may_end_with_the_code() -> None:
    uses = [use for use in where_used.find_uses(ALCOHOL, "retail") if use.source == "theme_draft"]
    end(**{use.id: Decision(ends=True) for use in uses})
    ended = [rule["name"] for rule in draft()["guidance"]["rules"] if rule.get("effective_to") == FAR.isoformat()]
    assert len(ended) == 2
    assert values() == [["retail"], ["retail", "wholesale"]]
    assert where_used.outliving(ALCOHOL, "retail", FAR) == []


def test_a_rule_that_has_not_begun_does_not_end(operator_saves: Any) -> None:
    uses = [use for use in where_used.find_uses(ALCOHOL, "retail") if use.source == "theme_draft"]
    with pytest.raises(DomainError, match="才开始"):
        end(**{use.id: Decision(ends=True) for use in uses})


@pytest.fixture
def operator_saves() -> None:
    def begin_late(tree: dict[str, Any]) -> None:
        for rule in tree["guidance"]["rules"]:
            rule["effective_from"] = "2100-01-01"

    save(RESTAURANT, begin_late)


def test_an_approval_that_nobody_released_is_void_once_its_draft_is_rewritten() -> None:
    version = new_version(RESTAURANT)
    told = tell_uses(account("operator"), ALCOHOL, "retail")
    assert {one.owner.note for one in told.open} == {"已批准：改写后须重新提交"}
    end("wholesale")
    assert Verdict.objects.filter(version=version, kind=Verdict.Kind.VOIDED).exists()


def test_what_is_on_show_is_listed_with_its_districts_and_never_ends_in_the_past() -> None:
    told = tell_uses(account("hp_editor"), ALCOHOL, "retail")
    assert [one.owner.name for one in told.on_show] == ["开办餐饮店“一件事” 版本 1"]
    assert "黄浦区" in told.on_show[0].owner.note
    with pytest.raises(Invalid) as refusal:
        end("wholesale", last_day=clock.today() - timedelta(days=1))
    assert [problem.code for problem in refusal.value.problems] == ["on_show"]


def test_drafts_are_told_only_to_those_who_see_them() -> None:
    told = tell_uses(account("hp_editor"), ALCOHOL, "retail")
    assert (told.open, told.hidden) == ([], 2)
    assert len(tell_uses(account("sj_editor"), ALCOHOL, "retail").open) == 2


def test_once_the_day_has_passed_the_watch_tells_who_answers_for_the_theme() -> None:
    end("wholesale", last_day=clock.today())
    tomorrow = clock.today() + timedelta(days=1)
    theme = Theme.objects.get(subject__code=RESTAURANT)
    assert not [row for row in watching.watch_live_themes(theme) if row.code == "dictionary_entry_expired"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching.clock, "today", lambda: tomorrow)
        (told,) = [row for row in watching.watch_live_themes(theme) if row.code == "dictionary_entry_expired"]
    assert "已停用" in str(told)


def test_the_pages_lead_from_the_dictionary_to_the_act() -> None:
    browser = logged_in("operator")
    listed = text_of(browser.get(f"/dictionaries/{ALCOHOL}/"))
    assert "2 处" in listed
    told = text_of(browser.get(PAGE))
    assert "兼营酒类批发" in told and "在用的版本（1 个）" in told
    offers = f"{len(list_offers(ALCOHOL))} 处表单和主题草稿"
    assert all(offers in text_of(browser.get(page)) for page in (PAGE, f"{PAGE}end/retire/"))
    form = form_of(browser.get(f"{PAGE}end/merge/"), holding="successors")
    refused = browser.post(f"{PAGE}end/merge/", {**form, "successors": ["nothing"], "note": ["标准修订"]})
    assert refused.status_code == 422
    assert form_of(refused, holding="successors")["note"] == ["标准修订"]
    done = browser.post(f"{PAGE}end/merge/", {**form, "successors": ["wholesale"], "note": ["标准修订"]}, follow=True)
    assert "已合并" in done.content.decode()
    assert "wholesale" in text_of(done)
    assert browser.post(f"{PAGE}end/merge/", {**form, "successors": ["wholesale"], "note": ["再"]}).status_code == 412


def test_places_left_empty_take_what_is_said_for_the_rest() -> None:
    browser = logged_in("operator")
    form = form_of(browser.get(f"{PAGE}end/retire/"), holding="rest")
    done = browser.post(f"{PAGE}end/retire/", {**form, "rest": ["wholesale"], "note": ["标准修订"]})
    assert done.status_code == 302
    assert values() == [["wholesale"], ["wholesale"]]


def test_a_name_is_changed_from_a_day_on_and_that_days_dictionary_says_the_former_one() -> None:
    browser = logged_in("operator")
    form = form_of(browser.get(PAGE), holding="since")
    changed = {**form, "name": ["零售酒类"], "since": ["2026-03-01"], "note": ["与许可目录一致"]}
    assert browser.post(PAGE, changed).status_code == 302
    assert "零售酒类" in text_of(browser.get(f"/dictionaries/{ALCOHOL}/"))
    then = text_of(browser.get(f"/dictionaries/{ALCOHOL}/?at=2026-02-28"))
    assert "零售酒类" not in then
    assert browser.post(PAGE, {**changed, "since": ["2026-13-01"]}).status_code == 422


def test_the_acts_are_the_operators() -> None:
    browser = logged_in("hp_editor")
    assert browser.get(PAGE).status_code == 200
    assert browser.get(f"{PAGE}end/merge/").status_code == 403
    assert browser.post(PAGE, {"name": "x", "since": "2026-01-01", "note": "x"}).status_code == 403
    assert logged_in("operator").get(f"{PAGE}end/nonsense/").status_code == 404


def test_who_may_not_rewrite_a_draft_learns_nothing_of_how_it_would_go() -> None:
    nowhere = Replacement("/guidance/rules/999/effects/0/value", "retail", ("wholesale",), FAR)
    with pytest.raises(Forbidden):
        DraftCodes().rewrite(actor=account("sj_editor"), key=RESTAURANT, replacements=[nowhere], note="试")
