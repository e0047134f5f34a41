"""Words that want to be more than words stay words in every corner of the designer; typing draws one field of sixty."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from forms_builder.tests.designing import FormDesk, drafted, sit_down
from opsplatform.console.tests.browsing import chromium, fits

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload="window.pwned = 1">',
    "'\"`${window.pwned = 1}</textarea></script>",
    "{{ constructor.constructor('window.pwned = 1')() }}",
    "]]><!--<x-data x-init='window.pwned = 1'>",
    "很长的名称" * 40,
    "مرحبا بالعالم שלום",
    "&lt;b&gt;&amp;#x27;",
    "a\tb  c",
]


def hostile_fields() -> list[dict[str, Any]]:
    kinds = ["string", "text", "dict", "multi_dict", "table", "date", "decimal", "file", "address", "boolean"]
    fields = []
    for place, (kind, words) in enumerate(zip(kinds, HOSTILE, strict=True)):
        field: dict[str, Any] = {"code": f"f{place}", "label": words, "data_type": kind, "order": place, "help": words}
        if kind in ("dict", "multi_dict"):
            field["options"] = [{"code": words[:30], "name": words}]
        if kind == "table":
            field["columns"] = [{"code": "c", "label": words, "data_type": "string", "help": words}]
        if kind == "decimal":
            field["unit"] = words
        if place:
            field["visible_when"] = {"not": {"q": f"f{place - 1}", "op": "eq", "value": words}}
        fields.append(field)
    return fields


def visit_every_corner(desk: FormDesk) -> None:
    """Every field chosen, tried and checked; one moved, one removed and brought back; searched for."""
    page = desk.page
    for place in range(len(HOSTILE)):
        page.get_by_role("treeitem").nth(place).click()
        for part in page.locator("[data-pane=panel] details:not([open]) > summary").all():
            part.click()
    page.keyboard.press("Escape")
    desk.press("Home", "Alt+ArrowDown", "Delete", "Control+z", "Control+d")
    page.get_by_role("button", name="校验").click()
    page.get_by_label("在表单中查找").fill("<script>")
    page.wait_for_timeout(100)
    page.get_by_label("在表单中查找").fill("")


def test_hostile_words_stay_words(database_clone: str, live_site: str) -> None:
    item = drafted(hostile_fields())
    with chromium() as browser:
        desk = sit_down(browser, live_site, item)
        assert desk.rows() == HOSTILE
        visit_every_corner(desk)
        labels = [one["label"] for one in desk.saved()["fields"]]
        assert sorted(labels) == sorted([*HOSTILE, f"{HOSTILE[0]}（副本）"]), "what came back from the server"
        assert desk.page.evaluate("window.pwned") is None
        assert desk.complaints == []
        for width in (1280, 390):
            desk.page.set_viewport_size({"width": width, "height": 900})
            assert fits(desk.page)
        as_html = "element.innerHTML += children.flat(9).filter(one => one?.big).join(''); element.append(...children"
        tricked = ("dom.js", "element.append(...children", as_html)
        broken = sit_down(browser, live_site, item, broken=tricked)
        visit_every_corner(broken)
        assert broken.page.evaluate("window.pwned") == 1, "saboteur: words read as HTML are noticed"


@pytest.fixture
def many(database_clone: str, live_site: str) -> Any:
    """Sixty fields of several kinds."""
    kinds = ["string", "text", "integer", "date", "phone", "uscc"]
    return drafted(
        [
            {"code": f"f{place}", "label": f"第 {place} 个字段", "data_type": kinds[place % 6], "order": 10 * place}
            for place in range(60)
        ]
    )


COUNT = """() => {
    window.drawn = 0;
    new MutationObserver(records => records.forEach(record => { drawn += record.addedNodes.length; }))
        .observe(document.querySelector('.fd-desk'), { childList: true, subtree: true });
}"""


def drawn_by_typing(browser: Browser, site: str, item: Any, broken: Any = None) -> int:
    desk = sit_down(browser, site, item, broken=broken)
    desk.row("第 30 个字段").click()
    desk.panel("名称").press("End")
    desk.page.evaluate(COUNT)
    desk.page.keyboard.type("abcdefghij")
    expect(desk.row("第 30 个字段abcdefghij")).to_be_visible()
    return int(desk.page.evaluate("drawn"))


def test_typing_draws_only_what_is_typed(many: Any, live_site: str) -> None:
    with chromium() as browser:
        few = drawn_by_typing(browser, live_site, many)
        forgetful = ("preview.js", "if (held && held.field === field) return held.element;", "")
        all_anew = drawn_by_typing(browser, live_site, many, broken=forgetful)
    assert few * 3 < all_anew, f"{few} nodes for ten letters where drawing everything anew takes {all_anew}"
