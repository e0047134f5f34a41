"""Celery's share: once a day the clock asks for compaction. Positions are given by a program of its own."""

from celery import shared_task

from opsplatform.feed.services import compacting


@shared_task(name="feed.compact", ignore_result=True)
def compact() -> None:
    """Old events are gone, except the latest of each object."""
    compacting.compact()
