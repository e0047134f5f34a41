"""The sheets of users and roles, which are only exported: accounts are opened and closed on their pages.

Telephone and e-mail stay here: a list of accounts is for judging rights, not for reaching people.
"""

from django.db.models import Prefetch

from opsplatform.accounts import selectors
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.organizations.sheets import BY_DIVISION
from opsplatform.spreadsheets.columns import columns_of, shown
from opsplatform.spreadsheets.sheets import RegisterSheet, register

_HELD = Prefetch("memberships", Membership.objects.select_related("role", "division", "department"))

register(
    RegisterSheet(
        model=User,
        columns=(
            *columns_of(User, ("username", "name", "kind", "division", "is_active"), {"division": BY_DIVISION}),
            shown("roles", "角色", lambda user: "；".join(str(held) for held in user.memberships.all())),
            shown("last_login", "上次登录", lambda user: user.last_login),
        ),
        related=("division",),
        prefetched=(_HELD,),
    ),
    RegisterSheet(
        model=Role,
        columns=(
            *columns_of(Role, ("code", "name", "description", "is_administration", "is_for_machines")),
            shown(
                "rights",
                "权限",
                lambda role: "\n".join(f"{what}（{where}）" for what, where in selectors.role_in_words(role)),
            ),
        ),
    ),
)
