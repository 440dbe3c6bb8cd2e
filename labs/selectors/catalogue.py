"""Reads of labs and of what learners chose for them."""

from django.db.models import QuerySet

from labs.domain.refusals import LabUnknown
from labs.models import DatasetFetch, Lab, LearnerChoice
from studyhub.accounts.models import User


def labs() -> QuerySet[Lab]:
    return Lab.objects.filter(retired_at=None)


def lab(slug: str) -> Lab:
    """Raises LabUnknown."""
    try:
        return labs().get(slug=slug)
    except Lab.DoesNotExist:
        raise LabUnknown(f"There is no lab {slug}.", cure="Choose one from the list.") from None


def fetch_of(slug: str) -> DatasetFetch | None:
    """How far the last asked-for fetch of a data set is."""
    return DatasetFetch.objects.filter(slug=slug).first()


def is_anonymous(user: User, lab: Lab) -> bool:
    """Whether the learner chose to stand on this lab's leaderboard without a name."""
    return LearnerChoice.objects.filter(user=user, lab=lab, anonymous=True).exists()
