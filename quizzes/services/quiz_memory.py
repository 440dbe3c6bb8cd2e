"""What the answers of a quiz do to memory, as events of the quiz's own.

The quiz's id stands as their device, so they can be told from what the learner did elsewhere.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from quizzes.domain import events
from quizzes.domain.days import study_day
from quizzes.domain.events import moment_text
from quizzes.domain.quiz import effect, last_review_day
from quizzes.domain.undo import QUIZ
from quizzes.models import QuizAnswer, QuizQuestion, UserMemory
from quizzes.selectors.memory import events_of_cards
from quizzes.services.leeches import take_in
from quizzes.services.made_events import made_event
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
            made_event(
                user,
                does.kind,
                question.prompt_id,
                device=question.attempt_id,
                seq=memory.cursor + number,
                now=now,
                event_id=uuid5(question.attempt_id, str(question.pk)),
                rating=does.rating,
                version=question.prompt.version,
                at=moment_text(at),
                reason=QUIZ,
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
    then: dict[str, Any] = {"tz": first.tz, "rollover": first.rollover}
    taken_back = [
        made_event(
            user,
            events.Kind.VOID,
            question.prompt_id,
            device=question.attempt_id,
            seq=memory.cursor,
            now=now,
            event_id=uuid5(question.attempt_id, f"void {event.id}"),
            reason=QUIZ,
            target=event.id,
            **then,
        )
        for event in ours
        if event.id not in voided
    ]
    told = made_event(
        user,
        does.kind,
        question.prompt_id,
        device=question.attempt_id,
        seq=memory.cursor + 1,
        now=now,
        event_id=uuid5(question.attempt_id, f"{question.pk} {len(ours)}"),
        reason=QUIZ,
        rating=does.rating,
        version=first.version,
        at=moment_text(first.effective_at),
        **then,
    )
    take_in(memory, [*taken_back, told], received=now)


def _whole_ms(moment: datetime) -> datetime:
    """Events carry milliseconds; what is compared with them must not carry more."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
