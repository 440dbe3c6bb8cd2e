"""What content refuses, and why."""

from studyhub.base.errors import StudyHubError


class ContentError(StudyHubError):
    """Base of every error that this app raises."""

    kind = "content"


class ContentNotFound(ContentError):
    """No chapter or prompt has that name, or it was retired."""

    status = 404
    kind = "not-found"
