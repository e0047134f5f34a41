"""The development profile on a database of its own, with one more route: the bare view to compare with."""

from opsplatform.settings.development import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
