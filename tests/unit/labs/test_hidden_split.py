from hypothesis import given
from hypothesis import strategies as st

from labs.domain.hidden import Split, keyed_digest, keyed_seed, split

IDS = [f"mnist/{n}" for n in range(5_000)]
SECRET, OTHER = b"a" * 32, b"b" * 32


def draw(ids: list[str] = IDS, secret: bytes = SECRET, lab: str = "mnist-baseline") -> Split:
    return split(ids, secret=secret, lab=lab, share=0.14, feedback_share=1 / 3)


def test_every_example_is_either_trained_on_or_hidden() -> None:
    drawn = draw()
    assert sorted(drawn.train + drawn.hidden) == list(range(len(IDS)))
    assert len(drawn.final) == len(drawn.hidden)


def test_the_shares_are_about_those_asked_for() -> None:
    drawn = draw()
    assert 0.12 < len(drawn.hidden) / len(IDS) < 0.16
    assert 0.6 < sum(drawn.final) / len(drawn.final) < 0.73


def test_the_same_secret_draws_the_same_split() -> None:
    assert draw() == draw()


def test_another_secret_or_another_lab_draws_another_split() -> None:
    hidden = set(draw().hidden)
    for other in (draw(secret=OTHER), draw(lab="mnist-digits")):
        shared = len(hidden & set(other.hidden)) / len(hidden)
        assert shared < 0.25  # chance: 0.14


def test_a_new_example_moves_no_other_one_between_the_parts() -> None:
    before, after = draw(), draw([*IDS, "mnist/new"])
    assert set(before.hidden) <= set(after.hidden)
    assert set(before.train) <= set(after.train)


def test_the_order_tells_nothing_about_the_place_in_the_published_file() -> None:
    for rows in (draw().train, draw().hidden):
        first, last = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        assert abs(sum(first) / len(first) - sum(last) / len(last)) < 300
        assert list(rows) != sorted(rows)


@given(st.text(), st.text(), st.text(), st.text())
def test_different_words_never_share_a_digest(a: str, b: str, c: str, d: str) -> None:
    if (a, b) != (c, d):
        assert keyed_digest(SECRET, a, b) != keyed_digest(SECRET, c, d)


def test_each_purpose_has_random_numbers_of_its_own() -> None:
    seeds = {
        keyed_seed(secret, lab, purpose)
        for secret in (SECRET, OTHER)
        for lab in ("one", "two")
        for purpose in ("training", "hidden")
    }
    assert len(seeds) == 8
