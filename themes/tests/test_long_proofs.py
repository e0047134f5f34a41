"""A proof that takes long is background work: told as unfinished, never taken for fine, kept by what it is about."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from msgspec.structs import replace

from opsplatform.jobs.models import Job
from opsplatform.jobs.services.running import run_job
from opsplatform.kernel import clock
from opsplatform.kernel.request_context import through
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import Version
from themes.guidance.proof.interrupting import watched
from themes.guidance.proof.proving import prove
from themes.guidance.proof.record import record_of
from themes.guidance.proof.report import NotProved, ProofFinding, ProofReport
from themes.models import GuidanceProof, VersionProof
from themes.packages.names import names_of
from themes.packages.tests.dossiers import frozen
from themes.release_kind import ThemeKind
from themes.services import checking, checking_proof, proving
from themes.services.inspecting import check_theme, examine
from themes.services.reviewing import submit_theme
from themes.services.showing import show_draft
from themes.tests.demonstrated import RESTAURANT, account, add_sentence, get, save

pytestmark = pytest.mark.usefixtures("demo_db")


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is proved while somebody waits, and nothing is known yet."""
    monkeypatch.setattr(proving, "SECONDS_AT_ONCE", -1.0)
    monkeypatch.setattr(proving, "_reports", type(proving._reports)())


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(account("sj_editor"))
    return client


def asked() -> list[Job]:
    return list(Job.objects.filter(kind=proving.PROVE).order_by("pk"))


def submitted() -> Version:
    with through("page"):
        revision = get(RESTAURANT).subject.draft_revision
        return submit_theme(actor=account("sj_editor"), code=RESTAURANT, expected_revision=revision, note="提交")


def test_the_page_says_that_it_is_being_proved_and_then_what_was_proved(editor: Client) -> None:
    page = f"/themes/{RESTAURANT}/findings/"
    for _ in range(2):  # asked for twice, it is done once
        text = editor.get(page).content.decode()
        assert "正在验证…" in text and "every 2s" in text and "已证明" not in text
        (job,) = asked()
    assert (job.object_key, job.state) == (RESTAURANT, Job.State.WAITING)
    assert run_job(job.pk)
    text = editor.get(page).content.decode()
    assert "已证明" in text and "正在验证" not in text and "every 2s" not in text
    row = GuidanceProof.objects.get()
    assert row.report and not bytes(row.asked), "the input is not kept longer than it is needed"
    frozen_now = show_draft(get(RESTAURANT)).frozen
    report = proving.find_report(frozen_now, clock.today())
    assert report == prove(
        frozen_now.document, names=names_of(frozen_now), divisions=frozen_now.divisions, on=clock.today()
    )


def refusal_while_unproved() -> GateClosed:
    save(RESTAURANT, add_sentence)
    with pytest.raises(GateClosed) as refused:
        submitted()
    return refused.value


def test_the_gate_takes_an_unfinished_proof_for_none_and_passes_with_the_finished_one() -> None:
    refusal = refusal_while_unproved()
    assert [finding.code for finding in refusal.findings] == ["being_proved"]
    (job,) = asked()  # though what the gate wrote went with its refusal
    assert run_job(job.pk)
    assert submitted().number == 2


def test_a_gate_that_overlooks_the_unfinished_proof_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur."""
    honest = checking_proof.check_proof

    def lenient(one: Any, today: date) -> list[Any]:
        return [finding for finding in honest(one, today) if finding.code != "being_proved"]

    monkeypatch.setattr(checking, "check_proof", lenient)
    with pytest.raises(pytest.fail.Exception):
        refusal_while_unproved()


def test_the_gate_after_a_check_does_not_prove_again(monkeypatch: pytest.MonkeyPatch) -> None:
    proved: list[str] = []

    def counting(*arguments: Any, **options: Any) -> Any:
        proved.append("once")
        return prove(*arguments, **options)

    monkeypatch.setattr(proving, "prove", counting)
    theme = get(RESTAURANT)
    assert check_theme(theme), "a command waits for the proof"
    ThemeKind().findings(theme.subject)
    monkeypatch.setattr(proving, "SECONDS_AT_ONCE", 5.0)
    with through("page"):
        examine(theme, theme.subject.draft)
    assert proved == ["once"] and not asked() and not GuidanceProof.objects.exists()


def test_what_is_typed_on_meanwhile_leaves_only_the_latest_to_be_proved() -> None:
    theme = get(RESTAURANT)
    with through("page"):
        for number in range(5):
            tree = {**theme.subject.draft, "name": f"开饭店 {number}"}
            assert "being_proved" in {finding.code for finding in examine(theme, tree)}
    rows = GuidanceProof.objects.all()
    assert rows.count() == proving.MOST_ASKED and len(asked()) == 5
    assert all(run_job(job.pk) for job in asked())
    assert rows.filter(report__isnull=False).count() == proving.MOST_ASKED


def test_situations_that_take_long_are_listed_by_background_work(editor: Client) -> None:
    page, address = f"/themes/{RESTAURANT}/situations/", f"/api/v1/themes/{RESTAURANT}/draft/situations/"
    for _ in range(2):
        text = editor.get(page).content.decode()
        assert "正在后台列出" in text and "every 2s" in text and "没有全部列出" not in text
    told = editor.get(address).json()
    assert (told["situations"], told["total"]) == ([], None) and "正在后台列出" in told["why_not_all"]
    (job,) = asked()
    assert run_job(job.pk)
    told = editor.get(address).json()
    assert len(told["situations"]) == told["total"] > 0 and told["why_not_all"] == ""
    assert "已全部列出" in editor.get(page).content.decode()


def test_a_proof_can_be_broken_off_and_is_the_same_when_watched() -> None:
    one = frozen("theme_restaurant")
    parts: set[tuple[int, int]] = set()
    assert proved_under(lambda done, total: parts.add((done, total)), one) == prove(one.document)
    assert parts >= {(3, 5), (4, 5)}

    class Enough(Exception):
        pass

    def enough(done: int, total: int) -> None:
        if done > 2:
            raise Enough

    with pytest.raises(Enough):
        proved_under(enough, one)
    assert prove(one.document).findings, "and nothing of it is left behind"


def proved_under(watch: Callable[[int, int], None], one: Any) -> Any:
    with watched(watch):
        return prove(one.document)


def test_a_version_keeps_what_was_proved_of_it_and_says_so_in_console_and_rest(editor: Client) -> None:
    kept = VersionProof.objects.get(version__subject__code=RESTAURANT, version__number=1)
    record = editor.get(f"/api/v1/themes/{RESTAURANT}/versions/1/certificate/").json()["proof"]
    assert record == kept.record
    assert record["classes"] == 512_064 and record["on"] == kept.version.submitted_at.astimezone().date().isoformat()
    assert {one["property"]: one["state"] for one in record["properties"]} == {
        "dead_end": "proved", "waits_in_vain": "proved", "contradiction": "proved", "never_matters": "refuted",
    }  # fmt: skip
    page = editor.get(f"/themes/{RESTAURANT}/certificate/?version=1").content.decode()
    assert "共 512,064 类回答" in page and f"从 {record['on']} 起" in page and "不成立：1 处" in page
    unfinished = editor.get(f"/api/v1/themes/{RESTAURANT}/draft/certificate/").json()
    assert unfinished["proof"] is None and unfinished["counts"]
    assert "正在验证" in editor.get(f"/themes/{RESTAURANT}/certificate/").content.decode()


def test_a_record_says_what_was_not_proved_and_why() -> None:
    one = NotProved("contradiction", "/guidance", "太多。")
    found = ProofFinding("rule_never_fires", "/guidance/rules/0", "从不。")
    record = record_of(ProofReport(None, (found,), (one, replace(one, property="never_matters"))), date(2026, 1, 2))
    told = {each.property: (each.state, each.findings, each.reasons) for each in record.properties}
    assert told == {
        "dead_end": ("proved", 0, ()), "waits_in_vain": ("proved", 0, ()),
        "contradiction": ("not_proved", 0, ("太多。",)), "never_matters": ("refuted", 1, ("太多。",)),
    }  # fmt: skip
