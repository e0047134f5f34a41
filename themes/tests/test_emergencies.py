"""应急发布: before the review ends, on the word of two, with a debt that everybody sees until it is made up for."""

import pytest

from opsplatform.audit.models import AuditEntry
from opsplatform.kernel.errors import Forbidden, WrongState
from opsplatform.release.errors import NotApproved, OwnWork, SamePerson
from opsplatform.release.models import Decision, Release, Subject, Version
from opsplatform.release.review_selectors import debts_of
from opsplatform.release.selectors import is_approved
from themes.services.demonstration import approve_by_all
from themes.services.publishing import release_theme, withdraw_theme
from themes.services.reviewing import ask_theme_emergency, confirm_theme_emergency, return_theme
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import RESTAURANT, account, add_sentence, get, save, submit, submitted
from themes.tests.rights import both_roles

pytestmark = pytest.mark.usefixtures("demo_db")
EVERYWHERE = ("hp_editor", "ga_editor", "sj_editor", "operator")  # may see the theme, its draft or not


@pytest.fixture
def version() -> Version:
    save(RESTAURANT, add_sentence)
    return submitted(RESTAURANT)


def ask(version: Version, by: str = "operator") -> None:
    ask_theme_emergency(actor=account(by), code=RESTAURANT, digest=version.digest, note="台风登陆")


def confirm(version: Version, by: str = "operator2") -> Version:
    return confirm_theme_emergency(actor=account(by), code=RESTAURANT, digest=version.digest, note="情况属实")


def release(version: Version) -> list[Release]:
    return release_theme(
        actor=account("operator"), code=RESTAURANT, version=version.number, division_codes=["310101"], note="应急"
    )


def owed() -> bool:
    theme = get(RESTAURANT)
    return theme.pk in debts_of([theme.pk])


def seen_by(username: str) -> list[bool]:
    """Whether the debt is told on overview, list, home page and in the representation."""
    client = logged_in(username)
    pages = [text_of(client.get(address)) for address in (url("overview", RESTAURANT), "/themes/", "/")]
    shown = client.get(f"/api/v1/themes/{RESTAURANT}/").json()["review_debt"]
    return [*("应急发布" in page for page in pages), shown is not None]


def test_it_goes_out_on_the_word_of_two_and_everybody_sees_what_is_owed(version: Version) -> None:
    with pytest.raises(NotApproved):
        release(version)
    ask(version)
    with pytest.raises(NotApproved):
        release(version)
    assert not owed()
    confirm(version)
    assert len(release(version)) == 1
    for username in EVERYWHERE:
        assert seen_by(username) == [True] * 4, username
    approve_by_all(version, "补审，同意")
    assert not owed() and is_approved(Version.objects.get(pk=version.pk))
    for username in EVERYWHERE:
        assert seen_by(username) == [False] * 4, username
    actions = AuditEntry.objects.filter(object_key=RESTAURANT).order_by("id").values_list("action", flat=True)
    assert list(actions)[-7:] == [
        "theme.emergency_asked", "theme.emergency_confirmed", "theme.released", *["theme.confirmed"] * 4
    ]  # fmt: skip


def test_one_person_alone_releases_nothing(version: Version) -> None:
    with pytest.raises(WrongState):
        confirm(version)
    ask(version)
    with pytest.raises(SamePerson):
        confirm(version, by="operator")
    with pytest.raises(WrongState):
        ask(version, by="operator2")
    assert not version.decisions.exists()


def test_an_author_confirms_no_emergency_and_others_without_the_right_neither(version: Version) -> None:
    ask(version)
    both_roles("sj_editor")
    with pytest.raises(OwnWork):
        confirm(version, by="sj_editor")
    for by in ("xf_reviewer", "hp_publisher", "sysadmin"):
        with pytest.raises(Forbidden):
            confirm(version, by=by)
    with pytest.raises(Forbidden):
        ask(version, by="sj_reviewer")


def test_an_edit_ends_what_was_let_through_and_is_not_on_show(version: Version) -> None:
    ask(version)
    confirm(version)
    save(RESTAURANT, add_sentence)
    assert not owed()
    with pytest.raises(NotApproved):
        release(version)


def test_its_belated_review_may_say_no(version: Version) -> None:
    ask(version)
    confirm(version)
    release(version)
    return_theme(actor=account("xf_reviewer"), code=RESTAURANT, digest=version.digest, note="消防口径有误")
    assert get(RESTAURANT).subject.state == Subject.State.DRAFT
    assert "补审时被退回，仍在上线" in text_of(logged_in("hp_editor").get(url("overview", RESTAURANT)))
    with pytest.raises(NotApproved):
        release_theme(
            actor=account("operator"), code=RESTAURANT, version=version.number, division_codes=["310104"], note="再发"
        )
    withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=["310101"], note="撤回有误的版本")
    assert not owed()


def test_who_wrote_what_only_an_emergency_let_through_is_an_author_of_the_next_version(version: Version) -> None:
    ask(version)
    confirm(version)
    release(version)
    both_roles("sj_reviewer")
    save(RESTAURANT, add_sentence, by="sj_reviewer")
    assert account("sj_editor").pk in submit(RESTAURANT, by="sj_reviewer").author_ids


def test_both_words_are_given_on_the_page(version: Version) -> None:
    operator, second = logged_in("operator"), logged_in("operator2")
    address = url("review", RESTAURANT)
    assert 'value="ask_emergency"' not in logged_in("sj_reviewer").get(address).content.decode()
    form = {**form_of(operator.get(address), holding="digest"), "note": "台风登陆"}
    assert operator.post(address, {**form, "do": "ask_emergency"}).status_code == 302
    assert 'value="confirm_emergency"' not in operator.get(address).content.decode()
    page = second.get(address)
    assert "台风登陆" in text_of(page) and 'value="confirm_emergency"' in page.content.decode()
    assert second.post(address, {**form, "do": "confirm_emergency"}).status_code == 302
    assert Decision.objects.get(version=version).decided_by == account("operator2")
    assert "补审" in text_of(logged_in("xf_reviewer").get(url("overview", RESTAURANT)))
    assert "由您决定" in text_of(logged_in("xf_reviewer").get(address))


def test_systems_ask_and_confirm_alike(version: Version) -> None:
    address, body = f"/api/v1/themes/{RESTAURANT}/emergency/", {"digest": version.digest, "note": "台风登陆"}

    def post(by: str, path: str) -> int:
        return logged_in(by).post(path, body, content_type="application/json").status_code

    assert logged_in("xf_reviewer").get(address).status_code == 404
    assert post("operator", f"{address}confirm/") == 409
    assert post("operator", address) == 200
    told = logged_in("xf_reviewer").get(address).json()
    assert (told["version"], told["digest"], told["asked_by"]) == (version.number, version.digest, "operator")
    assert post("operator", f"{address}confirm/") == 403
    with pytest.raises(NotApproved):
        release(version)
    assert post("operator2", f"{address}confirm/") == 200
    assert len(release(version)) == 1
