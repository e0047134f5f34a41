"""What the city lets districts change: kept on a page, in the draft, in force in each district as it says there."""

from typing import Any

import pytest

from opsplatform.release.errors import GateClosed
from themes.models import CityChange
from themes.services.localising import get_place
from themes.services.showing_localisation import show_localisation
from themes.tests.browsing import form_of, logged_in, text_of, url
from themes.tests.demonstrated import DOG, account, get, new_version, save
from themes.tests.localised import (
    DAYS,
    HALL,
    MINHANG,
    PHONE_HALL,
    city_promises,
    city_releases,
    live,
    localise,
    put_on_show,
    submit,
)

pytestmark = pytest.mark.usefixtures("demo_db")
PAGE = url("localisation_policy", DOG)
VISITS = "items/REGP/onsite_times"


def policy() -> Any:
    return get(DOG).subject.draft.get("localisation", {})


def send(do: str = "save", **changes: Any) -> Any:
    """What the editor's browser sends of the form, with these values instead."""
    editor = logged_in("ga_editor")
    form = form_of(editor.get(PAGE), holding="revision")
    for field in ("where", "about", "mode"):
        form[field] = [changes.pop(field, form[field][0])]
    return editor.post(PAGE, {**form, **changes, "do": do}, follow=True)


class TestThePage:
    def test_what_is_chosen_stands_in_the_draft_and_is_shown_again(self) -> None:
        send(**{"on_conflict": "suspend", f"conflict-{MINHANG}": "keep_old", "kind-items/*/promised_days": "locked"})
        assert policy() == {
            "on_conflict": "suspend",
            "rules": [{"code": "items/*/promised_days", "mode": "locked"}],
            "districts": [{"code": MINHANG, "on_conflict": "keep_old"}],
        }
        form = form_of(logged_in("ga_editor").get(PAGE), holding="revision")
        assert form["on_conflict"] == ["suspend"] and form[f"conflict-{MINHANG}"] == ["keep_old"]
        assert form["kind-items/*/promised_days"] == ["locked"]

    def test_single_rules_are_added_and_taken_out_and_nothing_else_is_lost(self) -> None:
        send(do="add", where="", about=VISITS, mode="free")
        answer = send(do="add", where=MINHANG, about=DAYS, mode="locked")
        assert "闵行区 · 办犬证(个人) · 承诺办结时限（工作日）：不能改" in text_of(answer)
        send(do="add", where=MINHANG, about=DAYS, mode="extend_only")
        assert policy() == {
            "rules": [{"code": VISITS, "mode": "free"}],
            "districts": [{"code": MINHANG, "rules": [{"code": DAYS, "mode": "extend_only"}]}],
        }
        send(do=f"remove:{MINHANG}|extend_only|{DAYS}")
        assert policy() == {"rules": [{"code": VISITS, "mode": "free"}]}

    def test_a_stale_page_changes_nothing(self) -> None:
        editor = logged_in("ga_editor")
        form = form_of(editor.get(PAGE), holding="revision")
        send(on_conflict="suspend")
        assert editor.post(PAGE, {**form, "do": "save"}).status_code == 412
        assert policy() == {"on_conflict": "suspend"}

    @pytest.mark.parametrize("wrong", [{"on_conflict": "never"}, {"kind-summary": "open"}, {"kind-items/*": "free"}])
    def test_what_is_no_choice_is_refused(self, wrong: dict[str, str]) -> None:
        assert send(**wrong).status_code == 422 and policy() == {}

    def test_who_sees_the_draft_reads_it_and_only_its_editor_writes_it(self) -> None:
        reviewer = logged_in("ga_reviewer")
        shown = reviewer.get(PAGE)
        assert shown.status_code == 200 and "保存" not in text_of(shown)
        assert reviewer.post(PAGE, {"revision": 1, "on_conflict": "suspend"}).status_code == 403
        assert logged_in("mh_editor").get(PAGE).status_code == 403
        assert policy() == {}

    def test_its_editor_finds_it_and_is_led_nowhere_closed(self) -> None:
        for name, districts in (("ga_editor", False), ("operator", True)):
            browser = logged_in(name)
            assert f'href="{PAGE}"' in browser.get(url("overview", DOG)).content.decode()
            shown = browser.get(PAGE).content.decode()
            assert (f'href="{url("localisations", DOG)}"' in shown) == districts
        assert f'href="{PAGE}"' not in logged_in("mh_editor").get(url("overview", DOG)).content.decode()

    def test_the_reviewer_reads_what_changed_in_words(self) -> None:
        send(**{f"conflict-{MINHANG}": "suspend"}, do="add", where=MINHANG, about=VISITS, mode="free")
        new_version(DOG, approved=False)
        shown = text_of(logged_in("ga_reviewer").get(url("review", DOG)))
        assert "闵行区：办犬证(个人) · 到现场次数" in shown and "市级新版照常上线" in shown


class TestInForce:
    def allow(self, **rules: Any) -> None:
        save(DOG, lambda tree: tree.update(localisation=rules))
        city_releases(new_version(DOG))

    def test_a_district_may_what_the_city_says_there_and_another_may_not(self) -> None:
        self.allow(districts=[{"code": MINHANG, "rules": [{"code": VISITS, "mode": "free"}]}])
        localise({VISITS: 0})
        submit()
        elements = show_localisation(get_place(account("hp_editor"), DOG, "310101")).elements
        assert {one.mode for one in elements if one.code == VISITS} == {"locked"}

    def test_a_district_may_not_what_is_locked_there_though_free_elsewhere(self) -> None:
        self.allow(districts=[{"code": MINHANG, "rules": [{"code": "items/*/promised_days", "mode": "locked"}]}])
        localise({DAYS: 3})
        with pytest.raises(GateClosed) as refused:
            submit()
        assert {finding.code for finding in refused.value.findings} == {"element_locked"}

    def test_on_conflict_a_districts_own_way_goes_before_that_of_all(self) -> None:
        put_on_show({DAYS: 3, PHONE_HALL: HALL})
        version = city_promises(4, more={"districts": [{"code": MINHANG, "on_conflict": "suspend"}]})
        city_releases(version)
        assert live().version.number == 2
        assert CityChange.objects.get().outcome == CityChange.Outcome.SUSPENDED

    def test_the_gate_names_a_district_where_the_theme_is_not_offered(self) -> None:
        save(DOG, lambda tree: tree.update(localisation={"districts": [{"code": "320100"}]}))
        with pytest.raises(GateClosed) as refused:
            new_version(DOG)
        assert {finding.place for finding in refused.value.findings} == {"/localisation/districts/0/code"}
