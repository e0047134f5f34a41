"""manage.py found_installation: the first accounts of an installation, once."""

import json
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory

from opsplatform.accounts.models import Membership, User
from opsplatform.accounts.policy import Role

pytestmark = pytest.mark.django_db
CITY = ("--city-code", "310000", "--city-name", "上海市")


def test_the_three_administrators_can_log_in_and_must_change_their_password() -> None:
    output = StringIO()
    call_command("found_installation", *CITY, "--json", stdout=output)
    passwords = json.loads(output.getvalue())
    assert set(Membership.objects.values_list("role__code", flat=True)) == Role.ADMINISTRATIONS
    for username, password in passwords.items():
        account = authenticate(RequestFactory().post("/login/"), username=username, password=password)
        assert isinstance(account, User)
        assert account.must_change_password and not account.is_superuser and not account.is_demo


def test_a_second_time_it_is_refused() -> None:
    call_command("found_installation", *CITY, stdout=StringIO())
    before = set(User.objects.values_list("username", "password"))
    with pytest.raises(SystemExit) as ending:
        call_command("found_installation", *CITY, stdout=StringIO(), stderr=StringIO())
    assert ending.value.code == 1
    assert set(User.objects.values_list("username", "password")) == before
