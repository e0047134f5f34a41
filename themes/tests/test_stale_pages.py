"""Who acts on a page that is out of date is told in words what changed since it was opened, never in raw places."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.urls import reverse

from forms_builder.models import Dictionary, ItemForm
from forms_builder.services.dictionaries import save_dictionary
from forms_builder.services.item_forms import save_item_form
from opsplatform.accounts.services.users import correct_account
from opsplatform.console import pages
from themes.models import NationalTheme, SceneCategory
from themes.services.categories import save_category
from themes.services.national_themes import place_national_theme
from themes.tests.browsing import logged_in
from themes.tests.demonstrated import RESTAURANT, account, get, save

pytestmark = pytest.mark.usefixtures("demo_db")
CATEGORY = "/scene-categories/P4/"


class Stale(NamedTuple):
    """An act on a page opened before somebody else's change: who, where, what was sent, and what is told."""

    username: str
    address: str
    form: dict[str, Any]
    told: str


def change_theme() -> int:
    """The revision that was seen before somebody changed a notice of the draft."""
    seen = get(RESTAURANT).subject.draft_revision
    save(RESTAURANT, lambda tree: tree["notices"][0].update(content="须知改过了"))
    return seen


def submitting() -> Stale:
    form = {"revision": change_theme(), "note": "提交"}
    return Stale("sj_editor", f"/themes/{RESTAURANT}/submit/", form, "须知改过了")


def accepting_a_case() -> Stale:
    form = {"do": "accept", "case": get(RESTAURANT).subject.draft["cases"][0]["code"], "revision": change_theme()}
    return Stale("sj_editor", f"/themes/{RESTAURANT}/parts/cases/", form, "须知改过了")


def filing() -> Stale:
    form = {"do": "file", "theme": RESTAURANT, "category": "P4", "revision": change_theme()}
    return Stale("sj_editor", "/scene-categories/L1/", form, "须知改过了")


def a_form() -> tuple[ItemForm, int]:
    """A form whose draft somebody changed, and the revision that was seen before."""
    form = ItemForm.objects.select_related("subject", "item").get(item__name="公章刻制备案")
    subject = form.subject
    fields = [{**subject.draft["fields"][0], "label": "改过的名称"}, *subject.draft["fields"][1:]]
    seen = subject.draft_revision
    save_item_form(
        actor=account("operator"), item_key=form.item.key, tree={**subject.draft, "fields": fields},
        expected_revision=seen,
    )  # fmt: skip
    return form, seen


def submitting_a_form() -> Stale:
    form, seen = a_form()
    return Stale("ga_editor", f"/item-forms/{form.item.key}/submit/", {"revision": seen, "note": "提交"}, "改过的名称")


def matching_fields() -> Stale:
    form, seen = a_form()
    key, free = form.item.key, next(one for one in form.subject.draft["fields"] if not one.get("public_field"))
    sent = {f"revision:{key}": seen, f"pick:{key}|{free['code']}": "c_ent_name"}
    address = reverse("public_fields:item_matching", args=[key])
    return Stale("ga_editor", address, sent, "公章刻制备案：")


def renaming_a_category() -> Stale:
    row = SceneCategory.objects.get(code="P4")
    save_category(actor=account("operator"), pk=row.pk, values={"name": "改过"}, expected_revision=row.revision)
    return Stale("operator", CATEGORY, {"do": "rename", "name": "新名", "revision": row.revision}, "周运营：名称")


def moving_a_category() -> Stale:
    stale = renaming_a_category()
    return Stale("operator", "/scene-categories/", {"do": "up", "code": "P4", **_seen(stale)}, "周运营：名称")


def placing_a_national_theme() -> Stale:
    row = NationalTheme.objects.filter(theme=None).order_by("pk")[0]
    place_national_theme(actor=account("operator"), pk=row.pk, category="P4", theme="", expected_revision=row.revision)
    sent = {f"revision:{row.pk}": row.revision, f"category:{row.pk}": "P5"}
    return Stale("operator", reverse("categories:national"), sent, "周运营：场景分类")


def renaming_a_code() -> Stale:
    dictionary = Dictionary.objects.get(code="theme_category")
    seen = dictionary.revision
    save_dictionary(actor=account("operator"), pk=dictionary.pk, values={"note": "改过"}, expected_revision=seen)
    form = {"name": "新", "since": "2026-01-01", "note": "因", "revision": seen}
    return Stale("operator", "/dictionaries/theme_category/entries/L1/", form, "周运营：备注")


def correcting_ones_profile() -> Stale:
    person = account("sj_editor")
    seen = person.revision
    correct_account(actor=account("sysadmin"), user_id=person.pk, values={"name": "改过"}, expected_revision=seen)
    form = {"name": "李", "phone": "", "email": "", "revision": seen}
    return Stale("sj_editor", reverse("account"), form, "姓名")


def _seen(stale: Stale) -> dict[str, Any]:
    return {"revision": stale.form["revision"]}


ACTS: list[Callable[[], Stale]] = [
    submitting, accepting_a_case, filing, submitting_a_form, matching_fields, renaming_a_category, moving_a_category,
    placing_a_national_theme, renaming_a_code, correcting_ones_profile,
]  # fmt: skip


def told(stale: Stale) -> str:
    """The box that says what was refused."""
    answer = logged_in(stale.username).post(stale.address, stale.form)
    html = answer.content.decode()
    assert answer.status_code == 412, html
    start = html.index('class="op-problems"')
    return html[start : html.index("重新打开本页", start)]


def raw_places(html: str) -> list[str]:
    """What in it looks like a place in a document."""
    return re.findall(r"(?<![<\w])/[a-z_]+(?:/[\w.-]+)*(?![\w>])", re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("act", ACTS)
def test_a_stale_page_is_told_in_words(act: Callable[[], Stale]) -> None:
    stale = act()
    html = told(stale)
    assert stale.told in html
    assert raw_places(html) == []


def test_a_page_without_words_of_its_own_would_tell_raw_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("themes.pages.base.ThemePage.changed_since", pages.ConsolePage.changed_since)
    assert "/notices/" in "".join(raw_places(told(submitting())))
