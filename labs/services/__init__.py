"""What can be done with labs; one function per use case."""

from labs.services.artefacts import ArtefactFile, artefact
from labs.services.catalogue import LabsReport, exercise_problems, sync_labs
from labs.services.checking import Check, check, installed, refused_check
from labs.services.choices import choose_anonymous
from labs.services.execution import execute_next
from labs.services.fetching import request_fetch, run_fetch
from labs.services.late_artefacts import pack_missing
from labs.services.pipeline import Order, execute
from labs.services.places import Places
from labs.services.readiness import DataSetStatus, Lack, data_sets, lacks
from labs.services.reconciling import Reconciled, reconcile, sweep
from labs.services.regrading import carry_out_regrading, regrade_lab, regrade_run
from labs.services.stopping import cancel
from labs.services.submissions import DEFAULT_SEED, run_again, submit
from labs.services.tending import Tended, tend

__all__ = [
    "DEFAULT_SEED",
    "ArtefactFile",
    "Check",
    "DataSetStatus",
    "LabsReport",
    "Lack",
    "Order",
    "Places",
    "Reconciled",
    "Tended",
    "artefact",
    "cancel",
    "carry_out_regrading",
    "check",
    "choose_anonymous",
    "data_sets",
    "execute",
    "execute_next",
    "exercise_problems",
    "installed",
    "lacks",
    "pack_missing",
    "reconcile",
    "refused_check",
    "regrade_lab",
    "regrade_run",
    "request_fetch",
    "run_again",
    "run_fetch",
    "submit",
    "sweep",
    "sync_labs",
    "tend",
]
