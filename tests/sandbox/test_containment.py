"""One attack a promise, and more: each succeeds in a plain process, and gets nothing in any tier.

`python -m tests.sandbox` prints the same as a table.
"""

import functools
from collections.abc import Callable

import pytest

from tests.sandbox.absence import verified
from tests.sandbox.attack import NOBODY, ROOT, USER, Alone, Answer, Attack, Orphan, Outcome
from tests.sandbox.attacks import ATTACKS, PROMISES
from tests.sandbox.places import BARE, TIERS, WARM, NotHere, Where, run_attacks

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

Require = Callable[[str, bool, str], None]


@functools.lru_cache
def outcomes(where: Where) -> dict[str, Outcome] | str:
    """All attacks of a place run once, in the test process that has its tests."""
    try:
        return run_attacks(where)
    except NotHere as missing:
        return str(missing)


def found_in(where: Where, require: Require) -> dict[str, Outcome]:
    found = outcomes(where)
    if isinstance(found, str):
        require("sandbox", False, f"attacks, {where}: {found}")
        raise AssertionError
    return found


def each(places: tuple[Where, ...]) -> list[object]:
    return [
        pytest.param(where, marks=pytest.mark.xdist_group(f"attacks {where.user}"), id=str(where))
        for where in places
    ]


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize("where", each(TIERS))
def test_attacks_get_nothing(where: Where, promise: str, require: Require) -> None:
    found = found_in(where, require)

    through = {a.name: found[a.name].detail for a in PROMISES[promise] if found[a.name].reached}
    unproven = {a.name: found[a.name].detail for a in PROMISES[promise] if found[a.name].broken}

    assert not through
    assert not unproven


@pytest.mark.parametrize("where", each(WARM))
def test_a_sample_of_them_gets_nothing_in_sandboxes_that_waited(
    where: Where, require: Require
) -> None:
    """All short ones, and one of each promise's others; `python -m tests.sandbox` runs all."""
    sample = [
        attack.name
        for attacks in PROMISES.values()
        for kind in (Attack, Alone, Answer, Orphan)
        for attack in [each for each in attacks if type(each) is kind][
            : None if kind is Attack else 1
        ]
    ]
    try:
        found = run_attacks(where, sample)
    except NotHere as missing:
        require("sandbox", False, f"attacks, {where}: {missing}")
        raise

    assert len(found) == len(sample) > 120
    assert {name: each.detail for name, each in found.items() if each.reached} == {}
    assert {name: each.detail for name, each in found.items() if each.broken} == {}


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize("where", each(BARE))
def test_the_same_attacks_succeed_in_a_plain_process(
    where: Where, promise: str, require: Require
) -> None:
    found = found_in(where, require)

    failed = {
        a.name: found[a.name].detail
        for a in PROMISES[promise]
        if not found[a.name].reached and not found[a.name].absent
    }

    assert not failed


@pytest.mark.parametrize("where", each(BARE))
def test_an_attack_is_left_out_only_where_the_machine_lacks_what_it_needs(
    where: Where, require: Require, record_property: Callable[[str, object], None]
) -> None:
    """Such as a family of sockets that this kernel was built without."""
    found = found_in(where, require)
    lacking = {
        attack.name: found[attack.name].absent
        for attack in ATTACKS
        if where.user in attack.bare and found[attack.name].absent
    }

    assert {name: why for name, why in lacking.items() if not verified(why, where.user)} == {}
    for name, why in lacking.items():
        record_property("left out", f"attack that {name} ({where}): this machine lacks: {why}")


@pytest.mark.parametrize(
    "reason",
    [
        *("call openat2", "call ioctl", "socket AF_INET SOCK_STREAM 0", "file /proc/self/status"),
        *("setting /proc/sys/kernel/pid_max 0", "setting /nowhere 0", "a reason of its own"),
    ],
)
@pytest.mark.parametrize("user", [ROOT, USER])
def test_what_is_there_cannot_be_called_absent(reason: str, user: str) -> None:
    assert not verified(reason, user)


def test_every_attack_has_a_name_of_its_own_and_a_reason_where_it_is_not_shown() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(set(names)) == len(names) >= 45
    assert [attack.name for attack in ATTACKS if attack.bare == NOBODY and not attack.why] == []
