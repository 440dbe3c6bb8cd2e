"""Labs, what learners hand in, and runs. The run row is the truth; a message only names it."""

from labs.models.catalogue import DatasetFetch, Lab, LearnerChoice
from labs.models.results import Artefact, EarlierGrade, Grade, Regrading
from labs.models.runs import Run, RunEvent, Submission

__all__ = [
    "Artefact",
    "DatasetFetch",
    "EarlierGrade",
    "Grade",
    "Lab",
    "LearnerChoice",
    "Regrading",
    "Run",
    "RunEvent",
    "Submission",
]
