"""Made-up histories: Hypothesis strategies for the events of a learner."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from quizzes.domain.days import study_day
from quizzes.domain.events import Kind, ReviewEvent, SchedulingChange
from quizzes.domain.fsrs import DEFAULT_WEIGHTS

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata")
CARD_KINDS = (
    Kind.REVIEW,
    Kind.REVIEW,
    Kind.REVIEW,
    Kind.PRACTICE,
    Kind.SUSPEND,
    Kind.UNSUSPEND,
    Kind.FLAG,
    Kind.BURY,
    Kind.RESET,
    Kind.SET_DUE,
)


def make_event(
    number: int,
    kind: Kind = Kind.REVIEW,
    *,
    after: timedelta = timedelta(0),
    prompt: str | None = "c04-a",
    device: int = 1,
    tz: str = "UTC",
    rollover: int = 4,
    **fields: object,
) -> ReviewEvent:
    """Event `number`, `after` the start of every test's time."""
    at = START + after
    event = ReviewEvent(
        id=UUID(int=number),
        device=UUID(int=device),
        seq=number,
        kind=kind,
        prompt=prompt,
        at=at,
        effective_at=at,
        day=study_day(at, tz, rollover),
        tz=tz,
        rollover=rollover,
        rating=3 if kind is Kind.REVIEW else None,
        due=at + timedelta(days=3) if kind is Kind.SET_DUE else None,
        until=at + timedelta(days=1) if kind is Kind.BURY else None,
        flag=1 if kind is Kind.FLAG else None,
    )
    return replace(event, **fields)  # type: ignore[arg-type]


@st.composite
def card_events(draw: st.DrawFn, prompt: str = "c04-a", first: int = 1) -> list[ReviewEvent]:
    """Up to 25 events of one card on two devices over some months, some of them voids."""
    size = draw(st.integers(1, 25))
    minutes = st.one_of(st.integers(0, 60), st.integers(0, 200_000))
    events = []
    for number in range(first, first + size):
        kind = draw(st.sampled_from(CARD_KINDS))
        fields: dict[str, object] = {}
        if kind is Kind.REVIEW:
            fields["rating"] = draw(st.integers(1, 4))
        if events and draw(st.integers(0, 6)) == 0:
            kind = Kind.VOID
            fields = {"target": draw(st.sampled_from([event.id for event in events]))}
        events.append(
            make_event(
                number,
                kind,
                after=timedelta(minutes=draw(minutes)),
                prompt=prompt,
                device=draw(st.integers(1, 2)),
                tz=draw(st.sampled_from(ZONES)),
                rollover=draw(st.sampled_from((0, 4))),
                **fields,
            )
        )
    return events


@st.composite
def parameter_events(draw: st.DrawFn) -> list[ReviewEvent]:
    """Up to three changes of the scheduling settings over the same months."""
    events = []
    for number in range(9_000, 9_000 + draw(st.integers(0, 3))):
        scale = draw(st.floats(0.7, 1.3))
        weights = (*(w * scale for w in DEFAULT_WEIGHTS[:4]), *DEFAULT_WEIGHTS[4:])
        change = SchedulingChange(
            parameters=draw(st.sampled_from((None, weights))),
            desired_retention=draw(st.sampled_from((None, 0.8, 0.95))),
        )
        minutes = draw(st.integers(0, 200_000))
        events.append(
            make_event(
                number,
                Kind.PARAMETERS,
                after=timedelta(minutes=minutes),
                prompt=None,
                scheduling=change,
            )
        )
    return events
