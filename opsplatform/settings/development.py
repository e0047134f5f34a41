"""A developer's or a newcomer's own machine: everything that is not given is made under var/."""

from opsplatform.settings.base import *  # noqa: F403
from opsplatform.settings.base import ALLOWED_HOSTS, ENVIRONMENT, SEALING_KEY_FILE, SIGNING_KEY_FILE, VAR_DIRECTORY
from opsplatform.settings.local_secrets import local_sealing_key_file, local_secret_key, local_signing_key_file

DEBUG = False  # pages look and cost the same as in production; errors are in the log
SECRET_KEY = ENVIRONMENT.secret_key or local_secret_key(VAR_DIRECTORY / "keys")
SIGNING_KEY_FILE = SIGNING_KEY_FILE or local_signing_key_file(VAR_DIRECTORY / "keys")
SEALING_KEY_FILE = SEALING_KEY_FILE or local_sealing_key_file(VAR_DIRECTORY / "keys")
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]", ".localhost"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DEMO_PASSWORD = "Yanshi-2026"  # noqa: S105 — printed at every start; production has no demo accounts
EGRESS_LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")  # the other side may be a server on this machine
