"""What works on this machine: the findings that `manage.py doctor` prints."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.utils import Error as DatabaseError
from kombu.exceptions import OperationalError

from content import selectors as content_selectors
from labs import services as labs_services
from labs.sandbox import probe

FREE_DISK_GB = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `cure` says what to type where it does not work."""

    subject: str
    works: bool
    detail: str
    cure: str = ""
    needed: bool = True


def findings() -> Iterator[Finding]:
    """Everything that the site leans on, in the order in which a newcomer meets it."""
    yield _python()
    yield _home(settings.STUDYHUB_HOME)
    yield _database()
    yield _broker()
    yield _course()
    yield from _sandboxes()
    yield from _data_sets()
    yield _gpu()


def _python() -> Finding:
    return Finding(
        "Python",
        sys.version_info >= (3, 11),
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores",
        "Install Python 3.11 or newer, then `make clean up`.",
    )


def _home(home: Path) -> Finding:
    free_gb = shutil.disk_usage(home).free / 1e9
    return Finding(
        "State",
        os.access(home, os.W_OK) and free_gb > FREE_DISK_GB,
        f"{home}, {free_gb:.0f} GB free",
        f"Make it writable and free {FREE_DISK_GB} GB, or set STUDYHUB_HOME to another folder.",
    )


def _database() -> Finding:
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(
        connection.vendor, connection.vendor
    )
    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        return Finding(
            "Database",
            False,
            f"{vendor}: {problem}".strip(),
            "Start the server or mend DATABASE_URL; unset it to use SQLite.",
        )
    return Finding("Database", True, vendor)


def _broker() -> Finding:
    name = "Redis" if settings.REDIS_URL else "plain files"
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
    except (OperationalError, OSError) as problem:
        return Finding(
            "Queue",
            False,
            f"{name}: {problem}",
            "Start Redis or mend REDIS_URL; unset it to use plain files.",
        )
    return Finding("Queue", True, name)


def _course() -> Finding:
    try:
        chapters = len(content_selectors.chapters())
    except DatabaseError:
        return Finding("Course", False, "the database has no tables yet", "Type `make up`.")
    return Finding(
        "Course",
        chapters > 0,
        f"{chapters} chapter{'s' * (chapters != 1)}",
        "Type `python manage.py sync_course`.",
    )


def _sandboxes() -> Iterator[Finding]:
    """One finding a tier; one that works is enough, and tier 0 is not a sandbox.

    Where the operator asks for one tier, only that one will do.
    """
    tiers = [tier for tier in probe() if tier.tier > 0]
    wanted = [tier for tier in tiers if settings.SANDBOX in ("", tier.name)]
    used = next((tier for tier in wanted if tier.works), None)
    for tier in tiers:
        yield Finding(
            f"Sandbox, tier {tier.tier}",
            tier.works,
            f"{tier.name}: {tier.reason}" + (" (labs use this one)" if tier is used else ""),
            tier.cure,
            needed=used is None and tier in wanted,
        )
    if not wanted:
        yield Finding(
            "Sandbox",
            False,
            f"STUDYHUB_SANDBOX names {settings.SANDBOX}, which there is not",
            f"Set it to {', '.join(tier.name for tier in tiers)} or nothing.",
        )


def _data_sets() -> Iterator[Finding]:
    for lab in labs_services.data_sets():
        yield Finding(f"Data, {lab.name}", lab.present, lab.detail, lab.cure, needed=False)


def _gpu() -> Finding:
    """Looks for the driver's device nodes; loading torch here would cost seconds."""
    nodes = sorted(path.name for path in Path("/dev").glob("nvidia[0-9]*"))
    return Finding(
        "GPU",
        bool(nodes),
        ", ".join(nodes) or "none found; labs run on the CPU",
        "Only needed for labs that say so: install the driver and a CUDA build of torch.",
        needed=False,
    )
