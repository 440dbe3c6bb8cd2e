"""The site's own settings on the tests' labs, for a site that suffers faults."""

import os
import socket

from tests.fixtures.labs_settings import *  # noqa: F403
from tests.fixtures.labs_settings import DATABASES

# A worker on "another machine": its neighbours cannot look whether its process lives.
if _host := os.environ.get("STUDYHUB_TEST_HOST"):
    socket.gethostname = lambda: _host
# So a lock of some seconds makes writes fail, as one of half a minute does on a site.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = 3
ALLOWED_HOSTS = ["*"]
