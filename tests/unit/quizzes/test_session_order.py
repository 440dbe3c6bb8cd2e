from hypothesis import given
from hypothesis import strategies as st

from quizzes.domain.session_order import Candidate, arranged

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
