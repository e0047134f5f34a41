"""Questions about items that rooms above ask."""

from opsplatform.catalog.models import ServiceItem
from opsplatform.organizations.models import Department


def responsible_department(item: ServiceItem) -> Department | None:
    """The department that answers for the item: the body that does it or, where every body of a kind does, the city's
    department that the kind names; None where it names none, and city operation sees to it.
    """
    return item.department or (item.body_kind.responsible if item.body_kind else None)
