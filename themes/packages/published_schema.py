"""The package's own JSON Schema 2020-12, made from the typed document that the package is."""

from functools import cache
from typing import Any

import msgspec

from forms_builder.merge.schema import DIALECT
from themes.packages.structure import Package

SCHEMA_ID = "urn:opsplatform:package:1"


@cache
def package_schema() -> dict[str, Any]:
    """The schema that every package fits; unknown keys are refused, every part stands under $defs."""
    schema: dict[str, Any] = msgspec.json.schema(Package)
    return {"$schema": DIALECT, "$id": SCHEMA_ID, "title": "发布包", **schema}
