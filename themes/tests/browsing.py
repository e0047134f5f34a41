"""A browser without scripts: logs in, reads a page's text, and sends its forms as a browser would."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from themes.tests.demonstrated import account


def logged_in(username: str) -> Client:
    client = Client()
    client.force_login(account(username))
    return client


def url(name: str, code: str, **kwargs: Any) -> str:
    return reverse(f"themes:{name}", kwargs={"code": code, **kwargs})


def text_of(answer: Any) -> str:
    """The visible text of the main part, blanks folded."""
    html = answer.content.decode()
    body = html[html.index('id="content"') :] if 'id="content"' in html else html
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", body, flags=re.S)))


class _Form(HTMLParser):
    """The successful controls of the form that holds a control of the wanted name."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._area = self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        known = {name: value if value is not None else "" for name, value in attrs}
        name = known.get("name", "")
        match tag:
            case "form":
                self.forms.append({})
            case "input" if self.forms and name and "disabled" not in known:
                is_box = known.get("type") in ("checkbox", "radio")
                if not is_box or "checked" in known:
                    self._put(name, known.get("value", "on" if is_box else ""))
            case "textarea":
                self._area = name
                self._put(name, "")
            case "select":
                self._select, self._options = name, []
            case "option":
                self._options.append((known.get("value", ""), "selected" in known))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected] or [
                value for value, _ in self._options[:1]
            ]
            for value in chosen[:1]:
                self._put(self._select, value)
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area][-1] += data

    def _put(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def form_of(answer: Any, *, holding: str) -> dict[str, list[str]]:
    """What a browser would send of the first form that holds a control of that name."""
    reader = _Form()
    reader.feed(answer.content.decode())
    return next(form for form in reader.forms if holding in form)
