"""The API's routes as tests walk them: every stated operation with an address in it."""

import re
from typing import NamedTuple

from opsplatform.api.checks import operations
from opsplatform.api.operations import Operation

_SAMPLES = {"int": "1", "str": "nothing", "path": "nothing"}


class Route(NamedTuple):
    method: str
    address: str
    operation: Operation

    def __str__(self) -> str:
        return self.operation.id


def every_route() -> list[Route]:
    """Every operation, with sample values in its path."""
    return [
        Route(method, "/" + _PARAMETER.sub(lambda found: _SAMPLES[found[1]], pattern), operation)
        for pattern, method, operation in operations()
    ]


def writing_routes() -> list[Route]:
    """The operations that take a body."""
    return [route for route in every_route() if route.method in ("post", "put", "patch")]


_PARAMETER = re.compile(r"<(int|str|path):\w+>")
