"""The real installation: nothing is invented; what is missing or unsafe is refused at start (runtime/checks)."""

from typing import Any

from opsplatform.settings.base import *  # noqa: F403
from opsplatform.settings.base import ENVIRONMENT, LOGGING, QUIET_LOGGERS, STORAGES

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key or "missing"  # Django wants a value to get as far as the refusal that names it

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if ENVIRONMENT.tls_proxy_header:
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{ENVIRONMENT.tls_proxy_header.upper().replace('-', '_')}", "https")

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

_stream: dict[str, Any] = {**LOGGING["handlers"]["stream"], "formatter": "machines"}
_loggers = {"django.request": {"level": "ERROR"}, **QUIET_LOGGERS}  # 4xx have the line of their request
LOGGING = {**LOGGING, "handlers": {"stream": _stream}, "loggers": _loggers}
