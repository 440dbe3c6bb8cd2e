"""What a lab asks for: the contents of its `lab.toml`, checked."""

from dataclasses import dataclass
from enum import StrEnum

from labs.domain.grades import Thresholds
from labs.domain.jobs import Limits
from labs.domain.quotas import Quota


class Device(StrEnum):
    CPU = "cpu"
    GPU = "gpu"
    EITHER = "either"


class AnswerKind(StrEnum):
    LABELS = "labels"  # whole numbers out of a list, or one probability per class
    NUMBERS = "numbers"  # one number per input
    MAPS = "maps"  # one square map of numbers per input: where the evidence lies


@dataclass(frozen=True)
class AnswerSpec:
    """What `predict` must return for m inputs.

    For labels, `values` are the allowed ones in the order of a probability's columns, and `names`
    what people read for them. Both are empty for numbers and maps.
    """

    kind: AnswerKind
    values: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def name_of(self, value: int) -> str:
        return self.names[self.values.index(value)]


@dataclass(frozen=True)
class HiddenSpec:
    """`share` of all examples is hidden; `feedback_share` of these may be shown to the learner."""

    share: float
    feedback_share: float


@dataclass(frozen=True)
class Spread:
    """What one of the lab's own files reached on `seeds` fresh secrets."""

    file: str
    seeds: int
    mean: float
    sd: float
    worst: float | None = None


@dataclass(frozen=True)
class ExerciseSpec:
    """`same_split`: results are shown beside the baseline's on the same draw of the hidden set."""

    slug: str
    title: str
    chapter: int
    summary: str
    data: tuple[str, ...]
    device: Device
    prompts: tuple[str, ...]
    limits: Limits
    hidden: HiddenSpec
    answer: AnswerSpec
    thresholds: Thresholds
    why: str
    spreads: tuple[Spread, ...]
    quota: Quota  # None in it: the site's figure
    variant: str = ""  # its name, where the lab can stand on one of several data sets
    same_split: bool = False

    @property
    def metric(self) -> str:
        return self.thresholds.metric
