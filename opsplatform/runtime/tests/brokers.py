"""Brokers of a drill's own, that may be stopped, emptied and started: files, Redis, RabbitMQ."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from kombu import Connection
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

START_SECONDS = 120


class Files:
    """The file-system transport: it is down while its directories are not there."""

    url = "filesystem://"

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "broker"

    def start(self) -> None:
        """Messages can be left and taken."""
        for name in ("messages", "control"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)

    def kill(self) -> None:
        """Nothing of it is left, and what it held neither; at once, because workers still take from it."""
        gone = self._directory.with_name("broker-that-died")
        self._directory.rename(gone)
        shutil.rmtree(gone)

    def flush(self) -> None:
        """What it held is gone; one message is torn, as a writer's death leaves it."""
        for message in (self._directory / "messages").iterdir():
            message.unlink(missing_ok=True)
        (self._directory / "messages" / "0_torn.celery.msg").touch()


class RedisServer:
    """A redis-server that keeps nothing."""

    program = "redis-server"

    def __init__(self, directory: Path) -> None:
        self._port = _free_port()
        self._directory = directory
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """It answers."""
        options = ("--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._directory))
        self._process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL)
        _until(self._answers)

    def kill(self) -> None:
        """It is gone, with everything it held (kill -9)."""
        self._process.kill()
        self._process.wait()

    def flush(self) -> None:
        """It holds nothing any more."""
        Redis.from_url(self.url).flushall()

    def _answers(self) -> bool:
        with suppress(NotThere):
            return bool(Redis.from_url(self.url).ping())
        return False


class RabbitServer:
    """A RabbitMQ node of its own, with nothing but AMQP."""

    program = "rabbitmq-server"

    def __init__(self, directory: Path) -> None:
        self._port, distribution = _free_port(), _free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"
        self._environment = {
            **os.environ,
            "HOME": str(directory),
            "RABBITMQ_NODENAME": f"drill{self._port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
            "RABBITMQ_PID_FILE": str(directory / "rabbit.pid"),
        }
        (directory / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{self._port}\n")
        (directory / "plugins").write_text("[].")

    def start(self) -> None:
        """It answers."""
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(
            [str(find_program(self.program))],
            env=self._environment,
            start_new_session=True,
            **quiet,
        )
        _until(self._answers)

    def kill(self) -> None:
        """It is gone, with everything it held in memory (kill -9)."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def flush(self) -> None:
        """Its queue of doorbells holds nothing any more."""
        with Connection(self.url) as connection:
            connection.default_channel.queue_purge("celery")

    def _answers(self) -> bool:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self._port), timeout=1)) as connection:
            connection.settimeout(1)
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) != b""
        return False


def find_program(name: str) -> str | None:
    """The program; not Debian's wrapper of RabbitMQ, which becomes another account without our environment."""
    return shutil.which(name, path=f"/usr/lib/rabbitmq/bin:{os.environ['PATH']}:/usr/sbin")


def _until(answers: Any) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        assert time.monotonic() < deadline, "the broker does not answer"
        time.sleep(0.1)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])
