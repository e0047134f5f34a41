"""Rights given for a test, and the table of who may do what with themes, kept by hand (domain.md §5)."""

from guardian.shortcuts import assign_perm

from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from themes.tests.demonstrated import account, get


def both_roles(*usernames: str) -> None:
    """The accounts are editors and reviewers of their department at once, and it has a reviewer beside them."""
    for username in usernames:
        held = Membership.objects.get(user=account(username))
        for code in (RoleCode.LEAD_EDITOR, RoleCode.LEAD_REVIEWER):
            Membership.objects.get_or_create(
                user=held.user, role=Role.objects.get(code=code), division=held.division, department=held.department
            )
        another_reviewer(username)


def another_reviewer(username: str) -> User:
    """One more lead reviewer of the account's department: it can review what all others there wrote."""
    held = Membership.objects.filter(user=account(username)).first()
    beside, _ = User.objects.get_or_create(username=f"beside.{held.department_id}", defaults={"name": "另一审核"})
    Membership.objects.get_or_create(
        user=beside, role=Role.objects.get(code=RoleCode.LEAD_REVIEWER), division=held.division,
        department=held.department,
    )  # fmt: skip
    return beside


def grant(permission: str, username: str, code: str) -> None:
    """An exceptional grant on one theme."""
    assign_perm(f"themes.{permission}", account(username), get(code))


MAY: dict[str, set[str]] = {
    # act → accounts of the demonstration that may do it to the theme of 市场监管 (RESTAURANT)
    "save": {"sj_editor"},
    "submit": {"sj_editor"},
    "countersign": {"lh_reviewer", "xf_reviewer"},
    "approve": {"sj_reviewer"},
    "sign_off": {"operator", "operator2"},
    "return": {"sj_reviewer"},
    "release": {"operator", "operator2"},
    "withdraw": {"operator", "operator2"},
    "import": {"operator", "operator2"},
}
