"""StudyHub: wiring on top, accounts and base at the bottom (see docs/architecture.md).

The Celery application is loaded here so that every process that can send a task knows the broker.
"""

from studyhub.celery import app as celery_app

__all__ = ["celery_app"]
