"""One person's machine: what ``make run`` serves."""

from .base import *  # noqa: F403
from .base import STATE, env_key

SECRET_KEY = env_key(STATE / "secret_key")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SESSION_COOKIE_NAME = "concord_dev"
CSRF_COOKIE_NAME = "concord_dev_csrf"
STATIC_ROOT = None  # static files are served from where they lie
WHITENOISE_USE_FINDERS = True
