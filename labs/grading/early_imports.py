"""What grading imports, brought in while a worker has nothing better to do.

scikit-learn takes two seconds and more, which the first grade of a fresh worker would wait for.
"""

import contextlib
import importlib
import threading
from collections.abc import Sequence

# In parts, so that a run that begins meanwhile waits for one of them at most.
_PARTS = (
    "numpy",
    "scipy.sparse",
    "scipy.optimize",
    "scipy.ndimage",
    "scipy.stats",
    "sklearn.utils",
    "sklearn.metrics",
    "labs.grading.metrics",
    "labs.grading.feedback",
)


class EarlyImports:
    """Imports from a thread of their own, except between `hold` and `go_on`.

    Python runs one thread at a time: beside an import, everything that comes before a learner's
    first line would take twice as long.
    """

    def __init__(self, parts: Sequence[str] = _PARTS) -> None:
        self._parts = parts
        self._may = threading.Event()
        self._may.set()

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._bring, name="early-imports", daemon=True)
        thread.start()
        return thread

    def hold(self) -> None:
        """A run begins. Nothing that comes until `go_on` may wait for these imports."""
        self._may.clear()

    def go_on(self) -> None:
        """The learner's code runs, or has run. Repeatable."""
        self._may.set()

    def _bring(self) -> None:
        for name in self._parts:
            self._may.wait()
            # Whatever is wrong with it, grading will say so where somebody is told.
            with contextlib.suppress(Exception):
                importlib.import_module(name)


early_imports = EarlyImports()
