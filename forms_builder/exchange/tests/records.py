"""Records for a schema of the normal form: most of them valid, then spoiled in one or two places."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

from forms_builder.merge.automata import UndecidedError, shortest
from forms_builder.merge.errors import PatternNotPortable
from forms_builder.merge.patterns import parse

Schema = dict[str, Any]
_JUNK: tuple[Any, ...] = (
    None, "", "  ", "x", "长" * 300, "2024-02-30", "2024-06-30", "0999-01-01", 0, -1, 3, 2.5, 10**16,
    True, False, [], {},
    ["x"], ["x", "x"], [{}], [None], {"x": 1}, "a@b.cn", "https://example.org/", "2024-06-30T08:00:00Z",
)  # fmt: skip
_WORDS = ("张三", "Ann Lee", "A1", "north gate", "1", "x" * 40)


class Records:
    """A stream of records by one seed."""

    def __init__(self, schema: Schema, seed: int) -> None:
        self.schema, self.random = schema, random.Random(seed)

    def take(self, count: int) -> Iterator[Any]:
        """Valid or nearly so, every second spoiled."""
        for number in range(count):
            record = self.value(self.schema, self.random.choice((0.0, 0.3, 0.9)))
            if number % 2:
                for _ in range(self.random.choice((1, 1, 2))):
                    record = self.spoiled(record, self.schema)
            yield record

    def value(self, schema: Any, chance: float) -> Any:
        """A value that the schema mostly accepts; optional parts are there by chance."""
        if not isinstance(schema, dict) or not schema:
            return self.random.choice(_JUNK)
        for part in schema.get("allOf", ()):
            if isinstance(part, dict):
                schema = _both(schema, part)
        for word in ("anyOf", "oneOf"):
            if schema.get(word) and self.random.random() < 0.9:
                branch = schema[word][0] if self.random.random() < 0.6 else self.random.choice(schema[word])
                schema = {key: one for key, one in schema.items() if key != word}
                return self.value(_both(schema, branch), chance)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = kind[0] if self.random.random() < 0.95 else self.random.choice(kind)
        return getattr(self, f"_{kind}")(schema, chance)

    def _null(self, schema: Schema, chance: float) -> None:
        return None

    def _boolean(self, schema: Schema, chance: float) -> bool:
        return self.random.random() < 0.5

    def _integer(self, schema: Schema, chance: float) -> int:
        least = int(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))
        most = int(schema.get("maximum", schema.get("exclusiveMaximum", max(least, 0) + 3000)))
        return self.random.choice((max(least, -100), min(max(least, 0) + 7, max(most, least))))

    def _number(self, schema: Schema, chance: float) -> float:
        return self._integer(schema, chance) + self.random.choice((0, 0.5, 0.25))

    def _string(self, schema: Schema, chance: float) -> str:
        shaped = {
            "date": "2024-06-30", "date-time": "2024-06-30T08:00:00Z", "email": "a@b.cn", "uri": "https://example.org/",
            "uuid": "7f45748c-2342-4b59-b934-ad6183e8d834",
        }.get(schema.get("format", ""))  # fmt: skip
        if shaped:
            return shaped
        text = self.random.choice(_WORDS)
        if "pattern" in schema:
            with contextlib.suppress(PatternNotPortable, UndecidedError):
                text = shortest([parse(schema["pattern"]).whole], (), at_most=schema.get("maxLength")) or text
        text = text.ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength", len(text))]

    def _array(self, schema: Schema, chance: float) -> list[Any]:
        least = schema.get("minItems", 0)
        count = max(least, min(self.random.choice((0, 1, 1, 2)), schema.get("maxItems", 2)))
        return [self.value(schema.get("items", {"type": "string"}), chance) for _ in range(count)]

    def _object(self, schema: Schema, chance: float) -> dict[str, Any]:
        found = {}
        required = set(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            if part is not False and (name in required or self.random.random() < chance):
                found[name] = self.value(part, chance)
        return found

    def spoiled(self, record: Any, schema: Any) -> Any:
        """The record with one thing changed somewhere inside it."""
        if isinstance(record, dict) and record and self.random.random() < 0.9:
            name = self.random.choice(list(record))
            roll = self.random.random()
            if roll < 0.12:
                return {key: one for key, one in record.items() if key != name}
            if roll < 0.18:
                return {**record, "surprise": "x"}
            below = schema.get("properties", {}).get(name, {}) if isinstance(schema, dict) else {}
            return {**record, name: self.spoiled(record[name], below)}
        if isinstance(record, list) and record and self.random.random() < 0.8:
            place = self.random.randrange(len(record))
            below = schema.get("items", {}) if isinstance(schema, dict) else {}
            if self.random.random() < 0.2:
                return [*record, record[place]]
            return [self.spoiled(one, below) if number == place else one for number, one in enumerate(record)]
        if isinstance(record, str) and self.random.random() < 0.5:
            return self.random.choice((record + " ", record[:-1], record * 9, record.swapcase(), f"x{record}"))
        return self.random.choice(_JUNK)


def _both(schema: Schema, part: Schema) -> Schema:
    found = {**schema, **part}
    found["required"] = [*schema.get("required", ()), *part.get("required", ())]
    found["properties"] = {**schema.get("properties", {}), **part.get("properties", {})}
    return {key: one for key, one in found.items() if one or key not in ("required", "properties")}
