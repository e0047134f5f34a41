"""Canonical JSON (RFC 8785) and its SHA-256: the identity of everything that is approved and published."""

import hashlib
from typing import Any

import rfc8785


def canonical_bytes(tree: Any) -> bytes:
    """The one spelling of a JSON tree; raises rfc8785.CanonicalizationError on what JSON cannot hold."""
    return rfc8785.dumps(tree)


def digest_of(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
