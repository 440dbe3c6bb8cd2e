"""What the answers of a quiz do to memory, as events of the quiz's own.

The quiz's id stands as their device, so they can be told from what the learner did elsewhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from quizzes.domain import events
from quizzes.domain.days import study_day
from quizzes.domain.events import ReviewEvent, moment_text
from quizzes.domain.intake import read_event
from quizzes.domain.quiz import effect, last_review_day
from quizzes.domain.undo import QUIZ
from quizzes.models import QuizAnswer, QuizQuestion, UserMemory
from quizzes.selectors.memory import events_of_cards
from quizzes.services.leeches import take_in
from studyhub.accounts.models import User

GRADED = (events.Kind.REVIEW, events.Kind.PRACTICE)


def tell_answers(
    memory: UserMemory, user: User, answers: Sequence[QuizAnswer], *, now: datetime
) -> None:
    """Records what each answer does to its card, as of the moment when it was given.

    Telling twice is harmless. The answers come with their questions and prompts.
    """
    histories = events_of_cards(user.pk, [answer.question.prompt_id for answer in answers])
    told = []
    for number, answer in enumerate(answers):
        question, at = answer.question, _whole_ms(answer.answered_at)
        does = effect(
            question.prompt.kind,
            correct=answer.correct,
            last_day=last_review_day(histories[question.prompt_id], at),
            today=study_day(at, user.time_zone, user.rollover_hour),
        )
        told.append(
            _event(
                question,
                memory.cursor + number,
                now,
                id=uuid5(question.attempt_id, str(question.pk)),
                kind=does.kind.value,
                rating=does.rating,
                version=question.prompt.version,
                at=moment_text(at),
                tz=user.time_zone,
                rollover=user.rollover_hour,
            )
        )
    take_in(memory, told, received=now)


def retell_answer(
    memory: UserMemory, user: User, question: QuizQuestion, *, correct: bool, now: datetime
) -> None:
    """Takes back what the answer did to its card, and records what the other verdict does.

    The new event counts from when the answer was given, in the time zone of then, so the card is
    what it would have been with that verdict from the start, whatever happened to it since.
    """
    history = events_of_cards(user.pk, [question.prompt_id])[question.prompt_id]
    ours = [e for e in history if e.device == question.attempt_id and e.kind in GRADED]
    voided = {event.target for event in history if event.kind is events.Kind.VOID}
    if not ours:
        return
    first = min(ours, key=lambda event: event.order)
    others = [event for event in history if event.device != question.attempt_id]
    does = effect(
        question.prompt.kind,
        correct=correct,
        last_day=last_review_day(others, first.effective_at),
        today=first.day,
    )
    common = {"tz": first.tz, "rollover": first.rollover}
    changes = [
        _event(
            question,
            memory.cursor,
            now,
            id=uuid5(question.attempt_id, f"void {event.id}"),
            kind=events.Kind.VOID.value,
            target=event.id,
            at=moment_text(now),
            **common,
        )
        for event in ours
        if event.id not in voided
    ]
    changes.append(
        _event(
            question,
            memory.cursor + 1,
            now,
            id=uuid5(question.attempt_id, f"{question.pk} {len(ours)}"),
            kind=does.kind.value,
            rating=does.rating,
            version=first.version,
            at=moment_text(first.effective_at),
            **common,
        )
    )
    take_in(memory, changes, received=now)


def _event(question: QuizQuestion, seq: int, now: datetime, **fields: Any) -> ReviewEvent:
    payload: dict[str, UUID | str | int | None] = {
        "device": question.attempt_id,
        "seq": seq,
        "prompt": question.prompt_id,
        "reason": QUIZ,
        **fields,
    }
    return read_event(payload, received=now)


def _whole_ms(moment: datetime) -> datetime:
    """Events carry milliseconds; what is compared with them must not carry more."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
