"""What the memory half of the site refuses, and why."""

from studyhub.base.errors import StudyHubError


class QuizzesError(StudyHubError):
    """Base of every refusal of this app."""

    kind = "quizzes"


class EventInvalid(QuizzesError):
    """A review event cannot be taken in; `message` says what to change before sending it again."""

    kind = "event-invalid"


class EventConflict(QuizzesError):
    """The event id is taken by an event that says something else."""

    kind = "event-conflict"
    status = 409


class QuizInvalid(QuizzesError):
    """The quiz that was asked for cannot be drawn."""

    kind = "quiz-invalid"


class QuizNotFound(QuizzesError):
    """No such quiz, question, chapter or prompt among this learner's."""

    kind = "not-found"
    status = 404


class QuizConflict(QuizzesError):
    """The id chosen for a quiz belongs to another one."""

    kind = "quiz-conflict"
    status = 409


class QuizClosed(QuizzesError):
    """The quiz is finished or its time is up."""

    kind = "quiz-closed"
    status = 409


class AnswerFormatError(QuizzesError):
    """The answer has the wrong form; nothing was graded and it can be given again."""

    kind = "answer-format"


class PackageInvalid(QuizzesError):
    """The file is no Anki package or collection that can be read; nothing was imported."""

    kind = "package-invalid"


class PackageTooLarge(QuizzesError):
    """The file, or what it unpacks to, is beyond the limits; nothing was imported."""

    kind = "package-too-large"
    status = 413


class PackageTooNew(QuizzesError):
    """A later Anki wrote the file in a form that is not known here; nothing was imported."""

    kind = "package-too-new"


class FitFailed(QuizzesError):
    """The scheduler cannot be fitted to these reviews; the parameters in force stay."""

    kind = "fit-failed"
    status = 409


class SchedulingInvalid(QuizzesError):
    """A scheduling setting is out of bounds; nothing was changed."""

    kind = "scheduling-invalid"


class StatisticsInvalid(QuizzesError):
    """There is no such statistic or period."""

    kind = "statistics-invalid"


class PlanInvalid(QuizzesError):
    """A setting, exam, break or postponement cannot be planned so; nothing was changed."""

    kind = "plan-invalid"


class PlanNotFound(QuizzesError):
    """No such exam, break or postponement among this learner's."""

    kind = "not-found"
    status = 404


class PlanConflict(QuizzesError):
    """The id chosen for a plan belongs to one that says something else, which is kept."""

    kind = "plan-conflict"
    status = 409


class CannotUndo(QuizzesError):
    """The act is of another study day, or of a kind that stands."""

    kind = "cannot-undo"
    status = 409


class ImportNotFound(QuizzesError):
    """No such import among this learner's."""

    kind = "not-found"
    status = 404
