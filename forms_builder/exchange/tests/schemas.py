"""Schemas by chance, of all that forms are written with, in any dialect."""

import random
from typing import Any

Schema = dict[str, Any]
_NAMES = ("name", "kind", "age", "since", "note", "mail", "items", "flag")
_KINDS = ("甲", "乙", "other")


def random_schema(seed: int) -> Schema:
    """A schema of an object, two levels deep at most, with conditions on what it holds."""
    return _Chance(random.Random(seed)).root()


class _Chance:
    def __init__(self, chance: random.Random) -> None:
        self.random = chance

    def root(self) -> Schema:
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **self.object(depth=2)}
        schema["properties"]["kind"] = {"type": "string", "enum": list(_KINDS)}
        schema["properties"]["flag"] = {"type": "boolean"}
        if self.random.random() < 0.5:
            schema["required"] = sorted({*schema.get("required", ()), "kind"})
        for _ in range(self.random.choice((0, 1, 2))):
            schema.setdefault("allOf", []).append(self.rule())
        if self.random.random() < 0.3:
            schema |= self.rule()
        if self.random.random() < 0.2:
            schema["dependentRequired"] = {"flag": [self.random.choice(_NAMES)]}
        if self.random.random() < 0.2:
            schema["dependentSchemas"] = {"kind": {"oneOf": self.cases()}}
        if self.random.random() < 0.1:
            schema["anyOf"] = [{"required": ["name"]}, {"required": ["mail"]}]
        return schema

    def cases(self) -> list[Schema]:
        return [
            {"properties": {"kind": {"enum": ["甲"]}, "extra_a": self.value(0)}, "required": ["extra_a"]},
            {"properties": {"kind": {"enum": ["乙", "other"]}}},
        ]

    def rule(self) -> Schema:
        rule: Schema = {"if": self.test(), "then": self.branch()}
        if self.random.random() < 0.4:
            rule["else"] = self.branch()
        return rule

    def test(self) -> Schema:
        one = self.random.choice(
            (
                {"properties": {"kind": {"const": "other"}}, "required": ["kind"]},
                {"properties": {"kind": {"const": "甲"}}},
                {"properties": {"kind": {"enum": ["甲", "乙"]}}, "required": ["kind"]},
                {"properties": {"flag": {"const": True}}, "required": ["flag"]},
                {"properties": {"age": {"minimum": 18}}, "required": ["age"]},
                {"properties": {"kind": {"not": {"const": "乙"}}}},
                {"required": ["note"]},
            )
        )
        return {"not": one} if self.random.random() < 0.15 else one

    def branch(self) -> Schema:
        return self.random.choice(
            (
                {"required": [self.random.choice(_NAMES)]},
                {"properties": {"extra": self.value(1)}, "required": ["extra"]},
                {"properties": {"extra_b": self.value(0)}},
                {"properties": {self.random.choice(_NAMES): False}},
                {"properties": {"name": {"minLength": 3}}},
            )
        )

    def object(self, depth: int) -> Schema:
        names = self.random.sample(_NAMES, self.random.randint(2, 6))
        schema: Schema = {"type": "object", "properties": {name: self.value(depth - 1) for name in names}}
        if self.random.random() < 0.7:
            schema["required"] = self.random.sample(names, self.random.randint(1, len(names)))
        if self.random.random() < 0.6:
            schema["additionalProperties"] = False
        return schema

    def value(self, depth: int) -> Schema:
        roll = self.random.random()
        if depth > 0 and roll < 0.2:
            return self.object(depth)
        if depth > 0 and roll < 0.4:
            rows: Schema = {"type": "array", "items": self.value(depth - 1)}
            return rows | self.random.choice(({}, {"minItems": 1}, {"maxItems": 2}, {"uniqueItems": True}))
        if roll < 0.5:
            return {self.random.choice(("anyOf", "oneOf")): [self.plain(), self.plain(), {"type": "null"}]}
        if roll < 0.55:
            return {"oneOf": [{"const": code, "title": f"选{code}"} for code in _KINDS]}
        return self.plain()

    def plain(self) -> Schema:
        return self.random.choice(
            (
                {"type": "string"},
                {"type": "string", "minLength": 2, "maxLength": 5},
                {"type": "string", "pattern": "^[A-Z][0-9]+$"},
                {"type": "string", "pattern": "^(?=x)"},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "email"},
                {"type": "string", "enum": ["a", "b", ""]},
                {"type": ["string", "null"], "enum": ["a", "b", None]},
                {"type": "integer", "minimum": 0, "exclusiveMaximum": 10},
                {"type": "number", "exclusiveMinimum": 0.5, "multipleOf": 0.01},
                {"type": ["integer", "null"]},
                {"type": "boolean"},
                {"const": True},
                {"enum": [1, 2]},
                {"minLength": 1},
                {},
                {"allOf": [{"type": "string"}, {"maxLength": 4}, {"pattern": "^a"}, {"pattern": "b$"}]},
            )
        )
