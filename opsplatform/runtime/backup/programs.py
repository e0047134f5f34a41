"""PostgreSQL's own pg_dump and pg_restore: found in the version of the server, run as an account of the plan."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opsplatform.runtime.backup.errors import BackupRefused
from opsplatform.runtime.errors import CannotRun
from opsplatform.runtime.postgres_binaries import postgres_programs

DEBIAN = "/usr/lib/postgresql/{major}/bin"
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def program_for(name: str, major: int) -> Path:
    """The program in exactly the server's major version: a newer one writes settings an older server refuses."""
    for candidate in _candidates(name, major):
        if major_of(candidate) == major:
            return candidate
    raise BackupRefused(
        f"没有找到 PostgreSQL {major} 的 {name}：请安装与数据库服务器同一大版本的客户端程序"
        f"（Debian：apt install postgresql-client-{major}）。"
    )


def run(program: Path, arguments: list[str], account: dict[str, Any]) -> None:
    """The program has done its work on the account's database; what it complained about is the refusal."""
    result = subprocess.run(
        [str(program), "--no-password", *arguments],
        env=_environment(account),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        complaint = next((line for line in result.stderr.splitlines() if "error" in line), result.stderr.strip())
        raise BackupRefused(f"{program.name} 没有成功：{complaint}")


def major_of(program: Path) -> int | None:
    """The major version the program states; None where it does not run."""
    try:
        result = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return None
    found = _VERSION.search(result.stdout)
    return int(found[1]) if found else None


def _candidates(name: str, major: int) -> Iterator[Path]:
    debian = Path(DEBIAN.format(major=major)) / name
    if debian.is_file():
        yield debian
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    try:
        yield postgres_programs(None) / name
    except CannotRun:  # an installation with its own server need not carry the embedded one
        return


def _environment(account: dict[str, Any]) -> dict[str, str]:
    """Connection parameters travel in the environment, where other accounts of the machine do not see them."""
    options = account["OPTIONS"]
    given = {
        "PGDATABASE": account["NAME"],
        "PGUSER": account["USER"],
        "PGPASSWORD": account["PASSWORD"],
        "PGHOST": account["HOST"],
        "PGPORT": account["PORT"],
        "PGOPTIONS": options["options"],
        "PGCONNECT_TIMEOUT": options["connect_timeout"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
    }
    return {name: str(value) for name, value in given.items() if value}
