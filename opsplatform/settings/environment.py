"""What the environment says about this installation, read once, typed, every mistake reported at once."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, TypeVar, get_args
from urllib.parse import urlsplit

PROJECT_ROOT = Path(__file__).resolve().parents[2]

Profile = Literal["development", "production", "test"]
DatabaseAs = Literal["application", "owner"]
Network = IPv4Network | IPv6Network
Word = TypeVar("Word", bound=str)


class EnvironmentInvalid(Exception):
    """The environment cannot be understood; the text lists every variable that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("环境变量有误：\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Environment:
    """The whole of what may be configured from outside."""

    profile: Profile
    var_directory: Path
    secret_key: str | None
    allowed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]
    tls_proxy_header: str | None
    signing_key_file: Path | None
    database_url: str | None
    database_owner_url: str | None
    database_name: str | None
    database_as: DatabaseAs
    celery_broker_url: str | None
    bind_address: str
    port: int
    web_workers: int
    web_threads: int
    task_workers: int
    code_patterns: dict[str, str]
    log_level: str
    metrics_token: str | None
    metrics_networks: tuple[Network, ...]
    egress_ca_file: Path | None
    sealing_key_file: Path | None

    @property
    def settings_module(self) -> str:
        return f"opsplatform.settings.{self.profile}"

    @property
    def uses_embedded_database(self) -> bool:
        return self.database_url is None


class _Reader:
    """Takes variables one by one and keeps what was wrong with them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._variables.get(name, "").strip() or None

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in (self.text(name) or "").split(",") if word.strip())

    def path(self, name: str) -> Path | None:
        text = self.text(name)
        return Path(text).expanduser().absolute() if text else None

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            self.problems.append(f"{name} 应为 {low} 到 {high} 之间的整数，现为“{text}”")
            return default
        return int(text)

    def choice(self, name: str, choices: tuple[Word, ...], default: Word) -> Word:
        text = self.text(name)
        if text is None:
            return default
        for choice in choices:
            if choice == text:
                return choice
        self.problems.append(f"{name} 只能取 {'、'.join(choices)}，现为“{text}”")
        return default

    def table(self, name: str) -> dict[str, str]:
        try:
            tree = json.loads(self.text(name) or "{}")
        except ValueError:
            tree = None
        if not isinstance(tree, dict) or not all(isinstance(value, str) for value in tree.values()):
            self.problems.append(f"{name} 应为 JSON 对象，值均为文本")
            return {}
        return tree

    def networks(self, name: str, default: str) -> tuple[Network, ...]:
        found: list[Network] = []
        for word in self.words(name) or tuple(default.split(",")):
            try:
                found.append(ip_network(word))
            except ValueError:
                self.problems.append(f"{name} 应为网段，例如 10.1.2.0/24，现有“{word}”")
        return tuple(found)

    def url(self, name: str, is_understood: Callable[[str], bool], example: str) -> str | None:
        text = self.text(name)
        if text is not None and not is_understood(text):
            self.problems.append(f"{name} 不是可用的地址，应形如 {example}")
            return None
        return text


def _is_database_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"postgres", "postgresql"} and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _is_broker_url(text: str) -> bool:
    return urlsplit(text).scheme in {"redis", "rediss", "amqp", "amqps", "pyamqp"}


def read_environment(variables: Mapping[str, str]) -> Environment:
    """The installation as these variables describe it; raises EnvironmentInvalid with every problem at once."""
    read = _Reader(variables)
    environment = Environment(
        profile=read.choice("OPSPLATFORM_PROFILE", get_args(Profile), "development"),
        var_directory=read.path("OPSPLATFORM_VAR") or PROJECT_ROOT / "var",
        secret_key=read.text("SECRET_KEY"),
        allowed_hosts=read.words("ALLOWED_HOSTS"),
        trusted_origins=read.words("CSRF_TRUSTED_ORIGINS"),
        tls_proxy_header=read.text("TLS_PROXY_HEADER"),
        signing_key_file=read.path("SIGNING_KEY_FILE"),
        database_url=read.url("DATABASE_URL", _is_database_url, "postgres://用户:口令@主机:5432/库名"),
        database_owner_url=read.url("DATABASE_OWNER_URL", _is_database_url, "postgres://用户:口令@主机:5432/库名"),
        database_name=read.text("DATABASE_NAME"),
        database_as=read.choice("OPSPLATFORM_DATABASE_AS", get_args(DatabaseAs), "application"),
        celery_broker_url=read.url(
            "CELERY_BROKER_URL", _is_broker_url, "redis://主机:6379/0 或 amqp://用户:口令@主机//"
        ),
        bind_address=read.text("BIND_ADDRESS") or "127.0.0.1",
        port=read.number("PORT", 8000, 1, 65535),
        web_workers=read.number("WEB_WORKERS", 2, 1, 64),
        web_threads=read.number("WEB_THREADS", 4, 1, 64),
        task_workers=read.number("TASK_WORKERS", 2, 1, 64),
        code_patterns=read.table("CODE_PATTERNS"),
        log_level=read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
        metrics_token=read.text("METRICS_TOKEN"),
        metrics_networks=read.networks("METRICS_NETWORKS", "127.0.0.0/8,::1/128"),
        egress_ca_file=read.path("EGRESS_CA_FILE"),
        sealing_key_file=read.path("SEALING_KEY_FILE"),
    )
    if environment.database_owner_url and not environment.database_url and not read.problems:
        read.problems.append("只给出了 DATABASE_OWNER_URL：还需要 DATABASE_URL，说明应用以哪个账号连接")
    if read.problems:
        raise EnvironmentInvalid(read.problems)
    return environment


@cache
def current_environment() -> Environment:
    """The environment of this process; its var directory exists."""
    environment = read_environment(os.environ)
    make_var_directory(environment.var_directory)
    return environment


def make_var_directory(directory: Path) -> None:
    """The directory exists; when it is new the database server's account may walk through it, whatever the umask."""
    if directory.is_dir():
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentInvalid(
            [f"不能建立工作目录 {directory}（{error.strerror}），可用 OPSPLATFORM_VAR 另行指定"]
        ) from error
    directory.chmod(0o755)
