"""A form's designer in Chromium, as tests hold it: signed in, opened, asked what is saved."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser

from forms_builder.services.importing_dictionaries import import_dictionaries
from forms_builder.services.item_forms import save_item_form
from opsplatform.accounts.tests.factories import person
from opsplatform.catalog.tests.factories import ServiceItemFactory
from opsplatform.console.tests.designing import SHARED, STATIC, Desk, break_module, listen, session_of, window

MODULES = [STATIC / "forms_builder" / "designer", SHARED]  # its own, and what designers share
FOOD = "食品经营许可证核发(新办)"
_KEPT = (
    "code", "label", "data_type", "order", "max_length", "required", "dictionary", "scale", "std_format", "columns",
    "help",
)  # fmt: skip


def dossier_fields(item: str = FOOD) -> list[dict[str, Any]]:
    """The fields of that item's form as a dossier has them; public fields and questions are themes' and left out."""
    dossier = json.loads((settings.SAMPLE_DATA_DIRECTORY / "theme_restaurant.json").read_bytes())
    fields = next(one["fields"] for one in dossier["items"] if one["name"] == item)
    return [{key: one[key] for key in _KEPT if one.get(key) is not None} for one in fields]


@dataclass(frozen=True)
class Drafted:
    """An item whose form is drafted, and the sessions of who may work on it, by username."""

    key: str
    sessions: dict[str, str]


def drafted(fields: list[dict[str, Any]] | None = None, *, has_dictionaries: bool = False) -> Drafted:
    """An item of a department with these fields as its form: `editor` and `operator` may edit it, `reviewer` looks."""
    operator = person("platform_operator", username="operator")
    if has_dictionaries:
        lists = (settings.SAMPLE_DATA_DIRECTORY / "dictionaries.json").read_bytes()
        import_dictionaries(actor=operator, tree=json.loads(lists))
    item: Any = ServiceItemFactory(name=FOOD)
    editor = person("lead_editor", department=item.department, username="editor")
    reviewer = person("lead_reviewer", department=item.department, username="reviewer")
    if fields is not None:
        tree = {"item": item.key, "fields": fields}
        save_item_form(actor=editor, item_key=item.key, tree=tree, expected_revision=0)
    return Drafted(item.key, {one.username: session_of(one) for one in (operator, editor, reviewer)})


@dataclass
class FormDesk(Desk):
    """The designer of one item's form in one window."""

    def add(self, tile: str) -> None:
        self.page.get_by_role("button", name="添加字段", exact=True).click()
        self.page.locator(".fd-tile", has_text=tile).first.click()


def sit_down(
    browser: Browser,
    site: str,
    item: Drafted,
    *,
    username: str = "editor",
    width: int = 1280,
    broken: tuple[str, str, str] | None = None,
) -> FormDesk:
    """The designer open before that person; `broken` replaces words of a module by others, for saboteurs."""
    page = window(browser, site, item.sessions[username], width)
    desk = FormDesk(page, site, f"/item-forms/{item.key}/design/", f"/api/v1/item-forms/{item.key}/draft/")
    listen(desk)
    if broken is not None:
        break_module(page, MODULES, broken)
    desk.open()
    return desk
