"""A small course, its learners, and what their devices send."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from content.format.own import OwnFields
from content.models import Chapter, Deck, Prompt
from quizzes.domain.events import moment_text
from quizzes.services import own_editing
from quizzes.services.decks import create_deck
from quizzes.services.undo import undo
from studyhub.accounts.models import User

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PHONE, LAPTOP = UUID(int=1), UUID(int=2)
#: A card of a learner's own, in the deck Optics.
ONE = UUID(int=1)
SKY = OwnFields("basic", "Why is the sky **blue**?", "Short waves scatter.", tags="optics exam")

ANSWERS: dict[str, dict[str, Any]] = {
    "basic": {"type": "text", "text": "Because."},
    "numeric": {"type": "numeric", "value": 3.0, "tolerance": 0.01, "unit": ""},
    "short": {"type": "short", "accepted": ["gradient descent", "SGD"]},
    "cloze": {"type": "cloze", "gaps": [["loss"], ["metric"]], "text": ""},
    "code": {"type": "code", "output": "[1, 2]"},
    "choice": {
        "type": "choice",
        "options": [
            {"id": "right", "text": "A", "right": True, "why": ""},
            {"id": "wrong", "text": "B", "right": False, "why": ""},
            {"id": "other", "text": "C", "right": False, "why": ""},
        ],
    },
    "multiple": {
        "type": "choice",
        "options": [
            {"id": "one", "text": "A", "right": True, "why": ""},
            {"id": "two", "text": "B", "right": True, "why": ""},
            {"id": "bad", "text": "C", "right": False, "why": ""},
        ],
    },
    "ordering": {
        "type": "ordering",
        "items": [{"id": item, "text": item} for item in ("first", "second", "third")],
    },
}
RIGHT = {
    "numeric": "3",
    "short": "sgd",
    "cloze": ["loss", "metric"],
    "code": "[1,2]",
    "choice": "right",
    "multiple": ["one", "two"],
    "ordering": ["first", "second", "third"],
}
WRONG = {
    "numeric": "4",
    "short": "momentum",
    "cloze": ["loss", "loss"],
    "code": "[2]",
    "choice": "wrong",
    "multiple": ["one", "bad"],
    "ordering": ["second", "first", "third"],
}


def add_prompt(deck: Deck, chapter: Chapter | None, pk: str, kind: str, **fields: Any) -> Prompt:
    answer = ANSWERS[kind]
    options = answer.get("options") or answer.get("items") or []
    return Prompt.objects.create(
        id=pk,
        deck=deck,
        chapter=chapter,
        kind=kind,
        question=f"Question {pk}?",
        answer=answer,
        question_html=f"<p>Question {pk}?</p>",
        answer_html="<p>Answer.</p>",
        explanation_html="<p>Explanation.</p>",
        question_text=f"Question {pk}?",
        choices=[{"id": option["id"], "html": option["text"]} for option in options],
        option_notes={"wrong": "<p>Not this one.</p>"} if kind == "choice" else {},
        content_hash="0" * 64,
        updated_at=NOW - timedelta(days=9),
        **{"position": 0, **fields},
    )


@pytest.fixture
def deck(db) -> Deck:
    return Deck.objects.create(slug="course", title="Course")


@pytest.fixture
def chapters(deck) -> tuple[Chapter, Chapter]:
    """Chapter 4 with one prompt of each kind (c04-KIND), chapter 5 with c05-0 to c05-4."""
    made = []
    for number, slug in ((4, "mnist-basics"), (5, "pets")):
        chapter = Chapter.objects.create(
            deck=deck, slug=slug, number=number, title=slug, position=number, updated_at=NOW
        )
        made.append(chapter)
    for position, kind in enumerate(ANSWERS):
        add_prompt(deck, made[0], f"c04-{kind}", kind, position=position)
    for position in range(5):
        add_prompt(deck, made[1], f"c05-{position}", "numeric", position=position)
    return made[0], made[1]


@pytest.fixture
def ada(chapters) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def bob(chapters) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def optics(ada):
    return create_deck(ada, title="Optics")


@pytest.fixture
def sky(ada, optics) -> str:
    return own_editing.write_card(ada, "optics", SKY, now=NOW, chosen=ONE)


def sent(
    prompt: str | None = "c04-basic",
    kind: str = "review",
    *,
    at: datetime = NOW,
    device: UUID = PHONE,
    seq: int = 1,
    **fields: Any,
) -> dict[str, Any]:
    """An event as a device sends it."""
    event = {
        "id": str(uuid4()),
        "device": str(device),
        "seq": seq,
        "kind": kind,
        "prompt": prompt,
        "at": moment_text(at),
        "tz": "UTC",
        "rollover": 4,
    }
    if kind == "review":
        event["rating"] = 3
    return {name: value for name, value in {**event, **fields}.items() if value is not None}


def undo_last(user: User, *, device: UUID, now: datetime) -> str | None:
    """Takes back the last act of the study day; the prompt it concerned, None without one."""
    taken = undo(user, device=device, now=now)
    return taken.act.prompt if taken else None
