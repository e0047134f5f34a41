"""What somebody sees when the server itself fails."""

from django.test import RequestFactory

from opsplatform.api.problems import server_error
from opsplatform.kernel import request_context


def test_the_page_of_a_server_error_shows_the_request_id() -> None:
    token = request_context.request_id.set("0123456789abcdef")
    try:
        answer = server_error(RequestFactory().get("/themes/"))
    finally:
        request_context.request_id.reset(token)
    assert answer.status_code == 500
    assert "请求编号：<code>0123456789abcdef</code>" in answer.content.decode()
