"""Many write, many read, sequencers die: nobody misses anything, nobody gets anything twice or in the wrong order."""

from datetime import timedelta

import pytest

from opsplatform.feed.services import stamping
from opsplatform.feed.tests.drilled_feed import Size, drill

LONG = Size(events=200_000, writers=16, readers=8, kills=20)
SHORT = Size(events=2_000, writers=4, readers=2, kills=3)


@pytest.mark.drill
@pytest.mark.usefixtures("database_clone")
def test_readers_by_position_get_everything_once_and_in_order_and_a_reader_by_serial_number_does_not(
    long_form: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not long_form:
        monkeypatch.setattr(stamping, "LEASE", timedelta(seconds=0.3))
        monkeypatch.setattr(stamping, "BEAT_SECONDS", 0.05)
    size = LONG if long_form else SHORT
    outcome = drill(size)
    assert outcome.events == size.events
    assert outcome.kills == size.kills
    assert outcome.wrong == []
    assert outcome.lost_by_serial > 0
