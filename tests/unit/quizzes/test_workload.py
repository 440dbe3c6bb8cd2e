"""The simulated days."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain import fsrs
from quizzes.domain.fsrs import AGAIN, DEFAULT_WEIGHTS, GOOD, Memory
from quizzes.domain.scheduler import DEFAULT_SCHEDULING
from quizzes.domain.workload import Aim, HeldCard, simulated

held_cards = st.lists(
    st.builds(
        HeldCard,
        memory=st.builds(Memory, st.floats(0.1, 400), st.floats(1, 10)),
        elapsed=st.integers(0, 100),
        due=st.integers(-30, 60),
        desired=st.sampled_from((0.8, 0.9)),
    ),
    max_size=30,
)


@given(held_cards, st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_no_card_is_lost(cards, new):
    found = simulated(cards, new, DEFAULT_SCHEDULING)
    assert found.new == tuple(map(float, new))
    assert len(found.reviews) == len(new)
    assert 0 <= found.recalled <= len(cards) + sum(new) + 1e-9
    due_in_time = sum(card.due < len(new) for card in cards)
    assert sum(found.reviews) >= due_in_time - 1e-6


@given(held_cards, st.sets(st.integers(0, 19)))
def test_days_off_stay_empty(cards, off):
    found = simulated(cards, [2.0] * 20, DEFAULT_SCHEDULING, off=off)
    assert all(found.cards[day] == 0 for day in off)


@given(held_cards)
def test_an_aim_never_lowers_the_recall_of_the_day(cards):
    plain = simulated(cards, [0.0] * 20, DEFAULT_SCHEDULING)
    aimed = simulated(cards, [0.0] * 20, DEFAULT_SCHEDULING, aim=Aim(20, 0.95))
    assert aimed.recalled >= plain.recalled - 0.02 * len(cards)


def test_the_overdue_count_today_and_the_next_due_day_is_kept():
    memory = Memory(10.0, 5.0)
    cards = [HeldCard(memory, 12, -2, 0.9), HeldCard(memory, 5, 5, 0.9)]
    found = simulated(cards, [0.0] * 7, DEFAULT_SCHEDULING)
    assert round(found.reviews[0]) == 1
    assert round(found.reviews[5]) == 1


def test_expected_values_are_the_mean_of_many_thrown_dice():
    cards = [HeldCard(Memory(2.0 + n % 12, 3.0 + n % 6), n % 7, n % 5, 0.9) for n in range(200)]
    days, runs = 40, 30
    found = simulated(cards, [0.0] * days, DEFAULT_SCHEDULING)
    total, recalled = 0, 0.0
    dice = Random(1)
    for _ in range(runs):
        for card in cards:
            reviews, recall = _one_life(card, days, dice)
            total, recalled = total + reviews, recalled + recall
    assert abs(sum(found.reviews) - total / runs) < 0.03 * total / runs
    assert abs(found.recalled - recalled / runs) < 0.02 * recalled / runs


def _one_life(card: HeldCard, days: int, dice: Random) -> tuple[int, float]:
    w, memory, last, due, reviews = DEFAULT_WEIGHTS, card.memory, -card.elapsed, card.due, 0
    while due < days:
        reviews += 1
        elapsed = max(1, due - last)
        if dice.random() < fsrs.retrievability(w, memory.stability, elapsed):
            memory = fsrs.after(w, memory, GOOD, elapsed)
        else:
            memory = fsrs.after(w, fsrs.after(w, memory, AGAIN, elapsed), GOOD, 0)
        last, due = due, due + max(1, round(fsrs.interval(w, memory.stability, 0.9)))
    return reviews, fsrs.retrievability(w, memory.stability, days - last)
