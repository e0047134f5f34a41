"""manage.py migrate: Django's own, which says in a sentence that a lock was not to be had, instead of a traceback."""

import os
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from opsplatform.settings.databases import LOCK_TIMEOUT


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates; exit 75 (EX_TEMPFAIL: try again) where people's work was in the way."""
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                raise
            raise CommandError(
                f"迁移未完成：有人正在使用要改动的表，等候 {LOCK_TIMEOUT} 后放弃（再等下去，后来的人都要跟着等）。"
                "正在执行的那个迁移没有留下任何改动，之前的已经完成。请直接再次执行 manage.py migrate；"
                "多次不成时，等导入等长时间操作结束、或换较空闲的时段再执行。",
                returncode=os.EX_TEMPFAIL,
            ) from error
