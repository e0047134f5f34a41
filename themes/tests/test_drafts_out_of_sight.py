"""Who sees only what is on show learns nothing of the draft: not its name, its state, nor when it was worked on."""

import pytest

from themes.tests.browsing import logged_in, text_of
from themes.tests.demonstrated import CODES, DOG, RESTAURANT, save

pytestmark = pytest.mark.usefixtures("demo_db")


def _shown(username: str, address: str) -> str:
    return text_of(logged_in(username).get(address))


@pytest.mark.parametrize("address", ["/themes/", "/admin/themes/theme/"])
@pytest.mark.parametrize("code", CODES)
def test_the_list_of_themes_is_the_same_for_them_before_and_after_a_save(address: str, code: str) -> None:
    before = {username: _shown(username, address) for username in ("hp_editor", "operator")}
    save(code, lambda tree: tree.update(name="金丝雀", summary="金丝雀"))
    assert _shown("hp_editor", address) == before["hp_editor"]
    assert _shown("operator", address) != before["operator"]


def test_the_newest_saved_draft_comes_first_for_those_who_see_it() -> None:
    for code, other in ((RESTAURANT, DOG), (DOG, RESTAURANT)):
        save(code, lambda tree: tree["notices"][0].update(content=f"{tree['notices'][0]['content']}。"))
        page = logged_in("operator").get("/themes/").content.decode()
        assert page.index(f"/themes/{code}/") < page.index(f"/themes/{other}/")
