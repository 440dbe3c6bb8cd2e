from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.session_order import Candidate, arranged, reviews_a_new

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        prompt=st.sampled_from("abcdefgh"),
        chapter=st.integers(1, 3),
        facts=st.frozensets(st.sampled_from("xyz"), max_size=1),
        requires=st.frozensets(st.sampled_from("abcdefgh"), max_size=2),
    ),
    unique_by=lambda candidate: candidate.prompt,
)


@given(candidates=CANDIDATES)
def test_nothing_is_lost_or_doubled(candidates):
    assert sorted(arranged(candidates)) == sorted(c.prompt for c in candidates)


def test_chapters_are_interleaved():
    cards = [Candidate(p, chapter=1) for p in "abc"] + [Candidate(p, chapter=2) for p in "xyz"]
    assert arranged(cards) == ["a", "x", "b", "y", "c", "z"]


def test_prompts_about_one_fact_are_kept_apart():
    a, b = (Candidate(p, facts=frozenset({"C4-09"})) for p in "ab")
    others = [Candidate(p) for p in "xy"]
    assert arranged([a, b, *others]) == ["a", "x", "y", "b"]


def test_a_prompt_comes_after_what_it_requires():
    cards = [Candidate("late", requires=frozenset({"early"})), Candidate("early")]
    assert arranged(cards) == ["early", "late"]


def test_a_requirement_outside_the_session_holds_nothing_up():
    assert arranged([Candidate("a", requires=frozenset({"gone"}))]) == ["a"]


def test_prompts_that_require_each_other_are_still_shown():
    circle = [Candidate("a", requires=frozenset("b")), Candidate("b", requires=frozenset("a"))]
    assert arranged(circle) == ["a", "b"]


def test_without_a_reason_the_urgent_comes_first():
    assert arranged([Candidate(p) for p in "cab"]) == ["c", "a", "b"]


def test_prompts_of_one_note_are_kept_apart_as_well():
    a, b = (Candidate(p, note=7) for p in "ab")
    assert arranged([a, b, *(Candidate(p) for p in "xy")]) == ["a", "x", "y", "b"]


def test_what_was_shown_before_counts():
    before = [Candidate("w", chapter=1, facts=frozenset({"C4-09"}))]
    cards = [Candidate("a", 1), Candidate("b", 2, frozenset({"C4-09"})), Candidate("c", 2)]
    assert arranged(cards, before=before) == ["c", "a", "b"]


@given(reviews=CANDIDATES, new=CANDIDATES, done=st.integers(0, 50), rhythm=st.integers(1, 9))
def test_both_kinds_are_shown_whole_in_any_rhythm(reviews, new, done, rhythm):
    new = [candidate for candidate in new if candidate.prompt not in {c.prompt for c in reviews}]
    order = arranged(reviews, new, done=done, reviews_a_new=rhythm)
    assert sorted(order) == sorted(c.prompt for c in (*reviews, *new))
    assert arranged(reviews, new, done=done, reviews_a_new=rhythm, limit=3) == order[:3]


@given(reviews=st.integers(0, 300), new=st.integers(0, 50))
def test_new_cards_never_crowd_out_reviews(reviews, new):
    every = reviews_a_new(reviews, new)
    lanes = [Candidate(f"r{n}") for n in range(reviews)], [Candidate(f"n{n}") for n in range(new)]
    order = arranged(*lanes, reviews_a_new=every)
    for at in range(len(order)):
        before = order[: at + 1]
        seen = sum(prompt[0] == "n" for prompt in before)
        left = reviews - (len(before) - seen)
        assert seen <= len(before) - seen or left == 0
