"""How long is waited: longer each time, three days in all, never twice the same."""

from datetime import timedelta

import pytest

from opsplatform.webhooks import backoff
from opsplatform.webhooks.backoff import ATTEMPTS, PARKED_AFTER, delay_after, rest_after


def test_all_attempts_take_a_little_more_than_three_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "JITTER", 0)
    delays = [delay_after(attempts) for attempts in range(1, ATTEMPTS)]
    assert delays[:4] == [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320)]
    assert delays == sorted(delays)
    assert delays[-1] == timedelta(hours=12)
    assert PARKED_AFTER < sum(delays, timedelta()) < timedelta(days=3, hours=12)


def test_an_endpoint_is_left_alone_for_longer_but_never_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "JITTER", 0)
    rests = [rest_after(failures) for failures in range(1, 30)]
    assert rests[:3] == [timedelta(seconds=seconds) for seconds in (5, 10, 20)]
    assert rests[-1] == timedelta(minutes=15)


def test_what_failed_together_is_not_tried_together() -> None:
    delays = {delay_after(3) for _ in range(100)}
    assert len(delays) > 50
    assert all(timedelta(seconds=64) <= delay <= timedelta(seconds=96) for delay in delays)
