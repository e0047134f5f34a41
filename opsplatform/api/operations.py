"""What a route states about each of its methods: name, rights, scope. A route that states nothing is refused."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class QueryParameter:
    """One query parameter of an operation: its JSON Schema type and a Chinese sentence."""

    name: str
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True)
class Operation:
    """One method of one route.

    `actions` are rows of the policy table: holding any of them somewhere opens the door, the service judges the object.
    `scope` is what a machine's token must carry; None keeps machines out, as `for_people=False` keeps sessions out.
    `may_refuse_query`: a query that can be read may still be refused (422), as a body may be.
    """

    id: str
    summary: str
    actions: tuple[str, ...] = ()
    scope: str | None = None
    for_people: bool = True
    is_public: bool = False
    is_change: bool = False
    needs_match: bool = False
    has_etag: bool = False
    may_be_gone: bool = False
    query: tuple[QueryParameter, ...] = ()
    may_refuse_query: bool = False
    description: str = ""


def unstated_methods(view: type[Any]) -> list[str]:
    """The HTTP methods the view class answers without stating an Operation for them."""
    stated = getattr(view, "operations", {})
    methods = ("get", "post", "put", "patch", "delete")
    return [method for method in methods if hasattr(view, method) and method not in stated]
