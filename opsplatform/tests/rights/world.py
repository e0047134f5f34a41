"""The installation in which rights are judged: posts of every role at every height, themes in every relation to them.

Everything is made by the services that make it in life, on top of the demonstration.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.accounts.services.machine_clients import register_machine_client
from opsplatform.accounts.services.memberships import grant_role, revoke_role
from opsplatform.accounts.services.users import open_account
from opsplatform.organizations.models import BodyKind, Department, Division
from opsplatform.organizations.services.registering import save_body_kind
from opsplatform.tests.rights.oracle import Post, Relation, Standing
from themes.services.importing import import_dossier
from themes.services.sharing import share_theme

ROLES = sorted(RoleCode.PEOPLE | RoleCode.MACHINES)
CITY, HERE, STREET, THERE = "310000", "310101", "310101002", "310112"
PLACE_OF = {Standing.CITY: CITY, Standing.DISTRICT: HERE, Standing.STREET: STREET}
SCOPES = ("export:read", "registers:read", "themes:read", "themes:write", "webhooks:write")


@dataclass(frozen=True)
class Spot:
    """A place where things stand: a division and one of its bodies, the first or the second by name."""

    division: str
    body: int = 0

    @property
    def row(self) -> Division:
        """The division."""
        return Division.objects.get(code=self.division)

    @property
    def department(self) -> Department:
        """The body."""
        return Department.objects.filter(division__code=self.division).order_by("name")[self.body]

    def __str__(self) -> str:
        return f"{self.division}-{self.body}"


SPOTS = (Spot(CITY), Spot(CITY, 1), Spot(HERE), Spot(HERE, 1), Spot(THERE), Spot(STREET))
# Beside the themes of the six spots: one of a neighbour granted to see, one granted to edit, one led by the other
# body here with ours as partner.
GRANTED = {Relation.GRANTED_VIEW: "view", Relation.GRANTED_EDIT: "edit"}


def home_of(post: Post) -> Spot:
    """Where the post stands."""
    return Spot(PLACE_OF[post.standing])


def relation_of(post: Post, spot: Spot) -> Relation:
    """How what stands at the spot relates to the post."""
    home = home_of(post)
    if spot == home:
        return Relation.OWN
    if spot.division == home.division:
        return Relation.OTHER_DEPARTMENT
    if home.division == CITY or (home.division == HERE and spot.division == STREET):
        return Relation.CHILD
    if spot.division == CITY or (spot.division == HERE and home.division == STREET):
        return Relation.PARENT
    return Relation.NEIGHBOUR


def kind_answered_for_by(spot: Spot) -> BodyKind:
    """A kind of bodies, of which the body here of the same number is one, for which the spot's body answers."""
    kind = BodyKind.objects.get(bodies=Spot(HERE, spot.body).department)
    return save_body_kind(
        actor=demo("operator"), pk=kind.pk, values={"responsible": spot.department}, expected_revision=kind.revision
    )


def theme_of(place: Spot | Relation) -> str:
    """The code of the theme of the spot, or of the relation that only themes can stand in."""
    return f"RIGHTS-{place.value if isinstance(place, Relation) else place}".upper().replace("_", "-")


def build_world() -> None:
    """The posts and the themes exist."""
    for post in every_post():
        _open(post)
        if post.standing is Standing.DISTRICT:
            _open_without_role(post.role)
    for spot in SPOTS:
        _import_theme(theme_of(spot), spot)
        _appoint_staff(spot)
    _import_theme(theme_of(Relation.PARTNER), Spot(HERE, 1), partner=Spot(HERE))
    for relation, right in GRANTED.items():
        _import_theme(theme_of(relation), Spot(THERE))
        for post in every_post():
            if post.standing is Standing.DISTRICT and post.role in RoleCode.BUSINESS:
                share_theme(
                    actor=demo("operator"),
                    code=theme_of(relation),
                    username=name_of(post),
                    right=right,  # type: ignore[arg-type]
                    note="单独授权",
                )
    User.objects.update(must_change_password=False)  # each has set a password of their own


def every_post() -> Iterator[Post]:
    """Every role at every height."""
    for role in ROLES:
        for standing in Standing:
            yield Post(role, standing)


def name_of(post: Post, *, has_role: bool = True) -> str:
    """The account name of the post's holder, or of whom the role was taken back from."""
    return f"{post.role}.{post.standing.value}" if has_role else f"{post.role}.former"


def holder(post: Post, relation: Relation) -> User:
    """Who holds the post; for the relation `none` who held it until the role was taken back."""
    name = name_of(post, has_role=relation is not Relation.NONE)
    if post.role in RoleCode.MACHINES:
        return User.objects.get(name=name)
    return User.objects.get(username=name)


def demo(username: str) -> User:
    """An account of the demonstration."""
    return User.objects.get(username=username)


def staff(spot: Spot, role: str) -> User:
    """Who edits or reviews the spot's theme when a scene is set."""
    return demo(f"staff.{role}.{spot}")


def _open(post: Post) -> None:
    spot = home_of(post)
    if post.role in RoleCode.MACHINES:
        _register_machine(name_of(post), post.role, spot.row)
        return
    user = _account(name_of(post), spot.row)
    _grant(user, post.role, spot)


def _open_without_role(role: str) -> None:
    """An account whose only role was granted and taken back."""
    spot, name = Spot(HERE), name_of(Post(role, Standing.DISTRICT), has_role=False)
    if role in RoleCode.MACHINES:
        _register_machine(name, role, spot.row)
        user = User.objects.get(name=name)
    else:
        user = _account(name, spot.row)
        _grant(user, role, spot)
    held = Membership.objects.get(user=user)
    revoke_role(actor=demo("secadmin"), user_id=user.pk, membership_id=held.pk, note="调离")


def _appoint_staff(spot: Spot) -> None:
    for role in (RoleCode.LEAD_EDITOR, RoleCode.LEAD_REVIEWER):
        _grant(_account(f"staff.{role}.{spot}", spot.row), role, spot)


def _account(username: str, division: Division) -> User:
    values = {"username": username, "name": username, "kind": User.Kind.PERSON, "division": division}
    user, _ = open_account(actor=demo("sysadmin"), values=values)
    return user


def _grant(user: User, role: str, spot: Spot) -> None:
    has_department = role.startswith(("lead_", "partner_"))
    grant_role(
        actor=demo("secadmin"),
        user_id=user.pk,
        role=Role.objects.get(code=role),
        division=spot.row,
        department=spot.department if has_department else None,
        note="任命",
    )


def _register_machine(name: str, role: str, division: Division) -> None:
    register_machine_client(
        actor=demo("sysadmin"), name=name, role=Role.objects.get(code=role), division=division, scopes=SCOPES
    )


def dossier_of(code: str, lead: Spot, partner: Spot | None = None) -> dict[str, Any]:
    """A sound dossier of a theme that the bodies lead and take part in, offered in the lead's division."""
    tree = copy.deepcopy(_restaurant())
    tree["theme"] |= {
        "code": code,
        "name": f"{code}一件事",
        "division_codes": [lead.division],
        "lead_department": "LEAD",
        "coop_departments": ["PARTNER"] if partner else [],
    }
    tree["departments"].append(_body("LEAD", lead))
    for item in tree["items"]:
        item["department"] = "LEAD"  # who answers for an item of the theme takes part in its review
    if partner:
        tree["departments"].append(_body("PARTNER", partner))
        tree["items"][-1]["department"] = "PARTNER"
    tree["addresses"] = []
    tree["worked_examples"] = [_example(tree["worked_examples"][0], lead)]
    return tree


def _example(example: dict[str, Any], lead: Spot) -> dict[str, Any]:
    """The example answered in the lead's own district, expecting what does not depend on it."""
    district = THERE if lead.division == CITY else lead.division[:6]
    street = Division.objects.filter(parent__code=district).order_by("code")[0]
    answers = {**example["answers"], "q_district": district, "q_street": street.code}
    return {**example, "answers": answers, "expected": {"items": example["expected"]["items"]}}


def _body(code: str, spot: Spot) -> dict[str, Any]:
    body = spot.department
    known = {"name": body.name, "short": body.short_name, "level_code": body.level_code or "3", "uscc": body.uscc}
    return {"code": code, "division_code": spot.division, "role": "牵头部门", "uscc_illustrative": True, **known}


@cache
def _restaurant() -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((settings.SAMPLE_DATA_DIRECTORY / "theme_restaurant.json").read_bytes())
    return tree


def _import_theme(code: str, lead: Spot, partner: Spot | None = None) -> None:
    import_dossier(actor=demo("operator"), tree=dossier_of(code, lead, partner))
