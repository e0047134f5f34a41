"""Every part of a schema that speaks of members or rows says that it speaks of an object or an array.

Ajv, which both standard renderers validate with, complains in its strict mode about parts that do not. The verdict
stays: where such a part is reached with anything else, the type stated beside it has refused that already.
"""

from typing import Any

_MAPPINGS = ("properties", "$defs")
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("if", "then", "else", "not", "items", "contains", "additionalProperties", "propertyNames")
_SPOKEN_OF = {
    "properties": "object",
    "required": "object",
    "additionalProperties": "object",
    "propertyNames": "object",
    "items": "array",
    "contains": "array",
}


def typed(schema: Any) -> Any:
    """The schema with `type` wherever it was left to be understood."""
    if not isinstance(schema, dict):
        return schema
    told: dict[str, Any] = {}
    for word, part in schema.items():
        if word in _MAPPINGS:
            told[word] = {name: typed(one) for name, one in part.items()}
        elif word in _LISTS:
            told[word] = [typed(one) for one in part]
        else:
            told[word] = typed(part) if word in _SINGLE else part
    spoken_of = [kind for word, kind in _SPOKEN_OF.items() if word in told]
    return told if "type" in told or not spoken_of else {"type": spoken_of[0]} | told
