"""Questions about accounts, roles and sessions."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from opsplatform.accounts import policy
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Relation
from opsplatform.accounts.sessions import LoginSession
from opsplatform.kernel import clock
from opsplatform.kernel.errors import NotFound
from opsplatform.organizations.models import Department, Division

_WHERE = {
    Relation.ANYWHERE: "不限区划",
    Relation.CITY: "须在全市授予",
    Relation.SUBTREE: "限所授区划及其下级",
    Relation.DEPARTMENT: "限所授部门",
    Relation.CITY_SHARED: "限所授区划及其上下级",
}

# The first mark found counts: most browsers also name the ones they descend from.
_BROWSERS = (
    ("Edg", "Edge"), ("Firefox", "Firefox"), ("MicroMessenger", "微信"), ("Chrom", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def get_user(actor: User, user_id: int) -> User:
    """The account if the actor sees it; raises NotFound."""
    user = User.objects.visible_to(actor).select_related("division").filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def read_memberships(users: Collection[User]) -> None:
    """What each of them holds is read in one statement, for whoever asks each of them afterwards."""
    held: dict[int, list[Membership]] = defaultdict(list)
    for membership in Membership.objects.held().filter(user__in=users):
        held[membership.user_id].append(membership)
    for user in users:
        user.held_memberships = tuple(held[user.pk])


def places_of(user: User) -> list[Division]:
    """The account's own division and those of its roles: whoever manages the account must be responsible for all."""
    return list(Division.objects.filter(Q(pk__in=user.memberships.values("division")) | Q(pk=user.division_id)))


def may_manage(actor: User, action: str, user: User) -> bool:
    """Whether the actor may do this to the account, everywhere the account stands."""
    places = places_of(user)
    return bool(places) and all(actor.may(action, within=place) for place in places)


def holders_of(action: str, *, within: Division, department: Department | None) -> QuerySet[User]:
    """The people whose role allows the action on what belongs to that division and department, by account."""
    above = within.path.strip("/").split("/")
    where = {
        Relation.ANYWHERE: Q(),
        Relation.CITY: Q(division__parent=None),
        Relation.SUBTREE: Q(division__code__in=above),
        Relation.CITY_SHARED: Q(division__code__in=above) | Q(division__path__startswith=within.path),
        Relation.DEPARTMENT: Q(department=department) & Q(department__isnull=False),
    }
    held = Membership.objects.none()
    for role, relation in policy.row_for(action).roles.items():
        held |= Membership.objects.filter(where[relation], role__code=role)
    people = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    return people.filter(pk__in=held.values("user")).order_by("username")


def is_second_person(user: User) -> bool:
    """Whether a role of the account decides over what others did."""
    return user.memberships.filter(role__code__in=policy.Role.SECOND_PERSONS).exists()


def role_in_words(role: Role) -> list[tuple[str, str]]:
    """What the policy table gives the role: the act and the relation it needs."""
    return [(row.sentence, _WHERE[row.roles[role.code]]) for row in policy.rows() if role.code in row.roles]


def is_department_role(code: str) -> bool:
    """Whether some right of the role depends on the department it was granted in."""
    return any(row.roles.get(code) is Relation.DEPARTMENT for row in policy.rows())


def breaks_separation(codes: Iterable[str]) -> bool:
    """Whether one account may not hold these roles together (三员分立, domain.md §5)."""
    held = set(codes)
    return bool(held & policy.Role.ADMINISTRATIONS) and len(held) > 1


def list_sessions(user: User) -> QuerySet[LoginSession]:
    """The account's sessions that have not expired, the most recently used first."""
    return LoginSession.objects.filter(user=user, expire_date__gt=clock.now()).order_by("-last_seen_at")


def browser_in_words(agent: str) -> str:
    """Browser and system as a person knows them; what cannot be told is left out."""
    found = [next((name for mark, name in words if mark in agent), "") for words in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in found if word) or "未知"


def session_handle(session: LoginSession) -> str:
    """A name for the session that gives nothing away: its key is as good as a password."""
    return hashlib.sha256(str(session.session_key).encode()).hexdigest()[:24]
