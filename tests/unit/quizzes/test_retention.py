"""A desired retention for each chapter."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.errors import EventInvalid
from quizzes.domain.events import Kind, SchedulingChange, details, details_from, payload
from quizzes.domain.fold import extended, fold, interval_previews
from quizzes.domain.intake import read_event
from quizzes.domain.scheduler import CHAPTERS_MAX, Scheduling
from quizzes.domain.timeline import changed, timeline
from tests.unit.quizzes.histories import START, make_event

SURE, LOOSE = 0.97, 0.75


def setting(number: int = 900, **change: float | None):
    """A `parameters` event that comes before every review."""
    pairs = tuple(sorted(change.items()))
    return make_event(
        number,
        Kind.PARAMETERS,
        after=timedelta(days=number - 1000),
        prompt=None,
        scheduling=SchedulingChange(chapter_retention=pairs),
    )


def reviews(count: int = 6):
    return [make_event(n, after=timedelta(days=9 * n)) for n in range(1, count + 1)]


def test_a_chapter_held_to_more_comes_sooner_and_remembers_the_same():
    settings = timeline([setting(pets=SURE)])
    usual = fold(reviews(), settings, "imdb")
    sure = fold(reviews(), settings, "pets")
    assert sure.due < usual.due
    assert sure.memory == usual.memory
    assert usual == fold(reviews(), timeline([]), "imdb")


def test_a_card_of_no_chapter_follows_the_retention_for_all():
    settings = timeline([setting(pets=SURE)])
    assert fold(reviews(), settings, None) == fold(reviews(), timeline([]))


def test_naming_one_chapter_leaves_the_others_and_null_takes_one_off():
    first = changed(Scheduling(), SchedulingChange(chapter_retention=(("a", 0.8), ("b", 0.85))))
    second = changed(first, SchedulingChange(chapter_retention=(("a", None), ("c", 0.95))))
    assert second.chapter_retention == (("b", 0.85), ("c", 0.95))
    assert (second.retention_for("a"), second.retention_for("b")) == (0.9, 0.85)
    assert hash(second) != hash(first)


def test_more_chapters_than_are_kept_do_not_break_the_fold():
    scheduling = Scheduling()
    for part in range(3):
        many = tuple((f"{part}-{n:03}", 0.8) for n in range(CHAPTERS_MAX))
        scheduling = changed(scheduling, SchedulingChange(chapter_retention=many))
    assert len(scheduling.chapter_retention) == CHAPTERS_MAX


@given(cut=st.integers(0, 6), chapter=st.sampled_from(("pets", "imdb", None)))
def test_an_incremental_fold_knows_the_chapter_too(cut, chapter):
    settings = timeline([setting(pets=SURE, imdb=LOOSE)])
    events = reviews()
    head = fold(events[:cut], settings, chapter)
    assert extended(head, events[cut:], settings, chapter) == fold(events, settings, chapter)


def test_the_buttons_show_what_the_chapter_asks_for():
    state = fold(reviews())
    scheduling = Scheduling(chapter_retention=(("pets", SURE),))
    usual = interval_previews(state, state.last_day, scheduling, "imdb")
    assert interval_previews(state, state.last_day, scheduling, "pets")[3] < usual[3]


SENT = {
    "id": "6f0b2a3e-8d1c-4a77-9d53-0f2f8f8a3c11",
    "device": "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
    "seq": 1,
    "kind": "parameters",
    "at": "2026-01-01T08:00:00.000Z",
    "tz": "UTC",
    "rollover": 4,
}


def test_it_survives_its_payload_and_its_row():
    sent = {**SENT, "chapter_retention": {"pets": 0.8, "imdb": None}}
    event = read_event(sent, received=START)
    assert json.loads(json.dumps(payload(event))) == sent
    stored = json.loads(json.dumps(details(event)))
    assert details_from(stored) == {"scheduling": event.scheduling}


@pytest.mark.parametrize(
    "wrong",
    [
        {"pets": 1.7},
        {"pets": 0.2},
        {"pets": "high"},
        {"": 0.9},
        {"x" * 81: 0.9},
        {f"c{n}": 0.9 for n in range(CHAPTERS_MAX + 1)},
        [["pets", 0.9]],
        "pets",
    ],
)
def test_a_retention_that_cannot_be_is_refused(wrong):
    with pytest.raises(EventInvalid):
        read_event({**SENT, "chapter_retention": wrong}, received=START)


def test_what_only_the_server_writes_is_not_taken_from_a_device():
    sent = {**SENT, "kind": "review", "prompt": "c04-a", "rating": 3, "anki": {"ivl": 3}}
    assert read_event(sent, received=START).anki is None
    kept = make_event(1, anki={"ivl": 3, "factor": 2500})
    assert details_from(json.loads(json.dumps(details(kept)))) == {"anki": kept.anki}
    assert payload(kept)["anki"] == {"ivl": 3, "factor": 2500}
