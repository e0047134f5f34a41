"""The policy table: which role may do what, in which relation to the object. What is not in it is refused.

Rooms declare their rows in `apps.ready()`; `action` is "<room>.<verb>", the relation is judged against one membership.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from opsplatform.accounts.errors import UndeclaredAction


class Relation(Enum):
    """How a membership must stand to the object for the role to count."""

    ANYWHERE = "anywhere"  # the right does not depend on an object
    CITY = "city"  # the membership stands in the city: what belongs to no division is the city's
    SUBTREE = "subtree"  # the object's division lies in the membership's division or below it
    DEPARTMENT = "department"  # the object belongs to the membership's department
    CITY_SHARED = "city_shared"  # the object's division lies in the membership's subtree or above it


class Role:
    """Codes of the roles of domain.md §5; their rows (names, descriptions) are data."""

    OPERATOR = "platform_operator"
    LEAD_EDITOR = "lead_editor"
    LEAD_REVIEWER = "lead_reviewer"
    PARTNER_EDITOR = "partner_editor"
    PARTNER_REVIEWER = "partner_reviewer"
    DISTRICT_EDITOR = "district_editor"
    DISTRICT_PUBLISHER = "district_publisher"
    CONTENT_PROVIDER = "content_provider"
    APPLICATION_PROVIDER = "application_provider"
    MODEL_PROVIDER = "model_provider"
    ACCEPTANCE_PLATFORM = "acceptance_platform"
    DEPARTMENT_SYSTEM = "department_system"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"

    ADMINISTRATIONS = frozenset({SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN})
    MACHINES = frozenset({ACCEPTANCE_PLATFORM, DEPARTMENT_SYSTEM})
    BUSINESS = frozenset(
        {
            OPERATOR, LEAD_EDITOR, LEAD_REVIEWER, PARTNER_EDITOR, PARTNER_REVIEWER, DISTRICT_EDITOR,
            DISTRICT_PUBLISHER, CONTENT_PROVIDER, APPLICATION_PROVIDER, MODEL_PROVIDER,
        }
    )  # fmt: skip
    PEOPLE = BUSINESS | ADMINISTRATIONS
    # Whoever could log in as one of these would be a second person to himself.
    SECOND_PERSONS = ADMINISTRATIONS | {OPERATOR, LEAD_REVIEWER, PARTNER_REVIEWER, DISTRICT_PUBLISHER}


@dataclass(frozen=True)
class Policy:
    """One row: the action in words, the roles with the relation each needs, the per-object grant that allows it."""

    action: str
    sentence: str
    roles: Mapping[str, Relation]
    grant: str | None = None  # guardian permission, "app_label.codename"


_TABLE: dict[str, Policy] = {}


def declare(action: str, sentence: str, roles: Mapping[str, Relation], *, grant: str | None = None) -> None:
    """The row stands in the table; declaring an action twice with different content is an error."""
    row = Policy(action, sentence, dict(roles), grant)
    if _TABLE.setdefault(action, row) != row:
        raise ValueError(f"policy row {action} is declared twice")


def row_for(action: str) -> Policy:
    """The row of the action; raises UndeclaredAction, which no route survives."""
    if action not in _TABLE:
        raise UndeclaredAction(f"权限表中没有操作 {action}。")
    return _TABLE[action]


def rows() -> tuple[Policy, ...]:
    """Every row, by action."""
    return tuple(_TABLE[action] for action in sorted(_TABLE))
