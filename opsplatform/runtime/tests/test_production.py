"""Each unsafe production setting stops the start, with its name."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from pytest_django import Settings

from opsplatform.runtime.disposable_databases import DisposableDatabases
from opsplatform.runtime.production import RULES
from opsplatform.runtime.starting import BOOT_ERROR, refuse_unfit_start
from opsplatform.settings.local_secrets import local_sealing_key_file, local_signing_key_file

Change = Callable[[Settings, Path], None]


@pytest.fixture
def safe(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a production installation with nothing to object to."""
    settings.OPSPLATFORM_PROFILE = "production"
    settings.DEBUG = False
    settings.SECRET_KEY = "k7Q-x2Zp9_vB4nW8sT1yR6mL3cF0hJ5dG2aE7uI9oP4qK8wX1zN6bV3"
    settings.ALLOWED_HOSTS = ["ops.example.gov.cn"]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SIGNING_KEY_FILE = local_signing_key_file(tmp_path / "keys")
    settings.SEALING_KEY_FILE = local_sealing_key_file(tmp_path / "keys")
    settings.EGRESS_LOOPBACK_NETWORKS = ()
    settings.CELERY_BROKER_URL = "redis://broker:6379/0"
    settings.METRICS_TOKEN = None
    settings.METRICS_NETWORKS = (ip_network("127.0.0.0/8"), ip_network("10.3.0.0/16"))
    settings.ENVIRONMENT = SimpleNamespace(uses_embedded_database=False)
    return settings


@pytest.fixture
def as_an_application_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server reached with one able account the session's user is a superuser, rightly refused; not our subject."""
    monkeypatch.setitem(RULES, "database_role", lambda: "")


def _names() -> set[str]:
    found = run_checks(tags=["production"], include_deployment_checks=True)
    return {str(message.id).removeprefix("production.") for message in found}


def _set(**values: Any) -> Change:
    def change(settings: Settings, directory: Path) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return change


def _remove_proxy_header(settings: Settings, directory: Path) -> None:
    del settings.SECURE_PROXY_SSL_HEADER


def _readable_by_others(settings: Settings, directory: Path) -> None:
    settings.SIGNING_KEY_FILE.chmod(0o644)


def _sealing_key_readable_by_others(settings: Settings, directory: Path) -> None:
    settings.SEALING_KEY_FILE.chmod(0o644)


def _key_of_another_kind(settings: Settings, directory: Path) -> None:
    key = generate_private_key(SECP256R1())
    settings.SIGNING_KEY_FILE = directory / "other.pem"
    settings.SIGNING_KEY_FILE.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _a_superuser(settings: Settings, directory: Path) -> None:
    get_user_model().objects.create_user("root-like", name="某人", is_superuser=True)


def _a_demo_account(settings: Settings, directory: Path) -> None:
    get_user_model().objects.create_user("demo-one", name="演示", is_demo=True)


UNSAFE: list[tuple[str, Change]] = [
    ("debug", _set(DEBUG=True)),
    ("secret_key", _set(SECRET_KEY="missing")),
    ("secret_key", _set(SECRET_KEY="a" * 80)),
    ("secret_key", _set(SECRET_KEY="django-insecure-k7Q-x2Zp9_vB4nW8sT1yR6mL3cF0hJ5dG2aE7uI9oP4qK8wX1zN6bV3")),
    ("allowed_hosts", _set(ALLOWED_HOSTS=[])),
    ("allowed_hosts", _set(ALLOWED_HOSTS=["ops.example.gov.cn", "*"])),
    ("cookies", _set(SESSION_COOKIE_SECURE=False)),
    ("cookies", _set(CSRF_COOKIE_SECURE=False)),
    ("tls_proxy_header", _remove_proxy_header),
    ("signing_key", _set(SIGNING_KEY_FILE=None)),
    ("signing_key", _set(SIGNING_KEY_FILE=Path("/nowhere/key.pem"))),
    ("signing_key", _set(SIGNING_KEY_FILE=Path(__file__))),
    ("signing_key", _readable_by_others),
    ("signing_key", _key_of_another_kind),
    ("sealing_key", _set(SEALING_KEY_FILE=None)),
    ("sealing_key", _set(SEALING_KEY_FILE=Path("/nowhere/key"))),
    ("sealing_key", _set(SEALING_KEY_FILE=Path(__file__))),
    ("sealing_key", _sealing_key_readable_by_others),
    ("broker", _set(CELERY_BROKER_URL="filesystem://")),
    ("metrics", _set(METRICS_TOKEN="short")),
    ("metrics", _set(METRICS_NETWORKS=(ip_network("0.0.0.0/0"),))),
    ("metrics", _set(METRICS_NETWORKS=(ip_network("8.8.8.0/24"),))),
    ("egress", _set(EGRESS_LOOPBACK_NETWORKS=("127.0.0.0/8",))),
    ("egress", _set(EGRESS_CA_FILE=Path("/nowhere/ca.pem"))),
    ("egress", _set(EGRESS_CA_FILE=Path(__file__))),
    ("embedded_database", _set(ENVIRONMENT=SimpleNamespace(uses_embedded_database=True))),
    ("superusers", _a_superuser),
    ("demo_accounts", _a_demo_account),
]


@pytest.mark.django_db
@pytest.mark.usefixtures("as_an_application_account")
def test_a_safe_installation_starts(safe: Settings) -> None:
    assert _names() == set()
    refuse_unfit_start()


@pytest.mark.django_db
@pytest.mark.usefixtures("as_an_application_account")
@pytest.mark.parametrize(("name", "change"), UNSAFE)
def test_an_unsafe_setting_is_named_and_stops_the_start(
    safe: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, change: Change
) -> None:
    change(safe, tmp_path)
    assert _names() == {name}
    with pytest.raises(SystemExit) as ending:
        refuse_unfit_start()
    assert ending.value.code == BOOT_ERROR
    assert f"production.{name}：" in capsys.readouterr().err


@pytest.mark.django_db
def test_other_profiles_start_whatever_is_set(settings: Settings) -> None:
    settings.DEBUG = True
    refuse_unfit_start()


def test_connecting_as_the_owner_of_the_tables_is_refused(
    safe: Settings, disposable_databases: DisposableDatabases, database_clone: str
) -> None:
    with disposable_databases.used_as("owner", database_clone):
        assert _names() == {"database_role"}


def test_a_database_that_does_not_answer_is_a_refusal_too(
    safe: Settings, disposable_databases: DisposableDatabases, database_clone: str
) -> None:
    with disposable_databases.used_as("application", "there_is_no_such_database"):
        assert _names() == {"database_role", "superusers", "demo_accounts"}


def test_every_rule_has_a_case_here() -> None:
    assert {name for name, _ in UNSAFE} | {"database_role"} == set(RULES)
