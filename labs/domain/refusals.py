"""What the queue refuses: uploads, and runs that are not there or not in a fitting state."""

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
    status = 429
    kind = "queue-full"


class DeviceMissing(LabsError):
    """The lab needs a GPU and this worker has none."""

    status = 503
    kind = "device-missing"
