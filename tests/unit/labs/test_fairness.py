"""Whose turn it is."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from labs.domain.fairness import turns

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUEUES = st.lists(st.integers(1, 6), max_size=40).map(lambda users: list(enumerate(users)))


@given(QUEUES)
def test_nobodys_second_run_comes_before_everybodys_first(waiting):
    users = dict(waiting)
    order = [users[run] for run in turns(waiting, running={}, last_served={})]
    seen: dict[int, int] = {}
    for user in order:
        rounds_done = seen.get(user, 0)
        others = [other for other in set(users.values()) if other != user]
        left = {other: order.count(other) for other in others}
        assert all(seen.get(other, 0) >= min(rounds_done, left[other]) for other in others)
        seen[user] = rounds_done + 1


@given(QUEUES)
def test_everybody_is_served_once_and_ones_own_runs_in_order(waiting):
    order = turns(waiting, running={}, last_served={})
    assert sorted(order) == [run for run, _ in waiting]
    users = dict(waiting)
    for user in set(users.values()):
        own = [run for run in order if users[run] == user]
        assert own == sorted(own)


def test_who_has_nothing_running_goes_first():
    assert turns([(1, 10), (2, 20)], running={10: 1}, last_served={}) == [2, 1]


def test_who_was_served_longest_ago_goes_first():
    later = NOON.replace(hour=13)
    assert turns([(1, 10), (2, 20)], running={}, last_served={10: later, 20: NOON}) == [2, 1]
