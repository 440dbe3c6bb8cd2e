"""`python -m tests.sandbox`: all attacks, in plain processes and in each tier, as a table.

Takes about five minutes. Names of attacks as arguments run only those, one line each.
"""

import sys

from tests.sandbox.places import BARE, TIERS, WARM, NotHere, run_attacks
from tests.sandbox.table import everywhere, lines, mistakes


def main() -> int:
    if sys.argv[1:]:
        for where in (*BARE, *TIERS, *WARM):
            try:
                for name, outcome in run_attacks(where, sys.argv[1:]).items():
                    sys.stdout.write(f"{where}: {name}: {outcome}\n")
            except NotHere as missing:
                sys.stdout.write(f"{where}: {missing}\n")
        return 0
    found = everywhere()
    sys.stdout.write("\n".join(lines(found)) + "\n")
    wrong = mistakes(found)
    sys.stdout.write("".join(f"! {each}\n" for each in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
