"""Watching what is on show: every way in which registers can move away from a frozen version, found and found once."""

from datetime import date, timedelta
from typing import Any

import pytest

from forms_builder.models import DictionaryEntry, PublicField
from opsplatform.accounts.models import User
from opsplatform.catalog.models import LegalBasis, ServiceItem, ServicePoint
from opsplatform.jobs.models import Job
from opsplatform.jobs.services import running
from opsplatform.kernel import clock
from opsplatform.release.models import Release
from themes import selectors
from themes.models import LiveFinding, Theme
from themes.services import publishing, watching
from themes.services.excepting import decide_exception, request_exception
from themes.tests import localised
from themes.tests.demonstrated import DOG, new_version

pytestmark = pytest.mark.usefixtures("demo_db")
RESTAURANT = "YJS-310000-L1-0001"


def theme() -> Theme:
    return selectors.get_theme_by_code(RESTAURANT)


def found() -> dict[str, list[LiveFinding]]:
    rows: dict[str, list[LiveFinding]] = {}
    for row in watching.watch_live_themes(theme()):
        rows.setdefault(row.code, []).append(row)
    return rows


def item() -> ServiceItem:
    return ServiceItem.objects.filter(key__in=[one["item"] for one in theme().subject.draft["items"]]).order_by("id")[0]


def test_registers_that_have_not_moved_say_nothing_but_where_windows_lack() -> None:
    assert set(found()) <= {"no_service_point"}


def test_a_register_entry_changed_since_is_named_with_its_key() -> None:
    row = item()
    row.revision += 1
    row.save()
    (told,) = found()["newer_register"]
    assert told.finding["witness"] == [f"item:{row.key}"]
    assert not told.is_blocking and "事项 1 项" in str(told)


def test_a_repealed_legal_basis_is_pressing() -> None:
    LegalBasis.objects.filter(item=item()).update(is_repealed=True)
    assert all(row.is_blocking for row in found()["repealed_legal_basis"])


def test_a_dictionary_entry_that_ended_yesterday_is_pressing() -> None:
    codes = PublicField.objects.filter(dictionary__isnull=False).values("dictionary")
    entry = DictionaryEntry.objects.filter(dictionary__in=codes, dictionary__code="delivery_way").order_by("id")[0]
    assert "dictionary_entry_expired" not in found()
    DictionaryEntry.objects.filter(pk=entry.pk).update(valid_to=clock.today() - timedelta(days=1))
    (told,) = found()["dictionary_entry_expired"]
    assert entry.name in str(told)


def test_a_window_that_closed_concerns_its_division_only() -> None:
    point = ServicePoint.objects.filter(theme_code=RESTAURANT).select_related("division").order_by("id")[0]
    ServicePoint.objects.filter(pk=point.pk).update(valid_to=clock.today() - timedelta(days=1))
    (told,) = found()["service_point_expired"]
    assert told.division == point.division and told.is_blocking
    hp = User.objects.get(username="hp_editor")
    mh = User.objects.get(username="mh_editor")
    seen = {user.username: set(selectors.list_live_findings(user)) for user in (hp, mh)}
    assert (told in seen["hp_editor"], told in seen["mh_editor"]) == (
        point.division.code == "310101",
        point.division.code == "310112",
    )


def test_a_division_without_any_window_is_told() -> None:
    ServicePoint.objects.filter(division__code="310101").delete()
    told = [row for row in found()["no_service_point"] if row.division and row.division.code == "310101"]
    assert len(told) == 1


def told_of_minhang() -> set[str]:
    rows = watching.watch_live_themes(selectors.get_theme_by_code(DOG))
    return {row.code for row in rows if row.division and row.division.code == localised.MINHANG}


def test_a_district_without_windows_in_the_register_has_its_own() -> None:
    localised.put_on_show({localised.PHONE_HALL: localised.HALL})
    ServicePoint.objects.filter(division__code=localised.MINHANG).delete()
    assert told_of_minhang() == {"service_point_expired"}


def test_where_the_district_took_a_window_away_and_the_city_the_other_none_is_left_and_that_is_told() -> None:
    other = localised.second_window()
    localised.city_releases(new_version(DOG))
    localised.put_on_show({localised.CITY_HALL: None})
    assert not told_of_minhang()
    localised.close_window(other)
    localised.city_releases(new_version(DOG))
    assert told_of_minhang() == {"no_service_point"}


def test_watching_twice_leaves_the_same_and_what_is_mended_disappears() -> None:
    row = item()
    ServiceItem.objects.filter(pk=row.pk).update(revision=row.revision + 1)
    first = {str(one) for one in watching.watch_live_themes(theme())}
    assert {str(one) for one in watching.watch_live_themes(theme())} == first
    assert LiveFinding.objects.filter(theme=theme()).count() == len(first)
    ServiceItem.objects.filter(pk=row.pk).update(revision=row.revision)
    assert "newer_register" not in found()


def test_a_theme_that_is_withdrawn_everywhere_has_no_findings() -> None:
    LegalBasis.objects.filter(item=item()).update(is_repealed=True)
    assert watching.watch_live_themes(theme()) != []
    publishing.withdraw_theme(
        actor=User.objects.get(username="operator"), code=RESTAURANT, division_codes=None, note="测试撤回"
    )
    assert watching.watch_live_themes(theme()) == []
    assert RESTAURANT not in watching.list_codes_on_show()


def test_a_release_asks_for_the_watch_and_the_work_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Job.objects.all().delete()
    release: Any = Release.objects.live().filter(subject__code=RESTAURANT).first()
    operator = User.objects.get(username="operator")
    publishing.withdraw_theme(actor=operator, code=RESTAURANT, division_codes=[release.division.code], note="演练")
    job = Job.objects.get(kind=watching.WATCH)
    assert job.payload == {"codes": [RESTAURANT]}
    LegalBasis.objects.filter(item=item()).update(is_repealed=True)
    assert running.run_job(job.pk)
    assert LiveFinding.objects.filter(theme=theme(), code="repealed_legal_basis").exists()


def test_the_check_sees_nothing_where_it_compares_a_version_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The saboteur: a watch that holds the frozen version against itself misses what the tests above find."""
    row = item()
    ServiceItem.objects.filter(pk=row.pk).update(revision=row.revision + 1)
    assert "newer_register" in found()
    monkeypatch.setattr(watching, "newer_entries", lambda version, today: [])
    assert "newer_register" not in found()


def test_a_watch_that_breaks_leaves_what_was_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    LegalBasis.objects.filter(item=item()).update(is_repealed=True)
    before = {one.pk for one in watching.watch_live_themes(theme())}

    def broken(rows: list[LiveFinding]) -> None:
        raise OSError("broken")

    monkeypatch.setattr(LiveFinding.objects, "bulk_create", broken)
    with pytest.raises(OSError, match="broken"):
        watching.watch_live_themes(theme())
    assert before == {one.pk for one in LiveFinding.objects.filter(theme=theme())} != set()


def test_an_exception_that_ends_while_it_is_on_show_is_told_before_and_pressing_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    until = clock.today() + timedelta(days=60)
    localised.localise({localised.DAYS: 8})
    asked = request_exception(
        actor=localised.account("mh_editor"), **localised.WHERE, key=localised.DAYS, reason="搬迁", expires_on=until
    )
    decide_exception(actor=localised.account("operator"), exception_id=asked.pk, is_granted=True, note="同意")
    localised.approve(localised.submit())
    localised.publish()
    dog = selectors.get_theme_by_code(localised.DOG)

    def told_on(day: date) -> list[tuple[str, bool, str | None]]:
        monkeypatch.setattr(clock, "today", lambda: day)
        rows = [row for row in watching.watch_live_themes(dog) if row.code.startswith("exception_")]
        return [(row.code, row.is_blocking, row.division and row.division.code) for row in rows]

    assert told_on(until - timedelta(days=31)) == []
    assert told_on(until) == [("exception_ending", False, localised.MINHANG)]
    assert told_on(until + timedelta(days=1)) == [("exception_over", True, localised.MINHANG)]


def test_a_districts_own_window_that_closed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    last = clock.today() + timedelta(days=5)
    localised.put_on_show({localised.PHONE_HALL: {**localised.HALL, "valid_to": last.isoformat()}})
    dog = selectors.get_theme_by_code(localised.DOG)
    assert "service_point_expired" not in {row.code for row in watching.watch_live_themes(dog)}
    monkeypatch.setattr(clock, "today", lambda: last + timedelta(days=1))
    told = [row for row in watching.watch_live_themes(dog) if row.code == "service_point_expired"]
    assert "莘庄办事大厅" in " ".join(map(str, told))
