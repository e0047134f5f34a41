"""The bell that rings through the broker: one that failed is left alone for a while, then tried again."""

import pytest

from opsplatform.jobs import tasks


def test_only_one_request_in_a_while_waits_for_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def away(arguments: tuple[int], **options: object) -> None:
        tried.append(*arguments)
        raise ConnectionError

    monkeypatch.setattr(tasks.run, "apply_async", away)
    bell = tasks.CeleryBell()
    with pytest.raises(ConnectionError):
        bell(1)
    bell(2)
    assert tried == [1]
    monkeypatch.setattr(tasks.time, "monotonic", lambda: float("inf"))
    with pytest.raises(ConnectionError):
        bell(3)
    assert tried == [1, 3]
