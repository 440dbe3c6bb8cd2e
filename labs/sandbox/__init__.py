"""Runs learners' code so that it can harm nothing: describe a job, choose a sandbox, run it.

Knows no Django and no database; `labs/domain/jobs.py` has the words that both sides share.
"""

from labs.sandbox.probe import choose, probe
from labs.sandbox.protocol import Handle, Sandbox, SandboxBroken, TierStatus
from labs.sandbox.runner import run_job

__all__ = ["Handle", "Sandbox", "SandboxBroken", "TierStatus", "choose", "probe", "run_job"]
