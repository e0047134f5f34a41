"""Typed documents: what is drafted, versioned and exported as a whole is a tree of strict structs."""

from typing import Any

import msgspec


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A strict struct: unknown keys are refused, defaults are left out, so equal content is equal bytes."""


def write(value: Any) -> Any:
    """The JSON tree (dicts, lists, texts, numbers) of a document or of lists of documents, defaults left out."""
    return msgspec.json.decode(msgspec.json.encode(value))
