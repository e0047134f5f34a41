"""manage.py stamp_feed: the sequencer of the change feed, until it is ended."""

from typing import Any

from django.core.management.base import BaseCommand

from opsplatform.feed.services.stamping import run_sequencer


class Command(BaseCommand):
    help = "为变更流的事件编号，一直运行。可在多台机器上各运行一个，同一时刻只有一个在编号。"

    def handle(self, *args: Any, **options: Any) -> None:
        run_sequencer()
