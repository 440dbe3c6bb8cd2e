"""The Celery application; each app's tasks live in its `tasks.py`."""

import os
import signal
from typing import Any

from billiard.common import TERM_SIGNAL
from celery import Celery
from celery.signals import worker_process_shutdown
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
TRANSPORT_ALIASES["filesystem"] = "studyhub.file_broker:Transport"

app = Celery("studyhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def leave_undisturbed(**_: Any) -> None:
    """A pool process that ends tells its worker so under a lock both share, and the worker answers
    at once with the signal to end. billiard holds that signal back in the main thread only, so in
    a process with more threads it kills before the lock is free, and the worker waits for ever."""
    signal.signal(TERM_SIGNAL, signal.SIG_IGN)
