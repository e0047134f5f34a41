"""The settings of tests with other routes, for processes that a test starts: TEST_ROUTES names their module."""

import os

from opsplatform.settings.test import *  # noqa: F403

ROOT_URLCONF = os.environ["TEST_ROUTES"]
