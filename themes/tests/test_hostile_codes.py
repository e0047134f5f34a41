"""Codes and texts that no address or reader can bear: no register takes them, and no list falls over one."""

import pytest
from django.urls import reverse

from forms_builder.models import PublicField
from opsplatform.kernel.errors import Invalid
from opsplatform.kernel.texts import find_unseen
from opsplatform.register_files.documents import Comparison
from opsplatform.register_files.tests.world import as_csv, exported, lines_of, uploaded
from opsplatform.spreadsheets.sheets import find_sheet
from themes.models import Collision, SceneCategory
from themes.services.categories import save_category
from themes.services.importing_categories import CATEGORY_DICTIONARY, import_categories
from themes.tests.browsing import logged_in
from themes.tests.demonstrated import DOG, account, bring_in, dossier, get
from themes.tests.factories import CollisionFactory

pytestmark = pytest.mark.usefixtures("demo_db")

CODES = ["p/q", "p\\q", "p?q", "p#q", "p%q", "p q", "p\u3000q", "p\u200bq", "p\u202eq", "p\ufeffq", ".", ".."]
WITH_CODES = ("scenecategory", "publicfield", "material", "bodykind", "dictionary", "crosswalk", "division")
LISTS = [
    "/scene-categories/", "/national-themes/", "/themes/", "/themes/plans/", "/field-matching/", "/item-forms/",
    *(f"/admin/{place}/" for place in (
        "themes/scenecategory", "themes/collision", "forms_builder/publicfield", "forms_builder/dictionary",
        "forms_builder/crosswalk", "catalog/material", "catalog/serviceitem", "catalog/servicepoint",
        "organizations/bodykind", "organizations/department", "organizations/division",
    )),
]  # fmt: skip


def open_all(*addresses: str) -> dict[str, int]:
    """The addresses that do not open."""
    operator = logged_in("operator")
    answers = {address: operator.get(address).status_code for address in (*LISTS, *addresses)}
    return {address: status for address, status in answers.items() if status != 200}


@pytest.mark.parametrize("register", WITH_CODES)
def test_no_file_brings_a_hostile_code_in(register: str) -> None:
    operator = logged_in("operator")
    sheet = find_sheet(register)
    assert sheet is not None
    headings, standing, *_ = lines_of(exported(operator, register))
    place = headings.index(next(column.heading for column in sheet.columns if column.name == "code"))
    page = uploaded(
        operator, register, as_csv([headings, *([*standing[:place], code, *standing[place + 1 :]] for code in CODES)])
    )
    comparison: Comparison = page.context["result"]
    letter = chr(ord("A") + place)
    assert {p.line for p in comparison.problems if p.letter == letter} == set(range(2, 2 + len(CODES)))
    assert not sheet.model._default_manager.filter(code__in=CODES).exists()


@pytest.mark.parametrize("code", CODES)
def test_no_page_brings_one_in(code: str) -> None:
    operator = logged_in("operator")
    form = {"code": code, "name": "试", "order": 0, "valid_from": "", "valid_to": "", "parent": ""}
    assert operator.post("/admin/themes/scenecategory/add/", form).status_code == 200
    assert not SceneCategory.objects.filter(code=code).exists()


def test_neither_does_a_list_of_categories() -> None:
    codes = [code for code in CODES if not find_unseen(code)]  # those are told of with the shape
    entries = [{"code": code, "name": "试"} for code in codes]
    tree = {"dictionaries": [{"code": CATEGORY_DICTIONARY, "name": "主题分类", "items": entries}]}
    with pytest.raises(Invalid) as refusal:
        import_categories(actor=account("operator"), tree=tree)
    places = {problem.pointer for problem in refusal.value.problems}
    assert {f"/dictionaries/0/items/{number}/code" for number in range(len(codes))} <= places


def test_neither_does_a_dossier() -> None:
    tree = dossier(DOG)
    field = tree["public_fields"][0]
    tree["public_fields"] += [{**field, "code": code} for code in CODES]
    with pytest.raises(Invalid) as refusal:
        bring_in(tree)
    first = len(tree["public_fields"]) - len(CODES)
    told = {problem.pointer for problem in refusal.value.problems if problem.pointer.startswith("/public_fields/")}
    assert told == {f"/public_fields/{first + number}/code" for number in range(len(CODES))}


def test_rows_from_before_open_and_can_be_corrected() -> None:
    category = SceneCategory.objects.create(code="p/q", name="旧分类")
    field = PublicField.objects.create(code="c/merge %?#", label="旧字段", data_type="text")
    collision = CollisionFactory(
        theme=get(DOG), kind=Collision.Kind.PUBLIC_FIELD, local_code=field.code, existing_code=field.code
    )
    pages = [
        reverse("categories:category", args=[category.code]),
        reverse("public_fields:field", args=[field.code]),
        reverse("public_fields:merge", args=[field.code]),
        reverse("public_fields:merge", args=["c_address"]) + "?into=p/q",
        reverse("themes:collision", args=[collision.pk]),
    ]
    assert open_all(*pages) == {}
    values = {"name": "新名称"}
    saved = save_category(actor=account("operator"), pk=category.pk, values=values, expected_revision=1)
    assert saved.name == "新名称"


@pytest.mark.parametrize("name", ["看\u202e不见", "\u200b", "\u3164", "a\x07", "上\n下"])
def test_a_name_is_one_line_that_people_see(name: str) -> None:
    operator = logged_in("operator")
    headings, standing, *_ = lines_of(exported(operator, "bodykind"))
    line = dict(zip(headings, standing, strict=True)) | {"类别代码": "D-NEW", "名称": name}
    problems = uploaded(operator, "bodykind", as_csv([headings, list(line.values())])).context["result"].problems
    assert [(problem.line, problem.heading) for problem in problems] == [(2, "名称")]
