"""Settings of the real worker and clock processes of a drill: a broker of the drill's own, and everything faster."""

import os
from datetime import timedelta
from pathlib import Path

from opsplatform.settings.brokers import broker_transport_options
from opsplatform.settings.test import *  # noqa: F403
from opsplatform.settings.test import CELERY_BEAT_SCHEDULE

_directory = Path(os.environ["DRILL_DIRECTORY"])
CELERY_BROKER_URL = os.environ["DRILL_BROKER_URL"]
CELERY_BROKER_TRANSPORT_OPTIONS = broker_transport_options(CELERY_BROKER_URL, _directory / "broker")
CELERY_BEAT_SCHEDULE = {"jobs.sweep": {**CELERY_BEAT_SCHEDULE["jobs.sweep"], "schedule": timedelta(seconds=1)}}
