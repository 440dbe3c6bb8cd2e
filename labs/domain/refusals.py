"""What the queue refuses: uploads, and runs that are not there or not in a fitting state."""

from datetime import datetime

from labs.domain.errors import LabsError


class UploadRefused(LabsError):
    """An upload that cannot become a submission; nothing was stored.

    `reason` is a slug: wrong_kind, too_large, unsafe_archive, syntax, missing_function.
    """

    kind = "upload-refused"

    def __init__(self, message: str, *, cure: str, reason: str) -> None:
        super().__init__(message, cure=cure, errors={"file": [f"{message} {cure}"]})
        self.reason = reason


class LabUnknown(LabsError):
    status = 404
    kind = "lab-unknown"


class RunUnknown(LabsError):
    """There is no such run, or it is somebody else's."""

    status = 404
    kind = "run-unknown"


class SubmissionConflict(LabsError):
    """A repeated submission whose key was used for another file or lab."""

    status = 409
    kind = "submission-conflict"


class QueueFull(LabsError):
    """A learner has as many runs as the quota allows.

    `free_at`: when the next may be started; None where that hangs on the end of one. `wait` is the
    same in seconds, at least one, and a guess where it is not known.
    """

    status = 429
    kind = "queue-full"

    def __init__(
        self, message: str, *, cure: str, free_at: datetime | None = None, wait: float = 60
    ) -> None:
        super().__init__(message, cure=cure)
        self.free_at = free_at
        self.wait = max(1.0, wait)


class NotComparable(LabsError):
    """Two runs that have nothing to do with each other."""

    status = 409
    kind = "not-comparable"


class StaffOnly(LabsError):
    status = 403
    kind = "staff-only"


class CannotRegrade(LabsError):
    """The run has no stored predictions, or they answer another hidden set than today's."""

    status = 409
    kind = "cannot-regrade"


class ArtefactGone(LabsError):
    """The run left no file, or it was removed since."""

    status = 404
    kind = "artefact-gone"


class DeviceMissing(LabsError):
    """The lab needs a GPU and this worker has none."""

    status = 503
    kind = "device-missing"
