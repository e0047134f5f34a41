"""The doorbell: wakes a worker for a row that has just been committed. It may be lost, doubled or late without harm."""

import logging
from collections.abc import Callable

Ring = Callable[[int], None]

logger = logging.getLogger(__name__)
_bells: list[Ring] = []


def hang(ring: Ring) -> None:
    """Rows are announced through this bell from now on."""
    _bells[:] = [ring]


def ring(job_id: int) -> None:
    """A worker is told about the row; where that fails, the sweeper will find it."""
    for bell in _bells:
        try:
            bell(job_id)
        except Exception:  # whatever the broker's client raises, the row is safe
            logger.warning("doorbell silent, job %s waits for the sweeper", job_id, exc_info=True)
