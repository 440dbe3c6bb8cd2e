"""What a learner who leaves takes along."""

from quizzes.models import Card, QuizAttempt, ReviewEventRow, UserMemory
from studyhub.accounts.models import User


def forget_learner(user: User) -> None:
    """Removes log, cards and quizzes, inside the caller's transaction.

    They stand between a learner's own texts and their removal, so that Django would read each row
    first; removed by themselves they are one statement for each table.
    """
    # Waits for what is being taken in, and lets nothing more in: the log has no foreign key that
    # would hold (docs/adr/0025).
    UserMemory.objects.select_for_update().filter(user=user).first()
    QuizAttempt.objects.filter(user=user).delete()
    ReviewEventRow.objects.filter(user=user).delete()
    Card.objects.filter(user=user).delete()
