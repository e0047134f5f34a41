"""The package's own JSON Schema 2020-12, from the typed document it is."""

from functools import cache
from typing import Any

import msgspec

from themes.packages.structure import Package

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def package_schema() -> dict[str, Any]:
    """The schema every package fits, with every part under $defs."""
    schema: dict[str, Any] = msgspec.json.schema(Package)
    return {"$schema": DIALECT, "title": "发布包", **schema}
