"""A draft is compiled once and kept, and still every answer is that of the registers and the draft as they are now."""

from collections.abc import Callable

import pytest

from opsplatform.catalog.models import Material
from opsplatform.organizations.models import Division
from themes.packages import draft
from themes.packages.compilation import compile_package
from themes.packages.evaluation import OpenPackage
from themes.packages.structure import FrozenTheme
from themes.services.inspecting import open_draft_package
from themes.tests.demonstrated import RESTAURANT, add_sentence, districts, get, save


def opened() -> OpenPackage:
    return open_draft_package(get(RESTAURANT))


def material_names() -> set[str]:
    return {material.content.name for material in opened().package.materials}


def test_while_nothing_changes_the_draft_is_compiled_once(demo_db: None) -> None:
    assert opened() is opened()


def test_a_change_in_the_registers_shows_at_once(demo_db: None) -> None:
    opened()
    row = Material.objects.get(code=get(RESTAURANT).subject.draft["materials"][0]["material"])
    Material.objects.filter(pk=row.pk).update(name="换了名称的材料")
    assert "换了名称的材料" in material_names()
    Material.objects.filter(pk=row.pk).update(name=row.name)
    assert "换了名称的材料" not in material_names()


def test_a_saved_change_shows_at_once(demo_db: None) -> None:
    before = opened().package.notices[0].content
    save(RESTAURANT, add_sentence)
    assert opened().package.notices[0].content == f"{before}请携带原件。"


def test_divisions_are_kept_apart(demo_db: None) -> None:
    theme = get(RESTAURANT)
    wanted = Division.objects.get(code=districts()[0])
    assert open_draft_package(theme, wanted).package.meta.division.code == wanted.code
    assert opened().package.meta.division.code != wanted.code


@pytest.mark.parametrize("promise", [test_a_change_in_the_registers_shows_at_once, test_a_saved_change_shows_at_once])
def test_keeping_by_code_instead_of_content_would_be_caught(
    demo_db: None, monkeypatch: pytest.MonkeyPatch, promise: Callable[[None], None]
) -> None:
    kept: dict[str, OpenPackage] = {}

    def careless(frozen: FrozenTheme, division: str) -> OpenPackage:
        if frozen.document.code not in kept:
            kept[frozen.document.code] = OpenPackage(compile_package(frozen, division, draft.NUMBER))
        return kept[frozen.document.code]

    monkeypatch.setattr("themes.services.inspecting.open_draft", careless)
    with pytest.raises(AssertionError):
        promise(None)
