"""Saved cases: kept from a run of the simulator, run, told in words, accepted with a reason, required or not."""

import re
from typing import Any

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import DomainError, Invalid, WrongState
from opsplatform.release.errors import GateClosed
from themes.documents import SavedCase
from themes.packages.case_runs import CaseRuns
from themes.packages.compilation import package_bytes
from themes.services import checking
from themes.services.inspecting import check_theme, open_draft_package
from themes.services.keeping_cases import NewCase, accept_case, delete_case, require_case, save_cases
from themes.services.showing import show_draft
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import DOG, EDITORS, account, bring_in, dossier, get, save, submitted

pytestmark = pytest.mark.usefixtures("demo_db")

NAME = "个人养一只犬"


def cases() -> list[dict[str, Any]]:
    return get(DOG).subject.draft["cases"]


def keep(name: str = NAME, **more: Any) -> dict[str, Any]:
    """The first worked example, without its last answer, saved as a case; as it then stands in the draft."""
    answers = dict(list(cases()[0]["answers"].items())[:-1])
    save_cases(
        actor=account(EDITORS[DOG]), code=DOG, wanted=[NewCase(name, answers, **more)],
        expected_revision=get(DOG).subject.draft_revision,
    )  # fmt: skip
    return cases()[-1]


def do(act: Any, **more: Any) -> Any:
    return act(actor=account(EDITORS[DOG]), code=DOG, expected_revision=get(DOG).subject.draft_revision, **more)


def failing() -> list[Any]:
    return [finding for finding in check_theme(get(DOG)) if finding.code == "case_failing"]


def test_a_run_of_the_preview_is_saved_with_what_it_leads_to() -> None:
    client = logged_in(EDITORS[DOG])
    case = cases()[0]
    shown = client.get(url("preview", DOG), {"source": "draft", "division": "310101", "case": case["code"]})
    assert "存为用例" not in text_of(shown), "it is saved already"
    answers = {f"a:{code}": _typed(one) for code, one in list(case["answers"].items())[:-1]}
    shown = client.get(url("preview", DOG), {"source": "draft", "division": "310101", **answers})
    assert "存为用例" in text_of(shown)
    page = client.get(url("case_new", DOG), {"division": "310101", **answers})
    form = {**form_of(page, holding="name"), "name": NAME}
    assert client.post(url("case_new", DOG), form).status_code == 302
    kept = cases()[-1]
    assert kept["name"] == NAME and kept["division"] == "310101" and kept["published"] is False
    assert kept["expected"]["items"] and set(kept["expected"]) >= {"items", "stopped", "materials_to_submit"}
    listed = text_of(client.get(url("part", DOG, part="cases")))
    assert NAME in listed and "全部与预期一致" in listed
    again = client.post(url("case_new", DOG), {**form, "revision": get(DOG).subject.draft_revision})
    assert again.status_code == 422 and f"用例“{NAME}”的回答、区划和日期与此相同" in text_of(again)


def test_a_run_that_goes_no_further_says_which_questions_are_open_and_a_day_that_is_none_is_not_today() -> None:
    client = logged_in(EDITORS[DOG])
    code, answer = next(iter(cases()[0]["answers"].items()))
    given = {f"a:{code}": _typed(answer)}
    shown = text_of(client.get(url("case_new", DOG), given))
    assert "个必答的问题没有回答" in shown
    whole = {f"a:{one}": _typed(value) for one, value in cases()[0]["answers"].items()}
    assert "必答的问题没有回答" not in text_of(client.get(url("case_new", DOG), whole))
    assert "“2024-02-30”不是日期" in text_of(client.get(url("case_new", DOG), {**given, "on": "2024-02-30"}))


def _typed(answer: Any) -> Any:
    return str(answer).lower() if isinstance(answer, bool) else answer


def test_a_required_case_that_fails_blocks_with_a_sentence_and_another_only_advises() -> None:
    kept = keep()
    save(DOG, lambda tree: tree["cases"][-1]["expected"].update(items=[*kept["expected"]["items"][1:], "PAY"]))
    (finding,) = failing()
    name = show_draft(get(DOG)).frozen.items[kept["expected"]["items"][0]].daily_name
    assert finding.is_blocking and f"用例“{NAME}”与预期不同：事项" in finding.sentence
    assert f"事项多了“{name}”" in finding.sentence
    with pytest.raises(GateClosed):
        submitted(DOG)
    do(require_case, case=kept["code"], is_required=False)
    assert [one.severity for one in failing()] == ["advisory"]
    submitted(DOG)


def test_what_is_computed_is_accepted_with_a_reason_that_stays() -> None:
    kept = keep()
    save(DOG, lambda tree: tree["cases"][-1]["expected"].update(items=[]))
    with pytest.raises(Invalid):
        do(accept_case, case=kept["code"], reason="  ")
    do(accept_case, case=kept["code"], reason="条例改了")
    assert cases()[-1] == {**kept, "reason": "条例改了"} and not failing()
    with pytest.raises(WrongState, match="没有要更新的预期"):
        do(accept_case, case=kept["code"], reason="又看了一遍")
    assert cases()[-1]["reason"] == "条例改了", "a case that holds keeps why it is right"
    entry = AuditEntry.objects.get(action="theme.case_accepted")
    assert entry.reason == "条例改了"
    assert "条例改了" in text_of(logged_in("ga_reviewer").get(url("part", DOG, part="cases")))


def test_a_case_is_deleted_but_not_the_typical_one() -> None:
    kept = keep(is_published=True)
    save(DOG, lambda tree: tree.update(typical_case=kept["code"]))
    with pytest.raises(WrongState):
        do(delete_case, case=kept["code"])
    save(DOG, lambda tree: tree.pop("typical_case"))
    do(delete_case, case=kept["code"])
    assert kept["code"] not in {one["code"] for one in cases()}


def test_a_case_of_a_division_and_a_day_is_run_there_and_then() -> None:
    kept = keep(division="310101", on="2024-01-01")
    frozen = show_draft(get(DOG)).frozen
    runs = CaseRuns(frozen, "310000", clock.today())
    case = SavedCase(**kept)
    assert runs.run(case).holds and runs.day_of(case).year == 2024
    (problem,) = runs.problems_in(SavedCase(**{**kept, "division": "990101"}))
    assert "990101" in problem
    for wrong in ({"is_published": True, "division": "310101"}, {"division": "990101"}, {"on": "2024-02-30"}):
        with pytest.raises(DomainError):
            keep("另一个", **wrong)


def test_saved_cases_change_no_byte_of_the_package_unless_they_are_examples() -> None:
    before = package_bytes(open_draft_package(get(DOG)).package)
    kept = keep()
    do(require_case, case="case-1", is_required=False)
    save(DOG, lambda tree: tree["cases"][-1]["expected"].update(items=[]))
    do(accept_case, case=kept["code"], reason="仍然对")
    assert package_bytes(open_draft_package(get(DOG)).package) == before
    save(DOG, lambda tree: tree["cases"][-1].pop("published"))
    assert kept["name"].encode() in package_bytes(open_draft_package(get(DOG)).package)


def test_a_dossier_carries_cases_with_all_they_say() -> None:
    tree = dossier(DOG)
    more = {"division": "310101", "on": "2025-01-01", "required": False, "published": False, "reason": "看过"}
    tree["worked_examples"][0] |= {"code": "own", **more}
    tree["theme"]["summary"] += "。"
    bring_in(tree)
    assert cases()[0] | more == cases()[0] and cases()[0]["code"] == "own" and cases()[1]["code"] == "case-2"
    tree["worked_examples"][0]["code"] = "case-2"
    with pytest.raises(Invalid, match="出现了不止一次"):
        bring_in(tree)


def test_a_gate_that_runs_no_case_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking.CaseRuns, "run_all", lambda _: [])
    with pytest.raises(ValueError, match="unpack"):
        test_a_required_case_that_fails_blocks_with_a_sentence_and_another_only_advises()


def test_boundary_cases_are_looked_at_chosen_and_saved_with_what_they_lead_to() -> None:
    client = logged_in(EDITORS[DOG])
    page = client.get(url("case_proposals", DOG))
    shown = text_of(page)
    assert "刚好不到 3 月" in shown and "刚好超过 3 月" in shown and "在黄浦区办理（与它规定相同的共 7 个）" in shown
    form = form_of(page, holding="required")
    offered = re.findall(r'name="chosen" value="([0-9a-f]+)"', page.content.decode())
    count = len(cases())
    assert client.post(url("case_proposals", DOG), {**form, "chosen": []}).status_code == 422
    assert client.post(url("case_proposals", DOG), {**form, "chosen": offered[:3]}).status_code == 302
    saved = cases()[count:]
    assert len(saved) == 3 and all(one["expected"]["items"] and one["published"] is False for one in saved)
    assert not failing()
    left = re.findall(r'name="chosen" value="([0-9a-f]+)"', client.get(url("case_proposals", DOG)).content.decode())
    assert set(left) <= set(offered[3:])
    assert "chosen" not in logged_in("ga_reviewer").get(url("case_proposals", DOG)).content.decode()


@pytest.mark.parametrize("expected", [{"items": 5}, {"items": [{}]}, {"days_after_parallel_promised": "快"}])
def test_an_expectation_that_nothing_could_meet_is_refused_at_its_place(expected: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        save(DOG, lambda tree: tree["cases"][0].update(expected=expected))
    assert [problem.pointer for problem in refusal.value.problems] == [f"/cases/0/expected/{next(iter(expected))}"]
