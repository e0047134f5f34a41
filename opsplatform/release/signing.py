"""Detached Ed25519 signatures over package bytes; the key id is derived from the public key."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings


@cache
def _private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the signing key is not an Ed25519 key")
    return key


def _key() -> Ed25519PrivateKey:
    return _private_key(Path(str(settings.SIGNING_KEY_FILE)))


def public_key_bytes() -> bytes:
    """The 32 bytes of the public key now in use."""
    return _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id() -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the public key."""
    return hashlib.sha256(public_key_bytes()).hexdigest()[:16]


def sign(content: bytes) -> str:
    """The signature over the bytes, base64."""
    return base64.b64encode(_key().sign(content)).decode()


def is_valid(content: bytes, signature: str) -> bool:
    """Whether the signature over the bytes was made with the key now in use."""
    try:
        _key().public_key().verify(base64.b64decode(signature), content)
    except (InvalidSignature, ValueError):  # ValueError: no base64 at all
        return False
    return True
