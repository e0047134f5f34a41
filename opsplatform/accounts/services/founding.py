"""The first rows of an installation: its city and the three administrators, made before anyone can act."""

from django.db import transaction
from django.utils.crypto import get_random_string

from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.kernel import recording
from opsplatform.kernel.errors import WrongState
from opsplatform.organizations.models import Division

ADMINISTRATORS = {
    "sysadmin": ("系统管理员", RoleCode.SYSTEM_ADMIN),
    "secadmin": ("安全管理员", RoleCode.SECURITY_ADMIN),
    "auditor": ("审计管理员", RoleCode.AUDIT_ADMIN),
}


@transaction.atomic
def found_installation(*, city_code: str, city_name: str) -> dict[str, str]:
    """The city and one account of each administration exist; returns account name → first password.

    Refused once any account exists: from then on accounts are opened by the system administrator.
    """
    if User.objects.exists():
        raise WrongState("系统已经初始化，账号由系统管理员开通。")
    city = Division.objects.create(
        code=city_code, name=city_name, level=Division.Level.CITY, kind=Division.Kind.CITY, path=f"/{city_code}/"
    )
    passwords = {}
    for username, (name, role) in ADMINISTRATORS.items():
        passwords[username] = get_random_string(16)
        user = User.objects.create_user(
            username, passwords[username], name=name, division=city, must_change_password=True
        )
        Membership.objects.create(user=user, role=Role.objects.get(code=role), division=city)
        recording.trail().record(None, "user.founded", user, division=city.code, role=role)
    return passwords


@transaction.atomic
def make_demonstration_account(user: User, password: str) -> None:
    """The account is marked as a demonstration account, with a password that everybody knows.

    A production installation refuses to start while such an account exists.
    """
    user.set_password(password)
    user.must_change_password = False
    user.is_demo = True
    user.save(update_fields=["password", "must_change_password", "is_demo"])
    recording.trail().record(
        None, "user.made_demonstration", user, division=user.division.code if user.division else ""
    )
