from datetime import date, timedelta

from quizzes.domain.statistics import per_day, true_retention, workload

TODAY = date(2026, 3, 10)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_true_retention_counts_the_first_review_of_a_later_day_only():
    reviews = [
        ("a", days_ago(9), 1),
        ("a", days_ago(9), 3),
        ("a", days_ago(5), 3),
        ("a", days_ago(5), 1),
        ("b", days_ago(3), 3),
        ("b", days_ago(2), 1),
    ]
    retention = true_retention(reviews, days_ago(30), TODAY)
    assert (retention.reviews, retention.recalled, retention.share) == (2, 1, 0.5)


def test_reviews_before_the_window_only_set_the_stage():
    reviews = [("a", days_ago(50), 3), ("a", days_ago(40), 1), ("a", days_ago(10), 4)]
    assert true_retention(reviews, days_ago(30), TODAY).share == 1


def test_without_reviews_there_is_no_retention():
    assert true_retention([], days_ago(30), TODAY).share is None


def test_the_overdue_counts_today():
    load = workload([days_ago(4), TODAY, TODAY + timedelta(days=2)], TODAY, 3)
    assert [count for _, count in load] == [2, 0, 1]
    assert load[0][0] == TODAY


def test_days_without_reviews_are_zero_and_today_comes_last():
    counts = per_day([(TODAY, 4), (days_ago(2), 1)], TODAY, 3)
    assert counts == [(days_ago(2), 1), (days_ago(1), 0), (TODAY, 4)]
