"""Every route that writes, each with somebody who may and a body that it would take in the surveyed world."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.test import Client

from themes.tests.malformed import Request
from themes.tests.surveying import Caller, committed, of_this_world, whoever_may


class Write(NamedTuple):
    """A route that writes, with a body that it would take."""

    name: str
    method: str
    address: str
    caller: Caller
    stated: dict[str, str]
    sound: dict[str, Any]

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
                address, stated = path, {}
                for parameter in operation["parameters"]:
                    if parameter["in"] == "path":
                        address = address.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
                    elif "example" in parameter:
                        stated[parameter["name"]] = parameter["example"]
                sound = operation["requestBody"]["content"]["application/json"]["example"]
                yield Write(operation["operationId"], method.upper(), address, choose(operation), stated, sound)
