"""The site's settings on two databases of one PostgreSQL: one small, one large."""

import os

import dj_database_url

from studyhub.settings import *  # noqa: F403

SMALL, LARGE = "small", "large"
_server = dj_database_url.parse(os.environ["DATABASE_URL"])
# Without a pool: each database keeps one connection, whose backend's time can be read.
DATABASES = {"default": _server | {"CONN_MAX_AGE": None}} | {
    name: _server | {"NAME": name, "CONN_MAX_AGE": None} for name in (SMALL, LARGE)
}
ALLOWED_HOSTS = ["*"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
