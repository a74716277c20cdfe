"""The test suite, on the database that ``DATABASE_URL`` names (SQLite otherwise)."""

import tempfile
from pathlib import Path

from .base import *  # noqa: F403
from .base import DATABASES

SCRATCH = tempfile.TemporaryDirectory(prefix="concord-test-")  # goes when the process ends

SECRET_KEY = "tests-only"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(SCRATCH.name, "files")
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
ACCOUNT_RATE_LIMITS = False
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = None  # static files are served from where they lie
WHITENOISE_USE_FINDERS = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # In memory, all threads would share one connection: no WAL, no waiting for a lock.
    DATABASES["default"]["TEST"] = {"NAME": Path(SCRATCH.name, "test.sqlite3")}
