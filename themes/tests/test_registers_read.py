"""Registers as people read them who may not edit: names beside the codes, Chinese in the choice box."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from opsplatform.catalog.models import Material, ServiceItem
from themes.tests.browsing import logged_in, text_of

pytestmark = pytest.mark.usefixtures("demo_db")


def test_a_reader_sees_the_names_of_codes() -> None:
    material = Material.objects.get(code="M_ARTICLES")
    page = logged_in("hp_editor").get(reverse("admin:catalog_material_change", args=[material.pk]))
    assert "材料类型 3 其他" in text_of(page)
    assert "来源渠道 10 申请人自备" in text_of(page)


def test_a_reader_sees_the_promised_days_of_divisions_in_words() -> None:
    item = ServiceItem.objects.all()[0]
    address = reverse("admin:catalog_serviceitem_change", args=[item.pk])
    for days, words in (
        ([], "分区承诺时限 —"),
        ([{"division_codes": ["310101", "310104"], "promised_days": 3}], "310101、310104：3 个工作日"),
    ):
        ServiceItem.objects.filter(pk=item.pk).update(division_days=days)
        assert words in text_of(logged_in("hp_editor").get(address))


def test_the_keyboard_finds_a_way_past_the_navigation_on_every_kind_of_page() -> None:
    reader = logged_in("hp_editor")
    for name in ("themes:list", "admin:catalog_serviceitem_changelist"):
        html = reader.get(reverse(name)).content.decode()
        assert html.index('href="#content"') < html.index('id="content"')


def test_a_list_shows_the_names_of_codes() -> None:
    page = logged_in("hp_editor").get(reverse("admin:forms_builder_publicfield_changelist"))
    assert "account 统一身份认证账号" in text_of(page)


def test_the_list_of_work_names_it_in_chinese() -> None:
    page = logged_in("operator").get(reverse("admin:jobs_job_changelist"))
    assert "巡查在用主题" in text_of(page) and "themes.watch_live" not in text_of(page)


def test_the_choice_box_finds_its_chinese_words() -> None:
    path = finders.find("admin/js/vendor/select2/i18n/zh-CN.js")
    assert path is not None
    assert 'defaults.set("language"' in Path(path).read_text(encoding="utf-8")
