"""Automated tests: like production where it matters, fast where it does not."""

from opsplatform.settings.base import *  # noqa: F403
from opsplatform.settings.base import VAR_DIRECTORY
from opsplatform.settings.local_secrets import local_sealing_key_file, local_signing_key_file

OPSPLATFORM_PROFILE = "test"
DEBUG = False
SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests-only-for-tests"  # noqa: S105
SIGNING_KEY_FILE = local_signing_key_file(VAR_DIRECTORY / "keys")
SEALING_KEY_FILE = local_sealing_key_file(VAR_DIRECTORY / "keys")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests log in hundreds of times
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DEMO_PASSWORD = "Yanshi-2026"  # noqa: S105 — printed at every start; production has no demo accounts
EGRESS_LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")  # the other side may be a server on this machine
