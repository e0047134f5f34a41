"""The work pages on the demonstration installation: who sees what, what is refused where, what is left in the trail."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime
from guardian.shortcuts import assign_perm

from opsplatform.accounts.models import User
from opsplatform.accounts.tests.factories import UserFactory, person
from opsplatform.audit.models import AuditEntry
from opsplatform.catalog.models import ServiceItem
from opsplatform.kernel import clock
from opsplatform.release import review_selectors
from opsplatform.release.models import Decision, Release
from opsplatform.release.signing import is_valid
from themes import selectors
from themes.pages.parts import PARTS
from themes.services.drafting import save_theme
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import submit_theme
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import DOG, RESTAURANT, account, get, new_version, save, submit

pytestmark = pytest.mark.usefixtures("demo_db")

READING = ("overview", "parts", "history")
DRAFT_PAGES = ("findings", "review", "compare")
ACTING = {"edit": "sj_editor", "submit": "sj_editor", "release": "operator", "withdraw": "operator"}
EVERYBODY = ("operator", "sj_editor", "sj_reviewer", "ga_editor", "lh_editor", "hp_editor", "auditor")
SEE_DRAFT = ("operator", "sj_editor", "sj_reviewer", "lh_editor")


def all_pages(code: str) -> list[str]:
    pages = [url(name, code) for name in (*READING, *DRAFT_PAGES, *ACTING)]
    return [reverse("themes:list"), *pages, *(url("part", code, part=part) for part in PARTS)]


def withdraw_everywhere(code: str) -> None:
    withdraw_theme(actor=account("operator"), code=code, division_codes=None, note="停办")


def renamed(code: str, name: str) -> None:
    save(code, lambda tree: tree.update(name=name))


# --- who sees what -------------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_login_by_every_page() -> None:
    for address in all_pages(RESTAURANT):
        answer = Client().get(address)
        assert answer.status_code == 302 and "/login" in answer["Location"], address


@pytest.mark.parametrize("username", EVERYBODY)
def test_a_live_theme_can_be_read_by_everybody(username: str) -> None:
    client = logged_in(username)
    assert client.get(reverse("themes:list")).status_code == 200
    for address in (*(url(name, RESTAURANT) for name in READING), *(url("part", RESTAURANT, part=p) for p in PARTS)):
        assert client.get(address).status_code == 200, address


def test_who_comes_back_to_the_guidance_designer_gets_the_draft_as_it_is() -> None:
    assert "no-store" in logged_in("sj_editor").get(url("guidance", RESTAURANT))["Cache-Control"]


@pytest.mark.parametrize("username", EVERYBODY)
def test_pages_of_the_draft_open_to_those_who_see_the_draft(username: str) -> None:
    expected = 200 if username in SEE_DRAFT else 403
    for name in DRAFT_PAGES:
        assert logged_in(username).get(url(name, RESTAURANT)).status_code == expected, name


@pytest.mark.parametrize("username", EVERYBODY)
def test_pages_of_acts_open_to_those_who_may_act(username: str) -> None:
    for name, actor in ACTING.items():
        expected = 200 if username == actor else 403
        assert logged_in(username).get(url(name, RESTAURANT)).status_code == expected, name


def test_a_theme_out_of_sight_does_not_exist() -> None:
    withdraw_everywhere(RESTAURANT)
    neighbour = logged_in("ga_editor")
    for address in all_pages(RESTAURANT)[1:]:
        if any(address == url(name, RESTAURANT) for name in ("release", "withdraw")):
            continue  # not even the page's action is the editor's: 403 for every theme alike
        assert neighbour.get(address).status_code == 404, address
        assert neighbour.get(address).content == neighbour.get(address.replace(RESTAURANT, "NOPE")).content
    assert RESTAURANT not in neighbour.get(reverse("themes:list")).content.decode()


def test_a_district_reads_what_is_on_show_and_never_the_draft() -> None:
    def change(tree: dict) -> None:
        tree.update(name="草稿里的名字", summary="草稿里的简介")
        tree["notices"][0].update(title="草稿里的须知", content="草稿里的内容")

    save(RESTAURANT, change)
    for username in ("hp_editor", "ga_editor", "auditor"):
        client = logged_in(username)
        for address in (reverse("themes:list"), *(url(n, RESTAURANT) for n in READING)):
            assert "草稿里的" not in client.get(address).content.decode(), address
        for part in PARTS:
            assert "草稿里的" not in client.get(url("part", RESTAURANT, part=part)).content.decode(), part
        assert "开办餐饮店" in text_of(client.get(url("overview", RESTAURANT)))
    assert "草稿里的须知" in text_of(logged_in("lh_editor").get(url("part", RESTAURANT, part="notices")))


def test_a_district_is_shown_the_version_of_its_own_division() -> None:
    version = new_version(RESTAURANT)
    release_theme(
        actor=account("operator"), code=RESTAURANT, version=version.number, division_codes=["310112"], note="试行"
    )
    address = url("part", RESTAURANT, part="notices")
    assert "请携带原件" in text_of(logged_in("mh_editor").get(address))
    assert "请携带原件" not in text_of(logged_in("hp_editor").get(address))


def test_a_numbered_version_is_shown_only_to_those_who_see_the_draft() -> None:
    address = url("part", RESTAURANT, part="notices") + "?version=1"
    assert "版本 1" in text_of(logged_in("sj_reviewer").get(address))
    assert logged_in("hp_editor").get(address).status_code == 404
    assert logged_in("sj_reviewer").get(address.replace("=1", "=77")).status_code == 404


def test_a_grant_on_the_very_theme_opens_its_editing_page() -> None:
    helper = person("partner_editor", department=account("ny_editor").memberships.get().department)
    client = Client()
    client.force_login(helper)
    assert client.get(url("edit", RESTAURANT)).status_code == 403
    for right in ("themes.view_theme", "themes.change_theme"):
        assign_perm(right, helper, get(RESTAURANT))
    client.force_login(User.objects.get(pk=helper.pk))
    assert client.get(url("edit", RESTAURANT)).status_code == 200


def test_the_list_is_searched_and_filtered() -> None:
    client = logged_in("operator")
    found = text_of(client.get(reverse("themes:list"), {"q": "犬证"}))
    assert DOG in found and RESTAURANT not in found
    assert RESTAURANT not in text_of(client.get(reverse("themes:list"), {"state": "draft"}))
    withdraw_theme(actor=account("operator"), code=DOG, division_codes=["310101"], note="停办")
    live = text_of(client.get(reverse("themes:list"), {"live_in": "310101"}))
    assert RESTAURANT in live and DOG not in live
    assert client.get(reverse("themes:list"), {"category": "NOPE"}).status_code == 200


# --- acts ----------------------------------------------------------------------------------------------------------


def test_buttons_are_those_the_person_may_press_and_say_why_not() -> None:
    editor, reviewer, operator = (logged_in(name) for name in ("sj_editor", "sj_reviewer", "operator"))
    seen = text_of(editor.get(url("overview", RESTAURANT)))
    assert "编辑" in seen and "版本 1 已批准，之后草稿和登记信息都没有改动" in seen
    assert url("submit", RESTAURANT) not in editor.get(url("overview", RESTAURANT)).content.decode()
    assert "没有待审核的版本" in text_of(reviewer.get(url("overview", RESTAURANT)))
    assert "版本 1 已在所有办理区划上线" in text_of(operator.get(url("overview", RESTAURANT)))
    withdraw_everywhere(RESTAURANT)
    assert url("release", RESTAURANT) in operator.get(url("overview", RESTAURANT)).content.decode()
    assert "没有已上线的区划" in text_of(operator.get(url("overview", RESTAURANT)))


def test_what_is_approved_may_be_submitted_again_on_the_page_once_a_register_has_changed() -> None:
    editor = logged_in("sj_editor")
    ServiceItem.objects.filter(key=get(RESTAURANT).subject.draft["items"][0]["item"]).update(daily_name="新的通俗名称")
    assert url("submit", RESTAURANT) in editor.get(url("overview", RESTAURANT)).content.decode()
    page = editor.get(url("submit", RESTAURANT))
    assert "新的通俗名称" in text_of(page)
    sent = {**form_of(page, holding="revision"), "note": "采用新的登记信息"}
    assert editor.post(url("submit", RESTAURANT), sent).status_code == 302
    assert get(RESTAURANT).subject.current_version.number == 2


def test_an_editor_submits_a_reviewer_approves_an_operator_releases_all_on_pages() -> None:
    save(RESTAURANT, lambda tree: tree["notices"][2].update(content="先承诺，后核查。"))
    editor, reviewer, operator = (logged_in(name) for name in ("sj_editor", "sj_reviewer", "operator"))

    page = editor.get(url("submit", RESTAURANT))
    assert "须知“消防告知承诺”的内容" in text_of(page) and "先承诺，后核查。" in text_of(page)
    answer = editor.post(url("submit", RESTAURANT), {**form_of(page, holding="revision"), "note": "改须知"})
    assert answer.status_code == 302

    assert "还没有轮到您这一步" in text_of(reviewer.get(url("review", RESTAURANT)))
    for username in ("lh_reviewer", "xf_reviewer", "sj_reviewer", "operator2"):
        someone = logged_in(username)
        page = someone.get(url("review", RESTAURANT))
        shown = text_of(page)
        assert "先承诺，后核查。" in shown and get(RESTAURANT).subject.current_version.digest in shown
        assert "跑部门" in shown and "由您决定" in shown
        decision = {**form_of(page, holding="digest"), "note": "同意", "do": "approve"}
        assert someone.post(url("review", RESTAURANT), decision).status_code == 302

    page = operator.get(url("release", RESTAURANT))
    wanted = {**form_of(page, holding="version"), "division": ["310101", "310104"], "note": "两区先行"}
    assert operator.post(url("release", RESTAURANT), wanted).status_code == 302
    live = Release.objects.live().filter(subject=get(RESTAURANT).subject, version__number=2)
    assert sorted(live.values_list("division__code", flat=True)) == ["310101", "310104"]

    page = operator.get(url("withdraw", RESTAURANT))
    gone = {**form_of(page, holding="note"), "division": ["310101"], "note": "停办"}
    assert operator.post(url("withdraw", RESTAURANT), gone).status_code == 302
    actions = list(AuditEntry.objects.filter(object_key=RESTAURANT).order_by("id").values_list("action", flat=True))
    assert actions[-9:] == [
        "theme.submitted", *["theme.confirmed"] * 4, "theme.approved", "theme.released", "theme.released",
        "theme.withdrawn",
    ]  # fmt: skip


def test_an_approval_of_what_was_edited_since_says_who_voided_it_and_when() -> None:
    version = new_version(RESTAURANT, approved=False)
    save(RESTAURANT, lambda tree: tree.update(summary="又改了"))
    reviewer = logged_in("sj_reviewer")
    sent = {"do": "approve", "digest": version.digest, "note": "同意"}
    page = reviewer.post(url("review", RESTAURANT), sent)
    assert page.status_code == 409
    voided = Decision.objects.get(version=version, kind=Decision.Kind.VOIDED)
    sentence = f"{account('sj_editor')} 于 {localtime(voided.decided_at):%Y-%m-%d %H:%M} 改动了内容"
    assert f"{sentence}，版本 {version.number} 随即失效" in text_of(page)
    assert sentence in text_of(reviewer.get(url("review", RESTAURANT)))
    assert sentence in text_of(reviewer.get(url("overview", RESTAURANT)))


def test_a_division_withdrawn_before_is_not_ticked_and_says_since_when() -> None:
    new_version(RESTAURANT)
    withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=["310101"], note="窗口装修")
    page = logged_in("operator").get(url("release", RESTAURANT))
    ticked = form_of(page, holding="version")["division"]
    assert "310101" not in ticked and len(ticked) == 15
    ended = Release.objects.get(subject=get(RESTAURANT).subject, ending=Release.Ending.WITHDRAWN)
    assert ended.ended_at is not None
    told = text_of(page)
    assert f"已于 {localtime(ended.ended_at):%Y-%m-%d %H:%M} 由{account('operator')}撤回：窗口装修" in told


def test_a_release_to_all_is_a_release_everywhere_it_is_offered() -> None:
    version = new_version(RESTAURANT)
    operator = logged_in("operator")
    wanted = {"version": str(version.number), "division": ["all", "310101"], "note": "全市"}
    assert operator.post(url("release", RESTAURANT), wanted).status_code == 302
    assert Release.objects.live().filter(version=version).count() == 16


def test_a_returned_version_tells_its_editor_why() -> None:
    version = new_version(RESTAURANT, approved=False)
    answer = logged_in("sj_reviewer").post(
        url("review", RESTAURANT), {"digest": version.digest, "note": "依据不足", "do": "return"}
    )
    assert answer.status_code == 302
    assert "依据不足" in text_of(logged_in("sj_editor").get(url("overview", RESTAURANT)))


def author_who_reviews() -> Client:
    """Somebody of the lead department who edited and also holds the reviewer's role."""
    lead = get(RESTAURANT).lead_department
    both = UserFactory(username="both", name="又编又审")
    for role in ("lead_editor", "lead_reviewer"):
        person(role, department=lead).memberships.update(user=both)
    tree = {**get(RESTAURANT).subject.draft, "summary": "改过的简介"}
    save_theme(actor=both, code=RESTAURANT, tree=tree, expected_revision=get(RESTAURANT).subject.draft_revision)
    client = Client()
    client.force_login(both)
    return client


def test_an_author_sees_no_approval_and_is_refused_one_all_the_same() -> None:
    client = author_who_reviews()
    version = submit(RESTAURANT)
    page = client.get(url("review", RESTAURANT))
    assert "须由另一位同事审核" in text_of(page) and 'value="approve"' not in page.content.decode()
    answer = client.post(url("review", RESTAURANT), {"digest": version.digest, "note": "同意", "do": "approve"})
    assert answer.status_code == 403 and "不能审核自己参与编写的内容" in text_of(answer)
    assert not Decision.objects.filter(version=version).exists()


def test_a_page_that_lets_authors_decide_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_selectors, "OWN_WORK", "")  # the saboteur: the page finds nothing wrong with it
    with pytest.raises(AssertionError):
        test_an_author_sees_no_approval_and_is_refused_one_all_the_same()


def test_a_page_that_shows_the_draft_to_everybody_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "may_view_draft", lambda *_: True)
    with pytest.raises(AssertionError):
        test_a_district_reads_what_is_on_show_and_never_the_draft()


@pytest.mark.parametrize("note", ["", "   "])
def test_acts_without_a_note_are_refused_in_place(note: str) -> None:
    version = new_version(RESTAURANT, approved=False)
    cases = [
        ("sj_reviewer", "review", {"digest": version.digest, "do": "approve"}),
        ("sj_reviewer", "review", {"digest": version.digest, "do": "return"}),
        ("operator", "release", {"version": "1", "division": ["310101"]}),
        ("operator", "withdraw", {"division": ["310101"]}),
        ("sj_editor", "submit", {"revision": str(get(RESTAURANT).subject.draft_revision)}),
    ]
    before = AuditEntry.objects.count()
    for username, name, form in cases:
        answer = logged_in(username).post(url(name, RESTAURANT), {**form, "note": note})
        assert answer.status_code == 422 and "请填写说明" in text_of(answer), name
    assert AuditEntry.objects.count() == before


def test_a_digest_that_is_no_longer_pending_is_refused_in_place() -> None:
    version = new_version(RESTAURANT, approved=False)
    save(RESTAURANT, lambda tree: tree.update(summary="又改了"))
    submit(RESTAURANT)
    answer = logged_in("sj_reviewer").post(
        url("review", RESTAURANT), {"digest": version.digest, "note": "同意", "do": "approve"}
    )
    assert answer.status_code == 409 and "已不是您看到的那一版" in text_of(answer)


def test_a_blocked_draft_shows_its_findings_and_no_button_to_submit() -> None:
    save(RESTAURANT, lambda tree: tree["items"].pop(0))
    page = logged_in("sj_editor").get(url("submit", RESTAURANT))
    assert "必须先解决" in text_of(page) and 'name="note"' not in page.content.decode()
    findings = logged_in("sj_editor").get(url("findings", RESTAURANT)).content.decode()
    assert url("part", RESTAURANT, part="guidance") + "#rule-R02" in findings
    assert findings.index("必须先解决") < findings.index("请留意")


@pytest.mark.parametrize("name", ["submit", "review", "release", "withdraw", "edit"])
def test_nonsense_is_refused_without_an_error_of_ours(name: str) -> None:
    for username in EVERYBODY:
        for form in ({}, {"do": "save"}, {"do": "approve", "digest": "x", "note": "x"}, {"version": "9" * 40}):
            answer = logged_in(username).post(url(name, RESTAURANT), form)
            assert answer.status_code in (200, 403, 404, 409, 412, 422), (username, form)


# --- history -------------------------------------------------------------------------------------------------------


def test_the_history_tells_versions_decisions_and_releases() -> None:
    new_version(RESTAURANT)
    shown = text_of(logged_in("sj_editor").get(url("history", RESTAURANT)))
    assert "版本 2" in shown and "同意" in shown and "首次发布到全市各区" in shown
    district = text_of(logged_in("hp_editor").get(url("history", RESTAURANT)))
    assert "版本 2" not in district and "黄浦区" in district


def test_what_was_live_at_a_moment_is_told() -> None:
    release = Release.objects.live().filter(subject=get(RESTAURANT).subject).first()
    assert release is not None
    client, address = logged_in("operator"), url("history", RESTAURANT)
    moment = release.released_at.isoformat()
    assert "首次发布到全市各区" in text_of(client.get(address, {"at": moment})).split("版本（")[0]
    assert "没有在任何区上线" in text_of(client.get(address, {"at": "2020-01-01T00:00"}))
    for unreadable in ("gestern", "2026-99-99T00:00", (clock.now() + timedelta(hours=1)).isoformat()):
        assert "请填写现在或过去的日期和时间" in text_of(client.get(address, {"at": unreadable}))


def test_past_the_end_of_its_period_nothing_was_live_however_late_it_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    until = clock.now() + timedelta(hours=1)
    release_theme(
        actor=account("operator"), code=RESTAURANT, version=1, division_codes=["310101"], note="限期", until=until
    )
    monkeypatch.setattr(clock, "now", lambda: until + timedelta(hours=1))
    shown = logged_in("operator").get(url("history", RESTAURANT), {"at": until.isoformat()})
    live_then = text_of(shown).split("版本（")[0]
    assert "徐汇区：版本 1" in live_then and "黄浦区：版本 1" not in live_then


def test_any_two_versions_are_compared_in_words() -> None:
    new_version(RESTAURANT)
    client, address = logged_in("sj_reviewer"), url("compare", RESTAURANT)
    assert "请携带原件" in text_of(client.get(address))
    assert "没有差别" in text_of(client.get(address, {"from": "2", "to": "2"}))
    assert client.get(address, {"from": "1", "to": "99"}).status_code == 404
    assert client.get(address, {"from": "x"}).status_code == 422


def test_a_package_is_downloaded_with_its_signature() -> None:
    release = Release.objects.live().filter(subject=get(RESTAURANT).subject, division__code="310101").get()
    client = logged_in("hp_editor")
    content = client.get(url("package", RESTAURANT, digest=release.package_id, kind="json"))
    signature = client.get(url("package", RESTAURANT, digest=release.package_id, kind="sig"))
    assert content.content == bytes(release.package.content)
    assert is_valid(content.content, signature.content.decode())
    assert client.get(url("package", RESTAURANT, digest=release.package_id, kind="exe")).status_code == 404


def test_a_package_that_is_no_longer_live_stays_within_its_division() -> None:
    release = Release.objects.live().filter(subject=get(RESTAURANT).subject, division__code="310101").get()
    withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=["310101"], note="停办")
    address = url("package", RESTAURANT, digest=release.package_id, kind="json")
    assert logged_in("hp_editor").get(address).status_code == 200
    assert logged_in("sj_editor").get(address).status_code == 200
    assert logged_in("mh_editor").get(address).status_code == 404
    assert logged_in("hp_editor").get(url("package", DOG, digest=release.package_id, kind="json")).status_code == 404


# --- what registers say now ----------------------------------------------------------------------------------------


def test_a_register_that_moved_on_is_told_to_those_who_work_on_the_theme() -> None:
    item = ServiceItem.objects.get(key=get(RESTAURANT).subject.draft["items"][0]["item"])
    item.revision += 1
    item.save(update_fields=["revision"])
    assert "登记信息有更新" in text_of(logged_in("sj_editor").get(url("overview", RESTAURANT)))
    assert "登记信息有更新" not in text_of(logged_in("hp_editor").get(url("overview", RESTAURANT)))


def test_collisions_of_the_import_are_summed_up() -> None:
    assert "代码冲突" in text_of(logged_in("ga_editor").get(url("overview", DOG)))


def test_a_submitted_version_shows_no_second_submission() -> None:
    new_version(RESTAURANT, approved=False)
    page = logged_in("sj_editor").get(url("submit", RESTAURANT))
    assert "正在等待审核" in text_of(page)
    with pytest.raises(Exception, match="不能再次提交"):
        submit_theme(
            actor=account("sj_editor"),
            code=RESTAURANT,
            expected_revision=get(RESTAURANT).subject.draft_revision,
            note="再交",
        )
