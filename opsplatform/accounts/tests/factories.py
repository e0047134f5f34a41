"""Accounts for tests. `person("platform_operator")` is a user with that role in the city, or where the caller says."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from opsplatform.accounts.models import Membership, Role, User
from opsplatform.accounts.policy import Role as RoleCode
from opsplatform.organizations.models import Department, Division
from opsplatform.organizations.tests.factories import CityFactory

PASSWORD = "Correct-horse-9"


class RoleFactory(DjangoModelFactory[Role]):
    class Meta:
        model = Role
        django_get_or_create = ("code",)

    code = RoleCode.OPERATOR
    name = factory.LazyAttribute(lambda role: role.code)
    is_administration = factory.LazyAttribute(lambda role: role.code in RoleCode.ADMINISTRATIONS)
    is_for_machines = factory.LazyAttribute(lambda role: role.code in RoleCode.MACHINES)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    name = factory.Sequence(lambda number: f"用户{number}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = factory.SubFactory(RoleFactory)
    division = factory.SubFactory(CityFactory)
    department = None


def person(role: str, division: Division | None = None, department: Department | None = None, **fields: Any) -> User:
    """A user with one membership; a department's role stands in the department's division."""
    where = division or (department.division if department else CityFactory())
    user = UserFactory(**fields)
    MembershipFactory(user=user, role=RoleFactory(code=role), division=where, department=department)
    return user
