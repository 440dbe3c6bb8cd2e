"""The error that every app's own errors derive from."""

from collections.abc import Mapping, Sequence


class StudyHubError(Exception):
    """A refusal that a person can act on.

    `message` says what happened and `cure` what to do next; both are shown as they are, on pages
    and in the API's problem+json. `errors` holds problems per field. `status` is the HTTP status
    that fits, `kind` a stable slug for programs.
    """

    status = 400
    kind = "refused"

    def __init__(
        self,
        message: str,
        *,
        cure: str = "",
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(f"{message} {cure}".strip())
        self.message = message
        self.cure = cure
        self.errors = {field: list(problems) for field, problems in (errors or {}).items()}


class NotFound(StudyHubError):
    """There is no such thing, or it is not yours to see; the two read the same on purpose."""

    status = 404
    kind = "not-found"


class CursorInvalid(StudyHubError):
    """A list was to go on from a place that it never gave; `field` is what the place came in."""

    kind = "cursor-invalid"

    def __init__(self, field: str = "cursor") -> None:
        super().__init__(
            f"This is no `{field}` that this list gave out.",
            cure=f"Start anew without `{field}`.",
            errors={field: ["must be a cursor that this server gave out"]},
        )


class Busy(StudyHubError):
    """The database did not come to it in time: SQLite has one writer at a time, and a large import
    is one write. Nothing was kept, and the same may be sent again."""

    status = 503
    kind = "busy"
    RETRY_AFTER = 10  # seconds

    def __init__(self) -> None:
        super().__init__(
            "Something large is being written just now, and nothing of this was kept.",
            cure="Send it again in a few seconds.",
        )


class CannotWrite(Busy):
    """The database has no room left on its disk, or may not write there: waiting cures nothing."""

    kind = "cannot-write"
    _SIGNS = ("disk is full", "disk full", "No space left", "readonly database", "read-only")

    def __init__(self) -> None:
        StudyHubError.__init__(
            self,
            "This site cannot store anything at present, and nothing of this was kept.",
            cure="Tell whoever runs it that its disk is full or may not be written to.",
        )

    @classmethod
    def is_meant_by(cls, problem: Exception) -> bool:
        """By the words of SQLite and PostgreSQL."""
        return any(sign in str(problem) for sign in cls._SIGNS)


def refused_by_database(problem: Exception) -> Busy:
    """What is said of an OperationalError."""
    return CannotWrite() if CannotWrite.is_meant_by(problem) else Busy()


class BodyTooLarge(StudyHubError):
    """A request that says, or turns out, to be larger than anything that its address takes."""

    status = 413
    kind = "too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"This is more than one request may carry here: {limit / 1e6:,.1f} MB.",
            cure="Leave out data, weights and outputs, and send it again.",
        )
