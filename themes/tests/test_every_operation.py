"""Every operation of openapi.yaml under schemathesis: no server error, no undocumented status, answers as stated."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from opsplatform.api.throttling import ActorThrottle
from themes.tests.surveying import (
    STRANGER,
    Document,
    committed,
    of_this_world,
    person,
    prepare_world,
    survey,
    system,
    whoever_may,
)

pytestmark = [
    pytest.mark.usefixtures("demo_clone"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),  # hypothesis about a package in its hands
]
SHORT = {"examples": 0, "coverage": 0}
LONG = {**SHORT, "fuzzing": 15, "stateful": 5}


@pytest.fixture(autouse=True)
def no_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A survey asks more in a minute than any caller may."""
    monkeypatch.setattr(ActorThrottle, "THROTTLE_RATES", {"actor": None})


def operations(document: Document, *, guarded: bool = False) -> set[str]:
    """Each operation as schemathesis calls it."""
    return {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not guarded or {} not in operation["security"]
    }


@pytest.mark.drill
def test_every_operation_keeps_its_word_to_a_caller_who_may(long_form: bool) -> None:
    prepare_world()
    choose = whoever_may()
    seen = survey(of_this_world(committed(), choose), choose, phases=LONG if long_form else SHORT)
    assert not seen.failures, "\n".join(seen.failures)
    assert operations(committed()) <= seen.answered(2)


@pytest.mark.drill
def test_a_stranger_gets_no_further_than_the_door(long_form: bool) -> None:
    seen = survey(committed(), lambda _: STRANGER, phases=LONG if long_form else {"fuzzing": 1})
    assert not seen.failures, "\n".join(seen.failures)
    assert operations(committed(), guarded=True) <= seen.answered(4)
    for operation in operations(committed(), guarded=True):
        assert seen.statuses[operation].keys() <= {401, 404, 405}, operation  # 404: no such route


@pytest.mark.drill
@pytest.mark.parametrize("who", ["system", "operator", "auditor", "content"])
def test_every_operation_keeps_its_word_to_whoever_calls(who: str, long_form: bool) -> None:
    """Most of what they ask is refused; that, too, is documented."""
    if not long_form:
        pytest.skip("in the long form; what each role may is asserted of every route elsewhere")
    caller = system() if who == "system" else person(who)
    seen = survey(committed(), lambda _: caller, phases=LONG)
    assert not seen.failures, "\n".join(seen.failures)


# --- saboteurs: each breaks its word in one way, and the survey says which --------------------------------------------


ADDRESS = "/api/v1/dictionaries/"
Answer = Callable[[str, list[tuple[str, str]], bytes], tuple[str, list[tuple[str, str]], bytes]]


def breaking(change: Answer) -> Callable[[dict[str, Any], Any], list[bytes]]:
    """The application, whose every answer passes through the change."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        said: list[Any] = []
        response = WSGIHandler()(environ, lambda status, headers: said.extend((status, headers)))
        status, headers, content = change(*said, b"".join(response))
        start_response(status, headers)
        return [content]

    return application


SABOTEURS: dict[str, tuple[str, Answer]] = {
    "a server error": ("not_a_server_error", lambda _, headers, content: ("500 Oops", headers, content)),
    "an undocumented status": (
        "status_code_conformance", lambda status, headers, content: (status.replace("400", "418"), headers, content)
    ),
    "another kind of content": (
        "content_type_conformance", lambda status, _, content: (status, [("Content-Type", "text/html")], content)
    ),
    "a key that is missing": (
        "response_schema_conformance",
        lambda status, headers, content: (status, headers, content.replace(b'"standard"', b'"norm"')),
    ),
    "everything accepted": (
        "negative_data_rejection", lambda status, headers, content: (status.replace("400", "200"), headers, content)
    ),
    "everything refused": (
        "positive_data_acceptance", lambda status, headers, content: (status.replace("200", "400"), headers, content)
    ),
}  # fmt: skip


def test_an_operation_that_breaks_its_word_is_named() -> None:
    prepare_world()
    choose = whoever_may()
    document = committed()
    document["paths"] = {ADDRESS: document["paths"][ADDRESS]}
    document = of_this_world(document, choose)
    assert not survey(document, choose, phases=SHORT).failures
    for sabotage, (check, change) in SABOTEURS.items():
        broken = survey(document, choose, phases=SHORT, application=breaking(change)).failures
        assert any(failure.startswith(check) for failure in broken), sabotage
