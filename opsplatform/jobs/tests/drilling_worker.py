"""Included by the worker processes of drills: they know the drilled work, and a dead worker's row is free soon."""

from datetime import timedelta

from opsplatform.jobs.services import running
from opsplatform.jobs.tests.drilled_work import register

register()
running.LEASE = timedelta(seconds=3)
