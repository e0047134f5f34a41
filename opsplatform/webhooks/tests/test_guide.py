"""The receiver that the integrators' guide shows takes what we send, once, and nothing else."""

import re
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from opsplatform.egress.tests.factories import ApprovedHostFactory
from opsplatform.webhooks.models import Attempt, Delivery
from opsplatform.webhooks.services.delivering import deliver_due
from opsplatform.webhooks.services.endpoints import rotate_secret
from opsplatform.webhooks.services.planning import plan
from opsplatform.webhooks.tests.factories import happen, make_due, registered

GUIDE = Path(__file__).parents[3] / "docs" / "integrators-guide.md"


def example() -> str:
    """The program in the chapter on webhooks."""
    chapter = GUIDE.read_text().partition("## 11. 通知回调")[2]
    found = re.search(r"```python\n(.*?)```", chapter, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.django_db
def test_the_example_takes_what_we_send_once_and_nothing_signed_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "")
    program: dict[str, Any] = {"__name__": "example"}
    exec(compile(example(), str(GUIDE), "exec"), program)
    server = HTTPServer(("127.0.0.1", 0), program["Hook"])
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        ApprovedHostFactory(host="127.0.0.1", port=server.server_port)
        endpoint, secret = registered(f"http://127.0.0.1:{server.server_port}/")
        program["SECRET"] = program["base64"].b64decode(secret.removeprefix("whsec_"))
        happen("餐饮")
        plan()
        for _ in range(2):
            deliver_due()
            Delivery.objects.update(state=Delivery.State.WAITING)
            make_due()
        rotate_secret(actor=endpoint.peer, endpoint_id=endpoint.pk, note="例行")
        deliver_due()
        program["SECRET"] = b"another secret"
        Delivery.objects.update(state=Delivery.State.WAITING)
        make_due()
        deliver_due()
    finally:
        server.shutdown()
        server.server_close()
    assert list(Attempt.objects.order_by("id").values_list("status", flat=True)) == [204, 204, 204, 401]
    assert capsys.readouterr().out.count("餐饮") == 1
