"""What the pages of a quiz show, worked out from the quiz and the prompts it asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quizzes.domain.quiz import FREE
from quizzes.web.inputs import NAMES, field_context, verdict_context
from quizzes.web.review_card import place_of
from studyhub.base.words import counted, number_word


@dataclass(frozen=True)
class Step:
    """One question in the progress line."""

    number: int
    state: str
    said: str
    sign: str = ""


def question_context(
    view: Any, prompts: Mapping[str, Any], *, asked: str, extra: dict[str, Any], now: datetime
) -> dict[str, Any]:
    question = _chosen(view, asked)
    prompt = prompts.get(question.prompt)
    done = question.answer is not None
    after = next((q for q in _onward(view, question) if q.answer is None), None)
    context = {
        "question": question,
        "prompt": prompt,
        "kind_name": NAMES.get(question.kind, "Question"),
        "steps": [_step(q, question) for q in view.questions],
        "section": place_of(prompt) if prompt is not None else None,
        "next": after.position + 1 if after is not None else None,
        "over": view.finished_at is not None,
        "left": seconds_left(view, now),
        "answered": view.answered,
        **field_context(
            question,
            extra.get("given"),
            choices=question.choices,
            unit=question.unit,
            gaps=question.gaps,
        ),
        **extra,
    }
    if done and question.answer.correct is not None:
        context |= _told(question, question.answer)
        context["dispute"] = _dispute(question)
    elif done:
        context["untold"] = True
    return context


def _told(question: Any, answer: Any) -> dict[str, Any]:
    return verdict_context(
        question.kind,
        question.choices,
        given=answer.given,
        expected=answer.expected,
        notes=answer.option_notes or {},
        correct=answer.correct,
        message=answer.message or "",
        unit=question.unit,
    )


def _dispute(question: Any) -> dict[str, Any] | None:
    """What the learner may say against the verdict; None where there is nothing to dispute."""
    if question.kind not in FREE:
        return None
    answer = question.answer
    return {"counts": answer.counts, "overridden": answer.override is not None}


def seconds_left(view: Any, now: datetime) -> int | None:
    """Whole seconds until the time is up; None without a limit or after the end."""
    if view.deadline is None or view.finished_at is not None:
        return None
    return max(0, int((view.deadline - now).total_seconds()))


def _chosen(view: Any, asked: str) -> Any:
    """The question asked for by its number, else the first one still open, else the last."""
    for question in view.questions:
        if asked == str(question.position + 1):
            return question
    return next((q for q in view.questions if q.answer is None), view.questions[-1])


def _onward(view: Any, question: Any) -> list[Any]:
    """The questions after this one, then those before it."""
    at = view.questions.index(question)
    return [*view.questions[at + 1 :], *view.questions[:at]]


def _step(question: Any, current: Any) -> Step:
    number, answer = question.position + 1, question.answer
    if answer is not None and answer.correct is not None:
        state, said, sign = ("ok", "right", "check") if answer.counts else ("no", "missed", "cross")
    elif answer is not None:
        state, said, sign = "told", "answered", ""
    else:
        state, said, sign = "", "to come", ""
    if question is current:
        return Step(number, f"{state} at".strip(), f"{said}, this one", sign)
    return Step(number, state, said, sign)


def result_context(view: Any, prompts: Mapping[str, Any]) -> dict[str, Any]:
    right = sum(q.answer is not None and bool(q.answer.counts) for q in view.questions)
    missed = [q for q in view.questions if q.answer is None or not q.answer.counts]
    rows = [
        {
            "number": q.position + 1,
            "text": prompts[q.prompt].question_text,
            "why": _why(q),
            "section": place_of(prompts[q.prompt]),
        }
        for q in missed
        if q.prompt in prompts
    ]
    return {
        "right": right,
        "of": len(view.questions),
        "missed": rows,
        "steps": [_step(q, None) for q in view.questions],
        "summary": _summary(right, missed, len(view.questions), rows),
        "asides": _asides(view, right),
        "timed_out": view.finished_at == view.deadline,
    }


def _asides(view: Any, right: int) -> list[str]:
    """Where the score is not just the share of right answers, why."""
    said = []
    of = len(view.questions)
    if abs(view.score * of - right) > 1e-9:
        said.append(f"With partial credit the score is {view.score:.0%}.")
    if view.overridden:
        count = number_word(view.overridden)
        counts = "answer counts" if view.overridden == 1 else "answers count"
        said.append(f"{count} {counts} by your own verdict.")
    return said


def _why(question: Any) -> str:
    if question.answer is None:
        return "Not answered."
    message = question.answer.message or ""
    return f"{message[0].upper()}{message[1:]}." if message else ""


def _summary(right: int, missed: list[Any], of: int, rows: list[dict[str, Any]]) -> str:
    if not missed:
        return "Every answer was right. What you produced yourself counts in your schedule."
    titles = list(dict.fromkeys(row["section"]["title"] for row in rows if row["section"]))
    where = f" Read again: {', '.join(titles[:3])}." if titles else ""
    wrong = sum(question.answer is not None for question in missed)
    said = []
    if wrong:
        said.append(f"{counted(wrong, 'question')} missed, now among your cards.")
    if left := len(missed) - wrong:
        said.append(f"{counted(left, 'question')} left open.")
    return " ".join(said) + where
