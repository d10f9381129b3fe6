"""The one settings file, read from the environment.

A fresh clone runs with no variable set: SQLite, debug on. Every variable is
listed in the README.
"""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from osaka_site import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.yes_or_no("DEBUG", default=True)
SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "DEBUG=0 needs a SECRET_KEY: set it to a long random text, such as the "
            "output of  python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    SECRET_KEY = "only-for-this-machine-while-debug-is-on"
# Former ones, which what they have signed and encrypted is still read with.
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS", least=50)

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

# The address citizens know the site by; search engines are told this one.
SITE_URL = env.web_address("SITE_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "osaka_site.apps.OsakaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "django_countries",
    "django_filters",
    "translated_fields",
    "csp",
    "allauth.account",
    "allauth.mfa",
    "osaka_site.apps.OsakaSiteConfig",
    "osaka_site.desk.apps.DeskConfig",
    "network.apps.NetworkConfig",
    "events.apps.EventsConfig",
]

MIDDLEWARE = [
    "osaka_site.logs.RequestIdMiddleware",
    "osaka_site.headers.HeadersMiddleware",
    "osaka_site.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "osaka_site.errors.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "osaka_site.log_in.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "osaka_site.desk.middleware.PublishDueMiddleware",
]

ROOT_URLCONF = "osaka_site.urls"
WSGI_APPLICATION = "osaka_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "osaka_site.context_processors.languages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# ---- database -------------------------------------------------------------

DATABASES = {
    "default": env.database(
        "DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"] == env.SQLITE:
    # WAL lets people read while somebody saves; IMMEDIATE takes the write lock at
    # the start of a transaction, so that two savers wait instead of failing; FULL
    # means that an acknowledged save is on the disk.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"
            "PRAGMA mmap_size=134217728;"
        ),
    }
else:
    # A database that was away is noticed before something is asked of it.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Opening one costs more than what a page asks of it, so each thread of a server keeps
# its own. The development server has a thread for each request, which would leave it
# open.
DATABASES["default"]["CONN_MAX_AGE"] = 0 if DEBUG else 60

if replica := env.replica("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = {
        **replica,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
    DATABASE_ROUTERS = ["osaka_site.replica.ReplicaRouter"]
    MIDDLEWARE.append("osaka_site.replica.ReplicaMiddleware")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- cache and mail -------------------------------------------------------

CACHES = {
    "default": env.cache("CACHE_URL", default="locmem://"),
    # Finished pages by themselves, so that a rush of them pushes out nothing else.
    "pages": env.cache("CACHE_URL", default="locmem://", room="pages"),
}

# EMAIL_BACKEND, EMAIL_HOST and the others that follow from one address.
globals().update(
    env.mail("EMAIL_URL", default="console://" if DEBUG else "smtp://127.0.0.1")
)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_address(
    "DEFAULT_FROM_EMAIL", default=f"no-reply@{urlsplit(SITE_URL).hostname}"
)

# ---- people ---------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"django.contrib.auth.password_validation.{name}",
        "OPTIONS": options,
    }
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Whoever publishes or looks after accounts also shows a code from their phone.
SECOND_FACTOR = env.yes_or_no("SECOND_FACTOR", default=not DEBUG)
# How many servers of ours pass requests on; what came before them may be invented.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0 if DEBUG else 1)

ACCOUNT_ADAPTER = "osaka_site.log_in.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
# A whole office may share one address.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,5/5m/key"}
MFA_ADAPTER = "osaka_site.log_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "osaka_site.log_in.forms.ActivateForm",
    "add_webauthn": "osaka_site.log_in.forms.AddKeyForm",
    "authenticate": "osaka_site.log_in.forms.CodeForm",
    "authenticate_webauthn": "osaka_site.log_in.forms.KeyForm",
    "edit_webauthn": "osaka_site.log_in.forms.RenameKeyForm",
    "reauthenticate": "osaka_site.log_in.forms.CodeAgainForm",
    "reauthenticate_webauthn": "osaka_site.log_in.forms.KeyAgainForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # http://localhost:8000
MFA_TOTP_ISSUER = "Osaka International Network"
MFA_TOTP_TOLERANCE = 1  # clocks of phones go wrong by seconds

# Nobody approves what they wrote themselves. Off, they can, and the history says so.
SECOND_PAIR_OF_EYES = env.yes_or_no("SECOND_PAIR_OF_EYES", default=True)

# ---- languages and time ---------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ja", "日本語"),
    ("zh-hans", "简体中文"),
    ("ko", "한국어"),
]
# Where a text is missing, the first of these that has one is shown, marked.
CONTENT_FALLBACKS = ["en", "ja", "zh-hans", "ko"]
LOCALE_PATHS = [BASE_DIR / "osaka_site" / "locale"]
FORMAT_MODULE_PATH = "osaka_site.formats"
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

# ISO 3166-1 names come from the library; this is how the source page words it.
COUNTRIES_OVERRIDE = {"US": _("USA")}

# Finished pages are kept in the process; not while their templates are written.
KEEP_PAGES = env.yes_or_no("KEEP_PAGES", default=not DEBUG)
# A symbolic link to the content version, for nginx: osaka_site/page_cache/versions.py
CONTENT_VERSION_LINK = env.folder("CONTENT_VERSION_LINK")

# ---- files ----------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.folder("STATIC_ROOT", default=BASE_DIR / "static-collected")
MEDIA_URL = "media/"
MEDIA_ROOT = env.folder("MEDIA_ROOT", default=BASE_DIR / "media")
BACKUP_DIR = env.folder("BACKUP_DIR")
# The copy of the site for nginx to send while this one is away.
BAKED_DIR = env.folder("BAKED_DIR")
STORAGES = {
    "default": env.media("MEDIA_STORAGE"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "osaka_site.uploads.BoundedUploadHandler",
]
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a partner with many inlines in four languages

# ---- security -------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
HTTPS = env.yes_or_no("HTTPS", default=True)
if not DEBUG:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
    SECURE_SSL_REDIRECT = HTTPS
    SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- logs and metrics -----------------------------------------------------

LOG_FORMAT = env.choice("LOG_FORMAT", default="line", choices=["line", "json"])
SLOW_QUERY_MS = env.number("SLOW_QUERY_MS", default=500)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
        "json": {"()": "osaka_site.logs.JSONFormatter"},
    },
    "filters": {"request_id": {"()": "osaka_site.logs.RequestIdFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False}
    },
}

METRICS_TOKEN = env.secret("METRICS_TOKEN", least=20)
METRICS_DIR = env.folder("METRICS_DIR")
