"""manage.py migrate: Django's own, which says in a sentence that the database was busy, instead of a traceback."""

import os
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from opsplatform.kernel.busy import busy_of
from opsplatform.settings.databases import LOCK_TIMEOUT

IN_THE_WAY = (
    f"有人正在使用要改动的表，等候 {LOCK_TIMEOUT} 后放弃（再等下去，后来的人都要跟着等）。"
    "正在执行的那个迁移没有留下任何改动，之前的已经完成。请直接再次执行 manage.py migrate；"
    "多次不成时，等导入等长时间操作结束、或换较空闲的时段再执行。"
)


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Migrates; exit 75 (EX_TEMPFAIL: try again) where people's work was in the way or no server answered."""
        try:
            return super().execute(*args, **options)
        except OperationalError as error:
            busy = busy_of(error)
            if busy is None:
                raise
            is_in_the_way = isinstance(error.__cause__, LockNotAvailable | DeadlockDetected)
            sentence = IN_THE_WAY if is_in_the_way else busy.sentence
            raise CommandError(f"迁移未完成：{sentence}", returncode=os.EX_TEMPFAIL) from error
