"""The development profile on a database of its own, with one more route: the bare view that others are compared with."""

from opsplatform.settings.development import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
