"""Bodies of a city and its districts, and the people who work in them."""

from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password

from benchmarks.shanghai.words import DUTIES, GIVEN, SURNAMES
from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.organizations.models import BodyKind, Department, Division
from themes.services.demonstration import illustrative_uscc

FIRST_NUMBER = 500_000  # of the made-up social credit codes; the demonstration's lie below
OFFICES = {Division.Level.DISTRICT: ("行政服务分中心", "档案室"), Division.Level.STREET: ("事务受理中心", "城建中心")}

# Of every hundred people: role, level of the division they hold it in, whether they hold it in a body.
_STAFF = (
    (RoleCode.DISTRICT_EDITOR, Division.Level.DISTRICT, False, 30),
    (RoleCode.DISTRICT_PUBLISHER, Division.Level.DISTRICT, False, 10),
    (RoleCode.LEAD_EDITOR, Division.Level.CITY, True, 15),
    (RoleCode.LEAD_REVIEWER, Division.Level.CITY, True, 8),
    (RoleCode.PARTNER_EDITOR, Division.Level.DISTRICT, True, 15),
    (RoleCode.PARTNER_REVIEWER, Division.Level.DISTRICT, True, 7),
    (RoleCode.CONTENT_PROVIDER, Division.Level.STREET, False, 10),
    (RoleCode.OPERATOR, Division.Level.CITY, False, 2),
    (RoleCode.SYSTEM_ADMIN, Division.Level.DISTRICT, False, 1),
    (RoleCode.SECURITY_ADMIN, Division.Level.DISTRICT, False, 1),
    (RoleCode.AUDIT_ADMIN, Division.Level.DISTRICT, False, 1),
)


def build_bodies() -> int:
    """Every duty has a bureau in the city and one of its kind in each district; districts and streets have offices."""
    city = Division.objects.get(parent=None)
    kinds = [
        BodyKind(code=f"D-{number:03d}", name=f"区{duty}局", short_name=f"{duty}局", level=Division.Level.DISTRICT)
        for number, duty in enumerate(DUTIES)
    ]
    BodyKind.objects.bulk_create(kinds)
    places = {level: list(Division.objects.filter(level=level).order_by("code")) for level in OFFICES}
    bodies = [Department(division=city, name=f"上海市{duty}管理局", short_name=f"市{duty}局") for duty in DUTIES]
    bodies += [
        Department(division=district, kind=kind, name=f"{district}{duty}局", short_name=f"{district}{duty}局")
        for kind, duty in zip(kinds, DUTIES, strict=True)
        for district in places[Division.Level.DISTRICT]
    ]
    bodies += [
        Department(division=place, name=f"{place}{office}")
        for level, offices in OFFICES.items()
        for place in places[level]
        for office in offices
    ]
    for number, body in enumerate(bodies):
        body.uscc = illustrative_uscc(body.division.code, FIRST_NUMBER + number)
        body.uscc_is_illustrative = True
    taken = set(Department.objects.values_list("division__code", "name"))
    new = [body for body in bodies if (body.division.code, body.name) not in taken]
    return len(Department.objects.bulk_create(new, batch_size=1000))


def build_people(random: Random, count: int) -> int:
    """Everybody has an account and a role, in a division or in a body of it; some hold a second role."""
    roles = {role.code: role for role in Role.objects.all()}
    places = {level: list(Division.objects.filter(level=level).order_by("code")) for level in Division.Level}
    bodies: dict[int, list[Department]] = {}
    for body in Department.objects.order_by("division__code", "name"):
        bodies.setdefault(body.division_id, []).append(body)
    password = make_password(settings.DEMO_PASSWORD)
    users, memberships = [], []
    for number in range(count):
        code, level, in_body, _ = random.choices(_STAFF, weights=[row[3] for row in _STAFF])[0]
        place = random.choice(places[level])
        given = "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))
        user = User(
            username=f"u{number:05d}",
            name=f"{random.choice(SURNAMES)}{given}",
            division=place,
            password=password,
            is_demo=True,
            is_active=random.random() > 0.03,
            phone=f"021-{random.randrange(20000000, 69999999)}",
        )
        users.append(user)
        if random.random() < 0.01:
            continue  # newly opened: no role yet
        body = random.choice(bodies[place.pk]) if in_body else None
        memberships.append(Membership(user=user, role=roles[code], division=place, department=body))
        if code == RoleCode.DISTRICT_EDITOR and random.random() < 0.2:
            memberships.append(Membership(user=user, role=roles[RoleCode.DISTRICT_PUBLISHER], division=place))
    User.objects.bulk_create(users, batch_size=1000)
    Membership.objects.bulk_create(memberships, batch_size=1000)
    return len(users)
