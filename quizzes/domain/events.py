"""Review events: the append-only truth that every card's state is folded from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class Kind(StrEnum):
    REVIEW = "review"
    PRACTICE = "practice"
    VOID = "void"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    FLAG = "flag"
    BURY = "bury"
    RESET = "reset"
    SET_DUE = "set_due"
    PARAMETERS = "parameters"


#: Kinds that say nothing about a card: they neither make one nor change it.
WITHOUT_CARD = frozenset({Kind.PRACTICE, Kind.VOID, Kind.PARAMETERS})


class Reason(StrEnum):
    """Why a due date was set, in a `set_due` event; other texts are kept as they are."""

    BALANCE = "balance"
    EASY_DAY = "easy-day"
    BREAK = "break"
    BACKLOG = "backlog"
    EXAM = "exam"
    RESCHEDULE = "reschedule"
    LEARNER = "learner"
    IMPORT = "import"


#: Reasons of moves that only the server makes: what it does by a plan, it must be able to tell
#: from what a device asks for, to take it back and to leave it out of what the learner can undo.
OF_THE_SERVER = frozenset(Reason) - {Reason.LEARNER}


Order = tuple[datetime, UUID, int, UUID]


@dataclass(frozen=True)
class SchedulingChange:
    """What a `parameters` event sets; None leaves a setting as it was.

    `chapter_retention` has pairs of a chapter's slug and its desired retention, None to go back to
    the one for all; chapters that it does not name keep theirs. In JSON it is an object.
    """

    parameters: tuple[float, ...] | None = None
    desired_retention: float | None = None
    maximum_interval: int | None = None
    learning_steps: tuple[int, ...] | None = None
    relearning_steps: tuple[int, ...] | None = None
    scheduler_version: str | None = None
    chapter_retention: tuple[tuple[str, float | None], ...] | None = None


class ReviewEvent(msgspec.Struct, frozen=True, gc=False):
    """One thing that a learner (or the scheduler for them) did to one card, on one device.

    `at` is the device's clock in UTC milliseconds; `effective_at` is the earlier of it and the
    first receipt, and never changes again. `day` is the study day, fixed at receipt from `tz` and
    `rollover`. `prompt` is None for `parameters`, which concern all cards. `rating` is 1 (again)
    to 4 (easy); `version` the content version that was shown. `anki` keeps what an imported review
    said beyond this (ivl, last_ivl, factor, type, ease, cid of its revlog row); only the server
    writes it.
    """

    id: UUID
    device: UUID
    seq: int
    kind: Kind
    prompt: str | None
    at: datetime
    effective_at: datetime
    day: date
    tz: str = "UTC"
    rollover: int = 4
    rating: int | None = None
    duration_ms: int | None = None
    version: int | None = None
    target: UUID | None = None
    due: datetime | None = None
    until: datetime | None = None
    flag: int | None = None
    scheduling: SchedulingChange | None = None
    reason: str = ""
    anki: Mapping[str, int] | None = None

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def order(self) -> Order:
        """Sorts the events of a learner the same way everywhere."""
        return (self.effective_at, self.device, self.seq, self.id)


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z: the one way times are written in payloads."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[:-6] + "Z"


_DETAIL_FIELDS = ("due", "until", "flag", "anki")
_CHANGE_FIELDS = (
    "parameters",
    "desired_retention",
    "maximum_interval",
    "learning_steps",
    "relearning_steps",
    "scheduler_version",
)


def _is_plain(event: ReviewEvent) -> bool:
    """Whether the event has no details, as nearly all have none."""
    return (
        event.due is None
        and event.until is None
        and event.flag is None
        and event.anki is None
        and event.scheduling is None
    )


def details(event: ReviewEvent) -> dict[str, Any]:
    """The fields that only some kinds have, in JSON types; stored in one column."""
    found: dict[str, Any] = {}
    if _is_plain(event):
        return found
    for name in _DETAIL_FIELDS:
        value = getattr(event, name)
        if value is not None:
            found[name] = moment_text(value) if isinstance(value, datetime) else value
    if event.scheduling is not None:
        for name in _CHANGE_FIELDS:
            value = getattr(event.scheduling, name)
            if value is not None:
                found[name] = list(value) if isinstance(value, tuple) else value
        if event.scheduling.chapter_retention is not None:
            found["chapter_retention"] = dict(event.scheduling.chapter_retention)
    return found


def details_from(found: Mapping[str, Any]) -> dict[str, Any]:
    """`details` read back, as keyword arguments of ReviewEvent."""
    arguments: dict[str, Any] = {}
    for name in _DETAIL_FIELDS:
        if name in found:
            value = found[name]
            arguments[name] = datetime.fromisoformat(value) if isinstance(value, str) else value
    change: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in found.items()
        if name in _CHANGE_FIELDS
    }
    if "chapter_retention" in found:
        change["chapter_retention"] = tuple(sorted(found["chapter_retention"].items()))
    if change:
        arguments["scheduling"] = SchedulingChange(**change)
    return arguments


def payload(event: ReviewEvent) -> dict[str, Any]:
    """The event as a client sends it, in one spelling; fields without a value are left out."""
    fields: dict[str, Any] = {
        "id": str(event.id),
        "device": str(event.device),
        "seq": event.seq,
        "kind": event.kind.value,
        "prompt": event.prompt,
        "at": moment_text(event.at),
        "tz": event.tz,
        "rollover": event.rollover,
        "rating": event.rating,
        "duration_ms": event.duration_ms,
        "version": event.version,
        "target": str(event.target) if event.target else None,
        "reason": event.reason or None,
        **details(event),
    }
    return {name: value for name, value in fields.items() if value is not None}


def payload_hash(event: ReviewEvent) -> str:
    """SHA-256 of the payload: equal for a retry however it spells its times or orders its keys."""
    return hashlib.sha256(payload_text(event)).hexdigest()


def payload_text(event: ReviewEvent) -> bytes:
    """The payload as JSON in UTF-8, without spaces, keys sorted."""
    if not _is_plain(event):
        text = json.dumps(payload(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    return _plain_text(
        _Plain(
            moment_text(event.at), event.device, event.duration_ms, event.id, event.kind,
            event.prompt, event.rating, event.reason or None, event.rollover, event.seq,
            event.target, event.tz, event.version,
        )
    )  # fmt: skip


class _Plain(msgspec.Struct, omit_defaults=True, gc=False):
    """A payload without details, its fields in the order of their names. msgspec writes the same
    text as `json` from it, in a tenth of the time, and this runs for every event."""

    at: str
    device: UUID
    duration_ms: int | None = None
    id: UUID | None = None
    kind: Kind | None = None
    prompt: str | None = None
    rating: int | None = None
    reason: str | None = None
    rollover: int | None = None
    seq: int | None = None
    target: UUID | None = None
    tz: str | None = None
    version: int | None = None


_plain_text = msgspec.json.Encoder().encode
