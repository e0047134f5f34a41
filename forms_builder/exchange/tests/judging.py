"""A schema, its normal form, what the form makes of it and the form's own schema, all judging the same records."""

from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from forms_builder.exchange.losses import changed
from forms_builder.exchange.reading import Reading, read_schema
from forms_builder.exchange.tests.records import Records
from forms_builder.exchange.writing import write_schema
from forms_builder.merge.schema import FORMATS

_VALIDATORS: dict[str, Any] = {
    "draft-04": jsonschema_rs.Draft4Validator,
    "draft-06": jsonschema_rs.Draft6Validator,
    "draft-07": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}


@dataclass(frozen=True)
class Verdicts:
    """Of one record: the file's own words, its normal form, that with the listed losses, and the form."""

    record: Any
    original: bool
    normal: bool
    understood: bool
    form: bool


def verdicts_on(tree: dict[str, Any], count: int, seed: int) -> tuple[Reading, list[Verdicts]]:
    """What reading the schema gave, and the verdicts on so many records made for it."""
    reading = read_schema(tree)
    understood = changed(reading.normal, reading.changes)
    judges = [
        _judge({key: one for key, one in tree.items() if key != "$schema"}, reading.dialect),
        _judge(reading.normal),
        _judge(understood),
        _judge(write_schema(reading.document, {}, reading.title)),
    ]
    half = count // 2
    records = [*Records(reading.normal, seed).take(half), *Records(understood, seed + 1).take(count - half)]
    return reading, [Verdicts(record, *(judge.is_valid(record) for judge in judges)) for record in records]


def _judge(schema: Any, dialect: str = "2020-12") -> Any:
    return _VALIDATORS[dialect](schema, validate_formats=True, formats=FORMATS, retriever=_elsewhere)


def _elsewhere(_address: str) -> Any:
    """Another file, which nobody reads: a text, as the loss says."""
    return {"type": "string", "identifier": {"type": "string"}}
