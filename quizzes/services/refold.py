"""Folding a learner's cards anew after their parameters changed, a part at a time.

Which cards are still to do is decided under the learner's lock by the cards' own rows, so this
may stop and begin again anywhere.
"""


def refold_cards(user_id: int) -> None:
    """Brings all cards of the learner up to the newest parameters; does nothing where they are."""


def refold_waiting() -> None:
    """The same for every learner whose refolding was asked for and is not done."""
