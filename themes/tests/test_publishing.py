"""Releases: atomic over the city, replacing what was live, with a history that answers what was live when and why."""

import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections, transaction

from opsplatform.accounts.tests.machines import logged_in as calling_as
from opsplatform.audit.models import AuditEntry
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing
from opsplatform.organizations.models import Department, Division
from opsplatform.release.errors import GateClosed, NotApproved
from opsplatform.release.models import Package, Release, Subject
from opsplatform.release.services import on_show, releasing
from themes import selectors
from themes.services.inspecting import check_theme
from themes.services.publishing import release_theme, withdraw_theme
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import (
    DOG,
    RESTAURANT,
    account,
    add_sentence,
    contents,
    districts,
    get,
    new_version,
    run,
    save,
)
from themes.tests.localised import DAYS, MINHANG, city_promises, put_on_show

pytestmark = pytest.mark.every_server


def put_live(code: str, version: int, places: list[str] | None = None, note: str = "发布") -> list[Release]:
    return release_theme(actor=account("operator"), code=code, version=version, division_codes=places, note=note)


def live_versions(code: str) -> dict[str, int]:
    """District → number of the version on show there."""
    rows = Release.objects.live().filter(subject__code=code).select_related("division", "version")
    return {row.division.code: row.version.number for row in rows}


@pytest.mark.usefixtures("demo_db")
class TestWhereADistrictDecidesFirst:
    def test_the_page_says_before_and_after_who_has_to_decide(self) -> None:
        put_on_show({DAYS: 3})
        number, operator, page = city_promises(4).number, logged_in("operator"), url("release", DOG)
        sent = {"version": number, "division": [MINHANG], "note": "改版", "public_note": "改版。"}
        answer = operator.post(page, sent, follow=True)
        held = "闵行区的改动与这一版有冲突，旧版保留，等本区决定"
        assert f"版本 {number}：{held}。" in answer.content.decode()
        shown = operator.get(page)
        assert "闵行区 在用版本 1 等本区决定" in text_of(shown)
        assert MINHANG not in form_of(shown, holding="version")["division"]
        answer = operator.post(page, {**sent, "division": [MINHANG, "310101"]}, follow=True)
        assert f"版本 {number}：已在 1 个区上线；{held}。" in answer.content.decode()

    def test_the_api_names_the_districts(self) -> None:
        put_on_show({DAYS: 3})
        sent = {"version": city_promises(4).number, "divisions": [MINHANG, "310101"], "note": "改版"}
        answer = calling_as(account("operator")).post(f"/api/v1/themes/{DOG}/release/", sent, format="json")
        assert [row["division"] for row in answer.json()["results"]] == ["310101"]
        assert answer.json()["held"] == [MINHANG]


@pytest.mark.usefixtures("demo_db")
class TestReleasing:
    def test_a_new_version_replaces_the_old_one_in_every_district_at_once(self) -> None:
        number = new_version(DOG).number
        before = {row.division_id: row.pk for row in Release.objects.live().filter(subject__code=DOG)}
        releases = put_live(DOG, number, note="新规")
        assert live_versions(DOG) == dict.fromkeys(districts(), number)
        assert len({row.released_at for row in releases}) == 1
        for row in Release.objects.filter(pk__in=before.values()):
            assert (row.ending, row.ended_by) == ("superseded", account("operator"))
            assert row.end_note == f"由版本 {number} 取代：新规"
            assert row.ended_at == releases[0].released_at

    def test_only_the_named_districts_get_the_new_version(self) -> None:
        number = new_version(DOG).number
        put_live(DOG, number, ["310101", "310104", "310101"])
        versions = live_versions(DOG)
        assert {place for place, version in versions.items() if version == number} == {"310101", "310104"}
        assert len(versions) == 16

    def test_a_version_that_is_live_already_is_left_as_it_is(self) -> None:
        before = contents()
        assert put_live(DOG, 1) == []
        assert contents() == before

    def test_an_older_version_can_be_put_back_and_has_its_old_bytes(self) -> None:
        old = {row.division_id: row.package_id for row in Release.objects.live().filter(subject__code=DOG)}
        put_live(DOG, new_version(DOG).number)
        put_live(DOG, 1, note="回退")
        assert {row.division_id: row.package_id for row in Release.objects.live().filter(subject__code=DOG)} == old

    @pytest.mark.parametrize("approved", [False])
    def test_what_no_second_person_approved_is_not_released(self, approved: bool) -> None:
        number = new_version(DOG, approved=approved).number
        before = contents()
        with pytest.raises(NotApproved):
            put_live(DOG, number)
        assert contents() == before

    def test_an_edit_after_release_leaves_what_is_live_untouched(self) -> None:
        before = {row.division.code: (row.pk, row.package_id) for row in selectors.list_live(get(DOG))}
        save(DOG, add_sentence)
        assert {row.division.code: (row.pk, row.package_id) for row in selectors.list_live(get(DOG))} == before
        assert get(DOG).subject.state == Subject.State.DRAFT
        put_live(DOG, 1)

    @pytest.mark.parametrize(
        "places", [["310000"], ["310101002"], ["310101", "310101002"], ["999999"], [], ["310101", "x"]]
    )
    def test_a_theme_is_released_to_its_districts_and_to_nothing_else(self, places: list[str]) -> None:
        number = new_version(DOG).number
        before = contents()
        with pytest.raises((Invalid, GateClosed)):
            put_live(DOG, number, places)
        assert contents() == before

    def test_a_district_where_the_version_is_not_offered_is_refused(self) -> None:
        save(DOG, lambda tree: tree.update(handling_divisions=["310101"], cases=[]))
        number = new_version(DOG).number
        with pytest.raises(GateClosed) as refusal:
            put_live(DOG, number, ["310101", "310104"])
        found = [(finding.code, finding.division) for finding in refusal.value.findings]
        assert found == [("division_not_offered", "310104")]
        assert [row.division.code for row in put_live(DOG, number)] == ["310101"]

    def test_a_district_without_receiver_is_blocked_and_only_there(self) -> None:
        body = Department.objects.filter(kind__code__startswith="D-", division__code="310101", items=None)
        Department.objects.filter(pk__in=body).update(uscc="")
        assert not [found for found in check_theme(get(DOG)) if found.is_blocking and found.division != "310101"]
        number = new_version(DOG).number
        with pytest.raises(GateClosed) as refusal:
            put_live(DOG, number)
        assert {(found.code, found.division) for found in refusal.value.findings} == {("no_receiver", "310101")}
        assert live_versions(DOG) == dict.fromkeys(districts(), 1)
        assert len(put_live(DOG, number, districts()[1:])) == 15

    def test_a_street_without_receiver_blocks_its_district_and_is_named(self) -> None:
        street = Department.objects.filter(kind__code__startswith="S-", division__parent__code="310104").first()
        assert street is not None
        themes = [code for code in (DOG, RESTAURANT) if any(
            binding.get("kind") == street.kind.code for binding in get(code).subject.draft["departments"]
        )]  # fmt: skip
        Department.objects.filter(pk=street.pk).update(uscc="123")
        for code in themes:
            found = [found for found in check_theme(get(code)) if found.code == "no_receiver"]
            assert {finding.division for finding in found} == {"310104"}
            assert all(finding.witness == [street.division.code] for finding in found)
        assert themes

    @pytest.mark.parametrize("note", ["", " "])
    def test_releases_and_withdrawals_need_a_note(self, note: str) -> None:
        for act in (lambda: put_live(DOG, 1, note=note), lambda: withdraw(note=note)):
            with pytest.raises(NoteMissing):
                act()

    def test_the_command_releases_the_latest_version_everywhere(self) -> None:
        number = new_version(DOG).number
        ran = run("release_theme", DOG, "--divisions", "all", "--note", "发布", "--actor", "operator", "--json")
        assert (ran.status, len(ran.report)) == (0, 16)
        assert live_versions(DOG) == dict.fromkeys(districts(), number)
        ran = run("release_theme", DOG, "--divisions", "310101,999999", "--note", "发布", "--actor", "operator")
        assert ran.status == 1

    def test_each_release_is_in_the_trail_for_its_own_district(self) -> None:
        number = new_version(DOG).number
        releases = put_live(DOG, number, ["310101", "310104"], note="新规")
        entries = AuditEntry.objects.filter(action="theme.released", facts__version=number, object_key=DOG)
        assert {entry.division_code: entry.facts["digest"] for entry in entries} == {
            row.division.code: row.package_id for row in releases
        }
        assert {(entry.actor, entry.reason) for entry in entries} == {(account("operator"), "新规")}


def withdraw(places: list[str] | None = None, note: str = "停办") -> list[Release]:
    return withdraw_theme(actor=account("operator"), code=DOG, division_codes=places, note=note)


@pytest.mark.usefixtures("demo_db")
class TestWithdrawing:
    def test_a_withdrawn_theme_is_off_show_there_and_the_record_keeps_it(self) -> None:
        (row,) = withdraw(["310101"])
        assert (row.ending, row.end_note, row.ended_by) == ("withdrawn", "停办", account("operator"))
        assert "310101" not in live_versions(DOG) and len(live_versions(DOG)) == 15
        with pytest.raises(NotFound):
            selectors.get_live(get(DOG), Division.objects.get(code="310101"))
        entry = AuditEntry.objects.get(action="theme.withdrawn", division_code="310101")
        assert (entry.actor, entry.reason) == (account("operator"), "停办")

    def test_everywhere_and_again_on_show_later(self) -> None:
        assert len(withdraw()) == 16
        assert not live_versions(DOG)
        with pytest.raises(WrongState):
            withdraw()
        assert len(put_live(DOG, 1, note="恢复")) == 16


# --- what was live at that moment -----------------------------------------------------------------------------------


def test_the_record_answers_what_was_live_when_by_whom_and_why(demo_clone: str) -> None:
    """Committed, since within one transaction the database's clock stands still."""
    place = Division.objects.get(code="310101")
    theme = get(DOG)
    first = selectors.get_live(theme, place)
    number = new_version(DOG).number
    (second,) = put_live(DOG, number, ["310101"], note="新规")
    (ended,) = withdraw(["310101"])
    (third,) = put_live(DOG, 1, ["310101"], note="恢复")
    second.refresh_from_db()
    tick = timedelta(microseconds=1)
    for moment, wanted in [
        (first.released_at - tick, None),
        (first.released_at, first),
        (second.released_at - tick, first),
        (second.released_at, second),
        (ended.ended_at - tick, second),
        (ended.ended_at, None),
        (third.released_at, third),
        (clock.now(), third),
    ]:
        if wanted is None:
            with pytest.raises(NotFound):
                selectors.get_live(theme, place, moment)
        else:
            found = selectors.get_live(theme, place, moment)
            assert (found.pk, found.version.number) == (wanted.pk, wanted.version.number)
            assert (found.released_by, found.note) == (account("operator"), wanted.note)


# --- all or nothing -------------------------------------------------------------------------------------------------


def assert_atomic(*, failing_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release whose n-th package cannot be made leaves no trace."""
    number = new_version(RESTAURANT).number
    before = contents()
    made: list[int] = []
    real = on_show.package_of

    def package(*what: Any) -> Package:
        made.append(1)
        if len(made) == failing_at:
            raise OSError("disk full")
        return real(*what)

    with monkeypatch.context() as patch:
        patch.setattr(on_show, "package_of", package)
        with pytest.raises(OSError, match="disk full"):
            put_live(RESTAURANT, number)
    assert len(made) == failing_at
    assert contents() == before
    assert live_versions(RESTAURANT) == dict.fromkeys(districts(), 1)


@pytest.mark.parametrize("failing_at", [1, 9, 16])
def test_a_release_that_fails_in_one_district_leaves_none(
    failing_at: int, demo_clone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_atomic(failing_at=failing_at, monkeypatch=monkeypatch)


def test_the_saboteur_without_transaction_is_caught(demo_clone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of an act refuses to be written outside a transaction, so even this saboteur is stopped early."""
    monkeypatch.setattr("themes.services.publishing.releasing.release", releasing.release.__wrapped__)
    with pytest.raises((AssertionError, transaction.TransactionManagementError)):
        assert_atomic(failing_at=9, monkeypatch=monkeypatch)


# --- who comes late -------------------------------------------------------------------------------------------------


def test_a_release_that_began_before_the_one_it_replaces_still_follows_it(demo_clone: str) -> None:
    """Its transaction's clock stands before the other's, since it waited: history must go forward all the same."""
    first, second = new_version(DOG).number, 1
    withdraw(["310101"])
    began, go = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def late() -> None:
        try:
            with transaction.atomic():
                clock.now()
                began.set()
                assert go.wait(20)
                put_live(DOG, second, ["310101"], note="回退")
        except BaseException as error:  # noqa: BLE001 — handed to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=late)
    thread.start()
    assert began.wait(20)
    put_live(DOG, first, ["310101"])
    go.set()
    thread.join(30)
    assert not errors
    rows = list(Release.objects.filter(subject__code=DOG, division__code="310101").order_by("id"))
    assert [row.version.number for row in rows[-2:]] == [first, second]
    assert rows[-2].ended_at == rows[-1].released_at >= rows[-2].released_at


def test_many_publishers_at_once_leave_one_live_release_and_no_error(demo_clone: str) -> None:
    numbers = [1, new_version(DOG).number]
    put_live(DOG, numbers[1])
    errors: list[BaseException] = []
    together = threading.Barrier(8)

    def publish(which: int) -> None:
        try:
            together.wait(20)
            for turn in range(3):
                put_live(DOG, numbers[(which + turn) % 2], ["310101", "310104"])
        except BaseException as error:  # noqa: BLE001 — handed to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=publish, args=(which,)) for which in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    for code in ("310101", "310104"):
        rows = list(Release.objects.filter(subject__code=DOG, division__code=code).order_by("id"))
        assert [row.ended_at is None for row in rows] == [False] * (len(rows) - 1) + [True]
        for earlier, later in pairwise(rows):
            assert earlier.released_at <= earlier.ended_at <= later.released_at
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM release_release WHERE ended_at < released_at")
        assert cursor.fetchone() == (0,)


def test_many_editors_at_once_lose_no_update(demo_clone: str) -> None:
    errors: list[BaseException] = []
    saved: list[int] = []
    together = threading.Barrier(8)

    def edit(which: int) -> None:
        try:
            together.wait(20)
            for turn in range(3):
                while True:
                    try:
                        save(DOG, lambda tree, mark=f"{which}-{turn}": tree["keywords"].append(mark))
                    except Exception as error:
                        if getattr(error, "code", "") != "stale_revision":
                            raise
                    else:
                        saved.append(1)
                        break
        except BaseException as error:  # noqa: BLE001 — handed to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    before = get(DOG).subject
    threads = [threading.Thread(target=edit, args=(which,)) for which in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    after = get(DOG).subject
    marks = {f"{which}-{turn}" for which in range(8) for turn in range(3)}
    assert set(after.draft["keywords"]) - set(before.draft["keywords"]) == marks
    assert after.draft_revision == before.draft_revision + len(saved) == before.draft_revision + 24
