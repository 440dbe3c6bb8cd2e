"""Which cards a round of practice asks, in SQL as the session's queue is."""

from datetime import datetime, timedelta

from quizzes.selectors.queue_rows import Due, waiting_of
from quizzes.selectors.session_queue import AWAKE, CARDS, Reading, adapted


def cards_of_a_round(
    reading: Reading, what: str, until: datetime, since: datetime, mode: str, limit: int
) -> Due:
    """Cards for a round of practice, and how many are still to be known and how many are.

    Those not asked since `since` come first, by their risk, then what was missed, the longest
    ago first. `Due.learning` counts what is left, `Due.reviews` what was known.
    """
    rows = reading.rows(
        f"""WITH asked AS (SELECT e.prompt_id, e.rating, e.effective_at,
    row_number() OVER (PARTITION BY e.prompt_id ORDER BY e.effective_at DESC, e.seq DESC) AS back
  FROM quizzes_review_event e
  WHERE e.user_id = %(user)s AND e.day >= %(since_day)s AND e.effective_at >= %(since)s
    AND e.kind = 'practice' AND e.reason = %(mode)s AND {_STANDS}),
pool AS (SELECT c.id, c.phase, c.prompt_id, a.effective_at AS missed, {reading.risk()} AS risk,
    CASE WHEN a.rating > 1 THEN 1 ELSE 0 END AS known, c.new_order
  {CARDS} LEFT JOIN asked a ON a.prompt_id = c.prompt_id AND a.back = 1
  WHERE {AWAKE} AND {_WHAT[what]}{reading.narrow})
SELECT w.id, w.phase, w.prompt_id, p.chapter_id, p.note_id, p.facts, p.requires,
  w.known, w.left_over, w.known_of
FROM (SELECT pool.*, sum(1 - known) OVER () AS left_over, sum(known) OVER () AS known_of,
    row_number() OVER (ORDER BY known, CASE WHEN missed IS NULL THEN 0 ELSE 1 END, missed,
      coalesce(risk, 0) DESC, new_order, id) AS place FROM pool) AS w
JOIN content_prompt p ON p.id = w.prompt_id WHERE w.place <= %(limit)s ORDER BY w.place""",
        until=adapted(until),
        since=adapted(since),
        since_day=adapted((since - timedelta(days=1)).date()),
        mode=mode,
        limit=max(limit, 1),
    )
    if not rows:
        return Due([], 0, 0)
    *_, left, known = rows[0]
    cards = [waiting_of(row) for row in rows[:limit] if not row[7]]
    return Due(cards, int(left), int(known))


_STANDS = """NOT EXISTS (SELECT 1 FROM quizzes_review_event v
      WHERE v.user_id = e.user_id AND v.target = e.event_id AND v.kind = 'void'
        AND v.prompt_id = e.prompt_id)"""
_WHAT = {
    "all": "1 = 1",
    "new": "c.phase = 'new'",
    "flagged": "c.flag > 0",
    "ahead": "c.phase = 'review' AND c.due > %(now)s AND c.due <= %(until)s",
    "missed": f"""c.prompt_id IN (SELECT e.prompt_id FROM quizzes_review_event e
      WHERE e.user_id = %(user)s AND e.day = %(today)s AND e.kind = 'review' AND e.rating = 1
        AND {_STANDS})""",
}
