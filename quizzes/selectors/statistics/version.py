"""What statistics depend on, as one short text: while it stands, so do they."""

from datetime import datetime
from zlib import crc32

from django.db.models import Max

from content.domain.errors import ContentNotFound
from content.models import Chapter, Section
from quizzes.selectors.memory import memory_of, today_of
from quizzes.selectors.plans import plans_ahead, settings_in
from quizzes.selectors.statistics.answers import OWN_CARDS
from studyhub.accounts.models import User


def version(user: User, *, now: datetime) -> str:
    """Changes with the learner's log, settings and plan, their study day, and the course's texts.

    The learner's own texts move their change number.
    """
    memory, today = memory_of(user), today_of(user, now)
    planned = repr((settings_in(memory), plans_ahead(user.pk, today)))
    course = Chapter.objects.aggregate(Max("updated_at"), Max("prompts__updated_at"))
    course |= {"sections": Section.objects.aggregate(last=Max("updated_at"))["last"]}
    changed = max((each for each in course.values() if each), default=None)
    texts = 0 if changed is None else int(changed.timestamp() * 1e6)
    place = f"{user.time_zone}.{user.rollover_hour}"
    return f"{user.pk}.{memory.cursor}.{today}.{place}.{texts}.{crc32(planned.encode()):x}"


def require_chapter(slug: str | None) -> None:
    """Raises ContentNotFound unless there is such a chapter; None and OWN_CARDS are fine."""
    if slug is None or slug == OWN_CARDS:
        return
    if not Chapter.objects.filter(slug=slug, retired_at=None).exists():
        raise ContentNotFound(
            f"There is no chapter {slug!r}.", cure="Name one of the chapters, or none for all."
        )
