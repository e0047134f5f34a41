"""Rights given for a test, and the table of who may do what with themes, kept by hand (domain.md §5)."""

from guardian.shortcuts import assign_perm

from opsplatform.accounts.models import Membership, Role
from opsplatform.accounts.policy import Role as RoleCode
from themes.tests.demonstrated import account, get


def both_roles(*usernames: str) -> None:
    """The accounts are editors and reviewers of their department at once."""
    for username in usernames:
        held = Membership.objects.get(user=account(username))
        for code in (RoleCode.LEAD_EDITOR, RoleCode.LEAD_REVIEWER):
            Membership.objects.get_or_create(
                user=held.user, role=Role.objects.get(code=code), division=held.division, department=held.department
            )


def grant(permission: str, username: str, code: str) -> None:
    """An exceptional grant on one theme."""
    assign_perm(f"themes.{permission}", account(username), get(code))


MAY: dict[str, set[str]] = {
    # act → accounts of the demonstration that may do it to the theme of 市场监管 (RESTAURANT)
    "save": {"sj_editor"},
    "submit": {"sj_editor"},
    "approve": {"sj_reviewer"},
    "return": {"sj_reviewer"},
    "release": {"operator"},
    "withdraw": {"operator"},
    "import": {"operator"},
}
