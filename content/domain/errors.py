"""What content refuses, and why."""

from studyhub.base.errors import StudyHubError


class ContentError(StudyHubError):
    """Base of every error that this app raises."""

    kind = "content"


class ContentNotFound(ContentError):
    """No chapter or prompt has that name, or it was retired."""

    status = 404
    kind = "not-found"


class DeckNotFound(ContentNotFound):
    """No deck, card or file of that name is this learner's."""


class DeckInvalid(ContentError):
    """The deck's title or description cannot be kept."""

    kind = "deck-invalid"


class CardInvalid(ContentError):
    """An own card cannot be kept; `errors` says per field what to change."""

    kind = "card-invalid"


class CardConflict(ContentError):
    """The id chosen for a card cannot be used for it."""

    kind = "card-conflict"
    status = 409


class MediaRefused(ContentError):
    """The file is no picture or sound that is taken, or there is no room for it."""

    kind = "media-refused"


class MediaTooLarge(MediaRefused):
    """One file, or all of a learner's together, is beyond the limit."""

    kind = "media-too-large"
    status = 413


class CardFileInvalid(ContentError):
    """A file of cards cannot be read at all; nothing was imported."""

    kind = "card-file-invalid"
