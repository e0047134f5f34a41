"""What reviewers say about single elements: beside the element in the editors' pages until it is dealt with."""

import pytest

from opsplatform.accounts.models import Membership
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.tests.factories import person
from opsplatform.kernel.errors import Forbidden, Invalid, NotFound, WrongState
from opsplatform.kernel.notes import NoteMissing
from opsplatform.release.errors import OwnWork
from opsplatform.release.models import ReviewComment, ReviewParty, Version
from themes.packages.compilation import read_frozen
from themes.pages.comments import comments_by_element
from themes.pages.wording.elements import names_of_elements
from themes.services.inspecting import check_theme
from themes.services.reviewing import comment_on_theme, resolve_theme_comment, return_theme
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import DOG, RESTAURANT, account, add_sentence, get, save, submitted
from themes.tests.localised import DAYS, MINHANG, localise, submit
from themes.tests.rights import both_roles

pytestmark = pytest.mark.usefixtures("demo_db")


@pytest.fixture
def version() -> Version:
    save(RESTAURANT, add_sentence)
    return submitted(RESTAURANT)


def comment(version: Version, pointer: str, *, by: str = "xf_reviewer", note: str = "请核对口径") -> ReviewComment:
    return comment_on_theme(actor=account(by), code=RESTAURANT, digest=version.digest, pointer=pointer, note=note)


def resolve(one: ReviewComment, *, by: str = "sj_editor", note: str = "已按意见修改") -> None:
    resolve_theme_comment(actor=account(by), code=RESTAURANT, comment_id=one.pk, note=note)


def test_a_comment_stands_beside_its_element_until_it_is_dealt_with(version: Version) -> None:
    notice = get(RESTAURANT).subject.draft["notices"][0]["code"]
    one, rule = comment(version, f"/notices/{notice}"), comment(version, "/guidance/rules/R02", note="条件写反了")
    return_theme(actor=account("xf_reviewer"), code=RESTAURANT, digest=version.digest, note="见意见")
    editor = logged_in("sj_editor")
    page = editor.get(url("edit", RESTAURANT))
    shown = page.content.decode()
    assert shown.index(f'value="{notice}"') < shown.index(f'id="comment-{one.pk}"') < shown.index("notice_remove:")
    assert shown.index('id="comments"') < shown.index(f'id="comment-{rule.pk}"') < shown.index('id="basics"')
    assert "条件写反了" in text_of(editor.get(url("part", RESTAURANT, part="guidance")))
    assert "条件写反了" not in text_of(editor.get(url("part", RESTAURANT, part="notices")))
    found = [finding for finding in check_theme(get(RESTAURANT)) if finding.code == "comments_open"]
    assert [(finding.severity, "2 条" in finding.sentence) for finding in found] == [("advisory", True)]

    typed = {**form_of(page, holding="revision"), "summary": "还没有保存的简介"}
    answer = editor.post(
        url("edit", RESTAURANT), {**typed, "do": f"resolve:{one.pk}", f"resolution_{one.pk}": "已改须知"}
    )
    assert answer.status_code == 200 and "还没有保存的简介" in answer.content.decode()
    assert f'id="comment-{one.pk}"' not in answer.content.decode()
    assert get(RESTAURANT).subject.draft["summary"] != "还没有保存的简介"
    again = submitted(RESTAURANT)
    history = text_of(logged_in("xf_reviewer").get(url("review", RESTAURANT)))
    assert again.number == version.number + 1 and "还没有人提出意见" in history


def test_it_is_written_on_the_page_of_the_review_by_those_whose_turn_it_is(version: Version) -> None:
    reviewer = logged_in("xf_reviewer")
    sent = {"do": "comment", "digest": version.digest, "pointer": "/summary", "note": "写得太长"}
    assert reviewer.post(url("review", RESTAURANT), sent).status_code == 302
    assert "简介 待处理 写得太长" in text_of(reviewer.get(url("review", RESTAURANT)))
    assert "写得太长" in text_of(logged_in("sj_editor").get(url("edit", RESTAURANT)))
    assert 'value="comment"' not in logged_in("sj_reviewer").get(url("review", RESTAURANT)).content.decode()


def test_nobody_else_comments_and_nobody_else_deals_with_it(version: Version) -> None:
    both_roles("sj_editor")
    with pytest.raises(OwnWork):
        comment(version, "/name", by="sj_editor")
    for by in ("ga_reviewer", "sj_reviewer"):  # no party; not its turn
        with pytest.raises(Forbidden):
            comment(version, "/name", by=by)
    one = comment(version, "/name")
    with pytest.raises(Forbidden):
        resolve(one, by="xf_reviewer")
    resolve(one)
    with pytest.raises(WrongState):
        resolve(one)
    with pytest.raises(NotFound):
        resolve_theme_comment(actor=account("ga_editor"), code=DOG, comment_id=one.pk, note="x")


def test_a_comment_says_something_about_something(version: Version) -> None:
    with pytest.raises(NoteMissing):
        comment(version, "/name", note=" ")
    for pointer in ("name", "/" + "x" * 300, "/notices/NEVER-WAS", "/nothing/at/all", "/name/of/it"):
        with pytest.raises(Invalid):
            comment(version, pointer)
    with pytest.raises(WrongState):
        comment_on_theme(actor=account("xf_reviewer"), code=RESTAURANT, digest="0" * 64, pointer="", note="x")


def test_of_what_is_gone_the_editor_reads_the_name_that_it_had(version: Version) -> None:
    notice = get(RESTAURANT).subject.draft["notices"][0]
    comment(version, f"/notices/{notice['code']}")
    return_theme(actor=account("xf_reviewer"), code=RESTAURANT, digest=version.digest, note="见意见")
    save(RESTAURANT, lambda tree: tree["notices"].pop(0))
    shown = text_of(logged_in("sj_editor").get(url("edit", RESTAURANT)))
    assert f"{notice['title']}（草稿里已没有） ：请核对口径" in shown and f"/notices/{notice['code']}" not in shown


def test_a_version_is_read_once_for_all_that_is_gone_of_it(version: Version) -> None:
    for notice in get(RESTAURANT).subject.draft["notices"][:2]:
        comment(version, f"/notices/{notice['code']}")
    read: list[int] = []

    def names_in(one: Version) -> dict[str, str]:
        read.append(one.pk)
        return names_of_elements(read_frozen(bytes(one.content)))

    found = comments_by_element(version.subject, {}, names_in)
    assert len(found) == 2 and read == [version.pk]


# --- localisations ----------------------------------------------------------------------------------------------------


def test_a_district_reads_beside_its_own_change_what_its_reviewer_says() -> None:
    localise({DAYS: 3})
    version = submit()
    page, pointer = f"/themes/{DOG}/localisations/{MINHANG}/", "/operations/items~1REGP~1promised_days"
    reviewer, editor = logged_in("mh_publisher"), logged_in("mh_editor")
    assert f'value="{pointer}"' in reviewer.get(page).content.decode()
    assert 'value="comment"' not in editor.get(page).content.decode()
    sent = {"do": "comment", "digest": version.digest, "pointer": pointer, "note": "窗口能做到吗"}
    assert editor.post(page, sent).status_code == 403
    assert reviewer.post(page, sent).status_code == 302
    assert reviewer.post(page, {"do": "return", "digest": version.digest, "note": "见意见"}).status_code == 302
    assert "本地化版本 1 已被退回：见意见" in text_of(editor.get(page)) and "窗口能做到吗" in text_of(editor.get(page))
    assert 'value="resolve"' not in reviewer.get(page).content.decode()
    localise({})
    shown = text_of(editor.get(page))
    assert "办犬证(个人) · 承诺办结时限（工作日）（草稿里已没有）" in shown and pointer not in shown
    one = ReviewComment.objects.get(version=version)
    assert editor.post(page, {"do": "resolve", "comment": one.pk, "note": "已与窗口确认"}).status_code == 302
    assert "窗口能做到吗" not in text_of(editor.get(page))
    told = editor.get(f"/api/v1{page}comments/").json()["results"]
    assert [(row["pointer"], row["resolution"]) for row in told] == [(pointer, "已与窗口确认")]


def test_a_district_reviewer_hands_the_decision_to_a_colleague() -> None:
    localise({DAYS: 3})
    version = submit()
    held = Membership.objects.get(user=account("mh_publisher"))
    colleague = person(RoleCode.DISTRICT_PUBLISHER, held.division, held.department)
    page = f"/themes/{DOG}/localisations/{MINHANG}/"
    reviewer = logged_in("mh_publisher")
    party = ReviewParty.objects.filter(step__version=version).earliest("step__position")
    assert f'value="{colleague.username}"' in reviewer.get(page).content.decode()
    sent = {"do": "delegate", "digest": version.digest, "party": party.pk, "note": "外出"}
    assert reviewer.post(page, {**sent, "to": "mh_editor"}).status_code == 422
    assert reviewer.post(page, {**sent, "to": colleague.username}).status_code == 302
    party.refresh_from_db()
    assert party.assignee == colleague
