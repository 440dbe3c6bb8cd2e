"""Answer buttons, and recall by the hour of the day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from quizzes.domain.fsrs import AGAIN
from quizzes.domain.statistics.answers import TESTS, Judged, LocalHours, Stage
from quizzes.domain.statistics.retention import Retention


@dataclass(frozen=True)
class HourRecall:
    """An hour of the day by the learner's clock: all answers, and those that test memory."""

    hour: int
    answers: int
    tested: Retention


def ratings_by_stage(answers: Iterable[Judged]) -> dict[Stage, tuple[int, int, int, int]]:
    """How often again, hard, good and easy were chosen, for each stage but practice."""
    counts = {stage: [0, 0, 0, 0, 0] for stage in Stage}
    for answer in answers:
        counts[answer.stage][answer.rating] += 1
    return {
        stage: (tally[1], tally[2], tally[3], tally[4])
        for stage, tally in counts.items()
        if stage is not Stage.PRACTICE
    }


def recall_by_hour(answers: Iterable[Judged], tz: str) -> list[HourRecall]:
    """For all 24 hours by the clocks of time zone `tz`."""
    hours = LocalHours(tz)
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for answer in answers:
        tally = counts[hours.of(answer)]
        tally[0] += 1
        if answer.stage in TESTS:
            tally[1] += 1
            tally[2] += answer.rating > AGAIN
    found = []
    for hour in range(24):
        count, tested, recalled = counts[hour]
        found.append(HourRecall(hour, count, Retention(tested, recalled)))
    return found
