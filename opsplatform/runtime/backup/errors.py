"""Refusals of backup and restore."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from opsplatform.kernel.errors import DomainError
from opsplatform.runtime.errors import CannotRun


class BackupRefused(DomainError):
    """No backup was made, or nothing was restored; the database is what it was."""

    code = "backup_refused"
    sentence = "备份或恢复没有进行。"


@contextmanager
def plainly() -> Iterator[None]:
    """What the server or the installation refuses inside becomes a BackupRefused with its sentence."""
    try:
        yield
    except CannotRun as refusal:
        raise BackupRefused(str(refusal)) from refusal
    except psycopg2.Error as refusal:
        raise BackupRefused(f"数据库拒绝了：{str(refusal).strip().splitlines()[0]}") from refusal
