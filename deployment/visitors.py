"""Who asks the installation: programs through nginx, probes beside the web processes, people at the console."""

import json
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.parse import urlencode

from deployment.installation import Installation

FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Answer(NamedTuple):
    """What came back, whatever its status."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Visitor:
    """Whoever comes through nginx over TLS, and whoever stands beside the web processes."""

    def __init__(self, site: Installation, *handlers: urllib.request.BaseHandler) -> None:
        self._site = site
        self._context = ssl.create_default_context(cafile=str(site.directory / "certificate.pem"))
        https = urllib.request.HTTPSHandler(context=self._context)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https, _NoRedirects(), *handlers)

    def outside(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Through nginx."""
        return self._ask(f"https://localhost:{self._site.https}{path}", body, headers)

    def inside(self, path: str, port: int, **headers: str) -> Answer:
        """Straight to a web process, as probes do."""
        return self._ask(f"http://127.0.0.1:{port}{path}", None, {"Host": "localhost", **headers})

    @contextmanager
    def stalled(self, count: int, begun: bytes) -> Iterator[None]:
        """Meanwhile so many connections to nginx have begun a request like this and say no more."""
        with ExitStack() as held:
            for _ in range(count):
                plain = held.enter_context(socket.create_connection(("localhost", self._site.https)))
                held.enter_context(self._context.wrap_socket(plain, server_hostname="localhost")).sendall(begun)
            yield

    def _ask(self, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with self._opener.open(urllib.request.Request(url, body, named), timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())


class Person(Visitor):
    """Somebody at the console, with the cookies of one browser."""

    def __init__(self, site: Installation) -> None:
        super().__init__(site, urllib.request.HTTPCookieProcessor(CookieJar()))

    def submit(self, path: str, **fields: str) -> Answer:
        """The answer to the page's form, filled in like this."""
        page = self.outside(path)
        token = _TOKEN.search(page.body.decode())
        assert token, f"{path}：{page.status}，没有表单"
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        origin = f"https://localhost:{self._site.https}"
        return self.outside(path, body, Content_Type=FORM, Referer=f"{origin}{path}", Origin=origin)
