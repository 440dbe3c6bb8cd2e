"""What plans allow a study day to bring."""

from datetime import UTC, date, datetime, timedelta

from quizzes.models import Break, Exam, UserMemory
from quizzes.selectors.plans import allowance, exams_ahead, plans_ahead
from quizzes.services import add_chapter, review_prompt
from tests.integration.quizzes.conftest import LAPTOP, NOW

TODAY = date(2026, 3, 2)


def memory_of(user, **fields) -> UserMemory:
    memory, _ = UserMemory.objects.update_or_create(user=user, defaults=fields)
    return memory


def plan_exam(user, days: int, *chapters: str) -> Exam:
    return Exam.objects.create(
        user=user,
        title="Exam",
        day=TODAY + timedelta(days=days),
        chapters=list(chapters),
        retention=0.9,
        created_at=NOW,
    )


def plan_break(user, first: int, last: int) -> Break:
    day = timedelta(days=1)
    return Break.objects.create(
        user=user, first_day=TODAY + first * day, last_day=TODAY + last * day, created_at=NOW
    )


def test_without_plans_the_daily_limits_hold(ada, django_assert_num_queries):
    memory = memory_of(ada, new_per_day=7, reviews_per_day=50)
    with django_assert_num_queries(1):
        found = allowance(memory, today=TODAY)
    assert (found.new, found.reviews, found.first_chapters, found.break_until) == (7, 50, (), None)


def test_an_exam_raises_the_new_cards_of_a_day_to_its_pace(ada, django_assert_num_queries):
    add_chapter(ada, "mnist-basics", now=NOW)
    add_chapter(ada, "pets", now=NOW)
    memory = memory_of(ada, new_per_day=0)
    plan_exam(ada, 4, "mnist-basics")
    with django_assert_num_queries(2):
        found = allowance(memory, today=TODAY)
    assert (found.new, found.first_chapters) == (2, ("mnist-basics",))


def test_an_exam_begins_on_the_study_day_of_the_learner_who_planned_it(ada):
    ada.time_zone = "Pacific/Auckland"
    ada.save()
    evening = datetime(2026, 3, 1, 20, tzinfo=UTC)  # the morning of the 2nd in Auckland
    exam = plan_exam(ada, 8, "pets")
    Exam.objects.update(created_at=evening)
    assert [found.since for found in plans_ahead(ada.pk, TODAY)[0]] == [TODAY]
    [row] = exams_ahead(ada, now=evening)
    assert (row.id, row.plan().since) == (exam.pk, TODAY)


def test_the_pace_of_a_day_does_not_shrink_while_its_cards_are_begun(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    memory = memory_of(ada, new_per_day=0)
    plan_exam(ada, 4, "mnist-basics")
    for prompt in ("c04-basic", "c04-numeric"):
        review_prompt(ada, prompt, rating=3, device=LAPTOP, now=NOW)
    assert allowance(memory, today=TODAY).new == 2


def test_a_break_brings_no_new_cards(ada, bob):
    memory = memory_of(ada)
    plan_break(ada, -1, 3)
    plan_break(bob, -1, 9)
    found = allowance(memory, today=TODAY)
    assert (found.new, found.break_until) == (0, TODAY + timedelta(days=3))
    assert allowance(memory, today=TODAY + timedelta(days=4)).new == memory.new_per_day


def test_ended_plans_change_nothing(ada):
    add_chapter(ada, "mnist-basics", now=NOW)
    memory = memory_of(ada, new_per_day=1)
    plan_exam(ada, 2, "mnist-basics")
    plan_break(ada, 0, 3)
    for model in (Exam, Break):
        model.objects.update(ended_at=NOW)
    found = allowance(memory, today=TODAY)
    assert (found.new, found.first_chapters, found.break_until) == (1, (), None)
