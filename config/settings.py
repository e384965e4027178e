"""One settings file for every environment; the environment is read in env.py."""

from urllib.parse import urlsplit

from config import env
from config.security import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from config.security import leave_no_core, refusals

leave_no_core()  # every process reads the settings, before it reads anything else
BASE_DIR = env.ROOT
HOME = env.HOME
DEMO = env.DEMO
PRODUCTION = env.PRODUCTION
DEBUG = env.DEBUG
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.ALLOWED_HOSTS
PUBLIC_URL = env.PUBLIC_URL
AGENCY_NAME = env.AGENCY_NAME
HELP_EMAIL = env.HELP_EMAIL
DATABASES = {"default": env.database()}
REDIS_URL = env.redis_url()

VAULT_DIR = env.VAULT_DIR
KEYSTORE_DIR = env.KEYSTORE_DIR
KEYSTORE_COPY_DIR = env.KEYSTORE_COPY_DIR
KEYSTORE_RETENTION_DAYS = env.KEYSTORE_RETENTION_DAYS
VAULT_MASTER_KEY = env.secret("VAULT_MASTER_KEY")
VAULT_MASTER_KEY_BEFORE = env.former_secret("VAULT_MASTER_KEY_BEFORE")
SEAL_DIR = env.SEAL_DIR
SFTP_DIR = env.SFTP_DIR
SFTP_HOST = env.SFTP_HOST
SFTP_PORT = env.SFTP_PORT
SFTP_PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname
UPLOAD_CAP_BYTES = env.UPLOAD_CAP_BYTES

INSTALLED_APPS = [
    "indicators",
    "agreements",
    "partnerships",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "guardian",
    "simple_history",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.bodies.BodyMiddleware",
    "accounts.web.SecondFactorMiddleware",
    "accounts.web.RefusalMiddleware",
    "partnerships.web.ReaderTimeZoneMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "accounts.web.frame",
            ],
            "builtins": ["accounts.templatetags.uswds"],
        },
    }
]

# People and sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
        )
    },
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.sign_in.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.TRUSTED_PROXY_COUNT
ACCOUNT_PREVENT_ENUMERATION = True
# Object-scoped views verify the password again before a signature; fifteen
# minutes is how long that counts for allauth's own pages.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Homeroom"
SECOND_FACTOR_REQUIRED = not DEMO
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# Sessions, cookies, headers
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

# Uploads never touch a plaintext file
FILE_UPLOAD_HANDLERS: list[str] = []  # a view that takes files adds its own
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# E-mail
vars().update(env.email())
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.EMAIL_FROM

# Time and language: every stored time is UTC, dates follow accounts.clock
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    }
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "accounts.logs.PlaceFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Each sight of two people's records: who, and the code of the pair.
    "loggers": {"indicators.sight": {"level": "INFO"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

if PRODUCTION and (reasons := refusals(vars())):
    raise SystemExit("Homeroom will not start:\n" + "\n".join(reasons))
