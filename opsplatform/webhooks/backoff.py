"""When a delivery is tried again, and how long an endpoint that fails is left alone. Plain Python."""

from datetime import timedelta
from random import SystemRandom

ATTEMPTS = 14  # with the delays below about three days and seven hours
FIRST, FACTOR, LONGEST = timedelta(seconds=5), 4, timedelta(hours=12)
LONGEST_REST = timedelta(minutes=15)
JITTER = 0.2
PARKED_AFTER = timedelta(days=3)  # without a single success

_random = SystemRandom()


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts at one delivery: four times longer each time, up to half a day."""
    return _jittered(min(FIRST * FACTOR ** min(attempts - 1, 10), LONGEST))


def rest_after(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row, whatever is due for it."""
    return _jittered(min(FIRST * 2 ** min(failures - 1, 10), LONGEST_REST))


def _jittered(delay: timedelta) -> timedelta:
    """Up to a fifth more or less, so that what failed together is not tried together."""
    return delay * _random.uniform(1 - JITTER, 1 + JITTER)
