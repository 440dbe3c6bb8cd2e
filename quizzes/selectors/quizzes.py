"""A quiz as it stands: its questions, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from quizzes.domain.errors import QuizNotFound
from quizzes.domain.quiz import ends
from quizzes.models import QuizAnswer, QuizAttempt, QuizQuestion
from studyhub.accounts.models import User


@dataclass(frozen=True)
class AnswerResult:
    """What the learner is told about an answer.

    In a quiz with feedback at the end, everything but `question` and `given` is None until the
    quiz is finished. `option_notes` says in HTML, by option id, why an option is wrong.
    `correct` and `score` are what was graded; `override` is the learner's own verdict, which then
    counts instead, None where they left it at that.
    """

    question: int
    given: Any
    correct: bool | None = None
    score: float | None = None
    override: bool | None = None
    expected: Any = None
    message: str | None = None
    explanation_html: str | None = None
    answer_html: str | None = None
    option_notes: dict[str, str] | None = None

    @property
    def counts(self) -> bool | None:
        """The verdict that counts; None while it is kept back."""
        return self.correct if self.override is None else self.override


@dataclass(frozen=True)
class QuestionView:
    """`choices` are {"id", "html"} in the order drawn for this quiz; `answer` None while open."""

    id: int
    prompt: str
    kind: str
    question_html: str
    choices: list[dict[str, str]]
    position: int
    gaps: int
    unit: str
    answer: AnswerResult | None


@dataclass(frozen=True)
class QuizView:
    """`score` (0 to 1) is None until finished; `deadline` None without a time limit."""

    id: UUID
    chapters: list[str]
    feedback: str
    seconds: int | None
    started_at: datetime
    deadline: datetime | None
    finished_at: datetime | None
    score: float | None
    retake_of: UUID | None
    questions: list[QuestionView] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return sum(question.answer is not None for question in self.questions)

    @property
    def overridden(self) -> int:
        """How many answers count by the learner's own verdict."""
        answers = (question.answer for question in self.questions)
        return sum(answer is not None and answer.override is not None for answer in answers)


@dataclass(frozen=True)
class QuizResult:
    """`score` is the mean over all questions, 0 to 1, an unanswered one counting 0; `scheduled`
    are the ids of the missed prompts, which entered the schedule; `overridden` is how many answers
    count by the learner's own verdict."""

    id: UUID
    score: float
    questions: list[QuestionView]
    scheduled: list[str]
    overridden: int = 0


def quiz(user: User, attempt_id: UUID | str) -> QuizView:
    """The learner's quiz. Raises QuizNotFound for anybody else's."""
    return view_of(attempt_of(user, attempt_id))


def missed_prompts(attempt: QuizAttempt) -> list[str]:
    """Prompts whose answer counts as wrong, or that have none."""
    return list(attempt.questions.exclude(counted_right()).values_list("prompt_id", flat=True))


def counted_right(question: str = "") -> Q:
    """Questions whose answer counts as right; `question` leads to them ("questions__")."""
    answer = f"{question}answer__"
    by_learner = Q(**{f"{answer}override": True})
    return by_learner | Q(**{f"{answer}override": None, f"{answer}correct": True})


def attempt_of(user: User, attempt_id: UUID | str) -> QuizAttempt:
    try:
        attempt = QuizAttempt.objects.filter(user=user, pk=UUID(str(attempt_id))).first()
    except ValueError:
        attempt = None
    if attempt is None:
        raise QuizNotFound("There is no such quiz of yours.", cure="Start a new one.")
    return attempt


def view_of(attempt: QuizAttempt) -> QuizView:
    return QuizView(
        id=attempt.pk,
        chapters=list(attempt.chapters),
        feedback=attempt.feedback,
        seconds=attempt.seconds,
        started_at=attempt.started_at,
        deadline=deadline(attempt),
        finished_at=attempt.finished_at,
        score=attempt.score,
        retake_of=attempt.retake_of_id,
        questions=question_views(attempt),
    )


def deadline(attempt: QuizAttempt) -> datetime | None:
    return ends(attempt.started_at, attempt.seconds)


def question_views(attempt: QuizAttempt) -> list[QuestionView]:
    told = attempt.feedback == QuizAttempt.Feedback.EACH or attempt.finished_at is not None
    questions = attempt.questions.select_related("prompt", "answer").order_by("position")
    return [_question_view(question, told) for question in questions]


def _question_view(question: QuizQuestion, told: bool) -> QuestionView:
    prompt = question.prompt
    answer = getattr(question, "answer", None)
    return QuestionView(
        id=question.pk,
        prompt=prompt.pk,
        kind=prompt.kind,
        question_html=prompt.question_html,
        choices=in_order(prompt.choices, question.choices),
        position=question.position,
        gaps=len(prompt.answer.get("gaps", ())),
        unit=str(prompt.answer.get("unit", "")),
        answer=None if answer is None else answer_result(question, answer, told=told),
    )


def answer_result(question: QuizQuestion, answer: QuizAnswer, *, told: bool) -> AnswerResult:
    """The stored result, or only what was given while the quiz keeps it to itself."""
    if not told:
        return AnswerResult(question.pk, answer.given)
    prompt = question.prompt
    return AnswerResult(
        question=question.pk,
        given=answer.given,
        correct=answer.correct,
        score=answer.score,
        override=answer.override,
        expected=answer.expected,
        message=answer.message,
        explanation_html=prompt.explanation_html,
        answer_html=prompt.answer_html,
        option_notes=dict(prompt.option_notes),
    )


def in_order(choices: Sequence[dict[str, str]], ids: Sequence[str]) -> list[dict[str, str]]:
    """The prompt's options as drawn; options that an edit brought since then come last."""
    places = {choice_id: place for place, choice_id in enumerate(ids)}
    return sorted(choices, key=lambda choice: places.get(choice["id"], len(places)))
