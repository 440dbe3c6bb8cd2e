"""The site's settings, on a home of the tests' own and, when asked, a PostgreSQL of their own.

STUDYHUB_TEST_DATABASE=postgres runs the tests on PostgreSQL: the one DATABASE_URL names, or one
started here for as long as the tests run. Fetched data sets are shared with the developer's home.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests import servers


def _home_of_this_run() -> str:
    """A new folder that goes when the process that made it ends, not when a child of it does."""
    home, maker = tempfile.mkdtemp(prefix="studyhub-tests-"), os.getpid()

    def remove() -> None:
        if os.getpid() == maker:
            shutil.rmtree(home, ignore_errors=True)

    atexit.register(remove)
    return home


_developers_home = Path(os.environ.get("STUDYHUB_HOME") or Path(__file__).parent.parent / "var")
_own_home = os.environ.get("STUDYHUB_TEST_HOME") or _home_of_this_run()
# Parallel test processes have databases of their own: in a home that they shared, each would sweep
# away the folders of runs that only the other's database knows.
_process = os.environ.get("PYTEST_XDIST_WORKER", "")
if _process and Path(_own_home).name != _process:
    _own_home = str(Path(_own_home, _process))
    Path(_own_home).mkdir(exist_ok=True)
    # One thread each, or torch's threads in one process wait for those in the other. Where a seed
    # asks for all cores, as in a run, waiting threads sleep: spinning ones cost ten times as much.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Processes that the tests start (workers, commands) inherit these.
os.environ["STUDYHUB_TEST_HOME"] = os.environ["STUDYHUB_HOME"] = _own_home
os.environ.setdefault("STUDYHUB_TEST_DATA", str(_developers_home / "data"))
os.environ.setdefault("STUDYHUB_DATA_MIRROR", os.environ["STUDYHUB_TEST_DATA"])
if os.environ.get("STUDYHUB_TEST_DATABASE") == "postgres":
    os.environ["DATABASE_URL"] = os.environ.get("DATABASE_URL") or servers.postgres_url()
else:
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)

from studyhub.settings import *  # noqa: E402, F403
from studyhub.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES  # noqa: E402

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads of a test then lock each other out as they really do.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_own_home) / "tests.sqlite3")}
DATA_DIR = Path(os.environ["STUDYHUB_TEST_DATA"])
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # repeated queries in a loop fail the test
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True
# Static files are served from where they lie: collecting them takes seconds.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING_CONFIG = None
