"""Where the embedded PostgreSQL lives and whose processes it runs as, decided from the file system alone."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107 in sockaddr_un, "/.s.PGSQL.5432" included
SOCKET_FILE = "/.s.PGSQL.5432"
FALLBACK_ROOT = Path("/var/lib/opsplatform")
SERVER_ACCOUNTS = ("postgres", "nobody")  # PostgreSQL refuses to run as root; the first that exists is taken


@dataclass(frozen=True)
class Account:
    """An operating-system account that a process can be started as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class EmbeddedLocation:
    """The places of one embedded server; `account` is None when it runs as whoever starts it."""

    home: Path
    socket_directory: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def uid(self) -> int:
        return self.account.uid if self.account else os.geteuid()

    @property
    def gid(self) -> int:
        return self.account.gid if self.account else os.getegid()


def locate_embedded(var_directory: Path) -> EmbeddedLocation:
    """The location for this var directory, the same on every call as long as the directories stay what they are.

    Wanted: `<var>/postgres`. When root starts it and the server's account may not walk there, the data goes to
    /var/lib/opsplatform/<digest of the path>, because opening somebody's parent directories is not ours to do.
    """
    account = _server_account() if os.geteuid() == 0 else None
    digest = hashlib.sha256(str(var_directory).encode()).hexdigest()[:12]
    wanted = var_directory / "postgres"
    home = wanted if account is None or can_walk_to(wanted, account) else FALLBACK_ROOT / digest
    socket_directory = home / "socket"
    if len(os.fsencode(socket_directory)) + len(SOCKET_FILE) > SOCKET_PATH_LIMIT:
        socket_directory = Path("/tmp") / f"opsplatform-{digest}-{account.uid if account else os.geteuid()}"
    return EmbeddedLocation(home, socket_directory, account)


def can_walk_to(path: Path, account: Account) -> bool:
    """Whether every directory above `path` that exists lets the account pass through."""
    return all(_may_pass(parent.stat(), account) for parent in path.absolute().parents if parent.exists())


def _may_pass(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _server_account() -> Account:
    for name in SERVER_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LookupError(f"内置数据库不能以 root 身份运行，而系统里没有可用的账号（{'、'.join(SERVER_ACCOUNTS)}）")
