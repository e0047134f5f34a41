"""Settings that hold in every profile. Whatever differs between installations comes from `environment.py`."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from opsplatform.settings.brokers import broker_transport_options
from opsplatform.settings.databases import plan_for
from opsplatform.settings.embedded_location import locate_embedded
from opsplatform.settings.environment import PROJECT_ROOT, current_environment

ENVIRONMENT = current_environment()
OPSPLATFORM_PROFILE = ENVIRONMENT.profile
VAR_DIRECTORY = ENVIRONMENT.var_directory

# --- What runs ------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "guardian",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "axes",
    "opsplatform.runtime",
    "opsplatform.organizations",
    "opsplatform.accounts",
    "opsplatform.register_files",
    "opsplatform.audit",
    "opsplatform.egress",
    "opsplatform.jobs",
    "opsplatform.catalog",
    "opsplatform.feed",
    "opsplatform.webhooks",
    "opsplatform.release",
    "opsplatform.insight",
    "opsplatform.console",
    "opsplatform.api",
    "forms_builder",
    "content",
    "models_registry",
    "themes",
]

MIDDLEWARE = [
    "opsplatform.kernel.request_id.RequestIdMiddleware",
    "opsplatform.runtime.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "opsplatform.runtime.security_headers.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "opsplatform.urls"
WSGI_APPLICATION = "opsplatform.wsgi.application"
ASGI_APPLICATION = "opsplatform.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------

EMBEDDED_LOCATION = locate_embedded(VAR_DIRECTORY)
DATABASE_PLAN = plan_for(ENVIRONMENT, EMBEDDED_LOCATION.socket_directory)
DATABASE_AS = ENVIRONMENT.database_as
DATABASES = {"default": DATABASE_PLAN.connection(DATABASE_AS)}
DATABASE_APP_ROLE = DATABASE_PLAN.application_role  # migrations of append-only tables REVOKE from this role
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language, time, files ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [PROJECT_ROOT / "locale"]
FORMAT_MODULE_PATH = ["opsplatform.console.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

DEMO_PASSWORD: str | None = None  # of every demonstration account; only development and tests have one
SAMPLE_DATA_DIRECTORY = PROJECT_ROOT / "sample_data"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIRECTORY / "static"
STATICFILES_DIRS = [PROJECT_ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # routes that take more say so
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "opsplatform.spreadsheets.uploads.CappedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- People, sessions, passwords ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

ANONYMOUS_USER_NAME = None  # guardian: strangers have no row and no grants
GUARDIAN_RAISE_403 = False

SESSION_ENGINE = "opsplatform.accounts.sessions"  # people see and end their own sessions
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
SESSION_SAVE_EVERY_REQUEST = True  # 8 hours without a request, not 8 hours after login
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # pages' own scripts send it back as a header
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.trusted_origins)

AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_CALLABLE = "opsplatform.accounts.pages.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "opsplatform.accounts.login_failures.LoginFailures"
AXES_IPWARE_PROXY_COUNT = 1 if ENVIRONMENT.tls_proxy_header else 0
AXES_VERBOSE = False

# --- What browsers are told -----------------------------------------------------------------------------------------

ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
X_FRAME_OPTIONS = "SAMEORIGIN"  # the citizen's preview is a frame of our own page
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which asks for DENY
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Unfold's Alpine evaluates expressions in attributes and its pages carry small inline scripts and styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
    "form-action 'self'; base-uri 'self'; object-src 'none'"
)

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "opsplatform.accounts.api.authentication.MachineAuthentication",
        "opsplatform.accounts.api.authentication.PeopleAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["opsplatform.accounts.api.permissions.RightsAsStated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["opsplatform.api.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["opsplatform.api.throttling.ActorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"actor": "1200/min"},
    "DEFAULT_SCHEMA_CLASS": "opsplatform.api.schema.StatedSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "opsplatform.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "iso-8601",
    "COERCE_DECIMAL_TO_STRING": True,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "运营中台接口",
    "DESCRIPTION": "统一受理平台读取已发布主题，部门与区级系统登记资料。错误一律为 problem+json（RFC 9457）。",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # nothing leaves this server
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_AUTHENTICATION": [],
    "OAUTH2_TOKEN_URL": "/oauth/token/",
}

OAUTH2_PROVIDER: dict[str, Any] = {
    "SCOPES": {
        "export:read": "读取已发布的主题、表单与字典",
        "registers:read": "读取事项、材料、字典等登记资料",
        "themes:read": "读取本单位可见的主题",
        "themes:write": "编制与提交主题",
        "webhooks:write": "登记和维护本系统的通知回调",
    },
    "SCOPES_BACKEND_CLASS": "opsplatform.accounts.api.oauth.ClientScopes",
    "OAUTH2_VALIDATOR_CLASS": "opsplatform.accounts.api.oauth.ClientValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "PKCE_REQUIRED": True,
    # RFC 9700: what we do not offer cannot be asked for, tokens are kept as digests only.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}
SPECTACULAR_SETTINGS["OAUTH2_SCOPES"] = OAUTH2_PROVIDER["SCOPES"]

SIGNING_KEY_FILE = ENVIRONMENT.signing_key_file
SEALING_KEY_FILE = ENVIRONMENT.sealing_key_file

# --- Tasks ----------------------------------------------------------------------------------------------------------

BROKER_DIRECTORY = VAR_DIRECTORY / "broker"
CELERY_BROKER_URL = ENVIRONMENT.celery_broker_url or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = broker_transport_options(CELERY_BROKER_URL, BROKER_DIRECTORY)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_TASK_IGNORE_RESULT = True  # results are rows
CELERY_TASK_PUBLISH_RETRY = False  # a doorbell: the sweeper comes by anyway
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIRECTORY / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    # Sweeps that piled up while no worker ran are dropped; clocks that differ by less than a minute drop none.
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 15.0, "options": {"expires": 60}},
    "forms_builder.follow_documents": {
        "task": "forms_builder.follow_documents",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "feed.compact": {"task": "feed.compact", "schedule": crontab(hour="3", minute="30")},
    "release.remind_daily": {"task": "release.remind_daily", "schedule": crontab(hour="6", minute="0")},
    "webhooks.deliver": {"task": "webhooks.deliver", "schedule": 5.0, "options": {"expires": 10}},
    "webhooks.prune": {"task": "webhooks.prune", "schedule": crontab(hour="4", minute="40")},
    "themes.watch_daily": {"task": "themes.watch_daily", "schedule": crontab(hour="5", minute="30")},
}

# --- Logs -----------------------------------------------------------------------------------------------------------

# That something was sent, received and done, every few seconds; our own line says it once, and failures are errors.
QUIET_LOGGERS = {name: {"level": "WARNING"} for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy")}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "opsplatform.kernel.request_id.RequestIdFilter"}},
    "formatters": {
        "people": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"},
        "machines": {"()": "opsplatform.runtime.log_lines.JsonLines"},
    },
    "handlers": {
        "stream": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "people"},
    },
    "loggers": {
        "opsplatform.runtime.request_log": {"level": "WARNING"},  # a line each is for production
        "opsplatform.runtime.work_log": {"level": "WARNING"},
        **QUIET_LOGGERS,
    },
    "root": {"handlers": ["stream"], "level": ENVIRONMENT.log_level},
}

METRICS_TOKEN = ENVIRONMENT.metrics_token
METRICS_NETWORKS = ENVIRONMENT.metrics_networks

# --- The way out ----------------------------------------------------------------------------------------------------

EGRESS_CA_FILE = ENVIRONMENT.egress_ca_file  # authorities trusted besides the system's
EGRESS_LOOPBACK_NETWORKS: tuple[str, ...] = ()  # opened for development and tests only; production refuses to start
WEBHOOK_SENDERS = max(1, ENVIRONMENT.task_workers // 2)  # at once; the other workers are for everything else

# --- Codes ----------------------------------------------------------------------------------------------------------

CODE_PATTERNS: dict[str, str] = ENVIRONMENT.code_patterns  # replaces defaults of opsplatform.kernel.codes one by one
