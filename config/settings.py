"""Django's settings, read from the environment; docs/settings.md is generated from the calls below."""

from pathlib import Path
from typing import Any

from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from apps.core import databases
from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

DATA_DIR = Path(env.text("PATROL_DATA_DIR", "var", "Where the embedded database, keys and broker live.")).resolve()

DEBUG = env.flag("PATROL_DEBUG", False, "Django's debug pages. Never on a machine others can reach.")
DEMO = env.flag("PATROL_DEMO", False, "Pages carry a mark: GitHub is simulated. `make run` sets it for the demo.")
DEMO_EXIT = env.text(
    "PATROL_DEMO_EXIT", "", "A file by which the demo's page asks `make run` for a Patrol beside it; set by `make run`."
)
PUBLIC_URL = env.text(
    "PATROL_PUBLIC_URL", "http://localhost:8000", "The address people reach Patrol at; every link is made from it."
).rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
SECRET_KEY = env.secret("PATROL_SECRET_KEY", "Signs cookies and forms. `make run` generates one in the data directory.")
ENCRYPTION_KEYS = env.words(
    "PATROL_ENCRYPTION_KEYS", [], "Key ring for secrets at rest, `id:base64` of 32 bytes, the first encrypts."
)
ALLOWED_HOSTS = env.words(
    "PATROL_ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]"],
    "Host names Patrol answers to, besides that of PATROL_PUBLIC_URL.",
)
ALLOWED_HOSTS += [PUBLIC_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]]
WEBHOOK_URL = (
    env.text(
        "PATROL_WEBHOOK_URL",
        "",
        "The address GitHub sends webhooks to, where it is not `/webhooks/github` under PATROL_PUBLIC_URL.",
    )
    or f"{PUBLIC_URL}/webhooks/github"
)
ALLOWED_HOSTS += [WEBHOOK_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]]
WEBHOOKS = env.choice(
    "PATROL_WEBHOOKS",
    "auto",
    ["auto", "on", "off"],
    "`off`: no webhook can reach Patrol, and it asks GitHub for new requests every minute. `auto`: off where the "
    "webhook's address is one of this machine's or a private one and GitHub's is not.",
)

# --- GitHub -----------------------------------------------------------------------------------------------
GITHUB_API_URL = env.text(
    "PATROL_GITHUB_API_URL",
    "",
    "GitHub's API: `https://api.SUBDOMAIN.ghe.com`, `https://HOST/api/v3` on Enterprise Server. Empty: what was chosen "
    "at `/setup`, else `https://api.github.com`.",
).rstrip("/")
GITHUB_WEB_URL = env.text(
    "PATROL_GITHUB_WEB_URL", "", "GitHub's pages. Empty: those that belong to the API's address."
).rstrip("/")
GITHUB_CONNECT_SECONDS = env.integer(
    "PATROL_GITHUB_CONNECT_SECONDS", 5, "How long Patrol tries to reach GitHub before it puts the work off."
)
GITHUB_READ_SECONDS = env.integer(
    "PATROL_GITHUB_READ_SECONDS", 15, "How long Patrol waits for GitHub's answer; after that a write is unknown."
)
LEASE_SECONDS = env.integer(
    "PATROL_LEASE_SECONDS",
    40,
    "How long a process that sends a decision may say nothing before another looks what became of it; at least twice "
    "the two above.",
)
if LEASE_SECONDS < 2 * (GITHUB_CONNECT_SECONDS + GITHUB_READ_SECONDS):
    raise ImproperlyConfigured(
        "PATROL_LEASE_SECONDS must be at least twice PATROL_GITHUB_CONNECT_SECONDS and PATROL_GITHUB_READ_SECONDS "
        "together: a process that only waits for GitHub would lose its work to another."
    )
BACK_OFF_SECONDS = env.integers(
    "PATROL_BACK_OFF_SECONDS",
    [5, 30, 120, 600],
    "The waits before a decision that GitHub hindered is tried, or looked up, again; the last one from then on.",
)
if min(BACK_OFF_SECONDS) < 1:
    raise ImproperlyConfigured("PATROL_BACK_OFF_SECONDS: at least a second each, or GitHub is asked without a pause.")
GITHUB_WRITE_PAUSE_MILLISECONDS = env.integer(
    "PATROL_GITHUB_WRITE_PAUSE_MILLISECONDS", 1000, "Between two writes to one organization; GitHub asks for a second."
)
UNDO_SECONDS = env.integer(
    "PATROL_UNDO_SECONDS", 8, "How long a decision rests, to be undone, before it is sent; owners may choose another."
)
GITHUB_APP: dict[str, Any] = {
    "app_id": env.integer("PATROL_GITHUB_APP_ID", 0, "The governance App's id."),
    "client_id": env.text("PATROL_GITHUB_APP_CLIENT_ID", "", "The governance App's client id."),
    "client_secret": env.secret("PATROL_GITHUB_APP_CLIENT_SECRET", "The governance App's client secret."),
    "private_key": env.secret("PATROL_GITHUB_APP_PRIVATE_KEY", "The governance App's private key, PEM."),
    "previous_private_key": env.secret(
        "PATROL_GITHUB_APP_PREVIOUS_PRIVATE_KEY",
        "The private key before this one, PEM: tried where GitHub refuses the other, until it is emptied.",
    ),
    "webhook_secret": env.secret("PATROL_GITHUB_APP_WEBHOOK_SECRET", "The governance App's webhook secret."),
    "previous_webhook_secret": env.secret(
        "PATROL_GITHUB_APP_PREVIOUS_WEBHOOK_SECRET",
        "The webhook secret before this one: messages signed with it are taken as well, until it is emptied.",
    ),
    "slug": env.text("PATROL_GITHUB_APP_SLUG", "", "The governance App's name in GitHub's addresses."),
}
ALLOWED_ORGANIZATIONS = env.integers(
    "PATROL_ALLOWED_ORGANIZATIONS",
    [],
    "Ids of the organizations Patrol reads, where anybody may install the App; other installations are shown to "
    "administrators and never read. Empty: all, or as chosen at `/setup`.",
)
GITHUB_AVATAR_HOSTS = env.words(
    "PATROL_GITHUB_AVATAR_HOSTS",
    ["https://avatars.githubusercontent.com"],
    "Origins that pages may load avatars from.",
)
OUTBOUND_PRIVATE_HOSTS = env.words(
    "PATROL_OUTBOUND_PRIVATE_HOSTS",
    [],
    "`HOST` or `HOST:PORT` on private addresses that Patrol may call, such as an Enterprise Server.",
)
CA_BUNDLE = env.text(
    "PATROL_CA_BUNDLE", "", "A file of certificate authorities to trust in place of the built-in ones."
)
HTTPS_PROXY = env.secret(
    "PATROL_HTTPS_PROXY",
    "`http://HOST:PORT`, with `USER:PASSWORD@` where it asks: the proxy for everything that Patrol calls by https, but "
    "for hosts that `NO_PROXY` names. Empty: what `HTTPS_PROXY` says.",
)

# --- Mail --------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "apps.core.mail.TrustingBackend"
EMAIL_HOST = env.text(
    "PATROL_EMAIL_HOST",
    "",
    "The SMTP server that mails leave by. Empty: nothing is sent, and what would have been is kept for its readers at "
    "`/notices/`.",
)
EMAIL_PORT = env.integer("PATROL_EMAIL_PORT", 587, "Its port; mostly 465 for `tls`, 25 for `none`.")
_EMAIL_SECURITY = env.choice(
    "PATROL_EMAIL_SECURITY",
    "starttls",
    ["starttls", "tls", "none"],
    "How the connection is encrypted; the server's certificate is always checked, with PATROL_CA_BUNDLE if set. "
    "`none`: not at all, for a server on this machine.",
)
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL_SECURITY == "starttls", _EMAIL_SECURITY == "tls"
EMAIL_HOST_USER = env.text("PATROL_EMAIL_USER", "", "Who Patrol signs in as there. Empty: it does not.")
EMAIL_HOST_PASSWORD = env.secret("PATROL_EMAIL_PASSWORD", "The password for it.")
EMAIL_TIMEOUT = env.integer(
    "PATROL_EMAIL_TIMEOUT_SECONDS", 15, "How long Patrol waits for each of the mail server's answers."
)
DEFAULT_FROM_EMAIL = (
    env.text(
        "PATROL_EMAIL_FROM", "", "The sender, `Name <address>`. Empty: `patrol@` with the host of PATROL_PUBLIC_URL."
    )
    or f"Patrol <patrol@{PUBLIC_URL.split('://', 1)[-1].split('/', 1)[0].rsplit(':', 1)[0]}>"
)

# --- Django ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "template_partials",
    "apps.core.apps.CoreConfig",
    "apps.audit.apps.AuditConfig",
    "apps.jobs.apps.JobsConfig",
    "apps.github.apps.GitHubConfig",
    "apps.accounts.apps.AccountsConfig",
    "apps.effects.apps.EffectsConfig",
    "apps.tokens.apps.TokensConfig",
    "apps.notify.apps.NotifyConfig",
    "apps.dashboard.apps.DashboardConfig",
]
MIDDLEWARE = [
    "apps.core.middleware.NoCookiesForMachinesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.github.middleware.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SessionLimitsMiddleware",
    "apps.accounts.middleware.AccessPagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.middleware.PageHeadersMiddleware",
    "apps.accounts.middleware.WayBackMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["apps.core.templatetags.addresses"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.context.site",
                "apps.github.context.github",
                "apps.dashboard.context.navigation",
            ],
        },
    }
]

DATABASES = {
    "default": databases.parse(
        env.text(
            "PATROL_DATABASE_URL",
            "",
            "`postgresql://user:password@host:port/name` or `sqlite:///path`; empty: SQLite in the data directory.",
        ),
        DATA_DIR,
        prepares=env.flag(
            "PATROL_DATABASE_PREPARES",
            True,
            "PostgreSQL plans once what is asked often. Not behind a pooler that gives each transaction another "
            "connection, unless it follows prepared statements (PgBouncer 1.21 and newer).",
        ),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.sessions.SignedIn"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "dashboard:overview"

SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_NAME = "__Host-patrol-session" if SECURE else "patrol-session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-patrol-csrf" if SECURE else "patrol-csrf"
SESSION_IDLE_SECONDS = 60 * 60
SESSION_ABSOLUTE_SECONDS = SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# More than Django's 1,000: one bulk decision over a page of a hundred carries a digest for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *GITHUB_AVATAR_HOSTS],
        "connect-src": [SELF],
        # GitHub's address joins it: apps.github.middleware.
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# --- Jobs --------------------------------------------------------------------------------------------------
REDIS_URL = env.text(
    "PATROL_REDIS_URL", "", "`redis://host:port/db`: broker and cache; empty: a broker of files in the data directory."
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Never pickle: who can write to Redis must gain nothing.
        "OPTIONS": {"serializer": "apps.core.caching.JSONSerializer"},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
# A host is named only because kombu warns at each message where none is.
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "retry_on_timeout": True,
        "health_check_interval": 30,
        # One more try at once, then give up: a ring happens inside a request, and the sweeper finds the row anyway.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
    }
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The walk of a large organization is one task: cut into turns, those of many organizations would outlive each other.
# Its lease, not the message, keeps a second worker away when Redis delivers it again.
CELERY_TASK_SOFT_TIME_LIMIT = 1_500
CELERY_TASK_TIME_LIMIT = 1_800
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Kept in memory: which slots ran is in rows, and Celery's own file of it would be a pickle.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# One tick a minute; what is due then is rows and each app's schedule.py.
CELERY_BEAT_SCHEDULE = {"tick": {"task": "jobs.tick", "schedule": schedule(60.0), "options": {"expires": 55}}}

SWEEP_SECONDS = env.integer(
    "PATROL_SWEEP_SECONDS", 15, "How often the sweeper looks for what no message told the workers of."
)
PULSE_PATH = env.text(
    "PATROL_PULSE_PATH", "", "A file that a worker, beat or sweeper touches while it works, for its health check."
)

LOGGING_CONFIG = None
LOG_LEVEL = env.text("PATROL_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
LOG_FORMAT = env.text("PATROL_LOG_FORMAT", "json", "`json` or `console`.")
