"""When a card is a leech, and when again."""

from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.leeches import half, steps


def test_a_leech_is_found_at_the_number_and_after_every_half_of_it():
    found = [lapses for lapses in range(1, 21) if steps(lapses, 8) > steps(lapses - 1, 8)]
    assert found == [8, 12, 16, 20]


def test_an_odd_number_is_halved_up():
    assert [lapses for lapses in range(1, 12) if steps(lapses, 5) > steps(lapses - 1, 5)] == [
        5,
        8,
        11,
    ]


@given(lapses=st.integers(0, 200), threshold=st.integers(1, 50))
def test_it_is_found_again_once_within_half_the_number_and_surely_within_the_whole(
    lapses, threshold
):
    now = steps(lapses, threshold)
    assert (now > 0) == (lapses >= threshold)
    assert steps(lapses + half(threshold) - 1, threshold) <= now + 1
    assert steps(lapses + threshold, threshold) > now
