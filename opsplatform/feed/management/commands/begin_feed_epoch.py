"""manage.py begin_feed_epoch: readers of the change feed are told to take stock anew."""

from argparse import ArgumentParser
from typing import Any

from opsplatform.accounts.commands import ActorCommand, Report
from opsplatform.accounts.models import User
from opsplatform.feed.cursors import Cursor
from opsplatform.feed.services.epochs import begin_epoch


class Command(ActorCommand):
    help = "数据库以其他方式（磁盘快照、时间点恢复）退回过以后，使变更流进入新的纪元。manage.py restore 自己会这样做。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json, --actor and the note."""
        super().add_arguments(parser)
        parser.add_argument("--note", required=True, help="为什么")

    def perform(self, *, actor: User, note: str, **options: Any) -> Report:
        """The feed goes on in another epoch."""
        head = begin_epoch(actor=actor, note=note)
        cursor = str(Cursor(head.epoch, head.position))
        return {"cursor": cursor}, f"变更流已进入新的纪元，现在的位置是 {cursor}。"
