"""Secrets as they lie in the database: sealed with a key that is not in it (AES-256-GCM). Plain Python.

A sealed text names its key by the first bytes of the key's digest, so that keys can be replaced: the first one seals,
every one opens. It is bound to the row it stands in, so that it cannot be moved to another.
"""

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NAME_BYTES, _NONCE_BYTES = 4, 12


class SealBroken(ValueError):
    """No key opens this, or it is not what was sealed for this row."""


def read_keys(text: str) -> list[bytes]:
    """The keys of a file, one on a line; raises ValueError where a line is none or there is none."""
    try:
        keys = [base64.b64decode(line, validate=True) for line in text.split()]
    except ValueError as error:
        raise ValueError("no key is spelled so") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"each key has {KEY_BYTES} bytes")
    return keys


def seal(keys: Sequence[bytes], secret: bytes, row: str) -> bytes:
    """The secret, readable only with the first key and only as this row's."""
    nonce = os.urandom(_NONCE_BYTES)
    return _name_of(keys[0]) + nonce + AESGCM(keys[0]).encrypt(nonce, secret, row.encode())


def unseal(keys: Sequence[bytes], sealed: bytes, row: str) -> bytes:
    """The secret that was sealed for the row; raises SealBroken."""
    name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
    for key in keys:
        if _name_of(key) == name:
            try:
                return AESGCM(key).decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], row.encode())
            except (InvalidTag, ValueError) as error:
                raise SealBroken("the sealed secret was altered or moved") from error
    raise SealBroken("the key that sealed this secret is not there")


def _name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"name of a sealing key" + key).digest()[:_NAME_BYTES]
