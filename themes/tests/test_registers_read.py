"""Registers as people read them who may not edit: names beside the codes, Chinese in the choice box."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from opsplatform.catalog.models import Material
from themes.tests.browsing import logged_in, text_of

pytestmark = pytest.mark.usefixtures("demo_db")


def test_a_reader_sees_the_names_of_codes() -> None:
    material = Material.objects.get(code="M_ARTICLES")
    page = logged_in("hp_editor").get(reverse("admin:catalog_material_change", args=[material.pk]))
    assert "材料类型 3 其他" in text_of(page)
    assert "来源渠道 10 申请人自备" in text_of(page)


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
