"""What counts as an act that a learner can take back, and how it is told."""

from datetime import date

from quizzes.domain.events import Kind, Reason
from quizzes.domain.leeches import LEECH

#: Reason of what quizzes write; a quiz answer stands and is not taken back.
QUIZ = "quiz"
#: Reasons of the practice that sessions write.
CRAM, PREVIEW = "cram", "preview"
#: Begins the reason of events that one act wrote for many cards; the act's id follows.
GROUP = "many:"

UNDOABLE = (
    Kind.REVIEW,
    Kind.PRACTICE,
    Kind.SUSPEND,
    Kind.UNSUSPEND,
    Kind.FLAG,
    Kind.BURY,
    Kind.RESET,
    Kind.SET_DUE,
)
#: Events of these kinds that something else brought about.
NOT_ACTS = (QUIZ, LEECH, Reason.IMPORT)

RATING_WORDS = {1: "Again", 2: "Hard", 3: "Good", 4: "Easy"}


def said(
    kind: Kind, *, rating: int | None, flag: int | None, cards: int, day: date | None = None
) -> str:
    """The act in words, as the end of "Undo: ..." and the beginning of a sentence. `day` is the
    study day that a card was set to."""
    many = f"{cards} cards" if cards > 1 else ""
    match kind:
        case Kind.REVIEW:
            return f"Rated “{RATING_WORDS.get(rating or 0, '?')}”"
        case Kind.PRACTICE:
            return "Practised, missed" if rating == 1 else "Practised, known"
        case Kind.SUSPEND:
            return f"Suspended {many}".strip()
        case Kind.UNSUSPEND:
            return f"Brought {many} back" if many else "Brought back"
        case Kind.FLAG:
            if flag:
                return f"Flagged {many}".strip()
            return f"Flag taken off {many}".strip()
        case Kind.BURY:
            return f"Put {many} off until tomorrow" if many else "Put off until tomorrow"
        case Kind.RESET:
            return f"Begun {many} anew" if many else "Begun anew"
        case Kind.SET_DUE:
            return f"Date set to {day.day} {day:%B %Y}" if day else "Date set"
    return str(kind)
