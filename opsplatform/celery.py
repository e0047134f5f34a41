"""The Celery application: a doorbell for work rows (ids in, safe twice), never the queue itself."""

import os

from celery import Celery

from opsplatform.settings.environment import current_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", current_environment().settings_module)

app = Celery("opsplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
