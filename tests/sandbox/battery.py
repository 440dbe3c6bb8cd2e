"""Runs all attacks in one place, as the present user: in plain processes, or in one tier.

`python -m tests.sandbox.battery bare|1|2 FOLDER OUT` writes {attack: outcome} to OUT as JSON.
places.py starts it, with a terminal and as whichever user.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from labs.sandbox import Sandbox, SandboxBroken
from labs.sandbox.bubblewrap import BubblewrapSandbox, find_bwrap
from labs.sandbox.landlock import LandlockSandbox
from tests.sandbox import confined, plain
from tests.sandbox.attack import (
    ROOT,
    USER,
    Alone,
    Answer,
    Attack,
    Handed,
    Outcome,
)
from tests.sandbox.attacks import ATTACKS
from tests.sandbox.scene import Scene, neighbour, scene

NOT_HERE = 77  # the exit code that says so
AT_ONCE = 3  # jobs beside each other


def sandbox_of(tier: int, scratch: Path | None = None) -> Sandbox:
    """Raises SandboxBroken when started, where the tier does not work here."""
    as_root = os.getuid() == 0
    if tier == 1:
        return BubblewrapSandbox(find_bwrap() or Path("bwrap"), as_root=as_root, scratch=scratch)
    return LandlockSandbox(as_root=as_root, scratch=scratch)


def outcomes(where: str, attacks: Iterable[Attack], there: Scene) -> Iterator[tuple[str, Outcome]]:
    user = ROOT if os.getuid() == 0 else USER
    tier = 0 if where == "bare" else int(where)
    wanted = []
    for attack in attacks:
        if not tier and user not in attack.bare:
            yield attack.name, Outcome(absent=attack.why)
        elif tier in attack.beyond:
            yield attack.name, Outcome(absent=attack.beyond[tier])
        else:
            wanted.append(attack)
    together = [each for each in wanted if type(each) is Attack]
    with neighbour(there, sandbox_of(tier) if tier else None):
        batch = confined.batch if tier else plain.batch
        yield from batch(together, there, sandbox_of(tier) if tier else None).items()

    def alone(attack: Attack) -> tuple[str, Outcome]:
        try:
            return attack.name, _one(attack, there, tier)
        except Exception as error:  # noqa: BLE001 - one that fails must not take the others along
            return attack.name, Outcome(broken=True, detail=f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(alone, [each for each in wanted if type(each) is not Attack])


def _why_not(tier: int, there: Scene) -> str:
    place = there.place("def train(data, run): pass\ndef predict(m, i, r): pass\n")
    try:
        confined.run(sandbox_of(tier), there, place, "trial")
    except SandboxBroken as broken:
        return str(broken)
    return ""


def _one(attack: Attack, there: Scene, tier: int) -> Outcome:
    if isinstance(attack, Handed):
        return confined.handed(attack) if tier else plain.handed(attack, there)
    if isinstance(attack, Answer):
        if not tier:
            return plain.answer(attack, there)
        return confined.answer(attack, there, lambda scratch: sandbox_of(tier, scratch))
    assert isinstance(attack, Alone)
    if not tier:
        return plain.alone(attack, there)
    return confined.alone(attack, there, tier, lambda scratch: sandbox_of(tier, scratch))


def main() -> None:
    where, folder, out, *names = sys.argv[1:]
    chosen = [each for each in ATTACKS if not names or each.name in names]
    with scene(Path(folder)) as there:
        if where != "bare" and (broken := _why_not(int(where), there)):
            sys.stderr.write(f"tier {where} does not work here: {broken}\n")
            sys.exit(NOT_HERE)
        os.chdir(there.folder / "drop")
        found = {name: asdict(outcome) for name, outcome in outcomes(where, chosen, there)}
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
