"""What the API takes and gives; the shapes are those of docs and `run_lab --json`."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labs import selectors
from labs.api.result_serializers import WORK_STATES, RivalReply

# Types of the documentation that DRF has no field for.
Numbers = serializers.DictField(child=serializers.FloatField())


class LabSummary(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    chapter = serializers.IntegerField()
    summary = serializers.CharField()
    device = serializers.ChoiceField(choices=["cpu", "gpu", "either"])
    best = serializers.SerializerMethodField()

    def get_best(self, lab: Any) -> dict[str, Any] | None:
        """Your best graded run: `{"run", "grade", "score"}`; null before the first."""
        run = self.context["best"].get(lab.slug)
        if run is None:
            return None
        return {"run": run.pk, "grade": run.grade.grade, "score": run.grade.score}


class LackReply(serializers.Serializer[Any]):
    message = serializers.CharField()
    cure = serializers.CharField()
    data_set = serializers.CharField(allow_null=True)


class RoomReply(serializers.Serializer[Any]):
    """What you may still start in this lab."""

    open = serializers.BooleanField()
    waiting = serializers.IntegerField(source="quota.waiting", allow_null=True)
    per_day = serializers.IntegerField(source="quota.per_day", allow_null=True)
    live = serializers.IntegerField(help_text="Your runs that wait or run")
    today = serializers.IntegerField(help_text="Your runs of the last 24 hours that count")
    free_at = serializers.DateTimeField(
        allow_null=True, help_text="When the next is free; null: now, or once one ends."
    )


class LabDetail(LabSummary):
    brief = serializers.CharField(help_text="Markdown")
    brief_html = serializers.CharField()
    starter = serializers.CharField(help_text="Python to begin with")
    data = serializers.ListField(child=serializers.CharField())
    limits = Numbers
    thresholds = serializers.DictField()
    variant = serializers.CharField(
        help_text="Which of its data sets the lab stands on here, with thresholds of its own; "
        "empty where it has only one. Board and class are of this variant alone."
    )
    spread = serializers.ListField(child=serializers.DictField())
    room = serializers.SerializerMethodField()
    ready = serializers.SerializerMethodField()
    lacks = serializers.SerializerMethodField()

    @extend_schema_field(RoomReply)
    def get_room(self, lab: Any) -> dict[str, Any]:
        return RoomReply(self.context["room"]).data

    def get_ready(self, lab: Any) -> bool:
        """Whether a run could be carried out on this machine now."""
        return not self.context["lacks"]

    def get_lacks(self, lab: Any) -> list[dict[str, Any]]:
        """What is missing, as `{"message", "cure", "data_set"}`."""
        return LackReply(self.context["lacks"], many=True).data


class ErrorReply(serializers.Serializer[Any]):
    kind = serializers.CharField()
    message = serializers.CharField()
    detail = serializers.CharField()


class ProgressReply(serializers.Serializer[Any]):
    done = serializers.FloatField()
    total = serializers.FloatField()


class ArtefactReply(serializers.Serializer[Any]):
    """What the run left, at `runs/ID/artefact/` while `available`."""

    available = serializers.BooleanField()
    size = serializers.IntegerField(help_text="bytes of the zip")
    model_bytes = serializers.IntegerField(help_text="0: the model is not in it")
    note = serializers.CharField(help_text="Why there is no file, or no model in it")
    environment = serializers.DictField(
        help_text="python, packages, device, gpus, sandbox, seed, seconds"
    )


class RunReply(serializers.Serializer[Any]):
    """A run. `score`: 0 at chance, 60 pass, 75 good, 90 excellent, linear between."""

    id = serializers.IntegerField()
    lab = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[
            "queued", "claimed", "preparing", "training", "predicting", "grading",
            "passed", "failed", "errored", "timed_out", "cancelled",
        ]
    )  # fmt: skip
    position = serializers.IntegerField(
        allow_null=True, help_text="Runs ahead in the queue; null once a worker has it."
    )
    phase = serializers.CharField(allow_null=True, help_text="The live state; null at the end.")
    progress = ProgressReply(allow_null=True)
    grade = serializers.ChoiceField(choices=["excellent", "good", "pass", "fail"], allow_null=True)
    score = serializers.FloatField(allow_null=True)
    metrics = serializers.DictField(help_text="Of the final part of the hidden set")
    thresholds = serializers.DictField()
    variant = serializers.CharField(help_text="Of the lab, when the run was graded; or empty")
    seed = serializers.IntegerField()
    hidden = serializers.DictField(help_text="Examples in the feedback and the final part")
    feedback = serializers.DictField(
        help_text="Of the feedback part: confusion, worst examples, error by group"
    )
    seconds = serializers.DictField(help_text="train, predict, total")
    log = serializers.CharField(help_text="The last 64 kB of output")
    error = ErrorReply(allow_null=True)
    sandbox = serializers.CharField()
    peak_memory_mb = serializers.FloatField(allow_null=True)
    attempt = serializers.IntegerField()
    comparison = RivalReply(many=True, help_text="Beside the lab's own files, weakest first")
    artefact = ArtefactReply(allow_null=True)
    repeats = serializers.IntegerField(allow_null=True, help_text="The run that this one repeats")
    cancel_requested = serializers.BooleanField()
    file = serializers.CharField()
    dropped = serializers.ListField(
        child=serializers.DictField(), help_text="Notebook lines that were no Python: cell, line"
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


def run_object(run: Any, position: int | None) -> dict[str, Any]:
    """The run as JSON: what `run_lab --json` prints, and the server's fields."""
    outcome = run.outcome()
    return {
        "id": run.pk,
        **outcome.to_json(lab=run.lab.slug, seed=run.seed),
        "feedback": outcome.feedback,
        "position": position,
        "phase": None if run.is_final else run.state,
        "progress": run.progress,
        "attempt": run.attempt,
        "comparison": RivalReply(selectors.comparison_of(run), many=True).data,
        "artefact": _artefact(selectors.artefact_of(run)),
        "repeats": run.repeats_id,
        "cancel_requested": run.cancel_requested_at is not None,
        "file": run.submission.filename,
        "dropped": run.submission.dropped,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def _artefact(kept: Any) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {
        "available": bool(kept.file),
        "size": kept.size if kept.file else 0,
        "model_bytes": kept.model_bytes if kept.file else 0,
        "note": kept.note,
        "environment": kept.environment,
    }


class RunSummary(serializers.Serializer[Any]):
    """A run in a list, without its log and feedback."""

    id = serializers.IntegerField(source="pk")
    lab = serializers.CharField(source="lab.slug")
    state = serializers.CharField()
    grade = serializers.CharField(source="grade.grade", default=None, allow_null=True)
    score = serializers.FloatField(source="grade.score", default=None, allow_null=True)
    metrics = serializers.DictField(source="grade.metrics", default=dict)
    seed = serializers.IntegerField()
    seconds = serializers.DictField()
    error = ErrorReply(allow_null=True)
    file = serializers.CharField(source="submission.filename")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class CheckRequest(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="solution.py, a notebook (.ipynb) or a zip of modules")


class AgainRequest(serializers.Serializer[Any]):
    seed = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="Default: the run's own"
    )


class SubmissionRequest(CheckRequest):
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class EventReply(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(
        choices=["state", "log", "metric", "progress", "figure", "usage"],
        help_text="`usage` is measured by the site: `memory_mb`, `cpu_percent` (100 is one core), "
        "and on a GPU `gpu_percent` and `gpu_memory_mb`.",
    )
    data = serializers.DictField()


class TurnReply(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text="Runs ahead of this one.")
    wait = serializers.FloatField(
        allow_null=True, help_text="Seconds until its grade, estimated; null without history."
    )


class EventsReply(serializers.Serializer[Any]):
    events = EventReply(many=True)
    queue = TurnReply(allow_null=True, help_text="While the run waits for a worker.")
    done = serializers.BooleanField(help_text="The run has ended and these were its last events.")


class EventsQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**31 - 1, help_text="A sequence number"
    )


class FetchReply(serializers.Serializer[Any]):
    slug = serializers.CharField()
    state = serializers.ChoiceField(choices=WORK_STATES)
    done = serializers.IntegerField(help_text="bytes")
    total = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()
