"""Every route that writes, each with somebody who may and a body that it would take in the surveyed world."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.test import Client

from themes.tests.malformed import FAULTS, OF_KEYS, Request, requests
from themes.tests.surveying import Caller, address_of, committed, of_this_world, whoever_may

# What somebody else's schema has too much or too little of is listed, not refused.
TAKES_ANY_KEYS, KEYS = {"read_schema_as_item_form"}, {"an unknown key", "many unknown keys", "a missing key"}


class Write(NamedTuple):
    """A route that writes, with a body that it would take."""

    name: str
    method: str
    address: str
    caller: Caller
    stated: dict[str, str]
    sound: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        """The kinds of malformed bodies that it must refuse, in the order in which they are made."""
        spared = (KEYS if self.name in TAKES_ANY_KEYS else set()) | (set() if self.sound else OF_KEYS)
        return [fault for fault in FAULTS if fault not in spared]

    def malformed(self, rounds: int) -> Iterator[Request]:
        """So many bodies of each of these kinds, all kinds in turn."""
        return requests(self.sound, self.faults, rounds)

    def headers(self, request: Request) -> dict[str, str]:
        """What is sent before this body."""
        encoding = {"Content-Encoding": request.encoding} if request.encoding else {}
        return {**self.caller.headers, **self.stated, "Content-Type": request.content_type, **encoding}

    def send(self, request: Request, client: Client) -> Any:
        """What the application in this process answers to this body."""
        client.cookies.load(dict(self.caller.cookies))
        headers = self.headers(request)
        return client.generic(self.method, self.address, request.content, headers["Content-Type"], headers=headers)


def writes() -> Iterator[Write]:
    """Every operation of the document that takes a body."""
    choose = whoever_may()
    for path, operations in of_this_world(committed(), choose)["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                stated = {
                    parameter["name"]: parameter["example"]
                    for parameter in operation.get("parameters", ())
                    if parameter["in"] != "path" and "example" in parameter
                }
                address = address_of(path, operation)
                sound = operation["requestBody"]["content"]["application/json"]["example"]
                yield Write(operation["operationId"], method.upper(), address, choose(operation), stated, sound)
