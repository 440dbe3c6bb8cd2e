"""Closing an account: everything that belongs to a person goes with it."""

from django.db import transaction
from django.dispatch import Signal

from studyhub.accounts.models import User

#: Sent with `user` inside the transaction, before the account's own rows go. An app whose rows are
#: too many to be read, or stand in each other's way, removes them here; all others cascade.
closing = Signal()


def close_account(user: User) -> None:
    """Removes the account, with the log, cards, decks, quizzes, runs and devices of its owner.

    Files that nobody names any more are swept by the nightly tasks.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked is not None:
            closing.send(sender=User, user=locked)
            locked.delete()
