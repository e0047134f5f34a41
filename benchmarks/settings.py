"""As in production where it costs time; with the bare views to compare with, and nobody who works in the background."""

from opsplatform.settings import production
from opsplatform.settings.development import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
LOGGING = production.LOGGING  # a line for every request
WHITENOISE_AUTOREFRESH = False
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405 — Django's own client
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"actor": None}}  # noqa: F405 — nobody else is starved
