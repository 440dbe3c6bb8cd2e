"""Runs all attacks in one place, as the present user: in plain processes, or in one tier.

`python -m tests.sandbox.battery bare|1|warm|2 FOLDER OUT` writes {attack: outcome} to OUT as JSON.
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
from tests.sandbox.warmed import WarmedSandbox

TIER = {"bare": 0, "1": 1, "warm": 1, "2": 2}
NOT_HERE = 77  # the exit code that says so
AT_ONCE = 3  # jobs beside each other
_pools: dict[Path, WarmedSandbox] = {}


def sandbox_of(where: str, scratch: Path | None = None, waiting: Path | None = None) -> Sandbox:
    """Raises SandboxBroken when started, where the tier does not work here.

    waiting: where warm sandboxes have their folders; one pool serves all that ask for the same.
    """
    as_root = os.getuid() == 0
    if where == "2":
        return LandlockSandbox(as_root=as_root, scratch=scratch)
    cold = BubblewrapSandbox(find_bwrap() or Path("bwrap"), as_root=as_root, scratch=scratch)
    if where != "warm":
        return cold
    assert waiting is not None
    if waiting not in _pools:
        _pools[waiting] = WarmedSandbox(cold, waiting)
    return _pools[waiting]


def outcomes(where: str, attacks: Iterable[Attack], there: Scene) -> Iterator[tuple[str, Outcome]]:
    user = ROOT if os.getuid() == 0 else USER
    tier = TIER[where]
    wanted = []
    for attack in attacks:
        if not tier and user not in attack.bare:
            yield attack.name, Outcome(absent=attack.why)
        elif tier in attack.beyond:
            yield attack.name, Outcome(absent=attack.beyond[tier])
        else:
            wanted.append(attack)
    together = [each for each in wanted if type(each) is Attack]
    waiting = there.folder / "waiting"
    sandbox = sandbox_of(where, waiting=waiting) if tier else None
    with neighbour(there, sandbox):
        batch = confined.batch if tier else plain.batch
        yield from batch(together, there, sandbox).items()

    def alone(attack: Attack) -> tuple[str, Outcome]:
        try:
            return attack.name, _one(attack, there, where)
        except Exception as error:  # noqa: BLE001 - one that fails must not take the others along
            return attack.name, Outcome(broken=True, detail=f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(alone, [each for each in wanted if type(each) is not Attack])


def _why_not(where: str, there: Scene) -> str:
    place = there.place("def train(data, run): pass\ndef predict(m, i, r): pass\n")
    try:
        sandbox = sandbox_of(where, waiting=there.folder / "waiting")
        confined.run(sandbox, there, place, "trial")
    except SandboxBroken as broken:
        return str(broken)
    return ""


def _one(attack: Attack, there: Scene, where: str) -> Outcome:
    tier = TIER[where]

    def make(scratch: Path) -> Sandbox:
        return sandbox_of(where, scratch, there.folder / "waiting")

    if isinstance(attack, Handed):
        return confined.handed(attack) if tier else plain.handed(attack, there)
    if isinstance(attack, Answer):
        if not tier:
            return plain.answer(attack, there)
        return confined.answer(attack, there, make)
    assert isinstance(attack, Alone)
    if not tier:
        return plain.alone(attack, there)
    return confined.alone(attack, there, where, make)


def main() -> None:
    where, folder, out, *names = sys.argv[1:]
    chosen = [each for each in ATTACKS if not names or each.name in names]
    with scene(Path(folder)) as there:
        if where != "bare" and (broken := _why_not(where, there)):
            sys.stderr.write(f"{where} does not work here: {broken}\n")
            sys.exit(NOT_HERE)
        os.chdir(there.folder / "drop")
        found = {name: asdict(outcome) for name, outcome in outcomes(where, chosen, there)}
        for pool in _pools.values():
            pool.close()
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
