"""What the database itself holds against any SQL: immutability, the second person, approved bytes only, a true history.

Every attempt is made as the application's role and must be refused; then once more as the owner with the guard taken
away, and must pass: so it is this guard, and nothing by chance, that refuses.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from forms_builder.tests.factories import ItemFormFactory
from opsplatform.kernel.canonical import canonical_bytes
from opsplatform.release.models import (
    CommentResolution,
    Decision,
    DraftRevision,
    Emergency,
    Package,
    PlanStage,
    Release,
    ReviewComment,
    ReviewParty,
    ReviewStep,
    Version,
)
from opsplatform.runtime.disposable_databases import DisposableDatabases
from themes.services.pausing import pause_theme
from themes.services.planning import ThemePlan, ThemeStage, plan_release, run_plan_stage
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import return_theme
from themes.tests.demonstrated import DOG, RESTAURANT, REVIEWERS, account, add_sentence, get, new_version, save, submit
from themes.tests.rights import grant

pytestmark = pytest.mark.every_server

Statement = tuple[str, list[Any]]
APPEND_ONLY = (
    "release_draftrevision", "release_version", "release_decision", "release_package", "release_reviewstep",
    "release_reviewcomment", "release_commentresolution", "release_emergency", "audit_auditentry",
)  # fmt: skip
INSERT_DECISION = (
    "INSERT INTO release_decision (version_id, kind, digest, decided_by_id, note) VALUES (%s, %s, %s, %s, 'x')"
)
INSERT_VERSION = (
    "INSERT INTO release_version (subject_id, number, content, digest, draft_revision, author_ids, submitted_by_id,"
    " note) VALUES (%s, 99, %s, %s, %s, %s, %s, 'x')"
)
INSERT_STEP = (
    "INSERT INTO release_reviewstep (version_id, code, name, position, action, needed, days)"
    " VALUES (%s, 'x', 'x', 1, 'themes.sign_off', 1, 1) RETURNING id"
)
INSERT_PARTY = (
    "INSERT INTO release_reviewparty (step_id, division_id, state, digest, note) VALUES (%s, %s, 'open', '', '')"
)
DECIDE_PARTY = (
    "UPDATE release_reviewparty SET state = 'approved', decided_by_id = %s, decided_at = now(), digest = %s, note = 'x'"
    " WHERE id = %s"
)
INSERT_RELEASE = (
    "INSERT INTO release_release (subject_id, version_id, division_id, package_id, released_by_id, note, public_note,"
    " ending, end_note) VALUES (%s, %s, %s, %s, %s, 'x', 'y', '', '')"
)


def attempt(statement: Statement) -> str:
    """What the database answers to the statement; empty when it did it. Undone in any case."""
    answer = ""
    with transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(*statement)
        except DatabaseError as error:
            answer = str(error)
        transaction.set_rollback(True)
    return answer


def assert_refused(statement: Statement, because: str) -> None:
    assert because in attempt(statement)


# --- the attempts ---------------------------------------------------------------------------------------------------


def _agreed(version: Version) -> Version:
    """The version with every party's approval written as plain rows, by people who wrote nothing: only the decision is
    missing."""
    for step in version.steps.order_by("position"):
        for party in step.parties.exclude(state="approved"):
            ReviewParty.objects.filter(pk=party.pk).update(
                state="approved", decided_by=account("operator2"), decided_at=transaction_time(),
                digest=version.digest, note="x",
            )  # fmt: skip
    return version


def approve_own_work() -> Statement:
    version = _agreed(new_version(RESTAURANT, approved=False))
    return INSERT_DECISION, [version.pk, "approved", version.digest, account("sj_editor").pk]


def approve_another_digest() -> Statement:
    version = _agreed(new_version(RESTAURANT, approved=False))
    return INSERT_DECISION, [version.pk, "approved", "0" * 64, account("sj_reviewer").pk]


def approve_what_was_returned() -> Statement:
    version = _agreed(new_version(RESTAURANT, approved=False))
    reviewer = account("sj_reviewer")
    Decision.objects.create(version=version, kind="returned", digest=version.digest, decided_by=reviewer, note="请修改")
    return INSERT_DECISION, [version.pk, "approved", version.digest, reviewer.pk]


def approve_what_was_voided() -> Statement:
    version = _agreed(new_version(RESTAURANT, approved=False))
    save(RESTAURANT, add_sentence)
    return INSERT_DECISION, [version.pk, "approved", version.digest, account("sj_reviewer").pk]


def approve_before_every_step_agreed() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    return INSERT_DECISION, [version.pk, "approved", version.digest, account("operator2").pk]


def approve_an_emergency_that_one_asked_for() -> Statement:
    """The same person asks and confirms."""
    version, operator = new_version(RESTAURANT, approved=False), account("operator2")
    Emergency.objects.create(version=version, digest=version.digest, reason="x", asked_by=operator)
    return INSERT_DECISION, [version.pk, "approved", version.digest, operator.pk]


def approve_an_emergency_as_its_author() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    Emergency.objects.create(version=version, digest=version.digest, reason="x", asked_by=account("operator"))
    return INSERT_DECISION, [version.pk, "approved", version.digest, account("sj_editor").pk]


def _open_party(version: Version) -> ReviewParty:
    return ReviewParty.objects.get(step__version=version, step__code="lead")


def decide_for_a_party_as_an_author() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    return DECIDE_PARTY, [account("sj_editor").pk, version.digest, _open_party(version).pk]


def decide_for_a_party_on_another_digest() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    return DECIDE_PARTY, [account("sj_reviewer").pk, "0" * 64, _open_party(version).pk]


def decide_before_ones_turn() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    party = ReviewParty.objects.get(step__version=version, step__code="platform")
    return DECIDE_PARTY, [account("operator2").pk, version.digest, party.pk]


def decide_twice() -> Statement:
    party = ReviewParty.objects.filter(step__version__subject__code=RESTAURANT, state="approved").earliest("pk")
    return DECIDE_PARTY, [account("operator2").pk, party.digest, party.pk]


def become_another_party() -> Statement:
    party = _open_party(new_version(RESTAURANT, approved=False))
    return "UPDATE release_reviewparty SET department_id = NULL WHERE id = %s", [party.pk]


def add_a_step_later() -> Statement:
    return INSERT_STEP.removesuffix(" RETURNING id"), [get(RESTAURANT).subject.current_version_id]


def add_a_party_later() -> Statement:
    step = ReviewStep.objects.filter(version__subject__code=RESTAURANT, code="lead").earliest("pk")
    return INSERT_PARTY, [step.pk, step.version.subject.division_id]


def begin_a_party_decided() -> Statement:
    step = new_version(RESTAURANT, approved=False).steps.get(code="lead")
    sql = (
        "INSERT INTO release_reviewparty (step_id, division_id, state, decided_by_id, decided_at, digest, note)"
        " VALUES (%s, %s, 'approved', %s, now(), 'x', 'x')"
    )
    return sql, [step.pk, step.version.subject.division_id, account("operator2").pk]


def return_what_was_approved() -> Statement:
    version = new_version(RESTAURANT)
    return INSERT_DECISION, [version.pk, "returned", version.digest, account("sj_reviewer").pk]


def approve_own_bytes_in_a_later_version() -> Statement:
    """What sj_editor wrote and was sent back comes again, after a release, as if it were somebody else's alone."""
    grant("change_theme", "lh_editor", RESTAURANT)
    save(RESTAURANT, lambda tree: tree.update(summary="另一简介"))
    mine = get(RESTAURANT).subject.draft
    version = submit(RESTAURANT)
    return_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="请修改")
    between = new_version(RESTAURANT)
    release_theme(
        actor=account("operator"), code=RESTAURANT, version=between.number, division_codes=["310101"], note="发布"
    )
    subject = save(RESTAURANT, lambda tree: (tree.clear(), tree.update(mine)), by="lh_editor").subject
    statement, values = INSERT_VERSION, [
        subject.pk, bytes(version.content), version.digest, subject.draft_revision, [account("lh_editor").pk],
        account("lh_editor").pk,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING id", values)
        (again,) = cursor.fetchone()
        cursor.execute(INSERT_STEP, [again])
        cursor.execute(INSERT_PARTY, [cursor.fetchone()[0], subject.division_id])
    _agreed(Version.objects.get(pk=again))
    return INSERT_DECISION, [again, "approved", version.digest, account("sj_editor").pk]


def submit_a_draft_that_nobody_saved() -> Statement:
    statement = _version(["sj_editor"], "sj_editor")
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE release_subject SET draft = draft || \'{"summary": "x"}\' WHERE id = %s', statement[1][:1]
        )
    return statement


def _version(authors: list[str], submitted_by: str, *, ahead: int = 0, digest: str | None = None) -> Statement:
    save(RESTAURANT, add_sentence)
    subject = get(RESTAURANT).subject
    content = b"{}"
    return INSERT_VERSION, [
        subject.pk, content, digest or hashlib.sha256(content).hexdigest(), subject.draft_revision + ahead,
        [account(name).pk for name in authors], account(submitted_by).pk,
    ]  # fmt: skip


def hide_an_author() -> Statement:
    return _version(["sj_reviewer"], "sj_reviewer")


def hide_who_wrote_a_form_that_was_taken_as_a_draft() -> Statement:
    """sj_reviewer wrote the draft of an item's form, which nobody has approved; the theme that takes it hides that."""
    form = ItemFormFactory(author=account("sj_reviewer"))
    statement, values = _version(["sj_editor"], "sj_editor")
    content = canonical_bytes({"revisions": {f"item_form:{form.item.key}": 1}})
    return statement, [values[0], content, hashlib.sha256(content).hexdigest(), *values[3:]]


def submit_without_being_an_author() -> Statement:
    return _version(["sj_editor"], "sj_reviewer")


def claim_a_later_draft() -> Statement:
    return _version(["sj_editor"], "sj_editor", ahead=1000)


def claim_another_digest() -> Statement:
    return _version(["sj_editor"], "sj_editor", digest="0" * 64)


def _release(version: Version, package: Package, division: int) -> Statement:
    Release.objects.live().filter(subject=version.subject, division=division).update(
        ended_at=transaction_time(), ended_by=account("operator"), ending="withdrawn", end_note="x"
    )
    return INSERT_RELEASE, [version.subject_id, version.pk, division, package.pk, account("operator").pk]


def transaction_time() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        return cursor.fetchone()[0]


def _own_package(version: Version, division: int) -> Package:
    content = f"{version.pk} {division}".encode()
    return Package.objects.create(
        digest=hashlib.sha256(content).hexdigest(), version=version, division_id=division, content=content,
        signature="x", key_id="x",
    )  # fmt: skip


def _somewhere() -> int:
    return Release.objects.live().filter(subject__code=RESTAURANT).earliest("division__code").division_id


def release_unapproved() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    return _release(version, _own_package(version, _somewhere()), _somewhere())


def release_voided() -> Statement:
    version = new_version(RESTAURANT)
    save(RESTAURANT, add_sentence)
    return _release(version, _own_package(version, _somewhere()), _somewhere())


def release_returned() -> Statement:
    version = new_version(RESTAURANT, approved=False)
    return_theme(actor=account("sj_reviewer"), code=RESTAURANT, digest=version.digest, note="请修改")
    return _release(version, _own_package(version, _somewhere()), _somewhere())


def release_the_package_of_another_version() -> Statement:
    version = new_version(RESTAURANT)
    return _release(version, Package.objects.get(version__number=1, division=_somewhere(),
                                                 version__subject__code=RESTAURANT), _somewhere())  # fmt: skip


def release_the_package_of_another_division() -> Statement:
    here, *_, there = Release.objects.live().filter(subject__code=RESTAURANT).order_by("division__code")
    return _release(here.version, there.package, here.division_id)


def release_under_another_subject() -> Statement:
    here = Release.objects.live().filter(subject__code=RESTAURANT).earliest("division__code")
    statement, values = _release(here.version, here.package, here.division_id)
    Release.objects.live().filter(subject__code=DOG, division=here.division_id).update(
        ended_at=transaction_time(), ended_by=account("operator"), ending="withdrawn", end_note="x"
    )
    return statement, [get(DOG).subject.pk, *values[1:]]


def release_what_an_emergency_let_through_and_its_review_returned() -> Statement:
    version, confirmed_by = new_version(RESTAURANT, approved=False), account("operator2")
    Emergency.objects.create(version=version, digest=version.digest, reason="x", asked_by=account("operator"))
    for kind in ("approved", "returned"):
        Decision.objects.create(version=version, kind=kind, digest=version.digest, decided_by=confirmed_by, note="x")
    return _release(version, _own_package(version, _somewhere()), _somewhere())


def release_twice_at_once() -> Statement:
    row = Release.objects.live().filter(subject__code=RESTAURANT).first()
    return INSERT_RELEASE, [row.subject_id, row.version_id, row.division_id, row.package_id, row.released_by_id]


def _ended() -> Release:
    (row,) = withdraw_theme(actor=account("operator"), code=DOG, division_codes=["310101"], note="暂停")
    return row


def reopen_an_ended_release() -> Statement:
    sql = "UPDATE release_release SET ended_at = NULL, ended_by_id = NULL, ending = '', end_note = '' WHERE id = %s"
    return sql, [_ended().pk]


def end_a_release_later() -> Statement:
    return "UPDATE release_release SET ended_at = ended_at + interval '1 day' WHERE id = %s", [_ended().pk]


def move_a_release_to_another_division() -> Statement:
    row = _ended()
    _ended_elsewhere = Release.objects.live().filter(subject__code=DOG).earliest("division__code")
    return "UPDATE release_release SET division_id = %s WHERE id = %s", [_ended_elsewhere.division_id, row.pk]


def rewrite_the_note_of_a_live_release() -> Statement:
    row = Release.objects.live().filter(subject__code=DOG).first()
    return "UPDATE release_release SET note = 'other' WHERE id = %s", [row.pk]


def write_history_afterwards() -> Statement:
    row = Release.objects.live().filter(subject__code=DOG).first()
    sql = (
        "INSERT INTO release_release (subject_id, version_id, division_id, package_id, released_by_id, note,"
        " public_note, released_at, ended_at, ended_by_id, ending, end_note)"
        " VALUES (%s, %s, %s, %s, %s, 'x', 'y', now() - interval '2 day', now() - interval '1 day', %s, 'withdrawn',"
        " 'x')"
    )
    return sql, [
        row.subject_id, row.version_id, row.division_id, row.package_id, row.released_by_id, row.released_by_id
    ]  # fmt: skip


def begin_before_the_beginning() -> Statement:
    row = _ended()
    sql = INSERT_RELEASE.replace("public_note, ending", "public_note, released_at, ending").replace(
        "'y', ''", "'y', now() - interval '9 day', ''"
    )
    return sql, [row.subject_id, row.version_id, row.division_id, row.package_id, row.released_by_id]


def release_without_a_word_in_public() -> Statement:
    row = _ended()
    values = [row.subject_id, row.version_id, row.division_id, row.package_id, row.released_by_id]
    return INSERT_RELEASE.replace("'y'", "''"), values


def rewrite_a_pause() -> Statement:
    (row,) = pause_theme(actor=account("operator"), code=DOG, division_codes=["310101"], message="维护", note="维护")
    return "UPDATE release_pause SET message = 'other' WHERE id = %s", [row.pk]


def _stage_that_ran() -> PlanStage:
    wanted = ThemePlan("计划", [(DOG, new_version(DOG).number)], [ThemeStage(None, ["310101"])], "发布")
    plan = plan_release(actor=account("operator"), wanted=wanted)
    return run_plan_stage(actor=account("operator"), plan_id=plan.pk, position=1)


def rewrite_a_stage_that_ran() -> Statement:
    return "UPDATE release_planstage SET state = 'waiting' WHERE id = %s", [_stage_that_ran().pk]


def claim_another_release() -> Statement:
    there = Release.objects.live().filter(subject__code=DOG).latest("division__code")
    sql = (
        "INSERT INTO release_planelement (stage_id, subject_id, version_id, division_id, release_id)"
        " SELECT stage_id, subject_id, version_id, %s, %s FROM release_planelement WHERE stage_id = %s"
    )
    return sql, [there.division_id, there.pk, _stage_that_ran().pk]


def store_other_bytes_under_a_digest() -> Statement:
    version = new_version(RESTAURANT)
    sql = (
        "INSERT INTO release_package (digest, version_id, division_id, content, signature, key_id)"
        " VALUES (%s, %s, %s, 'bytes', 'x', 'x')"
    )
    return sql, ["0" * 64, version.pk, _somewhere()]


@dataclass(frozen=True)
class Guard:
    """`how`: the statement that is attempted; `because`: what the refusal says; `without`: takes the guard away."""

    how: Callable[[], Statement]
    because: str
    without: str


def _trigger(how: Callable[[], Statement], because: str, table: str, *names: str) -> Guard:
    return Guard(how, because, "; ".join(f"DROP TRIGGER {name} ON {table}" for name in names))


DECISION, VERSION, RELEASE, PACKAGE = "release_decision", "release_version", "release_release", "release_package"
STEP, PARTY = "release_reviewstep", "release_reviewparty"
WHOLE = "release_whole_review_agreed"
AS_SECOND = "release_party_decides_as_a_second_person"
ONCE = "release_party_decides_once"
PARTIES = "release_parties_are_set_at_submission"
SECOND = "release_second_person_decides"
NAMES = "release_version_names_its_authors"
TAKES = "release_version_names_whom_it_takes_from"
ONLY = "release_only_approved_is_released"
FORWARD = "release_history_goes_forward"
ENDS = "release_ends_once"
WITHOUT_PERIODS = "ALTER TABLE release_release DROP CONSTRAINT release_periods_apart"
PLANNED = "release_element_is_planned_once"
GUARDS = [
    _trigger(approve_own_work, "cannot approve their own", DECISION, SECOND),
    _trigger(approve_another_digest, "names the digest of its version", DECISION, SECOND),
    _trigger(approve_what_was_returned, "returned or voided", DECISION, SECOND),
    _trigger(approve_what_was_voided, "returned or voided", DECISION, SECOND),
    _trigger(approve_own_bytes_in_a_later_version, "in a later version", DECISION, "release_no_author_of_the_digest"),
    _trigger(approve_before_every_step_agreed, "when every step", DECISION, WHOLE),
    _trigger(approve_an_emergency_that_one_asked_for, "when every step", DECISION, WHOLE),
    _trigger(approve_an_emergency_as_its_author, "cannot approve their own", DECISION, SECOND),
    _trigger(decide_for_a_party_as_an_author, "an author decides for no party", PARTY, AS_SECOND),
    _trigger(decide_for_a_party_on_another_digest, "on the digest of its version", PARTY, AS_SECOND),
    _trigger(decide_before_ones_turn, "come first", PARTY, "release_party_decides_in_its_turn"),
    _trigger(decide_twice, "decides once", PARTY, ONCE),
    _trigger(become_another_party, "stays who it is", PARTY, ONCE),
    _trigger(add_a_step_later, "set at the submission", STEP, "release_steps_are_set_at_submission"),
    _trigger(add_a_party_later, "set at the submission", PARTY, PARTIES),
    _trigger(begin_a_party_decided, "begins undecided", PARTY, PARTIES),
    _trigger(
        release_what_an_emergency_let_through_and_its_review_returned,
        "returned is not released",
        RELEASE,
        "release_returned_is_not_released",
    ),
    _trigger(submit_a_draft_that_nobody_saved, "not what anybody saved", VERSION, "release_draft_was_saved"),
    _trigger(return_what_was_approved, "cannot be returned", DECISION, "release_decided_once"),
    _trigger(hide_an_author, "missing among the authors", VERSION, NAMES),
    _trigger(hide_who_wrote_a_form_that_was_taken_as_a_draft, "wrote what the version takes", VERSION, TAKES),
    _trigger(submit_without_being_an_author, "one of its authors", VERSION, NAMES),
    _trigger(claim_a_later_draft, "latest saved draft", VERSION, "release_version_is_of_the_draft"),
    _trigger(claim_another_digest, "not that of the content", VERSION, NAMES),
    _trigger(release_unapproved, "only an approved version", RELEASE, ONLY),
    _trigger(release_voided, "only an approved version", RELEASE, ONLY),
    _trigger(release_returned, "only an approved version", RELEASE, ONLY, "release_returned_is_not_released"),
    _trigger(release_the_package_of_another_version, "not of this version and division", RELEASE, ONLY),
    _trigger(release_the_package_of_another_division, "not of this version and division", RELEASE, ONLY),
    _trigger(release_under_another_subject, "only an approved version", RELEASE, ONLY),
    Guard(release_twice_at_once, "release_one_live", f"DROP INDEX release_one_live; {WITHOUT_PERIODS}"),
    _trigger(release_without_a_word_in_public, "says in public", RELEASE, "release_says_why_in_public"),
    _trigger(rewrite_a_pause, "pause is ended once", "release_pause", "release_pause_ends_once"),
    _trigger(rewrite_a_stage_that_ran, "rolled back at most", "release_planstage", "release_stage_that_ran_stays"),
    _trigger(claim_another_release, "not the one that was planned", "release_planelement", PLANNED),
    _trigger(reopen_an_ended_release, "ended once", RELEASE, ENDS),
    _trigger(end_a_release_later, "ended once", RELEASE, ENDS),
    Guard(move_a_release_to_another_division, "ended once", f"DROP TRIGGER {ENDS} ON {RELEASE}; {WITHOUT_PERIODS}"),
    _trigger(rewrite_the_note_of_a_live_release, "ended once", RELEASE, ENDS),
    _trigger(write_history_afterwards, "begins on show", RELEASE, FORWARD),
    Guard(
        begin_before_the_beginning,
        "after what stood before",
        f"DROP TRIGGER {FORWARD} ON {RELEASE}; {WITHOUT_PERIODS}",
    ),
    _trigger(store_other_bytes_under_a_digest, "not that of the content", PACKAGE, "release_package_is_its_bytes"),
]


@pytest.mark.usefixtures("demo_db")
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.how.__name__)
def test_the_application_cannot(guard: Guard) -> None:
    assert_refused(guard.how(), guard.because)


def test_periods_stay_apart_even_where_the_trigger_is_gone(
    demo_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with as_owner(disposable_databases, demo_clone):
        statement = begin_before_the_beginning()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"DROP TRIGGER {FORWARD} ON {RELEASE}")
        assert_refused(statement, "release_periods_apart")


@contextmanager
def as_owner(databases: DisposableDatabases, name: str) -> Iterator[None]:
    """In a transaction of the tables' owner that leaves nothing behind."""
    with databases.used_as("owner", name), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.how.__name__)
def test_without_the_guard_the_same_attempt_passes(
    guard: Guard, demo_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with as_owner(disposable_databases, demo_clone):
        statement = guard.how()
        assert_refused(statement, guard.because)  # the owner is not exempt either
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(guard.without)
        with pytest.raises(AssertionError):
            assert_refused(statement, guard.because)
        assert attempt(statement) == ""


# --- nothing that was written is changed ----------------------------------------------------------------------------


def _changes(table: str) -> dict[str, str]:
    named = {
        "release_version": "note", "release_decision": "note", "release_package": "signature",
        "release_emergency": "reason", "release_commentresolution": "note", "audit_auditentry": "reason",
    }  # fmt: skip
    column = named.get(table, "id")
    return {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }


@pytest.mark.usefixtures("demo_db")
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_has_no_right_to_change_what_was_written(table: str, verb: str) -> None:
    assert_refused((_changes(table)[verb], []), "permission denied")


@pytest.mark.usefixtures("demo_db")
@pytest.mark.parametrize("verb", ["DELETE", "TRUNCATE"])
@pytest.mark.parametrize("table", ["release_release", "release_subject", "release_reviewparty"])
def test_the_application_has_no_right_to_remove_releases_and_subjects(table: str, verb: str) -> None:
    assert_refused((_changes(table)[verb], []), "permission denied")


def _something_said_of_a_review() -> None:
    """A row in each table of which the demonstration has none."""
    version, operator = get(RESTAURANT).subject.current_version, account("operator")
    comment = ReviewComment.objects.create(version=version, text="x", written_by=operator)
    CommentResolution.objects.create(comment=comment, note="x", resolved_by=operator)
    Emergency.objects.create(version=version, digest=version.digest, reason="x", asked_by=operator)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_trigger_refuses_even_the_owner_and_without_it_and_the_rights_all_is_lost(
    table: str, demo_clone: str, disposable_databases: DisposableDatabases
) -> None:
    with disposable_databases.used_as("owner", demo_clone):
        _something_said_of_a_review()
    with as_owner(disposable_databases, demo_clone):
        for statement in _changes(table).values():
            assert_refused((statement, []), "append-only")
    with disposable_databases.used_as("owner", demo_clone), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        cursor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        cursor.execute(f"GRANT UPDATE ON {table} TO PUBLIC")
    with pytest.raises(AssertionError):
        assert_refused((_changes(table)["UPDATE"], []), "permission denied")


@pytest.mark.usefixtures("demo_db")
def test_the_application_may_not_take_the_guards_away() -> None:
    for statement in (
        "DROP TRIGGER release_second_person_decides ON release_decision",
        "ALTER TABLE release_decision DISABLE TRIGGER ALL",
        "DROP TABLE audit_auditentry",
        "CREATE TABLE mine (id int)",
        "CREATE OR REPLACE FUNCTION release_ends_once() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
    ):
        answer = attempt((statement, []))
        assert "must be owner" in answer or "permission denied" in answer, statement


@pytest.mark.usefixtures("demo_db")
def test_every_table_that_is_only_added_to_is_guarded() -> None:
    """A look at the catalogue, so that a later migration cannot quietly undo a guard."""
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                cursor.execute("SELECT has_table_privilege(current_user, %s, %s)", [table, right])
                assert cursor.fetchone() == (False,), (table, right)
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O' AND NOT tgisinternal"
                " AND tgname IN (%s, %s)",
                [table, f"{table}_append_only", f"{table}_no_truncate"],
            )
            assert cursor.fetchone() == (2,), table
    for model in (
        CommentResolution, Decision, DraftRevision, Emergency, Package, ReviewComment, ReviewStep, Version,
    ):  # fmt: skip
        assert model._meta.db_table in APPEND_ONLY


@pytest.mark.usefixtures("demo_db")
def test_the_lawful_way_passes_all_guards() -> None:
    version = new_version(RESTAURANT)
    releases = release_theme(
        actor=account("operator"), code=RESTAURANT, version=version.number, division_codes=None, note="发布"
    )
    assert len(releases) == 16
    assert REVIEWERS[RESTAURANT] == "sj_reviewer"
