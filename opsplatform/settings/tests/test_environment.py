"""Reading the environment and turning it into connections."""

import os
from pathlib import Path

import pytest

from opsplatform.settings.databases import plan_for
from opsplatform.settings.environment import EnvironmentInvalid, make_var_directory, read_environment
from opsplatform.settings.local_secrets import local_secret_key, local_signing_key_file

SOCKETS = Path("/somewhere/socket")


def test_nothing_given_is_a_development_installation_with_the_embedded_database() -> None:
    environment = read_environment({})
    assert (environment.profile, environment.port, environment.uses_embedded_database) == ("development", 8000, True)
    plan = plan_for(environment, SOCKETS)
    assert plan.application["HOST"] == str(SOCKETS)
    assert (plan.application["USER"], plan.owner["USER"]) == ("opsplatform_app", "opsplatform_owner")


def test_every_mistake_is_reported_at_once() -> None:
    with pytest.raises(EnvironmentInvalid) as refusal:
        read_environment(
            {
                "OPSPLATFORM_PROFILE": "prod",
                "PORT": "80000",
                "WEB_WORKERS": "two",
                "DATABASE_URL": "mysql://x",
                "CELERY_BROKER_URL": "localhost:6379",
            }
        )
    names = {"OPSPLATFORM_PROFILE", "PORT", "WEB_WORKERS", "DATABASE_URL", "CELERY_BROKER_URL"}
    assert {problem.split()[0] for problem in refusal.value.problems} == names
    assert all(name in str(refusal.value) for name in names)


def test_an_owner_without_an_application_account_is_refused() -> None:
    with pytest.raises(EnvironmentInvalid, match="DATABASE_URL"):
        read_environment({"DATABASE_OWNER_URL": "postgres://owner@db/ops"})


def test_one_able_account_becomes_either_role_at_once() -> None:
    plan = plan_for(read_environment({"DATABASE_URL": "postgres://root:pw@db:5433/ops"}), SOCKETS)
    assert (plan.application["USER"], plan.owner["USER"], plan.name) == ("root", "root", "ops")
    assert "-c role=ops_app" in plan.application["OPTIONS"]["options"]
    assert "-c role=ops_owner" in plan.owner["OPTIONS"]["options"]
    assert plan.admin is not None
    assert "role=" not in plan.admin["OPTIONS"]["options"]


def test_two_accounts_log_in_as_themselves_and_nobody_may_create_anything() -> None:
    urls = {"DATABASE_URL": "postgres://app:a@db/ops", "DATABASE_OWNER_URL": "postgres://own:o@db/ops"}
    plan = plan_for(read_environment(urls), SOCKETS)
    assert (plan.application_role, plan.owner_role, plan.admin) == ("app", "own", None)
    assert "role=" not in plan.application["OPTIONS"]["options"]


def test_the_application_is_hurried_and_the_owner_is_patient() -> None:
    plan = plan_for(read_environment({}), SOCKETS)
    assert "statement_timeout=30s" in plan.application["OPTIONS"]["options"]
    assert "statement_timeout=0" in plan.owner["OPTIONS"]["options"]
    for account in (plan.application, plan.owner):
        assert "lock_timeout=5s" in account["OPTIONS"]["options"]
        assert account["OPTIONS"]["connect_timeout"] == 5


def test_another_database_name_keeps_the_roles() -> None:
    environment = read_environment({"DATABASE_URL": "postgres://root@db/ops", "DATABASE_NAME": "elsewhere"})
    plan = plan_for(environment, SOCKETS)
    assert (plan.name, plan.application_role, plan.owner["NAME"]) == ("elsewhere", "ops_app", "elsewhere")


def test_a_new_var_directory_lets_the_servers_account_through_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    make_var_directory(tmp_path / "new")
    os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o755


def test_a_var_directory_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    make_var_directory(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_var_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentInvalid, match="不能建立工作目录"):
        make_var_directory(tmp_path / "file" / "var")


def test_local_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    key, pem = local_secret_key(directory), local_signing_key_file(directory)
    assert len(key) >= 50
    assert "PRIVATE KEY" in pem.read_text()
    assert (local_secret_key(directory), local_signing_key_file(directory).read_bytes()) == (key, pem.read_bytes())
    assert [path.stat().st_mode & 0o777 for path in directory.iterdir()] == [0o600, 0o600]
