"""What the pages of a quiz show, worked out from the quiz and the prompts it asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.web.inputs import NAMES, field_context, verdict_context
from quizzes.web.review_card import place_of
from studyhub.base.words import counted


@dataclass(frozen=True)
class Step:
    """One question in the progress line."""

    number: int
    state: str
    said: str
    sign: str = ""


def question_context(
    view: Any, prompts: Mapping[str, Any], *, asked: str, extra: dict[str, Any]
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
        state, said, sign = (
            ("ok", "right", "check") if answer.correct else ("no", "missed", "cross")
        )
    elif answer is not None:
        state, said, sign = "told", "answered", ""
    else:
        state, said, sign = "", "to come", ""
    if question is current:
        return Step(number, f"{state} at".strip(), f"{said}, this one", sign)
    return Step(number, state, said, sign)


def result_context(view: Any, prompts: Mapping[str, Any]) -> dict[str, Any]:
    right = sum(q.answer is not None and bool(q.answer.correct) for q in view.questions)
    missed = [q for q in view.questions if q.answer is None or not q.answer.correct]
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
        "summary": _summary(right, len(missed), len(view.questions), rows),
    }


def _why(question: Any) -> str:
    if question.answer is None:
        return "Not answered."
    return question.answer.message or ""


def _summary(right: int, missed: int, of: int, rows: list[dict[str, Any]]) -> str:
    if not missed:
        return "Every answer was right. What you produced yourself counts in your schedule."
    titles = list(dict.fromkeys(row["section"]["title"] for row in rows if row["section"]))
    where = f" Read again: {', '.join(titles[:3])}." if titles else ""
    return f"{counted(missed, 'question')} missed, now among your cards.{where}"
