"""The linter's settings with one app more."""

from opsplatform.settings.linting import *  # noqa: F403
from opsplatform.settings.linting import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "opsplatform.runtime.tests.hasty"]
