"""Which cards wait, read by their index and without a text: the hot query of every answer.

Written as SQL because the order is worked out by the database over what is due (so that a backlog
of thousands costs no more here than a page), and because building the same statements with the
ORM took longer than running them (docs/adr/0028).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from quizzes.domain.session_order import ORDERS_A_CHAPTER, SPREAD, Candidate
from quizzes.selectors.queue_rows import (
    Day,
    Due,
    Waiting,
    day_of,
    due_of,
    read_moment,
    recent_of,
    waiting_of,
)
from studyhub.base.statements import Rows, Statement, together

#: A prime below 2^31, so that products of two remainders stay within 63 bits on every database.
_PRIME = 2**31 - 1

AWAKE = """c.user_id = %(user)s AND NOT c.removed AND NOT c.suspended
  AND (c.buried_until IS NULL OR c.buried_until <= %(now)s) AND p.retired_at IS NULL"""
CARDS = "FROM quizzes_card c JOIN content_prompt p ON p.id = c.prompt_id"


@dataclass(frozen=True)
class Narrowed:
    """What a session is held to; empty or None leaves a thing open. `chapters` are slugs, `deck`
    is the slug of the course or of a deck of the learner's, `flag` 0 means any flag."""

    chapters: tuple[str, ...] = ()
    kind: str | None = None
    flag: int | None = None
    deck: str | None = None

    def sql(self) -> str:
        parts = []
        if self.chapters:
            names = named("chapter", self.chapters)
            parts.append(
                f"p.chapter_id IN (SELECT id FROM content_chapter WHERE slug IN ({names}))"
            )
        if self.deck is not None:
            parts.append(
                "p.deck_id IN (SELECT id FROM content_deck WHERE slug = %(deck)s"
                " AND (owner_id IS NULL OR owner_id = %(user)s))"
            )
        if self.kind is not None:
            parts.append("p.kind = %(kind)s")
        if self.flag is not None:
            parts.append("c.flag = %(flag)s" if self.flag else "c.flag > 0")
        return "".join(f" AND {part}" for part in parts)

    def values(self) -> dict[str, Any]:
        chapters = {f"chapter{at}": slug for at, slug in enumerate(self.chapters)}
        return {"kind": self.kind, "flag": self.flag, "deck": self.deck, **chapters}


def named(name: str, values: Sequence[Any]) -> str:
    """Placeholders for a list, whose values go by `name` and their place."""
    return ", ".join(f"%({name}{at})s" for at in range(len(values)))


class Reading:
    """The statements for one learner at one moment."""

    def __init__(self, user_id: int, now: datetime, today: date, narrowed: Narrowed) -> None:
        self.narrow = narrowed.sql()
        self.values: dict[str, Any] = {
            "user": user_id,
            "now": adapted(now),
            "today": adapted(today),
            **narrowed.values(),
        }

    def opening(self, new_bound: int, limit: int) -> tuple[Day, Due, list[Candidate]]:
        """What a session begins with, in one wait: the day, the cards that are due, and what was
        answered last today, newest last."""
        day, due, recent = together([self._day(new_bound), self._due(limit), self._recent()])
        return day_of(day), due_of(due, limit), recent_of(recent)

    def day(self, new_bound: int) -> Day:
        """Counts new cards up to `new_bound`, which is all that a day takes."""
        [rows] = together([self._day(new_bound)])
        return day_of(rows)

    def next_due_besides(self, start: datetime, end: datetime) -> datetime | None:
        """When the next card will be due that is no review due from `start` until `end`."""
        asked = self._statement(
            f"""SELECT c.due {CARDS}
  WHERE {AWAKE} AND c.due > %(now)s AND c.phase <> 'new'{self.narrow}
    AND NOT (c.phase = 'review' AND c.due >= %(start)s AND c.due < %(end)s)
  ORDER BY c.due LIMIT 1""",
            start=adapted(start),
            end=adapted(end),
        )
        [rows] = together([asked])
        return read_moment(rows[0][0]) if rows else None

    def recent(self) -> list[Candidate]:
        """What was answered last today, newest last."""
        [rows] = together([self._recent()])
        return recent_of(rows)

    def _day(self, new_bound: int) -> Statement:
        # Counted with CASE, so that the cards are found by what was asked today, which is little,
        # and not among all that were ever begun; with a bound that no day reaches, since SQLite
        # otherwise takes DISTINCT as a reason to read the whole log in the order of the prompts.
        return self._statement(
            f"""SELECT
  (SELECT count(*) FROM quizzes_card
    WHERE user_id = %(user)s AND first_day = %(today)s),
  (SELECT count(CASE WHEN c.last_day = %(today)s AND c.first_day < %(today)s THEN 1 END)
    FROM (SELECT DISTINCT prompt_id FROM (SELECT prompt_id FROM quizzes_review_event
      WHERE user_id = %(user)s AND day = %(today)s AND kind = 'review' LIMIT 1000000) AS answers
    ) AS asked
    JOIN quizzes_card c ON c.user_id = %(user)s AND c.prompt_id = asked.prompt_id),
  (SELECT c.due {CARDS}
    WHERE {AWAKE} AND c.due > %(now)s AND c.phase <> 'new'{self.narrow}
    ORDER BY c.due LIMIT 1),
  (SELECT count(*) FROM (SELECT 1 {CARDS}
    WHERE {AWAKE} AND c.phase = 'new' AND (c.due IS NULL OR c.due <= %(now)s){self.narrow}
    LIMIT %(bound)s) AS fresh),
  EXISTS (SELECT 1 FROM quizzes_exam
    WHERE user_id = %(user)s AND ended_at IS NULL AND day >= %(today)s)
  OR EXISTS (SELECT 1 FROM quizzes_break
    WHERE user_id = %(user)s AND ended_at IS NULL AND last_day >= %(today)s)""",
            bound=max(new_bound, 0),
        )

    def _due(self, limit: int) -> Statement:
        """Learning cards by their time, then reviews by the risk that they are forgotten.

        Recall falls with elapsed days / stability whatever the parameters, so that ratio sorts by
        risk without computing it; a card that waits long for its interval goes first of equals.
        """
        return self._statement(
            f"""SELECT w.id, w.phase, w.prompt_id, p.chapter_id, p.note_id, p.facts, p.requires,
  w.stability, w.difficulty, w.last_day, w.lapses, w.waiting, w.reviews
FROM (SELECT c.id, c.phase, c.prompt_id, c.stability, c.difficulty, c.last_day, c.lapses,
    count(*) OVER () AS waiting,
    count(CASE WHEN c.phase = 'review' THEN 1 END) OVER () AS reviews,
    row_number() OVER (ORDER BY CASE WHEN c.phase = 'review' THEN 1 ELSE 0 END,
      CASE WHEN c.phase = 'review' THEN NULL ELSE c.due END,
      {self.risk()} DESC, {self._overdue()} DESC, c.id) AS place
  {CARDS}
  WHERE {AWAKE} AND c.due <= %(now)s AND c.phase <> 'new'{self.narrow}
  ORDER BY place LIMIT %(due_limit)s) AS w
JOIN content_prompt p ON p.id = w.prompt_id ORDER BY w.place""",
            due_limit=max(limit, 1),
        )

    def _recent(self) -> Statement:
        return self._statement(
            f"""SELECT 0, '', last.prompt_id, p.chapter_id, p.note_id, p.facts, p.requires
FROM (SELECT prompt_id, effective_at FROM quizzes_review_event
  WHERE user_id = %(user)s AND day = %(today)s AND kind IN ('review', 'practice')
  ORDER BY effective_at DESC LIMIT {SPREAD}) AS last
JOIN content_prompt p ON p.id = last.prompt_id ORDER BY last.effective_at DESC"""
        )

    def soon(self, until: datetime, limit: int) -> list[Waiting]:
        """Cards in learning that are due after now and by `until`, the next first."""
        rows = self.rows(
            f"""SELECT c.id, c.phase, c.prompt_id, p.chapter_id, p.note_id, p.facts, p.requires
{CARDS} WHERE {AWAKE} AND c.due > %(now)s AND c.due <= %(until)s
  AND c.phase IN ('learning', 'relearning'){self.narrow}
ORDER BY c.due, c.id LIMIT %(limit)s""",
            until=adapted(until),
            limit=limit,
        )
        return [waiting_of(row) for row in rows]

    def new(
        self, limit: int, order: str, first_chapters: Sequence[str], seed: int
    ) -> list[Waiting]:
        """New cards in the learner's order; those of `first_chapters` (slugs) before all others.

        In the course's order only `limit` rows are read. The other orders read all new cards of
        the learner, and stay the same through a study day: chapters in turn count what was begun
        today, chance is drawn from `seed`.
        """
        first = "0"
        if first_chapters:
            names = named("first", first_chapters)
            first = f"""CASE WHEN p.chapter_id IN
  (SELECT id FROM content_chapter WHERE slug IN ({names})) THEN 0 ELSE 1 END"""
        rows = self.rows(
            f"""SELECT c.id, c.phase, c.prompt_id, p.chapter_id, p.note_id, p.facts, p.requires,
  {first}
{CARDS}{_BEGUN if order == "mixed" else ""}
WHERE {AWAKE} AND c.phase = 'new' AND (c.due IS NULL OR c.due <= %(now)s){self.narrow}
ORDER BY {f"{first}, " if first_chapters else ""}{_ORDERS[order]} LIMIT %(limit)s""",
            limit=limit,
            seed=seed % _PRIME,
            **{f"first{at}": slug for at, slug in enumerate(first_chapters)},
        )
        return [waiting_of(row) for row in rows]

    def answerable(self, prompt: str, until: datetime) -> int | None:
        """The card of this prompt, where it is new, due, or in learning and due by `until`."""
        rows = self.rows(
            f"""SELECT c.id {CARDS} WHERE {AWAKE} AND c.prompt_id = %(prompt)s
AND (c.due IS NULL OR c.due <= %(now)s
  OR (c.due <= %(until)s AND c.phase IN ('learning', 'relearning')))""",
            prompt=prompt,
            until=adapted(until),
        )
        return rows[0][0] if rows else None

    def risk(self) -> str:
        if connection.vendor == "sqlite":
            return "(julianday(%(today)s) - julianday(c.last_day)) / c.stability"
        return "(%(today)s::date - c.last_day) / c.stability"

    def _overdue(self) -> str:
        if connection.vendor == "sqlite":
            return "(julianday(%(now)s) - julianday(c.due)) / max(c.interval, 1)"
        return "extract(epoch FROM %(now)s::timestamptz - c.due) / greatest(c.interval, 1)"

    def rows(self, sql: str, **values: Any) -> Rows:
        [rows] = together([self._statement(sql, **values)])
        return rows

    def _statement(self, sql: str, **values: Any) -> Statement:
        return Statement(sql, {**self.values, **values})


_BEGUN = f"""
LEFT JOIN (SELECT new_order / {ORDERS_A_CHAPTER} AS chapter, count(*) AS begun FROM quizzes_card
  WHERE user_id = %(user)s AND first_day = %(today)s GROUP BY 1) AS b
  ON b.chapter = c.new_order / {ORDERS_A_CHAPTER}"""
_DRAWN = f"(((c.id %% {_PRIME}) * 1103515245 + %(seed)s) %% {_PRIME})"
_ORDERS = {
    "course": "c.new_order, c.id",
    "mixed": f"""coalesce(b.begun, 0) + row_number() OVER (
  PARTITION BY c.new_order / {ORDERS_A_CHAPTER} ORDER BY c.new_order, c.id), c.new_order, c.id""",
    # Squared, so that cards that lie side by side in the course do not stay in step.
    "random": f"({_DRAWN} * ({_DRAWN} + 1)) %% {_PRIME}, c.id",
}


def adapted(value: datetime | date) -> Any:
    """As the database takes it in written SQL."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value)
