"""Settings, read from the environment once and typed; `.env.example` documents every variable."""

import re
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
SOURCE_URL: str = env.str("SOURCE_URL", "/source.tar.gz")

# --- Safety ---------------------------------------------------------------------------------------------------
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY", "")
# What frameworks and guides write there for everybody to replace is no secret, however long it is.
if len(SECRET_KEY) < 32 or re.search("insecure|change.?me", SECRET_KEY, re.IGNORECASE):
    raise ImproperlyConfigured(
        "Set SECRET_KEY to at least 32 random characters (`make run` makes one by itself)."
    )
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
HTTPS: bool = env.bool("HTTPS", False)
BEHIND_PROXY: bool = env.bool("BEHIND_PROXY", False)
if DEBUG and (
    HTTPS or BEHIND_PROXY or set(filter(None, ALLOWED_HOSTS)) - {"localhost", "127.0.0.1", "[::1]"}
):
    raise ImproperlyConfigured(
        "DEBUG shows internals to visitors: turn it off with HTTPS, BEHIND_PROXY or ALLOWED_HOSTS of other machines."
    )
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- Application ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "labeling",
    "inference",
    "training",
    "synthesis",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
AUTH_USER_MODEL = "labeling.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Password guessing: locked per name and address, so that one guesser does not lock a person out elsewhere.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "labeling.api.auth.locked_out"
AXES_VERBOSE = False
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "config.pages.csrf_failure"

# --- PostgreSQL and Valkey -------------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", "postgresql://frameloop@127.0.0.1:5432/frameloop"),
        engine="config.postgres",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
# A connection's statements are planned once, not at every call: those of the queue take longer to plan than to run.
DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=2)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER_URL: str = env.str("BROKER_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "config.valkey.ValkeyCache", "LOCATION": BROKER_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "queue_order_strategy": "priority",
    "priority_steps": [0, 5, 9],
    "sep": ":",
}
# Who can write to the broker sends data, and no pickle that runs code.
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_DEFAULT_PRIORITY = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "return expired leases": {"task": "labeling.tasks.queue.leases_return", "schedule": 60},
    "re-queue jobs whose worker died": {"task": "labeling.tasks.jobs.jobs_requeue_stale", "schedule": 10},
    "finish images whose renditions are missing": {
        "task": "labeling.tasks.images.renditions_catch_up",
        "schedule": 60,
    },
    "sweep broken uploads": {"task": "labeling.tasks.images.incoming_sweep", "schedule": 3600},
    "forget imported files": {"task": "labeling.tasks.imports.importfiles_forget", "schedule": 3600},
    "forget how bulk changes are taken back": {"task": "labeling.tasks.images.bulk_forget", "schedule": 3600},
    "forget mattes that no label names": {"task": "labeling.tasks.mattes.mattes_forget", "schedule": 3600},
    "forget exported files": {"task": "labeling.tasks.exports.exports_forget", "schedule": 3600},
    "rank images that are unlike each other": {
        "task": "inference.tasks.queues_diversify_due",
        "schedule": 60,
        "options": {"queue": "inference"},
    },
    "train when enough new labels came": {"task": "training.tasks.runs_start_due", "schedule": 60},
}
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE", str(BASE_DIR / "var" / "beat-schedule"))

# What happens next to images that are ready; the names keep `labeling` from importing what stands above it.
ON_IMAGES_READY: list[str] = ["inference.tasks.prelabel_new"]
# What follows when categories were renamed or merged.
ON_CATEGORIES_CHANGED: list[str] = ["inference.tasks.names_changed"]
# What follows when a project's queue goes by another order.
ON_SAMPLING_CHANGED: list[str] = ["inference.tasks.queue_diversify"]
# What follows when images that were there got other attributes.
ON_ATTRIBUTES_CHANGED: list[str] = ["inference.tasks.attributes_changed"]
# Who finds a frozen dataset version that is to be exported.
DATASET_VERSION = "training.services.snapshots.snapshot_frozen"
# Who lists the renders that generators learn from.
RENDERED_PICTURES = "synthesis.services.domains.rendered_pictures"

# --- Files ----------------------------------------------------------------------------------------------------
MEDIA_ROOT = env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "media"))
S3_BUCKET: str = env.str("S3_BUCKET", "")
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": S3_BUCKET,
                "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
                "region_name": env.str("S3_REGION", "us-east-1"),
                "default_acl": None,
                "querystring_auth": True,
                "file_overwrite": True,
            },
        }
        if S3_BUCKET
        else {"BACKEND": "labeling.storage.DurableFileSystemStorage"}
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
STATIC_URL = "/static/"
FRONTEND_DIST = Path(env.str("FRONTEND_DIST", str(BASE_DIR / "frontend" / "dist")))
WHITENOISE_ROOT = None
WHITENOISE_MAX_AGE = 0
# The build names these files by their content: a browser need not ask for them again.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True

# --- Limits ---------------------------------------------------------------------------------------------------
MAX_IMAGE_BYTES: int = env.int("MAX_IMAGE_BYTES", 100 * 1024**2)
MAX_IMPORT_BYTES: int = env.int("MAX_IMPORT_BYTES", 2 * 1024**3)  # of a video or an archive
MAX_VIDEO_SECONDS: int = env.int("MAX_VIDEO_SECONDS", 12 * 3600)
MAX_IMAGE_PIXELS: int = env.int("MAX_IMAGE_PIXELS", 200_000_000)
MAX_PROJECT_IMAGES: int = env.int("MAX_PROJECT_IMAGES", 5_000_000)
MAX_UPLOAD_FILES: int = env.int("MAX_UPLOAD_FILES", 10_000)
DATA_UPLOAD_MAX_NUMBER_FILES = MAX_UPLOAD_FILES
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2
MAX_LEASES: int = env.int("MAX_LEASES", 50)
LEASE_SECONDS: int = env.int("LEASE_SECONDS", 600)
MAX_ACTIVE_RUNS: int = env.int("MAX_ACTIVE_RUNS", 5)
MAX_ACTIVE_JOBS: int = env.int("MAX_ACTIVE_JOBS", 20)  # imports and exports of a project, waiting or running
# Imports and exports that run at once, of all projects: fewer than the `default` workers have processes, so that what
# takes a moment (renditions, leases, previews) waits for none of them.
LONG_JOBS: int = env.int("LONG_JOBS", 2)
MAX_BATCH_IMAGES: int = env.int(
    "MAX_BATCH_IMAGES", 5_000
)  # pictures of a batch of renders or other made ones
MAX_SCENE_MODELS: int = env.int("MAX_SCENE_MODELS", 100)  # of a project
# Blenders that render a batch at once, and the threads of each: 0 are as many as there are cores.
RENDERERS: int = env.int("RENDERERS", 1)
RENDER_THREADS: int = env.int("RENDER_THREADS", 0)
PREDICT_TIMEOUT: float = env.float("PREDICT_TIMEOUT", 30.0)
PREDICT_RATE: str = env.str("PREDICT_RATE", "600/min")
IMPORT_PORTS: list[int] = env.list("IMPORT_PORTS", [80, 443], subcast=int)  # what images are fetched from
# Only for tests and closed networks: hosts whose private addresses an import may fetch from.
IMPORT_ALLOWED_HOSTS: list[str] = env.list("IMPORT_ALLOWED_HOSTS", [])
# Seconds that a host gets between two fetches when the images of a page are taken; not the allowed hosts.
IMPORT_DELAY: float = env.float("IMPORT_DELAY", 1.0)

# --- API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "labeling.api.auth.TokenAuthentication",
        "labeling.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "labeling.api.parsing.OnlyJSON",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["labeling.api.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "labeling.api.pages.CursorPage",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"predict": PREDICT_RATE, "sign_in": "30/min"},
    "EXCEPTION_HANDLER": "labeling.api.problems.problem",
    "NUM_PROXIES": env.int("NUM_PROXIES", 0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Frameloop",
    "DESCRIPTION": "Annotation with models in the loop.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/",
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "labeling.models.job.Job.State",
        "ImageStatusEnum": "labeling.models.queue.QueueItem.Status",
        "RoleEnum": "labeling.models.project.Role",
        "StageEnum": "inference.models.ModelVersion.Stage",
        "ProjectKindEnum": "labeling.models.project.Project.Kind",
        "BatchGeneratorEnum": "synthesis.models.SyntheticBatch.Generator",
    },
}

USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
