"""Typed documents: what is drafted, versioned and exported as a whole is a tree of strict structs."""

from typing import Any, TypeVar

import msgspec


class Document(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A strict struct: unknown keys are refused, defaults are left out when written, so equal content is equal bytes."""


D = TypeVar("D", bound=Document)


def read(kind: type[D], tree: Any) -> D:
    """The document of this kind that a JSON tree spells; raises msgspec.ValidationError naming the place."""
    return msgspec.convert(tree, kind)


def write(document: Document) -> Any:
    """The JSON tree of a document, defaults left out."""
    return msgspec.to_builtins(document)
