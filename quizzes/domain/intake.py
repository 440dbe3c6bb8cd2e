"""Reads one event as a client sends it; says every problem at once and what to do about it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from quizzes.domain.days import study_day, zone
from quizzes.domain.errors import EventInvalid
from quizzes.domain.events import OF_THE_SERVER, Kind, ReviewEvent, SchedulingChange
from quizzes.domain.fsrs import VERSION
from quizzes.domain.scheduler import CHAPTERS_MAX, Scheduling
from quizzes.domain.timeline import changed
from quizzes.domain.wording import storable

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ROLLOVER_DEFAULT = 4
SEQ_MAX, VERSION_MAX, DURATION_MAX_MS = 2**63 - 1, 2**31 - 1, 86_400_000
PROMPT_MAX, REASON_MAX, STEPS_MAX, SLUG_MAX = 128, 64, 20, 80

_MISSING = object()
_EARLIEST, _LATEST = EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None)


class _Review(msgspec.Struct, gc=False):
    """A review whose fields have the right types and bounds; what is left to read is its texts and
    whether its time is in UTC and in bounds."""

    id: UUID
    device: UUID
    seq: Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)]
    kind: Literal["review"]
    prompt: Annotated[str, msgspec.Meta(min_length=1, max_length=PROMPT_MAX)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    rating: Annotated[int, msgspec.Meta(ge=1, le=4)]
    tz: str | None = None
    rollover: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None
    duration_ms: Annotated[int, msgspec.Meta(ge=0, le=DURATION_MAX_MS)] | None = None
    version: Annotated[int, msgspec.Meta(ge=1, le=VERSION_MAX)] | None = None
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAX)] | None = None


def read_event(payload: object, *, received: datetime) -> ReviewEvent:
    """The event in `payload`, its effective time and study day fixed by `received`.

    Raises EventInvalid naming every field that has to change. Fields that are not known are
    ignored, so that newer clients can talk to older servers.
    """
    if not isinstance(payload, Mapping):
        raise EventInvalid("an event is a JSON object")
    return _good_review(payload, received) or _any_event(payload, received)


def read_sent_event(payload: object, *, received: datetime) -> ReviewEvent:
    """`read_event` for what a device sends: it cannot move a card in the name of the server's
    plans. Raises EventInvalid."""
    event = read_event(payload, received=received)
    if event.kind is Kind.SET_DUE and event.reason in OF_THE_SERVER:
        raise EventInvalid(
            f"reason: due dates with the reason {event.reason!r} are set by the server alone; "
            "leave the reason out for a date that the learner chose"
        )
    return event


def unknown_chapter(event: ReviewEvent, chapters: Collection[str]) -> str:
    """What is wrong where the event sets the retention of a chapter that is not among `chapters`,
    slugs; empty else. To take one off it may name any."""
    change = event.scheduling
    pairs = (change.chapter_retention or ()) if change else ()
    unknown = [slug for slug, value in pairs if value is not None and slug not in chapters]
    if not unknown:
        return ""
    named = ", ".join(map(repr, unknown[:3])) + (" and others" if len(unknown) > 3 else "")
    return f"chapter_retention: there is no chapter {named}; use the slugs of GET chapters/"


_TO_THE_MILLISECOND = len("2026-11-21T08:15:30.123Z")


def _good_review(payload: Mapping[str, Any], received: datetime) -> ReviewEvent | None:
    """A review without a fault, five times as fast as field by field; None for all else, whose
    faults `_any_event` names. Nearly every event is such a review."""
    try:
        sent = msgspec.convert(payload, _Review)
        tz = _zone(sent.tz or "UTC")
    except (msgspec.ValidationError, ValueError):
        return None
    reason = sent.reason or ""
    if not (_storable(sent.prompt) and _storable(reason)) or sent.tz == "":
        return None
    if sent.at.tzinfo is not UTC or not EARLIEST < sent.at < LATEST:
        return None
    # Parts of a microsecond were rounded, perhaps up to the next millisecond; they are cut off.
    if len(payload["at"]) > _TO_THE_MILLISECOND and sent.at.microsecond % 1000 == 0:
        return None
    at = _milliseconds(sent.at)
    rollover = ROLLOVER_DEFAULT if sent.rollover is None else sent.rollover
    effective = min(at, _receipt(received))
    day = study_day(effective, tz, rollover)
    return ReviewEvent(
        sent.id, sent.device, sent.seq, Kind.REVIEW, sent.prompt, at, effective, day, tz, rollover,
        sent.rating, sent.duration_ms, sent.version, reason=reason,
    )  # fmt: skip


def _storable(text: str) -> bool:
    return (text.isascii() and "\x00" not in text) or storable(text)


def _any_event(payload: Mapping[str, Any], received: datetime) -> ReviewEvent:
    fields = _Fields(payload)
    kind = fields.take("kind", _kind)
    arguments: dict[str, Any] = {
        "id": fields.take("id", _uuid),
        "device": fields.take("device", _uuid),
        "seq": fields.take("seq", _whole(0, SEQ_MAX)),
        "kind": kind,
        "at": fields.take("at", _moment),
        "tz": fields.take("tz", _zone, default="UTC"),
        "rollover": fields.take("rollover", _whole(0, 23), default=ROLLOVER_DEFAULT),
        "duration_ms": fields.take("duration_ms", _whole(0, DURATION_MAX_MS), default=None),
        "version": fields.take("version", _whole(1, VERSION_MAX), default=None),
        "reason": fields.take("reason", _text(REASON_MAX), default=""),
        **_fields_of_kind(fields, kind),
    }
    if kind is Kind.VOID and arguments["target"] and arguments["target"] == arguments["id"]:
        fields.problems.append("target: an event cannot take back itself")
    if fields.problems:
        raise EventInvalid("; ".join(fields.problems))
    effective = min(arguments["at"], _milliseconds(received))
    return ReviewEvent(
        **arguments,
        effective_at=effective,
        day=study_day(effective, arguments["tz"], arguments["rollover"]),
    )


def _fields_of_kind(fields: "_Fields", kind: Kind | None) -> dict[str, Any]:
    if kind is None:
        return {}
    if kind is Kind.PARAMETERS:
        if fields.payload.get("prompt") is not None:
            fields.problems.append("prompt: parameters concern all cards, leave it out")
        return {"prompt": None, "scheduling": _scheduling(fields)}
    if kind is Kind.VOID:
        return {
            "prompt": fields.take("prompt", _text(PROMPT_MAX), default=None),
            "target": fields.take("target", _uuid),
        }
    found: dict[str, Any] = {"prompt": fields.take("prompt", _text(PROMPT_MAX))}
    if kind is Kind.REVIEW:
        found["rating"] = fields.take("rating", _whole(1, 4))
    elif kind is Kind.PRACTICE:
        found["rating"] = fields.take("rating", _whole(1, 4), default=None)
    elif kind is Kind.SET_DUE:
        found["due"] = fields.take("due", _day_ahead)
    elif kind is Kind.BURY:
        found["until"] = fields.take("until", _day_ahead)
    elif kind is Kind.FLAG:
        found["flag"] = fields.take("flag", _whole(0, 7), default=1)
    return found


def _scheduling(fields: "_Fields") -> SchedulingChange | None:
    before = len(fields.problems)
    change = SchedulingChange(
        parameters=fields.take("parameters", _numbers, default=None),
        desired_retention=fields.take("desired_retention", _number, default=None),
        maximum_interval=fields.take("maximum_interval", _whole(1, 10**9), default=None),
        learning_steps=fields.take("learning_steps", _steps, default=None),
        relearning_steps=fields.take("relearning_steps", _steps, default=None),
        scheduler_version=fields.take("scheduler_version", _version, default=None),
        chapter_retention=fields.take("chapter_retention", _retentions, default=None),
    )
    if len(fields.problems) > before:
        return None
    try:
        changed(Scheduling(), change)
    except ValueError as problem:
        fields.problems.append(f"parameters: {problem}")
    return change


class _Fields:
    """Takes fields out of a payload one by one and gathers what is wrong with them."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.payload = payload
        self.problems: list[str] = []

    def take(self, name: str, read: Callable[[Any], Any], default: Any = _MISSING) -> Any:
        value = self.payload.get(name)
        if value is None:
            if default is _MISSING:
                self.problems.append(f"{name}: missing")
                return None
            return default
        try:
            return read(value)
        except (ValueError, TypeError, KeyError, OverflowError) as problem:
            self.problems.append(f"{name}: {problem.args[0]}")
            return None


def _kind(value: Any) -> Kind:
    if not isinstance(value, str) or value not in set(Kind):
        raise ValueError(f"must be one of {', '.join(Kind)}")
    return Kind(value)


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise ValueError("must be a UUID") from None


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return read


def _text(longest: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= longest or not storable(value):
            raise ValueError(f"must be text of 1 to {longest} characters")
        return value

    return read


def _moment(value: Any, *, cure: str = "set the clock") -> datetime:
    """An instant in UTC, cut to milliseconds (zoneinfo's UTC is turned into datetime's own)."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.upper())  # RFC 3339 takes a small t and z too
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a time with its offset, such as 2026-11-21T08:15:30.123Z")
    if not _EARLIEST < value.replace(tzinfo=None) < _LATEST:
        raise ValueError(f"must lie between {EARLIEST.year} and {LATEST.year}; {cure}")
    return _milliseconds(value)


def _day_ahead(value: Any) -> datetime:
    """An instant that somebody chose, rather than one that a clock said."""
    return _moment(value, cure="choose a day between them")


def _milliseconds(moment: datetime) -> datetime:
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    beyond = utc.microsecond % 1000
    return utc.replace(microsecond=utc.microsecond - beyond) if beyond else utc


#: Asked for every event of a call, which all arrive at once.
_receipt = lru_cache(maxsize=1)(_milliseconds)


def _zone(value: Any) -> str:
    try:
        zone(value)
    except (KeyError, TypeError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return float(value)


def _numbers(value: Any) -> tuple[float, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > 100:
        raise ValueError("must be a list of numbers")
    return tuple(_number(item) for item in value)


def _steps(value: Any) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > STEPS_MAX:
        raise ValueError(f"must be a list of at most {STEPS_MAX} seconds")
    return tuple(_whole(1, 10**6)(item) for item in value)


def _retentions(value: Any) -> tuple[tuple[str, float | None], ...]:
    if not isinstance(value, Mapping) or len(value) > CHAPTERS_MAX:
        raise ValueError(f"must map at most {CHAPTERS_MAX} chapter slugs to a retention or null")
    slug = _text(SLUG_MAX)
    pairs = ((slug(name), None if v is None else _number(v)) for name, v in value.items())
    return tuple(sorted(pairs, key=itemgetter(0)))


def _version(value: Any) -> str:
    if value != VERSION:
        raise ValueError(f"this server schedules with {VERSION}")
    return VERSION
