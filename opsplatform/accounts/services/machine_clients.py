"""Machine clients: the accounts other systems act as, each with its own secret and its own scopes."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from oauth2_provider.generators import generate_client_id, generate_client_secret
from oauth2_provider.models import Application

from opsplatform.accounts import policy
from opsplatform.accounts.models import MachineClient, Membership, Role, User
from opsplatform.kernel import recording
from opsplatform.kernel.errors import Invalid, Problem
from opsplatform.organizations.models import Division


class ClientCredentials(NamedTuple):
    """What the other system needs; the secret is shown this once and kept only as a hash."""

    client_id: str
    client_secret: str


@transaction.atomic
def register_machine_client(
    *, actor: User, name: str, role: Role, division: Division, scopes: Sequence[str]
) -> ClientCredentials:
    """A machine account with the role stands in the division, and an OAuth client that may ask for the scopes.

    The account has no password, so it cannot log in; switching it off cuts every token at once.
    """
    actor.require("accounts.edit_users", within=division)
    _refuse_unfit(name, role, scopes)
    client_id, client_secret = generate_client_id(), generate_client_secret()
    user = User.objects.create_user(f"client-{client_id}", name=name, kind=User.Kind.MACHINE, division=division)
    membership = Membership.objects.create(user=user, role=role, division=division)
    application = Application.objects.create(
        client_id=client_id,
        client_secret=client_secret,
        user=user,
        name=name,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    MachineClient.objects.create(application=application, scopes=sorted(set(scopes)))
    recording.trail().record(
        actor,
        "user.client_registered",
        user,
        division=division.code,
        after={"name": name, "client_id": client_id, "role": str(membership.role.code), "scopes": sorted(set(scopes))},
    )
    return ClientCredentials(client_id, client_secret)


def _refuse_unfit(name: str, role: Role, scopes: Sequence[str]) -> None:
    problems = []
    if not name.strip():
        problems.append(Problem("/name", "missing", "请填写系统名称。"))
    if not role.is_for_machines or role.code not in policy.Role.MACHINES:
        problems.append(Problem("/role", "not_for_machines", f"角色“{role}”不供系统使用。"))
    if not scopes:
        problems.append(Problem("/scopes", "missing", "至少需要一个 scope。"))
    known = settings.OAUTH2_PROVIDER["SCOPES"]
    problems += [
        Problem(f"/scopes/{number}", "unknown_scope", f"没有 scope {scope}。")
        for number, scope in enumerate(scopes)
        if scope not in known
    ]
    if problems:
        raise Invalid(problems=tuple(problems))
