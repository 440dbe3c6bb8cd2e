"""Memory by chapter or by fact, the weakest first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from quizzes.domain.fsrs import AGAIN
from quizzes.domain.statistics.answers import TESTS, Judged
from quizzes.domain.statistics.effort import CAP_MS
from quizzes.domain.statistics.retention import Retention

#: So many reviews at the desired retention are believed before any were seen: one early miss does
#: not make a fact the weakest of all.
BELIEVED = 10


@dataclass(frozen=True)
class KnownCard:
    """A card as it is today. `recall` is predicted, None where the card was never answered."""

    prompt: str
    lapses: int
    recall: float | None


@dataclass(frozen=True)
class Mastery:
    """What a learner knows of one subject (a chapter, a fact).

    `recall` is the mean predicted recall today of the `begun` cards, None where there are none.
    `retention` and `seconds` (capped, see effort) are of the period's answers, `lapses` of all
    time. `hardest` is the prompt with the most lapses, None where no card has one; `example` is
    that one or else the first that was begun, to say what the subject is about.
    """

    subject: str
    cards: int
    begun: int
    recall: float | None
    retention: Retention
    lapses: int
    seconds: float
    hardest: str | None
    example: str | None = None


@dataclass
class _Tally:
    cards: int = 0
    begun: int = 0
    recall: float = 0.0
    lapses: int = 0
    most: int = 0
    hardest: str | None = None
    first: str | None = None
    reviews: int = 0
    recalled: int = 0
    milliseconds: int = 0


def mastery(
    cards: Iterable[KnownCard],
    answers: Iterable[Judged],
    subjects: Mapping[str, Sequence[str]],
    desired: float,
) -> list[Mastery]:
    """For every subject that has a card; `subjects` names those of each prompt.

    In the order of weakness: by the share recalled, with BELIEVED reviews at the `desired` share
    added to it, then by the recall of today.
    """
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    given = _by_prompt(answers)
    for card in cards:
        of_card = given.get(card.prompt)
        for subject in subjects.get(card.prompt, ()):
            tally = tallies[subject]
            _add_card(tally, card)
            if of_card is not None:
                tally.reviews += of_card.reviews
                tally.recalled += of_card.recalled
                tally.milliseconds += of_card.milliseconds
    found = [_mastery(subject, tally) for subject, tally in tallies.items()]
    return sorted(found, key=lambda each: _strength(each, desired))


def _add_card(tally: _Tally, card: KnownCard) -> None:
    tally.cards += 1
    tally.lapses += card.lapses
    if card.recall is not None:
        tally.begun += 1
        tally.first = min(tally.first or card.prompt, card.prompt)
        tally.recall += card.recall
    if card.lapses > tally.most:
        tally.most, tally.hardest = card.lapses, card.prompt


def _by_prompt(answers: Iterable[Judged]) -> dict[str, _Tally]:
    """What the answers of each prompt add: a fact has few cards and they have many answers."""
    given: dict[str, _Tally] = defaultdict(_Tally)
    for answer in answers:
        tally = given[answer.prompt]
        if answer.milliseconds is not None:
            tally.milliseconds += min(answer.milliseconds, CAP_MS)
        if answer.stage in TESTS:
            tally.reviews += 1
            tally.recalled += answer.rating > AGAIN
    return given


def _mastery(subject: str, tally: _Tally) -> Mastery:
    return Mastery(
        subject=subject,
        cards=tally.cards,
        begun=tally.begun,
        recall=tally.recall / tally.begun if tally.begun else None,
        retention=Retention(tally.reviews, tally.recalled),
        lapses=tally.lapses,
        seconds=tally.milliseconds / 1000,
        hardest=tally.hardest,
        example=tally.hardest or tally.first,
    )


def _strength(each: Mastery, desired: float) -> tuple[float, float, str]:
    seen = each.retention
    share = (seen.recalled + BELIEVED * desired) / (seen.reviews + BELIEVED)
    return (share, 2.0 if each.recall is None else each.recall, each.subject)
