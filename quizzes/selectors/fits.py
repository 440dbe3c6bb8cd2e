"""Reads of what was fitted to a learner's reviews and learned from their answers."""

from quizzes.domain.recalibration import Recalibration, from_json
from quizzes.models import UserMemory


def recalibration_of(user_id: int) -> Recalibration:
    """What this learner's answers taught about the predictions; new where they gave none."""
    stored = UserMemory.objects.filter(user_id=user_id).values_list("recalibration", flat=True)
    return from_json(stored.first() or {})
