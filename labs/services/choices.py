"""What a learner chooses for one lab."""

from datetime import datetime

from labs.models import LearnerChoice
from labs.selectors import lab as lab_by_slug
from studyhub.accounts.models import User


def choose_anonymous(user: User, lab_slug: str, *, anonymous: bool, now: datetime) -> None:
    """Whether others read the learner's name on this lab's leaderboard. Raises LabUnknown."""
    LearnerChoice.objects.update_or_create(
        user=user,
        lab=lab_by_slug(lab_slug),
        defaults={"anonymous": anonymous, "updated_at": now},
    )
