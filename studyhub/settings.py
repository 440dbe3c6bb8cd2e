"""Settings, all from the environment; `.env.example` lists every variable with its default.

With nothing set the site runs for one person on one machine: SQLite and a broker of plain files,
all state under `var/`. DATABASE_URL and REDIS_URL turn it into a service.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from studyhub.env import Environment, EnvironmentInvalid

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# -- where state lives ------------------------------------------------------------------------
_inner = ("data", "media", "runs", "log", "static", "broker/queue", "broker/control")
STUDYHUB_HOME = env.folder("STUDYHUB_HOME", BASE_DIR / "var", *_inner)
MEDIA_ROOT = STUDYHUB_HOME / "media"
DATA_DIR = STUDYHUB_HOME / "data"
RUNS_DIR = STUDYHUB_HOME / "runs"
SECRET_FILE = STUDYHUB_HOME / "secret"  # draws the hidden test sets; see labs.grading
_mirror = env.text("STUDYHUB_DATA_MIRROR")
DATA_MIRROR = Path(_mirror).expanduser() if _mirror else None
COURSE_DIR = BASE_DIR / "content" / "course"
EXERCISES_DIR = BASE_DIR / "labs" / "exercises"
# Commands that `sync_course --check` asks, too, with `--check`.
CHECKED_WITH_COURSE = ["sync_labs"]
ARTEFACTS_DIR = STUDYHUB_HOME / "artefacts"

# -- labs: what one learner may use -----------------------------------------------------------
# In one lab, where its lab.toml does not say otherwise: live runs, and runs in any 24 hours.
LAB_QUOTA_WAITING = env.integer("STUDYHUB_LAB_WAITING", 10, low=1, high=1_000)
LAB_QUOTA_PER_DAY = env.integer("STUDYHUB_LAB_PER_DAY", 60, low=1, high=100_000)
# How many GPU workers are part of this site; `make up` counts the GPUs here and says so.
GPU_WORKERS = env.integer("STUDYHUB_GPU_WORKERS", 0, low=0, high=1_000)
CPU_WORKERS = env.integer("STUDYHUB_CPU_WORKERS", 1, low=1, high=64)
# A run that no worker took for this long is ended.
LAB_QUEUE_HOURS = env.integer("STUDYHUB_LAB_QUEUE_HOURS", 48, low=1, high=10_000)
# The only tier of sandbox to use, by its name; and for containers their image and runtime.
SANDBOX = env.text("STUDYHUB_SANDBOX")
SANDBOX_IMAGE = env.text("STUDYHUB_SANDBOX_IMAGE", "studyhub:latest")
SANDBOX_RUNTIME = env.text("STUDYHUB_SANDBOX_RUNTIME")
# Sandboxes that wait with libraries imported may use so much, for each labs worker; 0 for none.
WARM_SANDBOXES_MB = env.integer("STUDYHUB_WARM_MB", 1024, low=0, high=1_000_000)
# Models kept for download: of one run, and of all together; the oldest go first.
ARTEFACT_MB = env.integer("STUDYHUB_ARTEFACT_MB", 256, low=0, high=100_000)
ARTEFACTS_MB = env.integer("STUDYHUB_ARTEFACTS_MB", 20_000, low=0, high=100_000_000)


# -- secrets and hosts ------------------------------------------------------------------------
def _own_secret_key() -> str:
    """The key this home made for itself at its first start, for sites that set none."""
    path = STUDYHUB_HOME / "secret-key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = env.text("STUDYHUB_SECRET_KEY") or _own_secret_key()
DEBUG = env.flag("STUDYHUB_DEBUG", False)
ALLOWED_HOSTS = env.names("STUDYHUB_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.names("STUDYHUB_ORIGINS")
HTTPS = env.flag("STUDYHUB_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# -- the parts --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "studyhub.accounts.apps.AccountsConfig",
    "studyhub.base.apps.BaseConfig",
    "studyhub.web.apps.WebConfig",
    "content.apps.ContentConfig",
    "quizzes.apps.QuizzesConfig",
    "labs.apps.LabsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studyhub.web.policy.PolicyMiddleware",
    "studyhub.api.bodies.bounded_bodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "studyhub.web.middleware.local_days",
    "studyhub.web.middleware.refusals_as_pages",
]
ROOT_URLCONF = "studyhub.urls"
WSGI_APPLICATION = "studyhub.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "studyhub" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studyhub.web.context.theme",
            ]
        },
    }
]

# -- data -------------------------------------------------------------------------------------
_database_url = env.text("DATABASE_URL") or f"sqlite:///{STUDYHUB_HOME / 'studyhub.sqlite3'}"
try:
    database: dict[str, Any] = {**dj_database_url.parse(_database_url)}
except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as problem:
    raise EnvironmentInvalid(
        "DATABASE_URL cannot be read. Write postgresql://user:password@host:5432/name, "
        "or unset it to use SQLite."
    ) from problem
if database["ENGINE"].endswith("sqlite3"):
    # Django's defaults fail a third of concurrent writes; these wait their turn.
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    from studyhub.base.connection import Connection

    _pool = {
        "connection_class": Connection,
        "min_size": 1,
        "max_size": env.integer("STUDYHUB_DB_POOL", 10, low=1, high=500),
    }
    database["OPTIONS"] = {**database.get("OPTIONS", {}), "pool": _pool}
    # After a restart of the server the pool's connections are dead: looked at before they are used.
    database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(STUDYHUB_HOME / "cache" / "django"),
        }
    }

# -- people -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
KNOX_TOKEN_MODEL = "accounts.DeviceToken"
# Knox would make its own, unused table beside ours, which PostgreSQL then cannot flush around.
MIGRATION_MODULES = {"knox": None}
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "studyhub.accounts.adapter.AccountAdapter"
OPEN_SIGNUP = env.flag("STUDYHUB_SIGNUP", False)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# -- the API ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "studyhub.api.tokens.DeviceTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["studyhub.api.parsing.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "studyhub.api.pagination.CursorPagination",
    "EXCEPTION_HANDLER": "studyhub.api.problems.problem_response",
    "DEFAULT_THROTTLE_RATES": {"token": "10/min"},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=365)}
SPECTACULAR_SETTINGS = {
    "TITLE": "StudyHub",
    "DESCRIPTION": "Study offline, review, take quizzes, hand in labs.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "PromptKind": "quizzes.api.serializers.PROMPT_KINDS",
        "EventKind": "quizzes.api.serializers.EVENT_KINDS",
        "WorkState": "labs.api.result_serializers.WORK_STATES",
    },
}

# -- the queue --------------------------------------------------------------------------------
# Celery calls a Unix socket by another name than Redis does.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # A message is redelivered only after the longest job could have ended.
    {"visibility_timeout": 6 * 3600, "unacked_restore_throttle": 1}
    if REDIS_URL
    else {
        "data_folder_in": str(STUDYHUB_HOME / "broker" / "queue"),
        "data_folder_out": str(STUDYHUB_HOME / "broker" / "queue"),
        "control_folder": str(STUDYHUB_HOME / "broker" / "control"),
        "polling_interval": 0.1,
    }
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SEND_SENT_EVENT = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # A message not taken within one period is stale: the next one does the same work.
    "reconcile-runs": {"task": "labs.reconcile", "schedule": 5.0, "options": {"expires": 5}},
    "tend-labs": {"task": "labs.tend", "schedule": 600.0, "options": {"expires": 600}},
    "tend-plans": {"task": "quizzes.tend_waiting", "schedule": 300.0, "options": {"expires": 300}},
    "refold-waiting": {
        "task": "quizzes.refold_waiting",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "open-waiting": {
        "task": "quizzes.open_waiting",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "import-waiting": {
        "task": "quizzes.import_waiting",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "sweep-media": {"task": "quizzes.sweep_media", "schedule": crontab(hour=4, minute=40)},
    "fit-waiting": {"task": "quizzes.fit_waiting", "schedule": crontab(hour=3, minute=20)},
}

# -- language, time, files --------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = STUDYHUB_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("STUDYHUB_LOG_LEVEL", "INFO")},
}
