"""Acts on accounts, on the roles they hold, and on the clients of other systems."""

import copy
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from opsplatform.accounts import selectors
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services import memberships, users
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.tests.rights.acts import NEVER_WAS, Act, Ask, Door, in_every_division
from opsplatform.tests.rights.world import Spot, demo, staff

_numbers = count(1)


def account_acts() -> Iterator[Act]:
    """Opening, correcting, switching off and on, resetting, granting, taking back, registering clients."""
    yield Act(
        "user.read",
        in_every_division(_somebody),
        lambda actor, user: selectors.get_user(actor, user.pk),
        asks={
            Door.API: lambda user: Ask(f"/api/v1/users/{user.username}/"),
            Door.PAGE: lambda user: Ask(f"/users/{user.pk}/"),
            Door.ADMIN: lambda user: Ask(f"/admin/accounts/user/{user.pk}/change/"),
        },
        never_was=_nobody,
    )
    yield Act(
        "user.open",
        in_every_division(_particulars),
        lambda actor, values: users.open_account(actor=actor, values=values),
        users.open_account,
        {Door.PAGE: lambda values: Ask("/users/new/", {**values, "division": values["division"].pk})},
        trace="user.registered",
    )
    yield _act("correct", "user.changed", users.correct_account, _corrected, _somebody, {"phone": "021-1"})
    yield _act("disable", "user.changed", users.disable_account, _noted(users.disable_account), _somebody)
    yield _act("enable", "user.changed", users.enable_account, _noted(users.enable_account), _disabled)
    yield _act("reset", "user.password_reset", users.reset_password, _noted(users.reset_password), _somebody)
    yield _act("confirm_reset", "user.reset_confirmed", users.confirm_reset, _noted(users.confirm_reset), _reset)
    yield Act(
        "role.grant",
        in_every_division(_somebody),
        _grant,
        memberships.grant_role,
        {Door.PAGE: lambda user: Ask(f"/users/{user.pk}/", _grant_form(user))},
        trace="user.role_granted",
        never_was=_nobody,
    )
    yield Act(
        "role.revoke",
        in_every_division(_somebody),
        _revoke,
        memberships.revoke_role,
        {Door.PAGE: lambda user: Ask(f"/users/{user.pk}/", _revoke_form(user))},
        trace="user.role_revoked",
        never_was=_nobody,
    )
    yield Act(
        "client.register",
        in_every_division(lambda spot: spot.row),
        lambda actor, division: register_machine_client(
            actor=actor,
            name="系统",
            role=Role.objects.get(code=RoleCode.DEPARTMENT_SYSTEM),
            division=division,
            scopes=["registers:read"],
        ),
        register_machine_client,
        trace="user.client_registered",
    )


def _act(
    do: str,
    trace: str,
    service: Callable[..., Any],
    call: Callable[[User, Any], Any],
    make: Callable[[Spot], User],
    form: dict[str, Any] | None = None,
) -> Act:
    def through_page(user: User) -> Ask:
        values = {"name": user.name, "division": user.division_id, "revision": user.revision, **(form or {})}
        return Ask(f"/users/{user.pk}/", {"do": do, "note": "理由", **values})

    return Act(
        f"user.{do}",
        in_every_division(make),
        call,
        service,
        {Door.PAGE: through_page},
        trace=trace,
        never_was=_nobody,
    )


def _noted(service: Callable[..., Any]) -> Callable[[User, Any], Any]:
    return lambda actor, user: service(actor=actor, user_id=user.pk, note="理由")


def _corrected(actor: User, user: User) -> User:
    return users.correct_account(
        actor=actor, user_id=user.pk, values={"phone": "021-1"}, expected_revision=user.revision
    )


def _somebody(spot: Spot) -> User:
    return staff(spot, RoleCode.LEAD_REVIEWER)


def _disabled(spot: Spot) -> User:
    return users.disable_account(actor=demo("sysadmin"), user_id=_somebody(spot).pk, note="停用")


def _reset(spot: Spot) -> User:
    users.reset_password(actor=demo("sysadmin"), user_id=_somebody(spot).pk, note="忘记密码")
    return _somebody(spot)


def _particulars(spot: Spot) -> dict[str, Any]:
    return {"username": f"new{next(_numbers)}", "name": "新人", "kind": "person", "division": spot.row}


def _grant(actor: User, user: User) -> Membership:
    return memberships.grant_role(actor=actor, user_id=user.pk, role=_provider(), division=user.division, note="任命")


def _grant_form(user: User) -> dict[str, Any]:
    return {"do": "grant", "role": _provider().pk, "division": user.division_id, "note": "任命"}


def _revoke(actor: User, user: User) -> None:
    memberships.revoke_role(actor=actor, user_id=user.pk, membership_id=_held(user), note="调离")


def _revoke_form(user: User) -> dict[str, Any]:
    return {"do": "revoke", "membership": _held(user), "note": "调离"}


def _held(user: User) -> int:
    held = Membership.objects.filter(user__username=user.username).first()
    return held.pk if held else NEVER_WAS


def _provider() -> Role:
    return Role.objects.get(code=RoleCode.CONTENT_PROVIDER)


def _nobody(user: User) -> User:
    twin = copy.copy(user)
    twin.pk, twin.username = NEVER_WAS, "never-was"
    return twin
