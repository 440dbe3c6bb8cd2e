"""`python -m tests.benchmarks.fastai_side [LAB ...] [--rounds N] [--device cuda] [--short]`."""

import argparse
import json
import sys
from typing import Any

from tests.benchmarks.fastai_side import measuring
from tests.benchmarks.fastai_side.labs import SIDES
from tests.benchmarks.fastai_side.table import section, write_page


def main() -> int:
    parser = argparse.ArgumentParser(description="Our references beside fastai's own way.")
    names = [side.name for side in SIDES]
    parser.add_argument("labs", nargs="*", metavar="LAB", help=", ".join(names))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--short", action="store_true", help="try the path; writes nothing")
    given = parser.parse_args()
    if unknown := set(given.labs) - set(names):
        parser.error(f"no such lab: {', '.join(sorted(unknown))}")
    if not measuring.anchor():
        parser.error("fastai is not here: type pip install -e '.[bench]'")
    kept = {} if given.short else _kept()
    failed = False
    for side in SIDES:
        if given.labs and side.name not in given.labs:
            continue
        try:
            one = measuring.measure(
                (side,), rounds=given.rounds, device=given.device, short=given.short
            )
        except measuring.Failed as broken:
            sys.stderr.write(f"{broken}\n")
            failed = True
            continue
        results = kept.setdefault(given.device, {"labs": {}})
        results |= one | {"labs": results["labs"] | one["labs"]}
        if not given.short:
            measuring.RESULTS.write_text(json.dumps(kept, indent=1))
    for results in kept.values():
        if results["labs"]:
            sys.stdout.write(section(results) + "\n")
        if results["labs"] and not given.short:
            write_page(results)
    return 1 if failed else 0


def _kept() -> dict[str, Any]:
    try:
        found = json.loads(measuring.RESULTS.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
