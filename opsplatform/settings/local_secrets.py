"""Secrets of a developer's own machine, made on first use and kept under var/ for this account only."""

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def local_secret_key(directory: Path) -> str:
    """The SECRET_KEY of this machine."""
    return _kept(directory / "secret_key", lambda: secrets.token_urlsafe(64).encode()).read_text().strip()


def local_signing_key_file(directory: Path) -> Path:
    """The file with this machine's Ed25519 private key (PKCS #8, PEM)."""
    return _kept(
        directory / "signing_key.pem",
        lambda: Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def local_sealing_key_file(directory: Path) -> Path:
    """The file with this machine's key that seals secrets in the database."""
    return _kept(directory / "sealing_key", lambda: base64.b64encode(secrets.token_bytes(32)))


def _kept(path: Path, make: Callable[[], bytes]) -> Path:
    """The file exists, whole and readable by its owner only; of two makers at once, the first one's content stays."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # somebody else was first: theirs is the one to use
        os.link(draft, path)
    draft.unlink()
    return path
