"""A district's localisation from the first save to the package, and what happens when the city changes the theme."""

from datetime import date, timedelta

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.jobs.models import Job
from opsplatform.jobs.services.running import run_job
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, StaleRevision, WrongState
from opsplatform.release.errors import GateClosed
from opsplatform.release.models import Decision, Release
from opsplatform.release.subjects import kind_named
from themes.localisation.elements import condition_key
from themes.localisation.keys import steps_of
from themes.localisation.limits import LONGEST_EXCEPTION
from themes.models import CityChange, LiveFinding, LocalisationException
from themes.services import carrying_over
from themes.services.excepting import decide_exception, request_exception, withdraw_exception
from themes.services.following import check_city_change
from themes.services.inspecting import check_theme, evaluate_theme
from themes.services.joining import join_release_plan
from themes.services.localising import change_element, get_place, publish_localisation, reset_element, settle_conflict
from themes.services.planning import ThemePlan, ThemeStage, plan_release, roll_back_plan
from themes.services.publishing import withdraw_theme
from themes.services.reviewing_localisation import approve_localisation
from themes.services.showing_localisation import show_localisation
from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import DOG, account, get, new_version, save
from themes.tests.localised import (
    CITY_HALL,
    DAYS,
    HALL,
    HUANGPU,
    MINHANG,
    PHONE_HALL,
    WHERE,
    approve,
    city_promises,
    city_releases,
    close_window,
    days_in,
    division,
    draft,
    live,
    localise,
    package,
    planned,
    publish,
    put_on_show,
    revision,
    second_window,
    submit,
)

pytestmark = [pytest.mark.usefixtures("demo_db"), pytest.mark.every_server]
PAGE = f"/themes/{DOG}/localisations/{MINHANG}/"
ADDRESS = f"{CITY_HALL}/address"


def test_what_the_district_changed_is_in_its_package_and_nowhere_else() -> None:
    before = live(HUANGPU).package_id
    release = put_on_show({DAYS: 3, PHONE_HALL: HALL})
    assert days_in(package()) == 3
    assert HALL["address"] in [point.address for point in package().package.service_points]
    told = package().package.meta.localisation
    assert told is not None and (told.version, told.base_version) == (1, 1)
    assert set(told.changed) == {DAYS, PHONE_HALL}
    assert release.localisation is not None and release.version.number == 1
    assert live(HUANGPU).package_id == before


def test_a_localisation_goes_the_way_of_the_release_engine_and_is_in_the_trail() -> None:
    put_on_show({DAYS: 3})
    actions = AuditEntry.objects.filter(object_key=f"{DOG}@{MINHANG}").order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        f"localisation.{done}" for done in ("drafted", "submitted", "confirmed", "confirmed", "approved", "released")
    ]


def test_saving_keeps_who_changed_what_when_and_on_which_value_of_the_city() -> None:
    localise({DAYS: 3})
    first = draft().operations[0]
    assert (first.act, first.base, first.changed_by, first.changed_by_name) == ("replace", 5, "mh_editor", "闵行编辑")
    localise({DAYS: 3, PHONE_HALL: HALL})
    assert draft().operations[0] == first
    assert draft().operations[1].act == "add"


def test_a_stale_save_is_refused() -> None:
    localise({DAYS: 3})
    localise({DAYS: 4})
    with pytest.raises(StaleRevision):
        change_element(actor=account("mh_editor"), **WHERE, key=DAYS, value=2, expected_revision=1)


def test_reset_is_the_citys_value_again() -> None:
    localise({DAYS: 3, PHONE_HALL: HALL})
    reset_element(actor=account("mh_editor"), **WHERE, key=DAYS, expected_revision=revision())
    assert [operation.code for operation in draft().operations] == [PHONE_HALL]
    with pytest.raises(WrongState):
        reset_element(actor=account("mh_editor"), **WHERE, key=DAYS, expected_revision=revision())


def test_a_neighbour_does_not_see_it_and_the_city_may_not_write_it() -> None:
    localise({DAYS: 3})
    with pytest.raises(NotFound):
        get_place(account("hp_editor"), DOG, MINHANG)
    assert get_place(account("operator"), DOG, MINHANG).document == draft()
    for name in ("operator", "mh_publisher", "ga_editor"):
        with pytest.raises(Forbidden):
            localise({DAYS: 2}, by=name)


def test_nobody_approves_their_own_localisation() -> None:
    localise({DAYS: 3})
    version = submit()
    with pytest.raises(Forbidden):
        approve_localisation(actor=account("mh_editor"), **WHERE, digest=version.digest, note="同意")
    approve(version)


def test_whoever_approves_is_told_who_is_next_and_at_last_that_it_can_be_published() -> None:
    localise({DAYS: 3})
    version = submit()
    assert "已提交，等待区级审核（" in logged_in("mh_editor").get(PAGE).content.decode()
    for name, told in (("mh_publisher", "的这一步已通过，接下来：平台审核"), ("operator2", "已批准，可以发布。")):
        given = {"do": "approve", "digest": version.digest, "note": "同意"}
        assert f"本地化版本 {version.number} {told}" in logged_in(name).post(PAGE, given, follow=True).content.decode()


def test_what_goes_beyond_the_limits_is_not_submitted() -> None:
    localise({DAYS: 8})
    with pytest.raises(GateClosed) as refused:
        submit()
    assert [finding.code for finding in refused.value.findings] == ["slower_than_city"]


def test_an_edit_voids_an_approval_that_is_not_on_show_and_nothing_else() -> None:
    put_on_show({DAYS: 3})
    localise({DAYS: 2})
    assert not Decision.objects.filter(version=live().localisation, kind=Decision.Kind.VOIDED).exists()
    waiting = approve(submit())
    localise({DAYS: 1})
    assert Decision.objects.filter(version=waiting, kind=Decision.Kind.VOIDED).exists()
    with pytest.raises(WrongState, match="已经在闵行区上线"):
        publish()
    assert days_in(package()) == 3


def test_publishing_needs_the_district_publisher_and_an_approved_version() -> None:
    localise({DAYS: 3})
    with pytest.raises(WrongState):
        publish()
    approve(submit())
    for name in ("mh_editor", "operator"):
        with pytest.raises(Forbidden):
            publish_localisation(actor=account(name), **WHERE, note="发布")
    publish()


def test_a_rule_of_the_city_that_means_nothing_is_named_by_the_gate() -> None:
    save(DOG, lambda tree: tree.update(localisation={"rules": [{"code": "items/*/fee", "mode": "free"}]}))
    assert "unknown_element" in {finding.code for finding in check_theme(get(DOG))}
    save(
        DOG, lambda tree: tree.update(localisation={"rules": [{"code": "items/REGP/promised_days", "mode": "locked"}]})
    )
    assert "unknown_element" not in {finding.code for finding in check_theme(get(DOG))}


def test_an_exception_is_decided_by_the_city_and_lets_the_localisation_through() -> None:
    localise({DAYS: 8})
    until = clock.today() + timedelta(days=30)
    asked = request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="窗口搬迁", expires_on=until)
    with pytest.raises(WrongState):
        request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="再来", expires_on=until)
    for name in ("mh_editor", "mh_publisher"):
        with pytest.raises(Forbidden):
            decide_exception(actor=account(name), exception_id=asked.pk, is_granted=True, note="同意")
    decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=True, note="同意")
    approve(submit())
    publish()
    assert days_in(package()) == 8
    with pytest.raises(WrongState):
        decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=False, note="改变主意")


def excepted(days: int, until: date | None = None, *, is_granted: bool = True) -> LocalisationException:
    """Minhang's draft promises so many days and the city has decided about an exception for it."""
    localise({DAYS: days})
    asked = request_exception(
        actor=account("mh_editor"), **WHERE, key=DAYS, reason="窗口搬迁",
        expires_on=until or clock.today() + timedelta(days=30),
    )  # fmt: skip
    return decide_exception(actor=account("operator"), exception_id=asked.pk, is_granted=is_granted, note="同意")


def test_an_exception_granted_for_six_days_is_none_for_ten() -> None:
    assert (excepted(6).asked_value, excepted(7).city_value) == (6, 5)
    localise({DAYS: 10})
    with pytest.raises(GateClosed, match="市级批准的例外是“7”") as refused:
        submit()
    assert [finding.code for finding in refused.value.findings] == ["slower_than_city"]
    localise({DAYS: 6})
    approve(submit())
    assert publish().localisation is not None and days_in(package()) == 6


def test_what_is_asked_for_stands_beside_the_citys_wherever_it_is_decided() -> None:
    localise({DAYS: 6})
    until = clock.today() + timedelta(days=30)
    request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="窗口搬迁", expires_on=until)
    operator = logged_in("operator")
    for page in (f"/themes/{DOG}/localisations/", "/", f"/themes/{DOG}/localisations/{MINHANG}/"):
        assert "市级 5，本区申请 6" in text_of(operator.get(page)), page
    (row,) = operator.get(f"/api/v1/themes/{DOG}/localisations/{MINHANG}/exceptions/").json()["results"]
    assert (row["asked_value"], row["city_value"]) == (6, 5)


def test_an_exception_is_not_for_ever() -> None:
    localise({DAYS: 6})
    for until in (date(2999, 12, 31), clock.today() + LONGEST_EXCEPTION + timedelta(days=1)):
        with pytest.raises(Invalid, match="最长三年"):
            request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)
    excepted(6, clock.today() + LONGEST_EXCEPTION)


def test_withdrawn_it_is_as_if_it_were_over_in_the_draft_on_show_and_for_what_was_approved() -> None:
    exception = excepted(8)
    approve(submit())
    publish()
    for name in ("mh_editor", "mh_publisher"):
        with pytest.raises(Forbidden):
            withdraw_exception(actor=account(name), exception_id=exception.pk, note="已恢复")
    page = {"do": "withdraw", "exception": exception.pk, "note": "窗口已恢复"}
    assert logged_in("operator").post(f"/themes/{DOG}/localisations/", page).status_code == 302
    (told,) = LiveFinding.objects.filter(code="exception_over")
    assert told.is_blocking and "窗口已恢复" in str(told)
    findings = show_localisation(get_place(account("mh_editor"), DOG, MINHANG)).findings
    assert "slower_than_city" in {finding.code for finding in findings if finding.is_blocking}
    shown = text_of(logged_in("mh_editor").get(f"/themes/{DOG}/localisations/{MINHANG}/"))
    assert "市级批准例外" not in shown and "撤回：窗口已恢复" in shown
    approved = live().localisation
    assert approved is not None
    (over,) = kind_named("localisation").release_findings(approved, division())
    assert over.is_blocking and "撤回" in over.sentence
    with pytest.raises(WrongState):
        withdraw_exception(actor=account("operator"), exception_id=exception.pk, note="再撤回")


def test_evaluation_in_the_district_follows_its_localisation() -> None:
    put_on_show({DAYS: 1})
    answers = next(case["answers"] for case in get(DOG).subject.draft["cases"] if "Minhang" in case["name"])
    here = evaluate_theme(get(DOG), answers, division=division())
    assert here == evaluate_theme(get(DOG), answers, division=division(), is_live=True)
    city = evaluate_theme(get(DOG), answers)
    assert here["days_after_parallel_promised"] < city["days_after_parallel_promised"]


def test_the_job_after_a_release_says_for_each_district_what_its_localisation_is_worth() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(2))
    job = Job.objects.get(kind=carrying_over.FOLLOW)
    assert run_job(job.pk)
    change = CityChange.objects.get()
    assert {finding["code"] for finding in change.findings} == {"unsettled_conflict"}
    job.refresh_from_db()
    assert (job.elements, job.pending, job.failures) == ([MINHANG], [], {})


# --- when the city changes the theme ----------------------------------------------------------------------------------


def test_what_the_city_leaves_alone_stays_the_districts_in_a_new_version() -> None:
    put_on_show({PHONE_HALL: HALL})
    city_releases(city_promises(4))
    assert live().version.number == 2 and live().localisation is not None
    assert days_in(package()) == 4
    assert HALL["address"] in [point.address for point in package().package.service_points]
    assert CityChange.objects.get().outcome == CityChange.Outcome.COMBINED


def test_where_both_changed_the_same_the_old_package_stays_until_the_district_has_decided() -> None:
    put_on_show({DAYS: 3, PHONE_HALL: HALL})
    city_releases(city_promises(4))
    assert live().version.number == 1 and days_in(package()) == 3
    assert live(HUANGPU).version.number == 2
    change = CityChange.objects.get()
    assert (change.outcome, change.conflicts, change.closed_at) == (CityChange.Outcome.HELD, [DAYS], None)

    with pytest.raises(GateClosed) as refused:
        submit()
    assert {finding.code for finding in refused.value.findings} == {"unsettled_conflict"}
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    (settled,) = draft().settlements
    assert (settled.base, settled.city, settled.ours, settled.choice) == (5, 4, 3, "keep_ours")
    approve(submit())
    publish()
    assert live().version.number == 2 and days_in(package()) == 3
    change.refresh_from_db()
    assert change.closed_at is not None


def test_the_policy_may_let_the_city_go_first_with_the_districts_change_suspended() -> None:
    put_on_show({DAYS: 3, PHONE_HALL: HALL})
    city_releases(city_promises(4, on_conflict="suspend"))
    assert live().version.number == 2 and days_in(package()) == 4
    told = package().package.meta.localisation
    assert told is not None and told.suspended == (DAYS,) and told.changed == (PHONE_HALL,)
    assert CityChange.objects.get().outcome == CityChange.Outcome.SUSPENDED
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="take_city", expected_revision=revision())
    assert [operation.code for operation in draft().operations] == [PHONE_HALL]
    approve(submit())
    publish()
    assert days_in(package()) == 4
    assert not CityChange.objects.filter(closed_at__isnull=True).exists()


def test_saving_does_not_decide_about_the_citys_change() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    localise({DAYS: 2})
    assert draft().operations[0].base == 5
    with pytest.raises(GateClosed):
        submit()


def test_to_give_ones_own_up_is_a_decision_on_record() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    localise({})
    (settled,) = draft().settlements
    assert (settled.code, settled.choice, settled.ours, settled.city, settled.city_version) == (
        DAYS, "take_city", 3, 4, 2
    )  # fmt: skip
    localise({DAYS: 2})
    assert draft().settlements == (settled,)


def test_a_newer_version_that_went_on_show_leaves_nothing_to_decide_about_an_older_one() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    latest = city_promises(5)
    city_releases(latest, MINHANG)
    assert live().version == latest
    assert not CityChange.objects.filter(closed_at__isnull=True).exists()
    localise({DAYS: 2})
    approve(submit())
    publish()
    assert live().version == latest and days_in(package()) == 2


@pytest.mark.parametrize("key", [DAYS, ADDRESS])
def test_what_must_say_something_is_not_taken_out(key: str) -> None:
    localise({key: None})
    with pytest.raises(GateClosed, match="必须有内容") as refused:
        submit()
    assert [finding.code for finding in refused.value.findings] == ["wrong_value"]
    page = logged_in("mh_editor").get(PAGE)
    assert page.status_code == 200 and "必须有内容，不能去掉" in text_of(page)
    assert "本区不要这一项" not in text_of(logged_in("mh_editor").get(f"{PAGE}change/?key={key}"))


def test_a_stale_page_tells_what_changed_in_the_district_and_nothing_of_the_citys_draft() -> None:
    localise({DAYS: 3})
    save(DOG, lambda tree: tree.update(summary="市里还没有提交的简介"))
    localise({DAYS: 2})
    answer = logged_in("mh_editor").post(PAGE, {"do": "reset", "key": DAYS, "revision": 1})
    assert answer.status_code == 412
    assert "市里还没有提交的简介" not in text_of(answer)
    assert "承诺办结时限（工作日） 3 2" in text_of(answer)


def test_systems_read_what_the_gate_found_in_each_change_of_the_city() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    check_city_change(DOG, 2, MINHANG)
    (told,) = logged_in("mh_editor").get(f"/api/v1{PAGE}city-changes/").json()["results"]
    assert [finding["code"] for finding in told["findings"]] == ["unsettled_conflict"]


def test_what_the_district_has_not_decided_about_is_not_published_by_hand() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    with pytest.raises(WrongState, match="1 处冲突，还没有决定"):
        publish()
    assert live().version.number == 1
    assert CityChange.objects.get().closed_at is None


def test_what_leaves_no_window_with_a_newer_version_is_not_published_nor_joined_to_a_plan() -> None:
    other = second_window()
    city_releases(new_version(DOG))
    localise({CITY_HALL: None})
    approve(submit())
    close_window(other)
    newer = new_version(DOG)
    plan = plan_release(
        actor=account("operator"),
        wanted=ThemePlan("改版", [(DOG, newer.number)], [ThemeStage(None, [MINHANG])], "改版"),
    )
    with pytest.raises(GateClosed, match="本区的改动去掉了最后一个"):
        join_release_plan(actor=account("mh_publisher"), **WHERE, plan_id=plan.pk)
    city_releases(newer)
    with pytest.raises(GateClosed, match="本区的改动去掉了最后一个"):
        publish()
    publisher = logged_in("mh_publisher")
    for page in (PAGE, "/"):
        told = text_of(publisher.get(page))
        assert f"与市 v{newer.number} 一起还不能上线：闵行区没有这个主题的办理地址。" in told
    assert 'value="publish"' not in publisher.get(PAGE).content.decode()


def test_a_district_that_decided_and_published_is_rolled_back_with_the_plan() -> None:
    first = put_on_show({DAYS: 3, PHONE_HALL: HALL})
    before = live(HUANGPU).package_id
    plan = planned(city_promises(4), MINHANG, HUANGPU)
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    approve(submit())
    publish()
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
    assert live().package_id == first.package_id and live(HUANGPU).package_id == before
    with pytest.raises(WrongState, match="1 处冲突，还没有决定"):
        publish()


def test_the_saboteur_that_leaves_districts_behind_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsplatform.release.services.rolling_back._is_divisions_own", lambda row: False)
    with pytest.raises(AssertionError):
        test_a_district_that_decided_and_published_is_rolled_back_with_the_plan()


def test_a_district_that_published_its_own_since_is_rolled_back_with_the_plan() -> None:
    before = live().package_id
    plan = planned(city_promises(5), MINHANG)
    put_on_show({PHONE_HALL: HALL})
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
    assert live().package_id == before


def test_a_district_that_had_the_version_before_keeps_it_when_a_plan_is_rolled_back() -> None:
    version = city_promises(5)
    city_releases(version, MINHANG)
    plan = planned(version, MINHANG, HUANGPU)
    shown = put_on_show({PHONE_HALL: HALL})
    roll_back_plan(actor=account("operator"), plan_id=plan.pk, note="有误")
    assert live().pk == shown.pk and live(HUANGPU).version.number == 1


def test_a_localisation_from_before_the_first_release_goes_on_show_with_it() -> None:
    localise({DAYS: 3})
    approve(submit())
    version = city_promises(5)
    city_releases(version, MINHANG)
    assert live().localisation is None, "what the district has not published is not put on show by the city"


def test_no_district_waits_for_a_version_that_was_taken_back() -> None:
    put_on_show({DAYS: 3})
    version = city_promises(4)
    city_releases(version)
    assert CityChange.objects.filter(closed_at__isnull=True).exists()
    shown = Release.objects.live().filter(version=version).values_list("division__code", flat=True)
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=list(shown), note="回退")
    assert not CityChange.objects.filter(closed_at__isnull=True).exists()


def test_the_saboteur_that_never_holds_back_puts_the_citys_change_on_show_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_on_show({DAYS: 3})
    monkeypatch.setattr(carrying_over, "_keeps_old", lambda frozen, division: False)
    city_releases(city_promises(4))
    assert live().version.number == 2, "so the test above would fail"


# --- what is there already is not overwritten by adding it ------------------------------------------------------------


@pytest.mark.parametrize("new", ["point", "notice", "material&item=REGP"])
def test_adding_what_is_there_already_is_refused_and_changes_nothing(new: str) -> None:
    localise({f"notices/{MINHANG}-1": {"title": "带证件", "content": "带身份证。"}})
    before, elements = draft(), show_localisation(get_place(account("mh_editor"), DOG, MINHANG)).elements
    steps = [steps_of(one.code) for one in elements]
    hall = next(one[1] for one in steps if one[0] == "service_points")
    material = next(one[3] for one in steps if one[:3] == ("items", "REGP", "materials"))
    typed = {
        "name": hall,
        "address": "莘松路555号",
        "code": "1",
        "title": "请预约",
        "content": "先来电。",
        "register": material,
    }
    page = f"/themes/{DOG}/localisations/{MINHANG}/change/?new={new}"
    answer = logged_in("mh_editor").post(page, {"do": "save", "revision": revision(), **typed})
    assert (answer.status_code, draft()) == (422, before)
    assert "本区已经有" in text_of(answer) and "没有保存" in text_of(answer)


def test_a_material_is_added_as_the_register_has_it_whatever_the_theme_calls_by_its_code() -> None:
    """The theme calls another entry of the register M_ID_LEGAL."""
    for register in ("M_ID_LEGAL", "M_ID_LEGAL@YJS-310000-P4-0002"):
        page, typed = f"{PAGE}change/?new=material&item=REGP", {"do": "save", "register": register}
        assert logged_in("mh_editor").post(page, {**typed, "revision": revision()}).status_code == 302
    assert [one.code for one in draft().operations] == [
        "items/REGP/materials/M_ID_LEGAL", "items/REGP/materials/M_ID_LEGAL-2",
    ]  # fmt: skip
    place = get_place(account("mh_editor"), DOG, MINHANG)
    named = {binding.code: binding.material for binding in show_localisation(place).here.document.materials}
    assert named["M_ID_LEGAL-2"] == "M_ID_LEGAL" and named["M_ID_LEGAL"] == "M_ID_LEGAL@YJS-310000-P4-0002"


def test_changing_an_own_window_on_the_page_keeps_its_holidays() -> None:
    localise({PHONE_HALL: {**HALL, "holidays": {"2026-10-01": "休息"}}})
    page, editor = f"{PAGE}change/?key={PHONE_HALL}", logged_in("mh_editor")
    assert "2026-10-01 休息</textarea>" in editor.get(page).content.decode()
    typed = {
        "do": "save",
        "revision": revision(),
        **HALL,
        "phone": "12345",
        "holidays": "2026-10-01 休息\n2026-10-02 9:00-12:00",
    }
    assert editor.post(page, typed).status_code == 302
    (operation,) = draft().operations
    assert operation.value == {
        **HALL, "phone": "12345", "holidays": {"2026-10-01": "休息", "2026-10-02": "9:00-12:00"},
    }  # fmt: skip
    for nowhere in ("nan,31.11", "121.38,1e999"):
        assert editor.post(page, {**typed, "revision": revision(), "coordinates": nowhere}).status_code == 422
    wrong = editor.post(page, {**typed, "revision": revision(), "holidays": "国庆"})
    assert wrong.status_code == 422 and "第 1 行应为" in text_of(wrong)


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("notices/N_IMMUNE", {"title": "先免疫", "content": "先接种。"}),
        ("items/REGP/materials/M_LEASE", {"note": "带原件"}),
    ],
)
def test_what_the_form_does_not_ask_for_stays_as_the_city_has_it(key: str, typed: dict[str, str]) -> None:
    rules = [{"code": code, "mode": "free"} for code in ("notices/*", "items/*/materials/*")]
    city_releases(city_promises(5, more={"rules": rules}))
    answer = logged_in("mh_editor").post(f"{PAGE}change/?key={key}", {"do": "save", "revision": revision(), **typed})
    assert answer.status_code == 302
    (operation,) = draft().operations
    assert operation.value == {**operation.base, **typed}


def test_the_page_tells_the_district_of_itself_and_of_its_own_by_name() -> None:
    localise({DAYS: 3, f"notices/{MINHANG}-1": {"title": "带证件", "content": "带身份证。"}})
    page = text_of(logged_in("mh_editor").get(PAGE))
    assert "草稿有尚未提交的改动" in page and "没有待审核的版本" not in page
    assert f"本区须知（{MINHANG}-1）" in page
    assert "事项“办犬证(个人)”的分区承诺时限 闵行区：5 个工作日 闵行区：3 个工作日" in page


def test_the_page_says_what_waits_for_the_city_and_names_what_can_still_be_asked_for() -> None:
    conditions = {condition_key("REGP", text): text for text in ("须现场核验犬只", "须提前预约")}
    localise({DAYS: 8, **conditions})
    until = clock.today() + timedelta(days=30)
    request_exception(actor=account("mh_editor"), **WHERE, key=DAYS, reason="搬迁", expires_on=until)
    page = text_of(logged_in("mh_editor").get(PAGE))
    assert "须先向市级申请例外。已经申请，等市级决定。" in page
    assert "比全市多设条件（须提前预约），须先向市级申请例外。 " in page
    assert "为“须提前预约”申请" in page and "为“须现场核验犬只”申请" in page
    assert "承诺办结时限（工作日）”申请" not in page


def test_what_the_reviewer_compares_says_which_holidays_and_places_of_a_window_change() -> None:
    put_on_show({PHONE_HALL: HALL})
    localise({PHONE_HALL: {**HALL, "holidays": {"2026-10-01": "休息"}, "coordinates": [121.38, 31.11]}})
    page = text_of(logged_in("mh_publisher").get(PAGE))
    assert "9:00-17:00，2026-10-01 休息，021-64881234，坐标 121.38,31.11" in page


def test_an_exception_is_asked_for_once_it_is_chosen_what_counts() -> None:
    put_on_show({DAYS: 3})
    city_releases(city_promises(4))
    localise({DAYS: 8})
    editor = logged_in("mh_editor")
    page = text_of(editor.get(f"{PAGE}change/?key={DAYS}"))
    assert "选择以哪一个为准" in page and "申请例外" not in page
    ask = {"do": "ask", "reason": "搬迁", "expires_on": (clock.today() + timedelta(days=30)).isoformat()}
    refused = text_of(editor.post(f"{PAGE}change/?key={DAYS}", ask))
    assert "请先选择以哪一个为准；保留本区的，再申请例外" in refused
    settle_conflict(actor=account("mh_editor"), **WHERE, key=DAYS, choice="keep_ours", expected_revision=revision())
    assert editor.post(f"{PAGE}change/?key={DAYS}", ask).status_code == 302


def test_one_element_twice_in_what_is_sent_is_refused_at_the_second() -> None:
    localise({DAYS: 3})
    operations = [{"code": DAYS, "act": "replace", "value": value} for value in (2, 4)]
    answer = logged_in("mh_editor").put(
        f"/api/v1/themes/{DOG}/localisations/{MINHANG}/draft/",
        {"theme": DOG, "division": MINHANG, "operations": operations},
        content_type="application/json",
        headers={"If-Match": f'"draft-{revision()}"'},
    )
    problem = answer.json()["errors"][0]
    assert (answer.status_code, problem["pointer"], problem["code"]) == (422, "/operations/1/code", "duplicate_code")
    assert [operation.value for operation in draft().operations] == [3]


def test_a_draft_of_another_district_or_theme_is_not_taken_for_this_one() -> None:
    localise({DAYS: 3})
    answer = logged_in("mh_editor").put(
        f"/api/v1/themes/{DOG}/localisations/{MINHANG}/draft/",
        {"theme": "YJS-310000-L1-0001", "division": "310101", "operations": []},
        content_type="application/json",
        headers={"If-Match": f'"draft-{revision()}"'},
    )
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/theme", "/division"]
    assert [operation.value for operation in draft().operations] == [3]


def test_a_system_that_says_what_it_saw_publishes_nothing_else() -> None:
    localise({DAYS: 3})
    approved = approve(submit())
    shown = live(MINHANG).package_id
    address = f"/api/v1/themes/{DOG}/localisations/{MINHANG}/publish/"
    publisher = logged_in("mh_publisher")

    def ask(localisation: str, package: str) -> int:
        body = {"note": "本区办理方式", "seen": {"localisation": localisation, "package": package}}
        return publisher.post(address, body, content_type="application/json").status_code

    assert ask(approved.digest, "") == ask("0" * 64, shown) == 409
    assert live(MINHANG).package_id == shown
    assert ask(approved.digest, shown) == 200
    assert live(MINHANG).package_id != shown
    assert ask(approved.digest, shown) == 409  # what a message sent twice does


def test_a_necessity_that_no_list_has_is_named() -> None:
    localise({"items/REGP/materials/M_ID": {"necessity_code": "9"}})
    with pytest.raises(GateClosed) as refused:
        submit()
    assert "unlisted_code" in {finding.code for finding in refused.value.findings}
