"""Signatures of Standard Webhooks 1.0.0, symmetric scheme `v1`: made and verified. Plain Python.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the signed text is
`<webhook-id>.<webhook-timestamp>.<body>`, the signature `v1,` and the base64 of its HMAC-SHA256; several signatures are
separated by blanks, and one that verifies is enough.
"""

import base64
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64
TOLERANCE = timedelta(minutes=5)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class NotAuthentic(ValueError):
    """The message was not signed with one of the secrets, or is too old or from the future."""


def new_secret() -> bytes:
    """A secret that nobody has seen."""
    return secrets.token_bytes(SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """The secret as the other side keeps it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def read_secret(spelling: str) -> bytes:
    """The secret that is spelled so, with or without prefix; raises ValueError for anything else."""
    try:
        return base64.b64decode(spelling.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("no secret is spelled so") from error


def signed_headers(secrets_in_force: Collection[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of the message, with a signature by each of the secrets."""
    timestamp = str(int(at.timestamp()))
    signatures = [_signature(secret, message_id, timestamp, body) for secret in secrets_in_force]
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def verify(secrets_in_force: Collection[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of an authentic message; raises NotAuthentic. Header names in any case, other schemes are passed over."""
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = given.get(ID, ""), given.get(TIMESTAMP, "")
    if not message_id or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise NotAuthentic("id or timestamp is missing")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise NotAuthentic("too old or from the future")
    expected = [_signature(secret, message_id, timestamp, body).encode() for secret in secrets_in_force]
    signatures = given.get(SIGNATURE, "").encode("utf-8", "surrogateescape").split(b" ")
    # Every pair is compared, so that the time taken tells nothing of which one differs where.
    if not any([hmac.compare_digest(one, other) for one in expected for other in signatures]):  # noqa: C419
        raise NotAuthentic("no signature is ours")
    return message_id


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
