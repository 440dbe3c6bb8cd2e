"""What a run's page says about it, in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs.domain.runs import State
from labs.domain.standing import SameDraw
from studyhub.base.charts import Bar, percent
from studyhub.base.curves import Panel, trend

PHASES = (
    ("Queued", (State.QUEUED,)),
    ("Preparing", (State.CLAIMED, State.PREPARING)),
    ("Training", (State.TRAINING,)),
    ("Predicting", (State.PREDICTING,)),
    ("Grading", (State.GRADING,)),
)

HEADLINES: Mapping[State, str] = {
    State.QUEUED: "waits in the queue",
    State.CLAIMED: "is being prepared",
    State.PREPARING: "is being prepared",
    State.TRAINING: "is training",
    State.PREDICTING: "is predicting",
    State.GRADING: "is being graded",
    State.PASSED: "passed",
    State.FAILED: "did not pass",
    State.ERRORED: "ended with an error",
    State.TIMED_OUT: "ran out of time",
    State.CANCELLED: "was stopped",
}

ADVICE: Mapping[str, str] = {
    "syntax": "Correct the line below and hand the file in again.",
    "missing_function": "A solution defines `train(data, run)` and `predict(model, inputs, run)`.",
    "import": "The sandbox has numpy, pandas, scikit-learn, torch, timm and `labs.kit`.",
    "raised": "Your own lines in the traceback below say where.",
    "out_of_memory": "Smaller batches, float32, or fewer copies of the data help first.",
    "out_of_time": "Train fewer epochs or on fewer examples; `run.deadline` says what is left.",
    "disk_full": "Keep less on disk: only the model that train returns is carried on.",
    "too_much_output": "Log with `run.log`, and print less inside loops.",
    "model_too_large": "Return only what predict needs, such as the weights.",
    "bad_predictions": "The brief says which shape and type predict must return.",
    "too_many_processes": "Use fewer threads and worker processes at once.",
    "too_many_files": "Write fewer files; most code needs none.",
    "killed": "It was most likely out of memory. Try it on a part of the data first.",
    "stopped": "It has no grade. Hand in again when you like.",
}


@dataclass(frozen=True)
class PhaseStep:
    name: str
    sign: str
    said: str
    now: bool


def headline(number: int, state: str) -> str:
    return f"Run {number} {HEADLINES[State(state)]}"


def phase_steps(state: str) -> list[PhaseStep]:
    at = next(i for i, (_, states) in enumerate(PHASES) if State(state) in states)
    return [
        PhaseStep(
            name,
            "check" if i < at else "halfsq" if i == at else "sq",
            "done" if i < at else "now" if i == at else "to come",
            i == at,
        )
        for i, (name, _) in enumerate(PHASES)
    ]


def wrong_sentence(bar: Bar, value: float, final: int) -> str:
    """ "567 of 10,000 hidden examples wrong, against about 1,800 for the baseline." """
    if not (bar.is_share and bar.higher and final):
        if bar.baseline is None:
            return ""
        return f"The baseline reaches {bar.words(bar.baseline)} on sets drawn like this one."
    wrong = _wrong(value, final)
    if bar.baseline is None:
        return wrong + "."
    return f"{wrong}, against about {round((1 - bar.baseline) * final):,} for the baseline."


def same_draw_sentence(bar: Bar, beside: SameDraw, value: float | None, final: int) -> str:
    """Luck with the draw moves both figures, so much of it is out of what lies between them."""
    said = f"On the same hidden examples the baseline reaches {bar.words(beside.baseline)}"
    if value is not None and bar.is_share and bar.higher and final:
        said = f"{_wrong(value, final)}. {said}"
    if beside.less_error is None or abs(beside.less_error) < 0.0005:
        return f"{said}."
    more = "less" if beside.less_error > 0 else "more"
    return f"{said}: your error is {percent(abs(beside.less_error))} {more}."


def _wrong(value: float, final: int) -> str:
    return f"{round((1 - value) * final):,} of {final:,} hidden examples wrong"


def curve_sentence(panels: Sequence[Panel]) -> str:
    """What the learner's own loss curves suggest, or nothing."""
    losses = next((panel.series for panel in panels if panel.title == "Loss"), ())
    valid = next((line for line in losses if "val" in line.name.lower()), None)
    train = next((line for line in losses if line is not valid), None)
    if train is None:
        return ""
    if valid is None:
        if trend(train) == "falling":
            return "The loss was still falling at the last step: more epochs may help."
        return ""
    match trend(train), trend(valid):
        case "falling", "falling":
            return (
                "Both losses were still falling at the last step: "
                "more epochs come before a cleverer model."
            )
        case "falling", "rising":
            return (
                "Training loss fell while validation loss rose: it began to learn by heart. "
                "Stop earlier, or ask for smaller weights."
            )
    return ""


def advice(kind: str) -> str:
    return ADVICE.get(kind, "")
