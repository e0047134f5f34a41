"""Windows name the theme they serve: chosen among those that exist, shown by its name."""

from typing import Any

import pytest
from django.urls import reverse

from opsplatform.catalog.models import ServicePoint
from opsplatform.catalog.services.service_points import save_service_point
from opsplatform.kernel.errors import Invalid
from opsplatform.organizations.models import Division
from themes.services.showing import show_draft
from themes.tests.browsing import form_of, logged_in, text_of
from themes.tests.demonstrated import RESTAURANT, account, get
from themes.tests.factories import ThemeFactory

pytestmark = pytest.mark.usefixtures("demo_db")

LIST, ADD = "admin:catalog_servicepoint_changelist", "admin:catalog_servicepoint_add"


def values(code: str, division: str = "310109") -> dict[str, Any]:
    place = Division.objects.get(code=division)
    return {"division": place, "name": "新窗口", "address": "某路 1 号", "theme_code": code}


def test_a_window_of_a_theme_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        save_service_point(actor=account("operator"), values=values("YJS-310000-L1-9999"))
    assert [problem.pointer for problem in refusal.value.problems] == ["/theme_code"]
    assert save_service_point(actor=account("operator"), values=values(RESTAURANT)).pk
    assert save_service_point(actor=account("operator"), values=values("")).pk


def test_a_theme_out_of_sight_is_no_theme_to_choose_but_what_stands_may_stay() -> None:
    hidden = ThemeFactory()
    with pytest.raises(Invalid):
        save_service_point(actor=account("hp_editor"), values=values(hidden.code, "310101"))
    point = ServicePoint.objects.filter(division__code="310101")[0]
    ServicePoint.objects.filter(pk=point.pk).update(theme_code=hidden.code)
    again = save_service_point(
        actor=account("hp_editor"), pk=point.pk, values={"phone": "12345"}, expected_revision=point.revision
    )
    assert again.theme_code == hidden.code


def test_the_form_offers_the_themes_by_name_and_the_list_shows_them() -> None:
    editor = logged_in("hp_editor")
    page = editor.get(reverse(ADD))
    assert f"{get(RESTAURANT)}（{RESTAURANT}）" in text_of(page)
    assert "服务的主题" in text_of(page) and '<select name="theme_code"' in page.content.decode()
    assert str(get(RESTAURANT)) in text_of(editor.get(reverse(LIST)))
    point = ServicePoint.objects.filter(division__code="310101", theme_code=RESTAURANT)[0]
    change = editor.get(reverse("admin:catalog_servicepoint_change", args=[point.pk]))
    assert form_of(change, holding="theme_code")["theme_code"] == [RESTAURANT]


def test_what_the_register_says_of_holidays_is_typed_on_the_form_and_frozen_with_the_theme() -> None:
    editor = logged_in("hp_editor")
    point = ServicePoint.objects.filter(division__code="310101", theme_code=RESTAURANT)[0]
    address = reverse("admin:catalog_servicepoint_change", args=[point.pk])
    form = form_of(editor.get(address), holding="holidays")
    assert form["holidays"] == [""]
    editor.post(address, {**form, "holidays": "2026-10-02 9:00-12:00\n2026-10-01 休息", "_save": "1"})
    point.refresh_from_db()
    assert point.holidays == {"2026-10-01": "休息", "2026-10-02": "9:00-12:00"}
    frozen = show_draft(get(RESTAURANT)).frozen.service_points["310101"]
    assert {"2026-10-01": "休息", "2026-10-02": "9:00-12:00"} in [one.holidays for one in frozen]
