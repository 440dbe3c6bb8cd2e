"""The outcomes of all attacks side by side."""

from collections.abc import Iterator, Mapping, Sequence

from tests.sandbox.attack import ROOT, USER, Attack, Outcome
from tests.sandbox.attacks import ATTACKS, PROMISES
from tests.sandbox.places import BARE, TIERS, WARM, NotHere, Where, run_attacks

Outcomes = Mapping[str, Outcome]
HELD, THROUGH, UNPROVEN = "held", "GOT THROUGH", "PROVES NOTHING"


def everywhere(places: Sequence[Where] = (*BARE, *TIERS, *WARM)) -> dict[Where, Outcomes | str]:
    """Each place's outcomes, or why it cannot be had here."""
    found: dict[Where, Outcomes | str] = {}
    for where in places:
        try:
            found[where] = run_attacks(where)
        except NotHere as missing:
            found[where] = str(missing)
    return found


def contained(found: Outcomes) -> tuple[int, int]:
    """How many attacks were held, of how many that the place promises to hold."""
    tried = [outcome for outcome in found.values() if not outcome.absent]
    return sum(not each.reached and not each.broken for each in tried), len(tried)


def shown(attack: Attack, found: Mapping[Where, Outcomes | str]) -> str:
    """As whom it succeeded in a plain process, or why it was not tried."""
    there = {where.user: found[where] for where in BARE}
    said = {user: each[attack.name] for user, each in there.items() if not isinstance(each, str)}
    users = [user for user in (ROOT, USER) if user in said and said[user].reached]
    if users:
        return "succeeds" if len(users) == len(said) else f"succeeds as {users[0]}"
    why = next((each.absent for each in said.values() if each.absent), "")
    return f"not tried: {why}" if why else UNPROVEN


def cell(outcome: Outcome) -> str:
    if outcome.absent:
        return "not promised"
    return THROUGH if outcome.reached else UNPROVEN if outcome.broken else HELD


def lines(found: Mapping[Where, Outcomes | str]) -> Iterator[str]:
    held_in = [where for where in (*TIERS, *WARM) if where in found]
    head = "".join(f"{str(where).replace(',', ''):<14}" for where in held_in)
    yield f"{'attack':<52}{'bare':<18}{head}"
    for promise, attacks in PROMISES.items():
        yield f"\n{promise}"
        for attack in attacks:
            cells = [
                "-" if isinstance(each := found[where], str) else cell(each[attack.name])
                for where in held_in
            ]
            bare, *rest = shown(attack, found).split(": ", 1)
            tail = f"({rest[0]})" if rest else ""
            row = f"  {attack.name:<50}{bare:<18}" + "".join(f"{each:<14}" for each in cells)
            yield (row + tail).rstrip()
    yield ""
    for where, each in found.items():
        if isinstance(each, str):
            yield f"{where}: not here: {each}"
        elif where.tier:
            held, of = contained(each)
            yield f"{where}: {held} of {of} attacks held"
        else:
            yield f"{where}: {sum(o.reached for o in each.values())} of {len(each)} succeed"
    for attack in ATTACKS:
        for tier, why in attack.beyond.items():
            yield f"not promised by tier {tier}: {attack.name}: {why}"


def mistakes(found: Mapping[Where, Outcomes | str]) -> list[str]:
    """What got through, or proves nothing."""
    return [
        f"{where}: {name}: {outcome.detail}"
        for where, each in found.items()
        if not isinstance(each, str)
        for name, outcome in each.items()
        if outcome.broken
        or (where.tier and outcome.reached)
        or (not where.tier and not outcome.reached and not outcome.absent)
    ]
