"""The Celery application; each app's tasks live in its `tasks.py`."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
TRANSPORT_ALIASES["filesystem"] = "studyhub.file_broker:Transport"

app = Celery("studyhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
