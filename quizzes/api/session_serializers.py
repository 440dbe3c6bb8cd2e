"""What the session part of the API takes and gives."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from quizzes.api.serializers import PROMPT_KINDS, OptionReply
from quizzes.domain.scheduler import Phase
from quizzes.selectors.practice import AHEAD_DAYS, AHEAD_DAYS_MAX, What

MODES = ["study", "cram", "preview", "ahead"]
WHATS = [what.value for what in What]


class SessionQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=0, max_value=200, default=20)
    chapter = serializers.ListField(
        child=serializers.CharField(max_length=80),
        max_length=50,
        default=list,
        help_text="Slugs of chapters; none: all",
    )
    deck = serializers.CharField(max_length=80, required=False, help_text="A deck's slug")
    kind = serializers.ChoiceField(choices=PROMPT_KINDS, required=False)
    flag = serializers.IntegerField(
        min_value=0, max_value=7, required=False, help_text="Cards with this flag; 0: with any"
    )
    mode = serializers.ChoiceField(
        choices=MODES,
        default="study",
        help_text="study: what is due and new. ahead: reviews before their time, which count. cram "
        "and preview (new cards): rounds that leave the schedule alone; answer them with "
        "`practice` events that have the mode as `reason`",
    )
    what = serializers.ChoiceField(
        choices=WHATS, default="all", help_text="cram: which cards of the chapters"
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=AHEAD_DAYS_MAX,
        default=AHEAD_DAYS,
        help_text="ahead, and cram of what is due ahead: how far",
    )
    since = serializers.DateTimeField(
        required=False, help_text="cram, preview: when the round began; else with the study day"
    )


class SessionPrompt(serializers.Serializer[Any]):
    id = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=PROMPT_KINDS)
    question_html = serializers.CharField()
    answer_html = serializers.CharField()
    explanation_html = serializers.CharField()
    choices = OptionReply(many=True)
    chapter = serializers.CharField(allow_null=True, help_text="Slug; null for an own card")


class CardStateReply(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=[phase.value for phase in Phase])
    stability = serializers.FloatField(allow_null=True, help_text="Days")
    difficulty = serializers.FloatField(allow_null=True, help_text="1 to 10")
    due = serializers.DateTimeField(allow_null=True)
    retrievability = serializers.FloatField(
        allow_null=True, help_text="Predicted probability of recall; null for a new card"
    )
    reps = serializers.IntegerField()
    lapses = serializers.IntegerField()
    flag = serializers.IntegerField()


class IntervalsReply(serializers.Serializer[Any]):
    again = serializers.IntegerField()
    hard = serializers.IntegerField()
    good = serializers.IntegerField()
    easy = serializers.IntegerField()


class SessionCardReply(serializers.Serializer[Any]):
    prompt = SessionPrompt()
    state = CardStateReply()
    intervals = IntervalsReply(
        allow_null=True, help_text="Seconds until due after each rating; null in practice"
    )


class SessionCounts(serializers.Serializer[Any]):
    new = serializers.IntegerField(help_text="New cards that today's limit leaves")
    learning = serializers.IntegerField()
    review = serializers.IntegerField(help_text="Due reviews that today's limit leaves")
    due = serializers.IntegerField(help_text="learning and review together")
    beyond_limit = serializers.IntegerField(help_text="Due reviews over today's limit")
    left = serializers.IntegerField(required=False, help_text="cram, preview, ahead: still to know")
    done = serializers.IntegerField(required=False, help_text="cram, preview: known in this round")


class SessionReply(serializers.Serializer[Any]):
    id = serializers.CharField()
    cards = SessionCardReply(many=True)
    counts = SessionCounts()
    next_due = serializers.DateTimeField(allow_null=True)
    break_until = serializers.DateField(
        allow_null=True, help_text="Last day of the break that today lies in"
    )


def session_body(session: Any) -> dict[str, Any]:
    """A session as SessionReply describes it. Written out: every answer of every device waits for
    it, and a serializer takes a multiple of the time."""
    return {
        "id": session.id,
        "cards": [_card(card) for card in session.cards],
        "counts": session.counts,
        "next_due": _moment(session.next_due),
        "break_until": session.break_until and session.break_until.isoformat(),
    }


def _card(card: Any) -> Mapping[str, Any]:
    prompt, state = card.prompt, card.state
    return {
        "prompt": {
            "id": prompt.id,
            "version": prompt.version,
            "kind": prompt.kind,
            "question_html": prompt.question_html,
            "answer_html": prompt.answer_html,
            "explanation_html": prompt.explanation_html,
            "choices": prompt.choices,
            "chapter": prompt.chapter.slug if prompt.chapter else None,
        },
        "state": {
            "phase": str(state.phase),
            "stability": state.stability,
            "difficulty": state.difficulty,
            "due": _moment(state.due),
            "retrievability": state.retrievability,
            "reps": state.reps,
            "lapses": state.lapses,
            "flag": state.flag,
        },
        "intervals": card.intervals,
    }


def _moment(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


# -- undo and leeches -------------------------------------------------------------------------


class UndoRequest(serializers.Serializer[Any]):
    event = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The act to take back; naming it makes the call safe to repeat. Without it, the "
        "last act of this study day",
    )
    device = serializers.UUIDField(required=False, help_text="The device that takes it back")


class ActReply(serializers.Serializer[Any]):
    event = serializers.UUIDField()
    kind = serializers.CharField()
    prompt = serializers.CharField()
    cards = serializers.IntegerField(help_text="More than 1 where a chapter was marked at once")
    rating = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()
    said = serializers.CharField(help_text="In words")


class UndoReply(serializers.Serializer[Any]):
    taken_back = ActReply(allow_null=True, help_text="Null where there was nothing")
    before = serializers.BooleanField(help_text="It had been taken back before this call")
    next = ActReply(allow_null=True, help_text="What undo would take back now")


class LeechesQuery(serializers.Serializer[Any]):
    after = serializers.RegexField(
        r"^\d{1,9}-\d{1,18}$", required=False, help_text="`next` of the page before"
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


class LeechReply(serializers.Serializer[Any]):
    prompt = serializers.CharField(source="prompt.pk")
    question = serializers.CharField(source="prompt.question_text")
    chapter = serializers.CharField(source="prompt.chapter.slug", default=None, allow_null=True)
    section = serializers.CharField(source="prompt.section.slug", default=None, allow_null=True)
    lapses = serializers.IntegerField()
    reps = serializers.IntegerField()
    suspended = serializers.BooleanField()
    confused_with = serializers.CharField(
        source="confused_with.pk",
        default=None,
        allow_null=True,
        help_text="A card of yours that shares most of its facts",
    )


class LeechesReply(serializers.Serializer[Any]):
    results = LeechReply(many=True, help_text="The oftenest missed first")
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page")
