"""Which server, which database, and as whom: the one place that turns the environment into connection parameters."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url

from opsplatform.settings.environment import DatabaseAs, Environment

DEFAULT_NAME = "opsplatform"
EMBEDDED_ADMIN = "postgres"
EMBEDDED_PORT = 5432  # only names the socket file: the embedded server does not listen on TCP

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT = "30s"
LOCK_TIMEOUT = "5s"
IDLE_IN_TRANSACTION_TIMEOUT = "60s"


@dataclass(frozen=True)
class DatabasePlan:
    """One database with its two roles, and how a process becomes each of them.

    `admin` may create databases and roles where the installation gave us such an account (embedded server, or a
    single DATABASE_URL); with two URLs there is none and a database administrator has prepared the server.
    """

    application: dict[str, Any]
    owner: dict[str, Any]
    admin: dict[str, Any] | None
    application_role: str
    owner_role: str

    @property
    def name(self) -> str:
        return str(self.application["NAME"])

    def connection(self, database_as: DatabaseAs) -> dict[str, Any]:
        """Django's DATABASES entry for a process that is the application or the owner."""
        chosen = self.owner if database_as == "owner" else self.application
        return {**chosen, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def embedded_plan(socket_directory: Path) -> DatabasePlan:
    """The embedded server: both roles log in themselves, through a socket only this installation may reach."""

    def account(user: str, *, patient: bool) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DEFAULT_NAME,
            "USER": user,
            "PASSWORD": "",
            "HOST": str(socket_directory),
            "PORT": EMBEDDED_PORT,
            "OPTIONS": _options(patient=patient),
        }

    owner_role, application_role = f"{DEFAULT_NAME}_owner", f"{DEFAULT_NAME}_app"
    return DatabasePlan(
        application=account(application_role, patient=False),
        owner=account(owner_role, patient=True),
        admin=account(EMBEDDED_ADMIN, patient=True),
        application_role=application_role,
        owner_role=owner_role,
    )


def two_account_plan(database_url: str, database_owner_url: str) -> DatabasePlan:
    """A prepared server: two accounts, each with its own URL."""
    application = _parsed(database_url, patient=False)
    owner = _parsed(database_owner_url, patient=True)
    return DatabasePlan(application, owner, None, str(application["USER"]), str(owner["USER"]))


def one_account_plan(database_url: str) -> DatabasePlan:
    """One able account: every connection logs in with it and at once becomes the role it is to be (SET ROLE)."""
    patient, hurried = _parsed(database_url, patient=True), _parsed(database_url, patient=False)
    owner_role, application_role = f"{hurried['NAME']}_owner", f"{hurried['NAME']}_app"
    return DatabasePlan(
        application=_becoming(hurried, application_role),
        owner=_becoming(patient, owner_role),
        admin=patient,
        application_role=application_role,
        owner_role=owner_role,
    )


def plan_for(environment: Environment, embedded_socket_directory: Path) -> DatabasePlan:
    """The plan that this environment asks for; DATABASE_NAME picks another database with the same roles."""
    if environment.database_url is None:
        plan = embedded_plan(embedded_socket_directory)
    elif environment.database_owner_url is None:
        plan = one_account_plan(environment.database_url)
    else:
        plan = two_account_plan(environment.database_url, environment.database_owner_url)
    return in_database(plan, environment.database_name) if environment.database_name else plan


def in_database(plan: DatabasePlan, name: str) -> DatabasePlan:
    """The same accounts and roles in another database of the same server."""
    return replace(
        plan,
        application={**plan.application, "NAME": name},
        owner={**plan.owner, "NAME": name},
        admin=plan.admin and {**plan.admin, "NAME": name},
    )


def _options(*, patient: bool) -> dict[str, Any]:
    """Every edge has a timeout; the owner's migrations may take their time, but not wait long for a lock."""
    timeouts = {
        "statement_timeout": "0" if patient else STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
    }
    return {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in timeouts.items()),
    }


def _parsed(url: str, *, patient: bool) -> dict[str, Any]:
    given = dj_database_url.parse(url)
    ours = _options(patient=patient)
    options = {**given.get("OPTIONS", {}), **ours}
    theirs = given.get("OPTIONS", {}).get("options")
    if theirs:
        options["options"] = f"{ours['options']} {theirs}"
    return {
        **given,
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given["NAME"] or DEFAULT_NAME,
        "USER": given["USER"] or unquote(urlsplit(url).username or ""),
        "OPTIONS": options,
    }


def _becoming(account: dict[str, Any], role: str) -> dict[str, Any]:
    options = {**account["OPTIONS"], "options": f"{account['OPTIONS']['options']} -c role={role}"}
    return {**account, "OPTIONS": options}
