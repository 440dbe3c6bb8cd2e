"""One attack a promise, and more: each succeeds in a plain process, and gets nothing in any tier.

`python -m tests.sandbox` prints the same as a table.
"""

import functools
from collections.abc import Callable

import pytest

from tests.sandbox.attack import NOBODY, Outcome
from tests.sandbox.attacks import ATTACKS, PROMISES
from tests.sandbox.places import BARE, TIERS, NotHere, Where, run_attacks

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
def test_this_machine_can_show_every_attack(where: Where, require: Require) -> None:
    """Left out are those that need what is not here, such as a family of sockets."""
    found = found_in(where, require)
    lacking = [
        f"{attack.name} ({found[attack.name].absent})"
        for attack in ATTACKS
        if where.user in attack.bare and found[attack.name].absent
    ]
    if lacking:
        pytest.skip(f"attacks, {where}: {'; '.join(lacking)}")


def test_every_attack_has_a_name_of_its_own_and_a_reason_where_it_is_not_shown() -> None:
    names = [attack.name for attack in ATTACKS]

    assert len(set(names)) == len(names) >= 45
    assert [attack.name for attack in ATTACKS if attack.bare == NOBODY and not attack.why] == []
