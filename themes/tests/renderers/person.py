"""Somebody at a form: finds sections by headings and inputs by labels, and chooses what is written there."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page


class Person:
    """Fills in the form on the page; `words` are what people read for a code, by the label of its input."""

    def __init__(self, page: Page, words: Mapping[str, Mapping[str, str]]) -> None:
        self.page, self.words = page, words

    def section(self, title: str) -> Locator:
        """The visible section under that heading."""
        return self.page.locator(f"xpath=//fieldset[./legend[{_reads(title)}]]").filter(visible=True)

    def fill(self, section: Locator, label: str, value: Any, *, columns: Mapping[str, str] | None = None) -> None:
        """The input of that label gets the value, however it looks; `columns`: label by code of a table's columns."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            self._rows(section, label, value, columns or {})
            return
        place = section.locator(f"xpath=.//label[{_reads(label)}]/..").filter(visible=True).first
        if isinstance(value, list):
            self._several(place, label, value)
        elif isinstance(value, bool):
            self._yes_or_no(place, value=value)
        else:
            self._one(place, self.words.get(label, {}).get(str(value), str(value)))

    def _one(self, place: Locator, text: str) -> None:
        if place.locator("select").count():
            place.locator("select").select_option(label=text)
        elif place.locator("input[type=radio]").count():
            place.locator("label").get_by_text(text, exact=True).click()
        else:
            place.locator("input, textarea").fill(text)

    def _yes_or_no(self, place: Locator, *, value: bool) -> None:
        if place.locator("input[type=radio]").count():
            place.locator("label").get_by_text("是" if value else "否", exact=True).click()
            return
        place.locator("input[type=checkbox]").click()
        if not value:
            place.locator("input[type=checkbox]").click()

    def _several(self, place: Locator, label: str, codes: list[str]) -> None:
        texts = [self.words[label][code] for code in codes]
        if place.locator("input[type=checkbox]").count():
            for text in texts:
                place.locator("label").get_by_text(text, exact=True).click()
            return
        for number, text in enumerate(texts):
            place.locator("button", has_text="添加").click()
            place.locator("xpath=..").locator("select").nth(number).select_option(label=text)

    def _rows(self, section: Locator, label: str, rows: list[dict[str, Any]], columns: Mapping[str, str]) -> None:
        heading = section.locator(f"xpath=.//*[self::legend or self::label][{_reads(label)}]").first
        table = heading.locator("xpath=ancestor::*[self::fieldset or self::div][1]")
        for number, row in enumerate(rows):
            in_row = table.locator(".rjsf-array-item, tbody tr:has(button)").nth(number)
            if not in_row.count():
                table.locator(".rjsf-array-item-add button, header button").last.click()
            for place, (code, title) in enumerate(columns.items()):
                if code in row:
                    labelled = in_row.locator(f"xpath=.//label[{_reads(title)}]/..")
                    cell = labelled if labelled.count() else in_row.locator("td").nth(place)
                    self._one(cell, self.words.get(title, {}).get(str(row[code]), str(row[code])))


def _reads(text: str) -> str:
    """An XPath test: the element reads so, with or without the mark of what must be filled in."""
    return f"normalize-space(.)='{text}' or normalize-space(.)='{text}*'"
