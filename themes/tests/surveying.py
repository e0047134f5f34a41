"""schemathesis on every operation of openapi.yaml, in process: each request finds the same world, whatever came before.

The document is given one example for each parameter and body from that world, so that the good paths are walked too.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import strategies
from schemathesis.engine import events, from_schema

from forms_builder.tests.factories import CrosswalkFactory, DictionaryEntryFactory, DictionaryFactory
from opsplatform.accounts.tests.machines import machine, token_of
from opsplatform.organizations.models import BodyKind
from opsplatform.release.models import Release
from themes.models import SceneCategory
from themes.services.publishing import withdraw_theme
from themes.tests.demonstrated import DOG, RESTAURANT, account, add_sentence, get, new_version, save

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"
SCOPES = ("export:read", "registers:read", "themes:read", "themes:write")
CSRF = "a" * 32
WITHDRAWN, LIVE = "310101", "310104"
OWN = "surveyed"  # a dictionary that nothing uses

CONFIGURATION: dict[str, Any] = {
    "seed": 20260101,
    "continue-on-failure": True,
    "generation": {"deterministic": True, "database": "none"},
    "checks": {
        # Its probes crash on applications in process (4.32 passes them max_redirects). What it would ask is asserted of
        # the stranger's survey and, route by route, in opsplatform/api/tests/test_sweeps.py.
        "ignored_auth": {"enabled": False},
        # RFC 6585 has a status of its own for this, and integrators are told so; who may not is told that instead.
        "missing_required_header": {"expected-statuses": [401, 403, 428]},
        # Content that fits the document may still be stale, of another state, or refused by a theme's own rules.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "401", "403", "404", "409", "412", "422"]},
    },
}

# Why something may be refused although it fits the document, which cannot say that texts hold no NUL, JSON no number
# past 2**53, that a code names a row there is, and that a cursor goes with the order of the list that gave it out.
BEYOND_SCHEMAS = {"nul", "bad_json", "invalid_choice", "bad_cursor"}
# Nor which years there are: the ends of the calendar cannot be said in every zone.
MOMENTS = strategies.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30), timezones=strategies.just(UTC))  # noqa: DTZ001
schemathesis.openapi.format("date-time", MOMENTS.map(datetime.isoformat))

Document = dict[str, Any]
Application = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Caller:
    """Cookies and headers of somebody; none of either for a stranger."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


STRANGER = Caller()


@dataclass
class Survey:
    """What a run saw: by operation the statuses answered, and every check that failed, in words."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    failures: list[str] = field(default_factory=list)

    def answered(self, hundred: int) -> set[str]:
        """The operations that were answered with a status of that hundred at least once."""
        return {name for name, counts in self.statuses.items() if any(status // 100 == hundred for status in counts)}


def committed() -> Document:
    """The document as it is in the repository."""
    document: Document = yaml.safe_load(COMMITTED.read_text())
    return document


def person(username: str) -> Caller:
    client = Client()
    client.force_login(account(username), backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    return Caller({"sessionid": session, "csrftoken": CSRF}, {"X-CSRFToken": CSRF})


def system() -> Caller:
    return Caller(headers={"Authorization": f"Bearer {token_of(machine(), SCOPES)}"})


# Who does what, by the operation's name or its tag; everything else is the operator's.
_DOERS = {
    "save_theme_draft": "sj_editor", "submit_theme": "sj_editor", "approve_theme": "ga_reviewer",
    "return_theme": "ga_reviewer", "users": "sysadmin", "roles": "sysadmin", "audit-entries": "auditor",
}  # fmt: skip


def whoever_may() -> Callable[[Document], Caller]:
    """For each operation a caller to whom it is open."""
    callers = {name: person(name) for name in {*_DOERS.values(), "operator"}}
    callers["export"] = system()

    def choose(operation: Document) -> Caller:
        name, tag = operation["operationId"], operation["tags"][0]
        return callers.get(tag) or callers[_DOERS.get(name) or _DOERS.get(tag) or "operator"]

    return choose


def prepare_world() -> None:
    """Every act on a theme is possible on one of the two, every act on a code on one of a dictionary of its own."""
    dictionary = DictionaryFactory(code=OWN)
    for code in ("1", "2"):
        DictionaryEntryFactory(dictionary=dictionary, code=code)
        CrosswalkFactory(from_dictionary=dictionary, to_dictionary=dictionary)
    withdraw_theme(actor=account("operator"), code=RESTAURANT, division_codes=[WITHDRAWN], note="暂停")
    save(RESTAURANT, add_sentence)
    new_version(DOG, approved=False)


def of_this_world(document: Document, choose: Callable[[Document], Caller]) -> Document:
    """The document with an example for each path, header and body, and queries narrowed to the codes there are.

    That a query names a row that exists, and a cursor one that was given out, is what a schema cannot say.
    """
    bodies, places, codes = _bodies(), _places(), _codes()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            name, client = operation["operationId"], _browser(choose(operation))
            for parameter in operation.get("parameters", ()):
                key = parameter["name"]
                match parameter["in"]:
                    case "path" | "header":
                        example = places.get((name, key)) or places.get(("", key))
                        if example is None and parameter["in"] == "path":
                            example = _first_row(client, path, key)
                        if example is not None:
                            parameter["example"] = example
                    case "query" if key == "cursor":
                        parameter["schema"] = {"enum": [_cursor(client, path.replace("{code}", DOG))]}
                    case "query" if (known := codes.get((name, key)) or codes.get(("", key))) is not None:
                        if "minLength" in parameter["schema"]:  # else any text is taken
                            parameter["schema"] = {"enum": [known]}
            if "requestBody" in operation:
                operation["requestBody"]["content"]["application/json"]["example"] = bodies[name]
    return document


def _bodies() -> dict[str, Any]:
    decision = {"digest": get(DOG).subject.current_version.digest, "note": "意见"}
    return {
        "save_theme_draft": get(RESTAURANT).subject.draft,
        "submit_theme": {"note": "提交"},
        "approve_theme": decision,
        "return_theme": decision,
        "release_theme": {"version": 1, "divisions": [WITHDRAWN], "note": "恢复"},
        "withdraw_theme": {"divisions": [LIVE], "note": "撤回"},
        "end_code": {"last_day": "2099-12-31", "note": "停用"},
        "rename_code": {"name": "新名", "since": "2020-01-01", "note": "更名"},
        "evaluate_package": {"answers": {}},
        "read_path_form": {"answers": {}},
    }


def _places() -> dict[tuple[str, str], str]:
    live = Release.objects.live().get(subject__code=RESTAURANT, division__code=LIVE)
    return {
        ("approve_theme", "code"): DOG,
        ("return_theme", "code"): DOG,
        ("read_dictionary_in_force", "code"): "sex",
        ("read_live_package", "code"): RESTAURANT,
        **{(name, "code"): OWN for name in ("end_code", "rename_code", "list_code_uses")},
        **{(name, "If-Match"): '"dictionary-1"' for name in ("end_code", "rename_code")},
        ("", "entry"): "1",
        ("", "division"): LIVE,
        ("", "digest"): live.package_id,
        ("", "If-Match"): f'"draft-{get(RESTAURANT).subject.draft_revision}"',
    }


def _codes() -> dict[tuple[str, str], str]:
    kind, category = BodyKind.objects.earliest("code").code, SceneCategory.objects.earliest("code").code
    return {
        ("", "division"): LIVE,
        ("", "live_in"): LIVE,
        ("", "body_kind"): kind,
        ("list_departments", "kind"): kind,
        ("", "category"): category,
        ("list_scene_categories", "parent"): category,
        ("", "dictionary"): "sex",
        ("", "from_dictionary"): "sex",
        ("", "to_dictionary"): "sex",
        ("", "role"): "platform_operator",
    }


def _browser(caller: Caller) -> Client:
    client = Client(headers=dict(caller.headers))
    client.cookies.load(dict(caller.cookies))
    return client


def _first_row(client: Client, path: str, name: str) -> Any:
    """The code of the first row in the list above the path."""
    row = client.get(path.partition("{")[0]).json()["results"][0]
    return row[name] if name in row else row["item"]


def _cursor(client: Client, path: str) -> str:
    return str(client.get(path, {"limit": "1"}).json()["next_cursor"])


def undone(application: Application) -> Application:
    """The same application on a database to which nothing is ever written."""

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with transaction.atomic():
            response = application(environ, start_response)
            content = b"".join(response)
            if hasattr(response, "close"):
                response.close()
            transaction.set_rollback(True)
        return [content]

    return answer


def survey(
    document: Document,
    choose: Callable[[Document], Caller],
    *,
    phases: Mapping[str, int],
    application: Application | None = None,
) -> Survey:
    """Everything that schemathesis finds; `phases` says how many examples per operation each phase may draw."""
    unwanted = {"examples", "coverage", "fuzzing", "stateful"} - phases.keys()
    configuration = {
        **CONFIGURATION,
        "phases": {
            **{name: {"generation": {"max-examples": most}} for name, most in phases.items() if most},
            **{name: {"enabled": False} for name in unwanted},
        },
    }
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(configuration))
    schema.app = undone(application or WSGIHandler())

    @schema.auth(refresh_interval=None)  # callers differ from operation to operation
    class Authentication:
        def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> Caller:
            return choose(context.operation.definition.raw)

        def set(self, case: schemathesis.Case, caller: Caller, context: schemathesis.AuthContext) -> None:
            case.cookies.update(caller.cookies)
            case.headers.update(caller.headers)

    found = Survey()
    with _connection_kept():
        for event in from_schema(schema).execute():
            match event:
                case events.ScenarioFinished():
                    _note(event.recorder, found)
                case events.NonFatalError():
                    found.failures.append(f"{event.label}: {event.info.format()}")
                case events.FatalError():
                    raise event.exception
    return found


@contextmanager
def _connection_kept() -> Iterator[None]:
    """The web server's requests leave alone the connection whose transaction is around them."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


def _note(recorder: Any, found: Survey) -> None:
    for case in recorder.cases.values():
        answered = recorder.interactions.get(case.value.id)
        if answered is not None:
            found.statuses[recorder.label][answered.response.status_code] += 1
    for number, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, answer = check.failure_info.failure, recorder.interactions[number].response
                if check.name == "positive_data_acceptance" and _codes_of(answer) & BEYOND_SCHEMAS:
                    continue
                call = recorder.cases[number].value.as_curl_command()
                found.failures.append(
                    f"{check.name}: {failure.title}: {failure.message}\n{call}"
                    f"\n{answer.status_code} {answer.content.decode(errors='replace')[:300]}\n"
                )


def _codes_of(answer: Any) -> set[str]:
    """The codes of a refusal and of what it lists."""
    if "application/problem+json" not in answer.headers.get("content-type", ()):
        return set()
    problem = answer.json()
    return {problem["code"], *(error["code"] for error in problem["errors"])}
