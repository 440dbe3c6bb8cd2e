"""What review histories say about a learner's memory.

One walk through a learner's answers (`answers.judged`) gives every figure what it counts.
"""

from quizzes.domain.statistics.answers import MATURE_DAYS, TESTS, Answer, Judged, Stage, judged
from quizzes.domain.statistics.calibration import (
    Calibration,
    CalibrationBin,
    Corrected,
    calibration,
    corrected,
)
from quizzes.domain.statistics.effort import CAP_MS, Effort, effort
from quizzes.domain.statistics.histogram import Bin, Histogram, histogram
from quizzes.domain.statistics.load import Due, due_days, per_day, workload
from quizzes.domain.statistics.mastery import KnownCard, Mastery, mastery
from quizzes.domain.statistics.period import Period, Span, period
from quizzes.domain.statistics.ratings import HourRecall, ratings_by_stage, recall_by_hour
from quizzes.domain.statistics.retention import (
    Retention,
    RetentionSpan,
    retention,
    retention_by_span,
    true_retention,
)

__all__ = [
    "CAP_MS",
    "MATURE_DAYS",
    "TESTS",
    "Answer",
    "Bin",
    "Calibration",
    "CalibrationBin",
    "Corrected",
    "Due",
    "Effort",
    "Histogram",
    "HourRecall",
    "Judged",
    "KnownCard",
    "Mastery",
    "Period",
    "Retention",
    "RetentionSpan",
    "Span",
    "Stage",
    "calibration",
    "corrected",
    "due_days",
    "effort",
    "histogram",
    "judged",
    "mastery",
    "per_day",
    "period",
    "ratings_by_stage",
    "recall_by_hour",
    "retention",
    "retention_by_span",
    "true_retention",
    "workload",
]
