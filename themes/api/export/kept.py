"""Package bytes kept in the process: a digest names the same bytes for ever, so the database need not send them again.

Only bytes are kept. Who may read and what is live is asked of the database on every request.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

Place = tuple[str, str]  # theme code, division code
MOST_KEPT = 64  # about 200 KB each


class KeptPackage(NamedTuple):
    """Bytes and their digest."""

    digest: str
    content: bytes


class KeptPackages:
    """The packages last read, one per place; the longest unread goes first."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._packages: OrderedDict[Place, KeptPackage] = OrderedDict()
        self._lock = Lock()

    def find(self, place: Place) -> KeptPackage | None:
        """What was last read there."""
        with self._lock:
            if place in self._packages:
                self._packages.move_to_end(place)
            return self._packages.get(place)

    def keep(self, place: Place, package: KeptPackage) -> None:
        """This is what was last read there."""
        with self._lock:
            self._packages[place] = package
            self._packages.move_to_end(place)
            if len(self._packages) > self._most:
                self._packages.popitem(last=False)
