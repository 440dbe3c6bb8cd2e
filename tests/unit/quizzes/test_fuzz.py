"""The vectors that docs/scheduling.md publishes for clients are the ones the server computes."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.fuzz import card_key, fuzzed, mix

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "scheduling.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\d+) \| (\w+) \| (\w+) \| ([\d.]+) \| (\d+) \|$", re.MULTILINE)


def test_the_published_vectors_hold():
    rows = ROW.findall(DOCUMENT.read_text())
    assert len(rows) >= 8
    for prompt, count, key, noise, days, result in rows:
        assert card_key(prompt) == int(key, 16)
        assert mix(card_key(prompt), int(count)) == int(noise, 16)
        assert fuzzed(float(days), 1, 36_500, int(noise, 16)) == int(result)


@given(days=st.floats(0, 50_000), noise=st.integers(0, 2**32 - 1), data=st.data())
def test_fuzz_stays_within_its_limits_and_near_the_interval(days, noise, data):
    maximum = data.draw(st.integers(1, 36_500))
    minimum = data.draw(st.integers(1, maximum))
    result = fuzzed(days, minimum, maximum, noise)
    assert minimum <= result <= maximum
    held = min(max(days, minimum), maximum)
    assert abs(result - held) <= 2.5 + 0.06 * held + 1


def test_the_noise_spreads_evenly():
    results = [fuzzed(10, 1, 100, mix(card_key("c04-a"), count)) for count in range(3000)]
    shares = {day: results.count(day) / 3000 for day in set(results)}
    assert sorted(shares) == [8, 9, 10, 11, 12]
    assert all(0.17 < share < 0.23 for share in shares.values())
