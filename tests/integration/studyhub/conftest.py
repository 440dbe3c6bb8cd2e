"""The course as it is shipped, read and rendered once for all tests of a process."""

import pytest
from django.conf import settings
from django.db import models, transaction

from content.models import Chapter, Deck, Fact, Figure, Prompt, Section
from content.services import sync_course
from labs.models import Lab
from labs.services import sync_labs
from studyhub.base import clock

SYNCED: tuple[type[models.Model], ...] = (Deck, Chapter, Section, Prompt, Fact, Figure, Lab)


@pytest.fixture(scope="session")
def synced_rows(django_db_setup, django_db_blocker) -> dict[type[models.Model], list[models.Model]]:
    """What a sync writes, which takes seconds; the database stays empty."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert not sync_course(settings.COURSE_DIR, now=clock.now()).problems
        assert not sync_labs(settings.EXERCISES_DIR, now=clock.now()).problems
        rows = {model: list(model._default_manager.all()) for model in SYNCED}
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def shipped_course(db, synced_rows) -> None:
    """The course and its labs, as a sync leaves them."""
    for model, rows in synced_rows.items():
        model._default_manager.bulk_create(rows, batch_size=500)
