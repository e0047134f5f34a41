"""Log lines for machines."""

import json
import logging
import sys

from opsplatform.kernel import request_context
from opsplatform.kernel.request_id import RequestIdFilter
from opsplatform.runtime.log_lines import JsonLines


def _line(**given: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": "room", "levelname": "INFO", "msg": "发布 %s", "args": ("甲",), **given})
    RequestIdFilter().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def test_a_record_is_one_line_of_json_with_the_request_id() -> None:
    token = request_context.request_id.set("portal-0001")
    line = _line()
    request_context.request_id.reset(token)
    assert (line["message"], line["level"], line["logger"], line["request_id"]) == (
        "发布 甲",
        "INFO",
        "room",
        "portal-0001",
    )


def test_a_traceback_stays_on_the_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = _line(exc_info=sys.exc_info())
    assert "ValueError: broken" in str(line["traceback"])
    assert line["request_id"] == "-"


def test_what_an_attacker_typed_is_not_on_the_line() -> None:
    name = "django.security.DisallowedModelAdminLookup"
    typed = "Filtering by 身份证号 310101199001011234 not allowed"
    line = _line(name=name, msg=typed, args=(), exc_info=(ValueError, ValueError(typed), None))
    assert line["message"] == name and "310101" not in str(line)
    assert (
        _line(name="django.security.csrf", msg="Forbidden (%s): %s", args=("no token", "/私"))["message"] == "no token"
    )
