"""The parts of the installation: secrets, databases and roles, brokers, processes. On leaving all of them are gone."""

import os
import secrets
import shutil
import signal
import socket
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from redis import Redis

from opsplatform.settings.local_secrets import local_sealing_key_file, local_signing_key_file

PROJECT = Path(__file__).resolve().parents[1]
ADMIN_URL = os.environ.get("DEPLOYMENT_ADMIN_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("DEPLOYMENT_REDIS_URL", "redis://127.0.0.1:6379/9")
NAME = "opsplatform_deployment"
DRILL = f"{NAME}_drill"
OWNER, APPLICATION = f"{NAME}_owner", f"{NAME}_app"
STOP_SECONDS = 15


class Installation:
    """A production installation: where it is, how its commands are called, what runs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.https, self.web_one, self.web_two = _free_ports(3)
        self.metrics_token = secrets.token_urlsafe(32)
        self.environment = self._environment()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *arguments: str, **variables: str) -> str:
        """What manage.py said; a command that fails ends the test with what it complained about."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            sys.exit(f"manage.py {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout

    def start(self, name: str, *command: str) -> None:
        """The program runs in a session of its own, knowing nothing of the owner; what it says is in <name>.log."""
        known = {name: value for name, value in self.environment.items() if name != "DATABASE_OWNER_URL"}
        with (self.directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=PROJECT, env=known, stdout=log, stderr=log, start_new_session=True
            )

    def start_web(self) -> None:
        """Two web processes, each with its own port and two workers."""
        for name, port in (("web-one", self.web_one), ("web-two", self.web_two)):
            self.start(
                name,
                *(sys.executable, "-m", "gunicorn", "opsplatform.wsgi:application", "--no-control-socket"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
                *("--timeout", "60", "--graceful-timeout", "15", "--log-level", "warning"),
            )

    def start_workers(self) -> None:
        """Two Celery workers, the clock and two sequencers of the change feed."""
        celery = (sys.executable, "-m", "celery", "-A", "opsplatform.celery", "--quiet")
        for name in ("worker-one", "worker-two"):
            self.start(
                name,
                *(*celery, "worker", "--hostname", f"{name}@%h", "--concurrency", "1", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            )
        self.start("beat", *celery, "beat", "--loglevel", "INFO", "--pidfile", "")
        for name in ("sequencer-one", "sequencer-two"):
            self.start(name, sys.executable, "manage.py", "stamp_feed")

    def start_proxy(self) -> None:
        """nginx with TLS in front of the two."""
        template = string.Template((PROJECT / "deployment" / "nginx.conf").read_text())
        places = {"port": self.https, "web_one": self.web_one, "web_two": self.web_two, "directory": self.directory}
        (self.directory / "nginx.conf").write_text(template.substitute(places))
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert nginx, "没有 nginx：请先 apt-get install nginx-light"
        self.start("nginx", nginx, "-p", str(self.directory), "-c", "nginx.conf", "-g", "daemon off;")

    def kill(self, name: str) -> None:
        """The program and its children are gone, without a word (SIGKILL)."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, names: Sequence[str]) -> None:
        """The programs ended in good order, or else at once."""
        stopping = {name: self.running.pop(name) for name in names if name in self.running}
        for process in stopping.values():
            process.terminate()
        for process in stopping.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def empty_databases(self) -> None:
        """As on the first day; nothing that uses them may run."""
        _drop_all()
        _prepare_server()

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows as the administrator of the server sees them."""
        return _as_admin(statement, *values, database=NAME)

    def _environment(self) -> dict[str, str]:
        server = dj_database_url.parse(ADMIN_URL)
        place = f"{server['HOST'] or '127.0.0.1'}:{server['PORT'] or 5432}/{NAME}"
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL"}}
        return {
            **kept,
            "OPSPLATFORM_PROFILE": "production",
            "OPSPLATFORM_VAR": str(self.directory / "var"),
            "SECRET_KEY": secrets.token_urlsafe(64),
            "SIGNING_KEY_FILE": str(local_signing_key_file(self.directory / "keys")),
            "SEALING_KEY_FILE": str(local_sealing_key_file(self.directory / "keys")),
            "ALLOWED_HOSTS": "localhost",
            "CSRF_TRUSTED_ORIGINS": f"https://localhost:{self.https}",
            "TLS_PROXY_HEADER": "X-Forwarded-Proto",
            "DATABASE_URL": f"postgres://{APPLICATION}:{APPLICATION}@{place}",
            "DATABASE_OWNER_URL": f"postgres://{OWNER}:{OWNER}@{place}",
            "CELERY_BROKER_URL": REDIS_URL,
            "METRICS_TOKEN": self.metrics_token,
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def installation() -> Iterator[Installation]:
    """An empty installation: server prepared, certificate made, nothing running; all of it removed on leaving."""
    with ExitStack() as leaving:
        directory = Path(tempfile.mkdtemp(prefix="opsplatform-deployment-"))
        leaving.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)  # nginx' workers walk through it
        _make_certificate(directory)
        _drop_all()
        leaving.callback(_drop_all)
        _prepare_server()
        Redis.from_url(REDIS_URL).flushdb()
        leaving.callback(lambda: Redis.from_url(REDIS_URL).flushdb())
        made = Installation(directory)
        leaving.callback(lambda: made.stop(list(made.running)))
        yield made


@contextmanager
def rabbitmq() -> Iterator[str]:
    """The address of a virtual host of RabbitMQ made for this test."""
    control = ["rabbitmqctl", "--quiet"]
    subprocess.run([*control, "delete_vhost", NAME], capture_output=True, check=False)
    subprocess.run([*control, "add_vhost", NAME], check=True)
    try:
        subprocess.run([*control, "set_permissions", "-p", NAME, "guest", ".*", ".*", ".*"], check=True)
        yield f"amqp://guest:guest@127.0.0.1:5672/{NAME}"
    finally:
        subprocess.run([*control, "delete_vhost", NAME], check=False)


def _prepare_server() -> None:
    """What a database administrator does once: two accounts, a database of the owner's."""
    for role in (OWNER, APPLICATION):
        _as_admin(f"CREATE ROLE {role} LOGIN PASSWORD '{role}' NOSUPERUSER NOCREATEDB NOCREATEROLE")
    for database in (NAME, DRILL):
        _as_admin(
            f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' "
            "LC_CTYPE 'C.UTF-8'"
        )


def _drop_all() -> None:
    for database in (NAME, DRILL):
        _as_admin(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    for role in (OWNER, APPLICATION):
        _as_admin(f"DROP ROLE IF EXISTS {role}")


def _as_admin(statement: str, *values: object, database: str = "") -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(ADMIN_URL, **({"dbname": database} if database else {}))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _make_certificate(directory: Path) -> None:
    """A self-signed certificate for localhost."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    (directory / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = directory / "certificate-key.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as closing:
        sockets = [closing.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in sockets]
