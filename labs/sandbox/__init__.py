"""Runs learners' code so that it can harm nothing: describe a job, choose a sandbox, run it.

Knows no Django and no database; `labs/domain/jobs.py` has the words that both sides share.
"""

from labs.sandbox.protocol import Handle, Sandbox, SandboxBroken, TierStatus
from labs.sandbox.runner import run_job
from labs.sandbox.tiers import Preferences, choose, prefer, probe

__all__ = [
    "Handle",
    "Preferences",
    "Sandbox",
    "SandboxBroken",
    "TierStatus",
    "choose",
    "prefer",
    "probe",
    "run_job",
]
