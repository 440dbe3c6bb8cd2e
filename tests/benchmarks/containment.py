"""How many attack programs each tier holds, as root and as an ordinary user.

`python -m tests.sandbox` shows them one by one.
"""

import sys
from collections.abc import Iterator

from tests.sandbox.table import contained, everywhere


def for_the_table() -> Iterator[tuple[str, float, str]]:
    """(name, value, unit); a place that this machine cannot offer is left out, with a word."""
    for where, found in everywhere().items():
        if isinstance(found, str):
            sys.stdout.write(f"no attacks in {where}: {found}\n")
        elif where.tier:
            held, of = contained(found)
            yield f"attacks contained, {where}", held, f"of {of}"
        else:
            reached = sum(outcome.reached for outcome in found.values())
            yield f"the same attacks succeed, {where}", reached, f"of {len(found)}"
