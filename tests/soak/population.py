"""A site full of learners, made by the database itself.

One learner of each kind of row is made by the product; the rest are copies of those rows with
their own ids, times and numbers. A column that a later migration adds is copied along.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import connections

from content.models import Chapter, Deck, Prompt
from quizzes.domain.events import moment_text
from quizzes.models import Card, ReviewEventRow, UserMemory
from quizzes.services import add_chapter, record_events
from studyhub.accounts.models import User

EVENTS, REVIEWED, NEW = 100, 30, 10
CHAPTERS, PROMPTS = 15, 40
#: Every so many learners one has own cards, edited later than the course.
OWNER_EVERY, OWN_PROMPTS = 10, 20
FIRST_USER = 1_000_000
BIG_TABLES = (
    "accounts_user",
    "content_prompt",
    "quizzes_card",
    "quizzes_review_event",
    "quizzes_usermemory",
)
HTML = "<p>" + "What a learner reads, of the length that questions have. " * 12 + "</p>"


@contextmanager
def database(alias: str) -> Iterator[Any]:
    """The database that everything uses meanwhile, as its connection."""
    before = connections["default"]
    connections["default"] = connections[alias]
    try:
        yield connections[alias]
    finally:
        connections["default"] = before


@dataclass(frozen=True)
class Templates:
    """Rows to be copied, by primary key."""

    user: int
    review: int
    parameters: int
    card: int
    new_card: int
    own_prompt: str


def prepare(alias: str, now: datetime) -> Templates:
    """The tables, a course and the rows to be copied, in an empty database."""
    with database(alias) as connection:
        call_command("migrate", database=alias, verbosity=0)
        templates = _templates(now)
        connection.close()
    return templates


def populate(
    alias: str, templates: Templates, users: int, now: datetime, say: Callable[[str], None]
) -> None:
    """Fills a prepared database with `users` learners of 100 events and 40 cards each."""
    with database(alias) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            rebuild = _without_indexes(cursor)
            _users(cursor, templates, users, now)
            _own_prompts(cursor, templates, users)
            _cards(cursor, templates, users, now)
            for number in range(EVENTS):
                _events(cursor, templates, users, number, now)
                if users > 10_000 and number % 20 == 19:
                    say(f"{(number + 1) * users:,} events written")
            for statement in rebuild:
                cursor.execute(statement)
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE")
        say(f"{ReviewEventRow.objects.count():,} events of {UserMemory.objects.count():,} learners")


def _templates(now: datetime) -> Templates:
    deck = Deck.objects.create(slug="course", title="Course")
    edited = now - timedelta(days=90)
    for number in range(CHAPTERS):
        chapter = Chapter.objects.create(
            deck=deck,
            slug=f"chapter-{number}",
            number=number,
            title=f"Chapter {number}",
            position=number,
            updated_at=edited,
        )
        Prompt.objects.bulk_create(
            _prompt(deck, chapter, number * PROMPTS + place, edited) for place in range(PROMPTS)
        )
    user = User.objects.create_user("template", email="template@example.org")
    add_chapter(user, "chapter-0", now=now)
    card = {"device": str(uuid4()), "tz": "Europe/Berlin", "rollover": 4}
    sent = [
        {"id": str(uuid4()), "seq": 1, "kind": "review", "prompt": "p0", "rating": 3, **card},
        {"id": str(uuid4()), "seq": 2, "kind": "parameters", "desired_retention": 0.9, **card},
    ]
    sent = [{**event, "at": moment_text(now - timedelta(days=9))} for event in sent]
    recorded = record_events(user, sent, now=now)
    assert {result.status for result in recorded.results} == {"created"}, recorded
    own = Deck.objects.create(slug="own", title="Own", owner=user)
    Prompt.objects.bulk_create([_prompt(own, None, "own", now, owner=user)])
    return Templates(
        user=user.pk,
        review=ReviewEventRow.objects.get(kind="review").pk,
        parameters=ReviewEventRow.objects.get(kind="parameters").pk,
        card=Card.objects.get(prompt="p0").pk,
        new_card=Card.objects.get(prompt="p1").pk,
        own_prompt="pown",
    )


def _prompt(
    deck: Deck, chapter: Chapter | None, number: int | str, edited: datetime, **fields: Any
) -> Prompt:
    return Prompt(
        id=f"p{number}",
        deck=deck,
        chapter=chapter,
        kind="short",
        question="Why?",
        answer={"type": "short", "accepted": ["because"]},
        question_html=HTML,
        answer_html=HTML,
        explanation_html=HTML,
        question_text="Why?",
        facts=[f"F-{number}"],
        content_hash="0" * 64,
        position=0 if isinstance(number, str) else number % PROMPTS,
        updated_at=edited,
        **fields,
    )


def _copy(
    cursor: Any, table: str, template: tuple[str, Any], series: str, /, **columns: str
) -> None:
    """Inserts one copy of the template row for each row of `series`, with `columns` computed."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = 'public' ORDER BY ordinal_position",
        [table],
    )
    names = [name for (name,) in cursor.fetchall() if name != "id" or "id" in columns]
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    key, value = template
    cursor.execute(
        f"INSERT INTO {table} ({listed}) SELECT {values}"
        f' FROM {series}, {table} t WHERE t."{key}" = %s',
        [value],
    )


def _learners(users: int) -> str:
    return f"generate_series({FIRST_USER}, {FIRST_USER + users - 1}) AS u"


def _users(cursor: Any, templates: Templates, users: int, now: datetime) -> None:
    _copy(
        cursor,
        "accounts_user",
        ("id", templates.user),
        _learners(users),
        id="u",
        username="'learner' || u",
        email="'learner' || u || '@example.org'",
    )
    _copy(
        cursor,
        "quizzes_usermemory",
        ("user_id", templates.user),
        _learners(users),
        user_id="u",
        cursor="250",
        settings_seq="1",
    )


def _own_prompts(cursor: Any, templates: Templates, users: int) -> None:
    owners = f"generate_series({FIRST_USER}, {FIRST_USER + users - 1}, {OWNER_EVERY}) AS u"
    _copy(
        cursor,
        "content_prompt",
        ("id", templates.own_prompt),
        f"{owners}, generate_series(1, {OWN_PROMPTS}) AS n",
        id="'own-' || u || '-' || n",
        owner_id="u",
        change_seq="200 + n",
        updated_at="t.updated_at + make_interval(mins => n)",
    )


def _cards(cursor: Any, templates: Templates, users: int, now: datetime) -> None:
    moment = f"'{now.isoformat()}'::timestamptz"
    last = f"({moment} - make_interval(hours => (29 - j) * 17))"
    due = f"({moment} + make_interval(hours => ((u * 31 + j * 17) %% 40 - 8) * 24 - 1))"
    common = {"user_id": "u", "new_order": "(u * 13 + j * 7) %% 600"}
    _copy(
        cursor,
        "quizzes_card",
        ("id", templates.card),
        f"generate_series(0, {REVIEWED - 1}) AS j, {_learners(users)}",
        **common,
        prompt_id="'p' || (u * 13 + j * 7) %% 600",
        change_seq="2 * (70 + j) + 2",
        phase="'review'",
        stability="5 + (u + j) %% 50",
        reps="3",
        interval="5 + (u + j) %% 50",
        due=due,
        due_base=due,
        last_review=last,
        last_day=f"({last} AT TIME ZONE 'UTC')::date",
        first_day=f"({moment} AT TIME ZONE 'UTC')::date - 70",
    )
    _copy(
        cursor,
        "quizzes_card",
        ("id", templates.new_card),
        f"generate_series({REVIEWED}, {REVIEWED + NEW - 1}) AS j, {_learners(users)}",
        **common,
        prompt_id="'p' || (u * 13 + j * 7) %% 600",
        change_seq="202 + j",
    )


def _events(cursor: Any, templates: Templates, users: int, number: int, now: datetime) -> None:
    """The learners' events of one number, so that one learner's lie far apart on the disk."""
    template = templates.review if number else templates.parameters
    hours = (EVENTS - 1 - number) * 17
    ago = f"make_interval(hours => {hours}, mins => u %% 600 + 1)"
    at = f"('{now.isoformat()}'::timestamptz - {ago})"
    prompt = f"'p' || (u * 13 + {number % REVIEWED} * 7) %% 600"
    _copy(
        cursor,
        "quizzes_review_event",
        ("id", template),
        _learners(users),
        user_id="u",
        event_id="gen_random_uuid()",
        device="md5(u::text)::uuid",
        seq=str(number),
        at=at,
        effective_at=at,
        received_at=at,
        day=f"({at} AT TIME ZONE 'UTC')::date",
        change_seq=str(2 * number + 1),
        payload_hash="md5(u::text) || md5(u::text)",
        **({"prompt_id": prompt} if number else {}),
    )


def _without_indexes(cursor: Any) -> list[str]:
    """Takes the indexes of the two largest tables off, and gives the statements that put them
    back: filling first is several times faster."""
    rebuild = []
    for table in ("quizzes_review_event", "quizzes_card"):
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'u'",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            rebuild.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
            " AND indexname NOT LIKE '%%pkey'",
            [table],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            rebuild.append(definition)
    return rebuild
