"""What audit offers to the rooms below it, registered when this module is imported by `apps.ready()`."""

from opsplatform.audit import selectors, trail
from opsplatform.kernel import recording


class RoomsTrail:
    """The trail behind the port of the kernel."""

    record = staticmethod(trail.record)
    changes_since = staticmethod(selectors.changes_since)


recording.register_trail(RoomsTrail())
