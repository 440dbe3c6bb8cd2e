"""One job, from the launch argument to the last byte."""

import json
import os
import sys
import time

from labs.domain.jobs import Job, JobError
from labs.harness.channels import Events, Output
from labs.harness.confine import confine
from labs.harness.data import read_data, read_inputs
from labs.harness.entry import load_entry
from labs.harness.launch import Launch, WarmUp
from labs.harness.models import read_model, write_model
from labs.harness.predictions import to_array, write_predictions
from labs.harness.problems import describe
from labs.harness.run import Run
from labs.harness.seeding import seed_everything, seed_torch_on_import
from labs.harness.torchvision_operators import define_when_missing
from labs.harness.warm import wait_for_a_job

_PATIENCE = 5.0  # seconds that the harness waits to be ended by the supervisor


def main() -> None:
    """Never returns: threads that the learner left behind must not hold the job up."""
    message = json.loads(sys.argv[1])
    if "door" in message:
        launch = wait_for_a_job(WarmUp.from_json(message))
    else:
        launch = Launch.from_json(message)
        confine(launch)
    job, events = launch.job, Events(launch.events_fd)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper here
    data = read_data(job.data) if job.phase == "train" else read_inputs(job.data)
    run = Run(device=job.device, seed=job.seed, ends_at=launch.ends_at, events=events)
    seed_torch_on_import(job.seed)
    define_when_missing()
    seed_everything(job.seed)
    events.send("ready", {})  # whatever goes wrong before this line is the platform's failure
    cap_mb = job.limits.model_mb if job.phase == "train" else job.limits.predictions_mb
    output = Output(launch.output_fd, cap_mb << 20)
    error = _work(job, data, run, output)
    if error is not None and error.detail:
        sys.stderr.write(f"{error.detail}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # the size, because processes that the learner's code forked may hold the pipe open
    events.send("end", {"error": error.to_json() if error else None, "size": output.written})
    # The supervisor ends the sandbox by killing its first process, and with it whatever still runs.
    time.sleep(_PATIENCE)
    os._exit(0)


def _work(job: Job, data: object, run: Run, output: Output) -> JobError | None:
    doing = f"importing {job.entry}.py"
    try:
        entry = load_entry(job.solution, job.entry)
        if job.phase == "train":
            doing = "calling train"
            seed_everything(job.seed)
            model = entry.train(data, run)
            if model is None:
                sys.stderr.write("train returned None, so predict will receive None\n")
            doing = "storing the model"
            write_model(model, output, job.solution)
        else:
            doing = "reading the model"
            model = read_model(job.model, job.solution)
            doing = "calling predict"
            seed_everything(job.seed)
            predictions = to_array(entry.predict(model, data, run))
            doing = "storing the predictions"
            write_predictions(predictions, output)
    except BaseException as exception:  # noqa: BLE001 - learners raise anything, SystemExit too
        return describe(exception, job.solution, doing)
    return None
