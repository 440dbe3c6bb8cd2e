"""What can be done with labs; one function per use case."""

from labs.services.catalogue import LabsReport, sync_labs
from labs.services.checking import Check, check, installed
from labs.services.execution import execute_next
from labs.services.fetching import request_fetch, run_fetch
from labs.services.pipeline import Order, execute
from labs.services.places import Places
from labs.services.readiness import DataSetStatus, Lack, data_sets, lacks
from labs.services.reconciling import Reconciled, reconcile, release_lost_runs, sweep
from labs.services.stopping import cancel
from labs.services.submissions import DEFAULT_SEED, run_again, submit

__all__ = [
    "DEFAULT_SEED",
    "Check",
    "DataSetStatus",
    "LabsReport",
    "Lack",
    "Order",
    "Places",
    "Reconciled",
    "cancel",
    "check",
    "data_sets",
    "execute",
    "execute_next",
    "installed",
    "lacks",
    "reconcile",
    "release_lost_runs",
    "request_fetch",
    "run_again",
    "run_fetch",
    "submit",
    "sweep",
    "sync_labs",
]
