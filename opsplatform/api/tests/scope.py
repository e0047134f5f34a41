"""What every scoped register is held to."""

from collections.abc import Sequence
from typing import Any

from rest_framework.test import APIClient


def assert_out_of_sight(
    client: APIClient, register: str, *, near: Any, far: Any, canary: str, queries: Sequence[str]
) -> None:
    """The near row is listed and readable; the far one, whose text holds the canary, is in no answer.

    `near` and `far` are the rows' last path steps; `queries` look for the far row on purpose.
    """
    assert canary not in client.get(register).content.decode()
    assert client.get(register).json()["results"], "the near row should be listed"
    for query in queries:
        answer = client.get(f"{register}?{query}")
        # Naming a division out of sight is answered like naming one that does not exist.
        assert answer.status_code in (200, 400), answer.content
        assert canary not in answer.content.decode()
    assert client.get(f"{register}{near}/").status_code == 200
    hidden, missing = client.get(f"{register}{far}/"), client.get(f"{register}999999999/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert _without_id(hidden) == _without_id(missing)


def _without_id(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}
