"""Prompts that can be shown and answered and are bad all the same."""

from collections.abc import Iterable

import pytest

from content.domain.balance import unbalanced
from content.domain.course import Chapter, PlacedPrompt
from content.domain.duplicates import near_duplicates
from content.domain.guessing import echoes, guessable, habits, luck
from content.domain.lengths import too_long
from content.domain.problems import Problem, ProblemList
from content.format.questions import parse_questions

FILE = "01-pixels/questions.md"
FILLER = """
## c01-filler{n}
kind: basic
facts: S1-01
source: own

What does entry{n} of the long index name{n} under letter{n}?

---
The page{n} on which keyword{n} is explained{n}.

> Indexes differ.
"""


def prompts_of(*texts: str, filler: int = 0) -> tuple[PlacedPrompt, ...]:
    """The prompts of a file; with `filler`, among so many others on other subjects."""
    problems = ProblemList()
    written = [*texts, *(FILLER.format(n=n) for n in range(filler))]
    found = parse_questions("\n".join(written), FILE, problems)
    assert problems.sorted() == ()
    return found


def written(
    name: str, kind: str, question: str, answer: str, *, requires: str = "", why: str = "Because."
) -> str:
    needed = f"requires: {requires}\n" if requires else ""
    head = f"## c01-{name}\nkind: {kind}\nfacts: S1-01\nsource: own\n{needed}"
    return f"{head}\n{question}\n\n---\n{answer}\n\n> {why}\n"


def choice(name: str, right: str, *wrong: str, question: str = "Which one is it?") -> str:
    return written(name, "choice", question, "\n".join([f"- [x] {right}", *_wrong(wrong)]))


def _wrong(options: Iterable[str]) -> list[str]:
    return [f"- [ ] {option}" for option in options]


def messages(problems: Iterable[Problem]) -> list[str]:
    found = list(problems)
    assert all(problem.cure and problem.file and problem.line >= 1 for problem in found)
    return [problem.message for problem in found]


class TestDuplicates:
    AUGMENT = written(
        "augment",
        "basic",
        "What is test-time augmentation?",
        "Several changed copies of each picture are predicted, and the predictions averaged.",
    )
    AGAIN = written(
        "again",
        "basic",
        "Test-time augmentation: what is meant by it?",
        "The predictions of several changed copies of a picture are averaged.",
    )

    def test_one_question_in_two_wordings_is_found_at_the_later(self) -> None:
        prompts = prompts_of(self.AUGMENT, self.AGAIN, filler=60)
        (problem,) = near_duplicates(prompts)
        assert problem.line == prompts[1].place.line
        assert problem.message.startswith("c01-again: c01-augment (01-pixels/questions.md:1)")

    def test_two_questions_on_one_subject_may_stand(self) -> None:
        cost = written(
            "cost",
            "basic",
            "What does test-time augmentation cost?",
            "Several times the computing for each answer; nothing is trained anew.",
        )
        assert not messages(near_duplicates(prompts_of(self.AUGMENT, cost, filler=60)))

    def test_a_contrast_that_the_author_declared_may_stand(self) -> None:
        again = self.AGAIN.replace("source: own", "source: own\nrequires: c01-augment")
        assert not messages(near_duplicates(prompts_of(self.AUGMENT, again, filler=60)))

    def test_the_same_sum_with_the_same_result_is_found(self) -> None:
        question = "How many times as many pixels has a picture of 224 by 224 as one of 128 by 128?"
        other = "A picture of 128 by 128 pixels becomes one of 224 by 224: how many times as many?"
        same = [
            written("one", "numeric", question, "= 3.1"),
            written("two", "numeric", other, "= 3.1"),
        ]
        assert len(messages(near_duplicates(prompts_of(*same, filler=60)))) == 1

    def test_the_same_frame_with_another_sum_may_stand(self) -> None:
        question = (
            "Label smoothing of 0.1 is used for 5 classes. What is the target of the right one?"
        )
        other = "Label smoothing of 0.1 is used for 20 classes. What is the target of a wrong one?"
        pair = [
            written("one", "numeric", question, "= 0.92"),
            written("two", "numeric", other, "= 0.005"),
        ]
        assert not messages(near_duplicates(prompts_of(*pair, filler=60)))

    def test_code_that_differs_in_names_only_is_found(self) -> None:
        code = (
            "What does this print?\n\n```python\n{a} = torch.zeros(4, 1)\n{b} = torch.zeros(4)\n"
            "print(list(({a} - {b}).shape))\n```"
        )
        one = written("one", "code", code.format(a="preds", b="targets"), "= [4, 4]")
        two = written("two", "code", code.format(a="preds", b="truth"), "= [4, 4]")
        assert len(messages(near_duplicates(prompts_of(one, two, filler=60)))) == 1


class TestGuessing:
    def test_a_right_option_that_is_the_longest_by_far_is_found(self) -> None:
        prompts = prompts_of(
            choice("long", "It is shaped by examples and not by rules", "It is fast", "It is new")
        )
        (message,) = messages(guessable(prompts[0]))
        assert "the longest by far (41 to 10)" in message

    def test_a_right_option_a_little_longer_may_stand(self) -> None:
        prompts = prompts_of(
            choice("fair", "It is shaped by examples", "It is fast at that", "Luck")
        )
        assert not messages(guessable(prompts[0]))

    def test_several_right_options_that_are_all_the_longest_are_found(self) -> None:
        answer = (
            "- [x] Stopping when the loss no longer falls\n- [x] Saving the best model so far\n"
            "- [ ] Adam\n- [ ] Cross-entropy"
        )
        prompts = prompts_of(written("many", "multiple", "Which are callbacks?", answer))
        assert len(messages(guessable(prompts[0]))) == 1

    @pytest.mark.parametrize(
        "phrase", ["All of the above", "None of the above.", "Both of the others"]
    )
    def test_options_about_other_options_are_found(self, phrase: str) -> None:
        prompts = prompts_of(choice("above", "A cat", "A dog", phrase))
        assert "points at the other options" in messages(guessable(prompts[0]))[0]

    def test_a_yes_is_no_answer_and_a_yes_with_a_reason_is(self) -> None:
        bare = prompts_of(written("bare", "basic", "Does it overfit?", "Yes."))
        said = prompts_of(
            written("said", "basic", "Does it overfit?", "Yes: validation gets worse.")
        )
        assert messages(guessable(bare[0])) == ["c01-bare: The answer is only 'Yes.'"]
        assert not messages(guessable(said[0]))

    def test_yes_no_options_are_found(self) -> None:
        prompts = prompts_of(choice("coin", "Yes", "No", "False"))
        assert any("yes or no" in message for message in messages(guessable(prompts[0])))

    def test_only_the_right_option_repeating_the_question_is_found(self) -> None:
        question = "What makes a spam filter a case of learning?"
        right = "It was shaped by mails marked as spam"
        echo = choice("echo", right, "It runs on a server", "It is fast", question=question)
        (message,) = messages(echoes(prompts_of(echo, filler=120)))
        assert message == "c01-echo: Only the right option repeats the question ('spam')"

    def test_a_word_that_a_wrong_option_repeats_too_gives_nothing_away(self) -> None:
        question = "What makes a spam filter a case of learning?"
        right = "It was shaped by mails marked as spam"
        fair = choice("fair", right, "It has a rule for each spam", "It is fast", question=question)
        assert not messages(echoes(prompts_of(fair, filler=120)))

    @pytest.mark.parametrize(
        ("right", "wrong", "name"),
        [("the long one", "short", "longest"), ("short", "the long one", "shortest")],
    )
    def test_a_habit_over_many_choices_is_found(self, right: str, wrong: str, name: str) -> None:
        texts = [choice(f"n{n}", right, wrong, wrong[1:], wrong[2:]) for n in range(12)]
        (message,) = messages(habits(prompts_of(*texts), FILE, "this chapter"))
        assert message.startswith(f"The right option is the {name} in 12 of 12 choices")

    def test_a_rate_that_chance_explains_is_no_habit(self) -> None:
        texts = [choice(f"n{n}", "the long one", "short", "brief", "tiny") for n in range(3)]
        texts += [choice(f"m{n}", "medium", "a long one", "short", "tiny") for n in range(3)]
        assert not messages(habits(prompts_of(*texts), FILE, "this chapter"))

    def test_luck_is_the_tail_of_a_binomial(self) -> None:
        assert luck(0, 5, 0.25) == pytest.approx(1)
        assert luck(5, 5, 0.25) == pytest.approx(0.25**5)
        assert luck(1, 2, 0.5) == pytest.approx(0.75)


WORDS = " ".join(["word"] * 70)
LINES = "Look:\n\n```python\n" + "x = 1\n" * 30 + "```"
SEVEN = "\n".join(f"- [{'x' if n == 0 else ' '}] Option {n}" for n in range(7))
TOO_LONG = [
    ("basic", WORDS, "Short.", "Because.", "The question has 70 words, over 60"),
    ("basic", LINES, "Short.", "Because.", "The question's code has 30 lines"),
    ("basic", "What?", WORDS, "Because.", "The answer has 70 words"),
    ("basic", "What?", "Short.", WORDS, "The explanation has 70 words"),
    ("cloze", "{{a}} {{b}} {{c}} {{d}}", "", "Because.", "The cloze has 4 gaps"),
    ("short", "What?", "= " + "letters " * 6, "Because.", "The answer to type has 47 letters"),
    ("code", "```python\n1\n```", f"= {list(range(40))}", "Because.", "The output has 150 letters"),
    ("choice", "Which?", SEVEN, "Because.", "There are 7 options"),
    ("choice", "Which?", f"- [x] a\n- [ ] b\n- [ ] {WORDS}", "Because.", "An option has 70 words"),
    ("choice", "Which?", f"- [x] a\n- [ ] b\n  > {WORDS}\n- [ ] c", "Because.", "What is said of"),
    (
        "ordering",
        "Order!",
        "\n".join(f"{n}. s{n}" for n in range(1, 9)),
        "So.",
        "There are 8 items",
    ),
    ("ordering", "Order!", f"1. a\n2. {WORDS}", "So.", "An item has 70 words"),
]


class TestLengths:
    @pytest.mark.parametrize(("kind", "question", "answer", "why", "message"), TOO_LONG)
    def test_what_is_too_long_is_found(
        self, kind: str, question: str, answer: str, why: str, message: str
    ) -> None:
        prompts = prompts_of(written("long", kind, question, answer, why=why))
        assert any(f"c01-long: {message}" in found for found in messages(too_long(prompts[0])))

    def test_code_and_other_wordings_of_a_gap_are_not_counted_as_words(self) -> None:
        code = "What?\n\n```python\n" + " ".join(["x"] * 80) + "\n```"
        other = "|".join(["wording"] * 80)
        texts = [
            written("code", "basic", code, "That."),
            written("gap", "cloze", "It is {{one|" + other.replace("|", " ") + "}} thing.", ""),
        ]
        for prompt in prompts_of(*texts):
            assert not messages(too_long(prompt))


class TestBalance:
    @staticmethod
    def chapter(**counts: int) -> Chapter:
        answers = {
            "basic": "That.",
            "choice": "- [x] a\n- [ ] b\n- [ ] c",
            "multiple": "- [x] a\n- [ ] b\n- [ ] c",
            "numeric": "= 3",
            "short": "= word",
            "ordering": "1. a\n2. b",
            "code": "= 1",
            "cloze": "",
        }
        texts = [
            written(f"{kind}{n}", kind, "A {{gap}}?" if kind == "cloze" else "What?", answers[kind])
            for kind, count in counts.items()
            for n in range(count)
        ]
        prompts = prompts_of(*texts)
        return Chapter("01-x", "x", 1, "X", "", "", (), (), (), prompts, {}, {})

    def test_a_mixed_chapter_is_fine(self) -> None:
        chapter = self.chapter(basic=6, choice=8, numeric=4, short=2, code=3, cloze=2)
        assert not messages(unbalanced(chapter))

    def test_few_kinds_are_found_and_the_missing_ones_named(self) -> None:
        (problem,) = unbalanced(self.chapter(basic=10, choice=10, numeric=5))
        assert problem.message == "Only 3 of 8 kinds are used in 25 prompts"
        assert "cloze, multiple, short, ordering, code" in problem.cure

    def test_a_kind_that_is_more_than_half_is_found(self) -> None:
        chapter = self.chapter(basic=15, choice=2, numeric=2, short=2, code=2, cloze=2)
        assert messages(unbalanced(chapter)) == [
            "15 of 25 prompts are of the kind basic, more than half"
        ]

    def test_too_many_answers_among_options_are_found(self) -> None:
        chapter = self.chapter(choice=12, multiple=6, basic=3, numeric=2, short=1, code=1)
        assert messages(unbalanced(chapter)) == ["18 of 25 prompts show their answer among options"]

    def test_a_short_chapter_is_not_judged(self) -> None:
        assert not messages(unbalanced(self.chapter(basic=19)))
