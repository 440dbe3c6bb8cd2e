"""Made-up cards in review, for the tests of plans."""

from datetime import date, timedelta

from hypothesis import strategies as st

from quizzes.domain.balance import Calendar, DueCard
from quizzes.domain.fsrs import Memory
from quizzes.domain.pace import DaysOff

TODAY = date(2026, 3, 2)  # a Monday


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def due_card(
    prompt: str,
    due: int,
    interval: int = 10,
    *,
    stability: float | None = None,
    moved: bool = False,
    chapter: str | None = "pets",
) -> DueCard:
    """A card that is due in `due` days, as its scheduler said."""
    return DueCard(
        prompt=prompt,
        due=day(due),
        base=day(due),
        last_day=day(due - interval),
        interval=interval,
        memory=Memory(stability or float(interval), 5.0),
        moved=moved,
        chapter=chapter,
    )


@st.composite
def due_cards(draw: st.DrawFn, low: int = -20, high: int = 40, most: int = 60) -> list[DueCard]:
    cards = []
    for number in range(draw(st.integers(1, most))):
        due = draw(st.integers(low, high))
        interval = draw(st.integers(max(1, due), max(1, due) + 60))
        cards.append(
            due_card(
                f"c-{number:03}",
                due,
                interval,
                stability=draw(st.floats(0.3, 200)),
                moved=draw(st.integers(0, 4)) == 0,
                chapter=draw(st.sampled_from(("pets", "mnist-basics", None))),
            )
        )
    return cards


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    shares = st.sampled_from((0.0, 0.5, 1.0, 1.0, 1.0))
    week = draw(st.lists(shares, min_size=7, max_size=7))
    first = draw(st.integers(-5, 20))
    rest = DaysOff(day(first), day(first + draw(st.integers(0, 14))))
    breaks = (rest,) if draw(st.booleans()) and rest.last >= TODAY else ()
    return Calendar(TODAY, tuple(week), breaks)
