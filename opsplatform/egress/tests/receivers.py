"""Other systems as tests need them: on this machine, saying exactly what they are told to, byte by byte."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from opsplatform.egress.models import ApprovedHost
from opsplatform.egress.tests.factories import ApprovedHostFactory

Say = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def says(answer: bytes) -> Say:
    """The whole answer at once."""
    return lambda caller: caller.sendall(answer)


_ok = says(OK)


def drips(head: bytes, drops: int, seconds: float) -> Say:
    """The head at once, then a byte at a time."""

    def say(caller: socket.socket) -> None:
        caller.sendall(head)
        for _ in range(drops):
            time.sleep(seconds)
            caller.sendall(b"x")

    return say


class Receiver:
    """A server that hears requests, and says something to each."""

    def __init__(
        self, say: Say = _ok, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.say, self.tls = say, tls
        self.calls = 0
        self.heard: list[bytes] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.bind((address, port))
        self._listener.listen(50)
        self.address, self.port = address, int(self._listener.getsockname()[1])
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens, by address."""
        return f"http://{self.address}:{self.port}/hook"

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.calls += 1
            Thread(target=self._answer, args=[caller], daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            held.enter_context(caller)
            if self.tls is not None:
                caller = held.enter_context(self.tls.wrap_socket(caller, server_side=True))
            self.heard.append(_request(caller))
            self.say(caller)
            caller.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """It listens no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _request(caller: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        if not (more := caller.recv(65536)):
            return heard
        heard += more
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted and (more := caller.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def receiver(say: Say = _ok, **options: Any) -> Iterator[Receiver]:
    """A receiver that is there for the block."""
    here = Receiver(say, **options)
    try:
        yield here
    finally:
        here.close()


def approve(host: str, port: int) -> ApprovedHost:
    """The approval stands."""
    return ApprovedHostFactory(host=host, port=port)


class Names:
    """What names lead to, instead of the system's resolver; each look-up takes the next answer, the last one stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._answers: dict[str, list[Sequence[str]]] = {}
        self.asked: list[str] = []
        self._really = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def lead(self, name: str, *answers: str | Sequence[str]) -> None:
        """The name leads to these, one after the other."""
        self._answers[name] = [[answer] if isinstance(answer, str) else answer for answer in answers]

    def _look_up(self, host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        answers = self._answers.get(str(host))
        if answers is None:
            return self._really(host, port, *arguments, **options)
        self.asked.append(str(host))
        chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for address in chosen for entry in self._really(address, port, *arguments, **options)]


class Authority:
    """A certificate authority in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = generate_private_key(SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of a test")])
        self.file = directory / "authority.pem"
        own = self._certificate(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def server(self, host: str) -> ssl.SSLContext:
        """TLS of a server that can show a certificate for the host."""
        key = generate_private_key(SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        signed = (
            self._certificate(name, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._directory / f"{host}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + signed.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certificate(self, name: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
