"""No review is lost or counted twice, whatever devices, clocks and networks do.

Ten thousand histories of a server and its devices run in `make soak`, a sample in `make check`.
"""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.domain.events import Kind, payload
from tests.unit.quizzes.histories import START, ZONES
from tests.unit.quizzes.sync_model import (
    CARDS,
    Device,
    Server,
    altered,
    reviews_that_count,
    states_of,
)

#: The soak profile asks for thousands of cases of every property; of these it gets ten.
CASES = 10_000 if settings.default and settings.default.max_examples > 1_000 else 150
KINDS = (
    *(Kind.REVIEW,) * 6,
    Kind.PRACTICE,
    Kind.VOID,
    Kind.VOID,
    Kind.SUSPEND,
    Kind.UNSUSPEND,
    Kind.FLAG,
    Kind.BURY,
    Kind.SET_DUE,
    Kind.RESET,
    Kind.PARAMETERS,
)
# One number for each step, read below digit by digit: Hypothesis draws and shrinks it as one.
STEPS = st.lists(st.integers(0, 2**40 - 1), min_size=1, max_size=18)
DEVICES = st.lists(st.tuples(st.sampled_from(ZONES), st.integers(-3, 3)), min_size=1, max_size=3)


class Digits:
    def __init__(self, number: int) -> None:
        self.number = number

    def below(self, bound: int) -> int:
        self.number, digit = divmod(self.number, bound)
        return digit


def play(steps: list[int], made: list[tuple[str, int]]) -> tuple[Server, list[Device], list[str]]:
    """Devices act, push (one answer in three is lost) and pull; at the end all meet the server."""
    server = Server()
    devices = [
        Device(number, tz, timedelta(hours=7 * skew)) for number, (tz, skew) in enumerate(made, 1)
    ]
    statuses: list[str] = []
    now = START
    for number, step in enumerate(steps):
        digits = Digits(step)
        device = devices[digits.below(len(devices))]
        now += timedelta(minutes=(1, 30, 700, 3000)[digits.below(4)])
        what = digits.below(8)
        if what < 5:
            kind, card = KINDS[digits.below(len(KINDS))], CARDS[digits.below(len(CARDS))]
            device.act(now, kind, card, number, digits.below(12))
        elif what < 7:
            size = digits.below(4) + 1
            statuses += device.push(server, now, size, answered=digits.below(3) > 0)
        else:
            device.pull(server, digits.below(5) + 1)
    for device in devices:
        statuses += device.push(server, now, 1000, answered=True)
    for device in devices:
        device.pull(server, 1000)
    return server, devices, statuses


@settings(max_examples=CASES)
@given(steps=STEPS, made=DEVICES)
def test_no_review_is_lost_or_doubled_and_all_devices_agree(steps, made):
    server, devices, statuses = play(steps, made)
    log = list(server.log.values())
    assert set(statuses) <= {"created", "duplicate"}
    assert statuses.count("created") == len(log)
    assert set().union(*(device.log for device in devices)) == set(server.log)
    assert not any(device.unsent for device in devices)
    for device in devices:
        assert device.log == server.log
        assert device.states() == server.cards
    assert server.cards == states_of(log)
    for card, state in server.cards.items():
        assert (state.reps if state else 0) == reviews_that_count(log, card)


@settings(max_examples=CASES // 5)
@given(steps=STEPS, made=DEVICES)
def test_an_event_touches_only_its_card(steps, made):
    server, _, _ = play(steps, made)
    log = list(server.log.values())
    for card in CARDS:
        without = [event for event in log if event.prompt in (card, None)]
        assert states_of(without)[card] == server.cards[card]


@settings(max_examples=CASES // 5)
@given(steps=STEPS, made=DEVICES, chosen=st.integers(0, 17))
def test_an_id_that_is_used_again_is_refused_and_changes_nothing(steps, made, chosen):
    devices = play(steps, made)[1]
    sent: list[dict] = []
    again = Server()
    for device in devices:
        sent += [payload(event) for event in device.log.values() if event.device == device.id]
    if not sent:
        return
    later = START + timedelta(days=90)
    assert set(again.push(sent, later)) == {"created"}
    before = dict(again.log), dict(again.cards)
    stolen = altered(sent[chosen % len(sent)])
    assert again.push([stolen, stolen], later) == ["conflict"] * 2
    assert again.push(sent, later + timedelta(days=1)) == ["duplicate"] * len(sent)
    assert (again.log, again.cards) == before


@settings(max_examples=CASES // 5)
@given(steps=STEPS, made=DEVICES, target=st.integers(0, 17))
def test_what_was_taken_back_never_happened(steps, made, target):
    server, _, _ = play(steps, made)
    log = list(server.log.values())
    taken = [event for event in log if event.kind not in (Kind.VOID, Kind.PARAMETERS)]
    if not taken:
        return
    gone = taken[target % len(taken)]
    server.push(
        [
            {
                **payload(gone),
                "id": "00000000-0000-4000-8000-00000000abcd",
                "kind": "void",
                "target": str(gone.id),
            }
        ],
        START + timedelta(days=90),
    )
    left = [event for event in log if event.id != gone.id]
    assert server.cards == states_of(left)
