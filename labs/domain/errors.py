"""What the labs refuse, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studyhub.base.errors import StudyHubError


class LabsError(StudyHubError):
    kind = "labs"


class NoSandbox(LabsError):
    """No way to run a learner's code safely works here; the cure lists each tier's."""

    status = 503
    kind = "no-sandbox"


class DatasetMissing(LabsError):
    """What a lab needs was not brought here yet; the cure is the command that brings it.

    `missing` says of each data set, by its name, what it is, how large and under which licence.
    """

    status = 503
    kind = "dataset-missing"

    def __init__(self, missing: Mapping[str, str], *, command: str) -> None:
        if len(missing) == 1:
            [(name, what)] = missing.items()
            message = f"The data set '{name}' is not here yet: {what}."
        else:
            listed = "".join(f"\n  - {name}: {what}" for name, what in missing.items())
            message = f"{len(missing)} data sets are not here yet:{listed}"
        super().__init__(message, cure=f"Type: {command}")
        self.missing = dict(missing)
        self.command = command


class DatasetUnknown(LabsError):
    status = 404
    kind = "dataset-unknown"


class DatasetUnavailable(LabsError):
    """Every source of a data set failed. `tried` has one sentence per source, in order."""

    status = 503
    kind = "dataset-unavailable"

    def __init__(self, message: str, *, cure: str, tried: Sequence[str] = ()) -> None:
        listed = "".join(f"\n  - {line}" for line in tried)
        super().__init__(message + listed, cure=cure, errors={"sources": list(tried)})
        self.tried = tuple(tried)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an exercise: the file, the key or function in it, and the cure."""

    file: str
    where: str
    message: str
    cure: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.where}" if self.where else self.file
        return f"{place}: {self.message} {self.cure}"


class ExerciseInvalid(LabsError):
    """An exercise folder that cannot be used; `problems` has all of them, not the first."""

    status = 500
    kind = "exercise-invalid"

    def __init__(self, folder: str, problems: Sequence[Problem]) -> None:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(
            f"The exercise in {folder} has {count}:{listed}",
            cure="Correct its files and load it again.",
            errors={p.file: [str(q) for q in problems if q.file == p.file] for p in problems},
        )
        self.problems = tuple(problems)


class SecretBroken(LabsError):
    """The file with the hidden sets' secret is not one that we wrote."""

    status = 500
    kind = "secret-broken"


class PredictionsRejected(LabsError):
    """What `predict` returned cannot be graded. `kind` is a slug, `detail` a second sentence."""

    status = 422
    kind = "predictions-rejected"

    def __init__(self, kind: str, message: str, *, detail: str = "") -> None:
        super().__init__(message, cure=detail)
        self.kind = kind
        self.detail = detail
