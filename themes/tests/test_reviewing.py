"""From draft to approval: the gate, the frozen version, the second person, stale and voided work."""

import inspect
from typing import Any

import pytest
from django.core.management import CommandError

from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import Material, ServiceItem
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.kernel.notes import NoteMissing
from opsplatform.release.errors import GateClosed, NotApproved, NothingChanged, OwnWork
from opsplatform.release.models import Decision, DraftRevision, ReviewParty, Subject, Version
from opsplatform.release.selectors import is_approved
from opsplatform.release.services import reviewing as engine
from themes.services.demonstration import approve_by_all
from themes.services.drafting import save_theme
from themes.services.publishing import release_theme
from themes.services.reviewing import approve_theme, return_theme, submit_theme
from themes.tests.demonstrated import (
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    bring_in,
    contents,
    dossier,
    get,
    new_version,
    run,
    save,
    submit,
)
from themes.tests.rights import both_roles

pytestmark = pytest.mark.usefixtures("demo_db")


# --- the second person ----------------------------------------------------------------------------------------------


def author_tries_to_approve() -> Version:
    """An account that may edit and approve wrote the draft; another submitted it."""
    both_roles("sj_reviewer")
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    version = submit(RESTAURANT, by="sj_editor")
    return approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")


def test_who_wrote_any_part_of_it_cannot_approve() -> None:
    with pytest.raises(OwnWork):
        author_tries_to_approve()
    assert not Decision.objects.filter(kind=Decision.Kind.APPROVED, version__number=2).exists()


def test_who_submitted_it_cannot_approve() -> None:
    both_roles("sj_reviewer")
    save(RESTAURANT, add_sentence)
    version = submit(RESTAURANT, by="sj_reviewer")
    with pytest.raises(OwnWork):
        approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")


def test_who_wrote_it_and_took_it_back_again_still_counts_as_an_author() -> None:
    both_roles("sj_reviewer")
    before = get(RESTAURANT).subject.draft
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    save(RESTAURANT, lambda tree: (tree.clear(), tree.update(before)))
    save(RESTAURANT, lambda tree: tree.update(summary="新"))
    version = submit(RESTAURANT)
    assert set(version.author_ids) == {account("sj_reviewer").pk, account("sj_editor").pk}


def test_who_wrote_only_what_was_approved_before_may_approve_the_next_version() -> None:
    both_roles("sj_reviewer", "sj_editor")
    first = new_version(RESTAURANT)
    release_theme(
        actor=account("operator"), code=RESTAURANT, version=first.number, division_codes=["310101"], note="发布"
    )
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    version = submit(RESTAURANT, by="sj_reviewer")
    approve_theme(actor=account("sj_editor"), code=RESTAURANT, digest=version.digest, note="同意")
    assert is_approved(approve_by_all(version, "同意"))


def test_who_wrote_what_was_approved_and_then_voided_is_an_author_of_the_next_version() -> None:
    both_roles("sj_reviewer")
    new_version(RESTAURANT)
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    assert account("sj_editor").pk in submit(RESTAURANT, by="sj_reviewer").author_ids


def test_the_importer_of_a_dossier_is_an_author() -> None:
    tree = dossier(RESTAURANT)
    tree["theme"]["summary"] = "另一简介"
    bring_in(tree)
    assert account("operator").pk in submit(RESTAURANT).author_ids


def test_the_author_cannot_approve_on_the_command_line() -> None:
    both_roles("sj_editor")
    save(RESTAURANT, add_sentence)
    submit(RESTAURANT)
    ran = run("approve_theme", RESTAURANT, "--actor", "sj_editor", "--json")
    assert (ran.status, ran.report["code"]) == (1, "own_work")
    assert run("approve_theme", RESTAURANT, "--actor", "sj_reviewer", "--json").status == 0
    with pytest.raises(CommandError):
        run("approve_theme", RESTAURANT, "--actor", "nobody")


def test_an_author_cannot_return_their_own_work_either() -> None:
    both_roles("sj_editor")
    save(RESTAURANT, add_sentence)
    version = submit(RESTAURANT)
    with pytest.raises(OwnWork):
        return_theme(actor=account("sj_editor"), code=RESTAURANT, digest=version.digest, note="自己退回")


def test_the_saboteur_without_the_check_is_stopped_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        engine, "require_reviewer", lambda actor, version: list(ReviewParty.objects.filter(state="open"))
    )
    with pytest.raises(Exception, match="an author decides for no party"):
        author_tries_to_approve()


# --- what is approved is what was seen ------------------------------------------------------------------------------


def test_an_approval_names_the_digest_that_was_seen() -> None:
    version = new_version(RESTAURANT, approved=False)
    with pytest.raises(WrongState):
        approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest="0" * 64, note="同意")
    approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")
    approve_theme(actor=account("operator2"), code=RESTAURANT, digest=version.digest, note="可以发布")
    party = ReviewParty.objects.get(step__version=version, step__code="lead")
    assert (party.digest, party.decided_by, party.note) == (version.digest, account("sj_reviewer"), "同意")
    decision = Decision.objects.get(version=version)
    assert (decision.digest, decision.decided_by, decision.note) == (version.digest, account("operator2"), "可以发布")


def assert_edit_voids(version: Version) -> None:
    save(RESTAURANT, add_sentence)
    subject = get(RESTAURANT).subject
    assert subject.state == Subject.State.DRAFT
    assert not is_approved(Version.objects.get(pk=version.pk))
    assert Decision.objects.filter(version=version, kind=Decision.Kind.VOIDED).count() == 1
    with pytest.raises(NotApproved):
        release_theme(
            actor=account("operator"), code=RESTAURANT, version=version.number, division_codes=None, note="发布"
        )
    with pytest.raises(WrongState):
        approve_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="同意")


@pytest.mark.parametrize("approved", [False, True])
def test_an_edit_after_submission_voids_it(approved: bool) -> None:
    assert_edit_voids(new_version(RESTAURANT, approved=approved))


def test_the_saboteur_that_edits_without_voiding_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    version = new_version(RESTAURANT)
    monkeypatch.setattr("opsplatform.release.services.drafting.void_current", lambda subject, actor: None)
    with pytest.raises(AssertionError):
        assert_edit_voids(version)


def test_a_reimport_after_submission_voids_it_too() -> None:
    version = new_version(RESTAURANT)
    bring_in(dossier(RESTAURANT))
    assert is_approved(Version.objects.get(pk=version.pk))
    tree = dossier(RESTAURANT)
    tree["theme"]["summary"] = "另一简介"
    bring_in(tree)
    assert not is_approved(Version.objects.get(pk=version.pk))


def test_saving_what_already_stands_voids_nothing_and_makes_no_revision() -> None:
    version = new_version(RESTAURANT)
    before = contents()
    save(RESTAURANT, lambda tree: None)
    assert contents() == before
    assert is_approved(Version.objects.get(pk=version.pk))


def test_a_change_of_one_to_true_is_a_change() -> None:
    save(RESTAURANT, lambda tree: tree["cases"][0]["answers"].update(q_area=1))
    revision = get(RESTAURANT).subject.draft_revision
    save(RESTAURANT, lambda tree: tree["cases"][0]["answers"].update(q_area=True))
    assert get(RESTAURANT).subject.draft_revision == revision + 1


def test_approved_content_is_frozen_against_the_registers() -> None:
    version = new_version(RESTAURANT)
    content = bytes(version.content)
    places = ["310101"]
    options: dict[str, Any] = {"actor": account("operator"), "code": RESTAURANT, "version": version.number}
    (first,) = release_theme(**options, division_codes=places, note="发布")
    ServiceItem.objects.update(name="改名", promised_days=1, basic_code="999999999999")
    Material.objects.update(name="改名")
    assert bytes(Version.objects.get(pk=version.pk).content) == content
    (second,) = release_theme(**options, division_codes=["310104"], note="发布")
    seen, other = (bytes(row.package.content).decode() for row in (first, second))
    assert "改名" not in seen and "改名" not in other
    assert other.count("310104") > 0


# --- stale work -----------------------------------------------------------------------------------------------------


def test_a_stale_save_is_refused_with_exactly_what_changed() -> None:
    subject = get(DOG).subject
    mine = {**subject.draft, "summary": "我的"}
    save(DOG, lambda tree: tree.update(keywords=["别人的"]))
    before = contents()
    with pytest.raises(StaleRevision) as refusal:
        save_theme(actor=account("ga_editor"), code=DOG, tree=mine, expected_revision=subject.draft_revision)
    assert refusal.value.facts == {
        "current_revision": subject.draft_revision + 1,
        "changes": [
            {
                "place": "/keywords", "kind": "changed", "before": subject.draft["keywords"], "after": ["别人的"],
            }
        ],
    }  # fmt: skip
    assert contents() == before


@pytest.mark.parametrize("revision", [0, -1, 999])
def test_a_revision_that_never_was_is_stale(revision: int) -> None:
    with pytest.raises(StaleRevision):
        save_theme(actor=account("ga_editor"), code=DOG, tree=get(DOG).subject.draft, expected_revision=revision)


def test_a_stale_submission_is_refused() -> None:
    seen = get(DOG).subject.draft_revision
    save(DOG, add_sentence)
    with pytest.raises(StaleRevision):
        submit_theme(actor=account("ga_editor"), code=DOG, expected_revision=seen, note="提交")


# --- submission -----------------------------------------------------------------------------------------------------


def test_a_submission_is_refused_with_all_blocking_findings_at_once() -> None:
    def damage(tree: dict[str, Any]) -> None:
        tree["items"][0]["depends_on"] = ["NO-SUCH"]
        tree["category_code"] = "none"
        tree["guidance"]["rules"][0]["effective_from"] = "soon"
        tree["effective_to"] = "never"

    save(DOG, damage)
    before = contents()
    with pytest.raises(GateClosed) as refusal:
        submit(DOG)
    assert {finding.place for finding in refusal.value.findings} == {
        "/items/0/depends_on/0", "/category_code", "/guidance/rules/0/effective_from", "/effective_to",
    }  # fmt: skip
    assert contents() == before


def test_nothing_is_submitted_twice() -> None:
    new_version(DOG, approved=False)
    with pytest.raises(WrongState):
        submit(DOG)


def test_what_is_approved_already_need_not_be_submitted_again() -> None:
    before = get(DOG).subject.draft
    save(DOG, add_sentence)
    save(DOG, lambda tree: (tree.clear(), tree.update(before)))
    with pytest.raises(NothingChanged):
        submit(DOG)


def test_what_is_live_may_be_submitted_again_once_the_registers_have_changed() -> None:
    with pytest.raises(NothingChanged):
        submit(DOG)
    ServiceItem.objects.filter(key=get(DOG).subject.draft["items"][0]["item"]).update(daily_name="新的通俗名称")
    version = submit(DOG, by="ga_editor")
    assert (version.number, version.author_ids) == (2, [account("ga_editor").pk])
    assert "新的通俗名称" in bytes(version.content).decode()
    assert is_approved(Version.objects.get(subject__code=DOG, number=1))  # it is live, and stays so
    assert is_approved(approve_by_all(version, "同意"))


def test_what_was_approved_and_not_released_is_void_once_it_is_submitted_anew() -> None:
    version = new_version(DOG)
    ServiceItem.objects.filter(key=get(DOG).subject.draft["items"][0]["item"]).update(daily_name="新的通俗名称")
    again = submit(DOG)
    assert not is_approved(Version.objects.get(pk=version.pk))
    assert set(version.author_ids) <= set(again.author_ids)


def test_a_returned_version_goes_back_with_its_reason_and_may_be_submitted_anew() -> None:
    version = new_version(DOG, approved=False)
    return_theme(actor=account("ga_reviewer"), code=DOG, digest=version.digest, note="第三条须知有误")
    assert Decision.objects.get(version=version).note == "第三条须知有误"
    assert get(DOG).subject.state == Subject.State.DRAFT
    again = submit(DOG)
    assert (again.number, again.digest) == (version.number + 1, version.digest)


@pytest.mark.parametrize("note", ["", "  ", "\n"])
def test_every_act_needs_a_note(note: str) -> None:
    revision = get(DOG).subject.draft_revision
    with pytest.raises(NoteMissing):
        submit_theme(actor=account("ga_editor"), code=DOG, expected_revision=revision, note=note)
    version = new_version(DOG, approved=False)
    for act in (approve_theme, return_theme):
        with pytest.raises(NoteMissing):
            act(actor=account("ga_reviewer"), code=DOG, digest=version.digest, note=note)


def test_versions_are_numbered_densely_and_keep_who_why_and_of_which_draft() -> None:
    for _ in range(3):
        new_version(DOG, approved=False)
    versions = list(Version.objects.filter(subject__code=DOG).order_by("number"))
    assert [version.number for version in versions] == [1, 2, 3, 4]
    assert versions[-1].draft_revision == get(DOG).subject.draft_revision
    assert (versions[-1].submitted_by, versions[-1].note) == (account("ga_editor"), "提交")
    assert DraftRevision.objects.filter(subject__code=DOG).count() == 4


def test_the_code_of_a_theme_never_changes() -> None:
    before = contents()
    with pytest.raises(Invalid) as refusal:
        save(DOG, lambda tree: tree.update(code="OTHER"))
    assert [problem.pointer for problem in refusal.value.problems] == ["/code"]
    assert contents() == before


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda tree: tree.update(name="长" * 201), "/name"),
        (lambda tree: tree.update(colour=1), "/colour"),
        (lambda tree: tree["items"].append(tree["items"][0]), ""),
        (lambda tree: tree["guidance"]["rules"][0].update(when={"q": "x"}), "/guidance/rules/0/when"),
        (lambda tree: tree.update(items=None), "/items"),
    ],
)
def test_a_draft_of_the_wrong_shape_is_refused_at_its_place(change: Any, place: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save(DOG, change)
    assert any(problem.pointer.startswith(place) for problem in refusal.value.problems)


@pytest.mark.parametrize("tree", [None, 1, "x", [], {}, {"code": DOG}])
def test_a_draft_that_is_no_theme_is_refused(tree: Any) -> None:
    with pytest.raises(Invalid):
        save_theme(actor=account("ga_editor"), code=DOG, tree=tree, expected_revision=get(DOG).subject.draft_revision)


def test_every_act_of_a_review_is_in_the_trail() -> None:
    version = new_version(DOG)
    actions = ("theme.edited", "theme.submitted", "theme.confirmed", "theme.approved")
    rows = AuditEntry.objects.filter(object_key=DOG, action__in=actions).order_by("id")
    entries = {entry.action: entry for entry in rows}
    assert entries["theme.edited"].actor == entries["theme.submitted"].actor == account("ga_editor")
    assert entries["theme.approved"].actor == account("operator")
    confirmed = [entry for entry in rows if entry.action == "theme.confirmed"]
    assert [(entry.actor.username, entry.facts["parties"]) for entry in confirmed[-3:]] == [
        ("ny_reviewer", ["市农业农村委"]), ("ga_reviewer", ["市公安局"]), ("operator", ["上海市"])
    ]  # fmt: skip
    assert entries["theme.submitted"].reason == "提交" and entries["theme.approved"].reason == "同意"
    assert entries["theme.submitted"].facts == {"version": version.number, "digest": version.digest}
    (place,) = entries["theme.edited"].after
    assert place.startswith("/notices/") and entries["theme.edited"].after[place].endswith("请携带原件。")
    assert not entries["theme.edited"].before[place].endswith("请携带原件。")


def test_what_does_not_exist_is_not_found() -> None:
    for act in (submit_theme, approve_theme, return_theme):
        wanted = inspect.signature(act).parameters
        options = {"expected_revision": 1} if "expected_revision" in wanted else {"digest": "0" * 64}
        with pytest.raises(NotFound):
            act(actor=account("operator"), code="NO-SUCH", note="x", **options)
    with pytest.raises(Forbidden):
        submit(DOG, by="operator")
