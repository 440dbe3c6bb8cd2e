"""The runner of `make soak`: what has passed for this state of the code is not done again."""

import json

import pytest

from tests.soak import __main__ as soak
from tests.soak.__main__ import Step, main


@pytest.fixture
def code(monkeypatch) -> list[str]:
    """The state of the code, which a test may change."""
    state = ["commit-1"]
    monkeypatch.setattr(soak, "state_of_code", lambda: state[0])
    return state


@pytest.fixture
def run(tmp_path, code):
    """`run(first=0, second=1)` runs steps that end with these statuses, and tells which ran."""
    ran = tmp_path / "ran"

    def go(*arguments: str, **statuses: int) -> tuple[int, list[str]]:
        ran.write_text("")
        steps = [
            Step(
                name,
                "",
                ("-c", f"open({str(ran)!r}, 'a').write('{name} '); raise SystemExit({status})"),
                minutes=1,
            )
            for name, status in statuses.items()
        ]
        result = main(["--record", str(tmp_path / "soak.json"), *arguments], steps)
        return result, ran.read_text().split()

    return go


def test_a_repeated_run_goes_on_with_what_has_not_passed(run, capsys):
    assert run(first=0, second=1) == (1, ["first", "second"])
    assert run(first=0, second=0) == (0, ["second"])
    assert run(first=0, second=0) == (0, [])
    assert "passed" in capsys.readouterr().out


def test_another_state_of_the_code_begins_anew(run, code):
    run(first=0)
    code[0] = "commit-2"
    assert run(first=0) == (0, ["first"])


def test_a_state_that_cannot_be_told_is_never_taken_for_done(run, code):
    code[0] = ""
    run(first=0)
    assert run(first=0) == (0, ["first"])


def test_one_can_start_anew_or_choose_a_step(run):
    run(first=0, second=0)
    assert run("--again", first=0, second=0) == (0, ["first", "second"])
    assert run("--again", "--step", "second", first=0, second=0) == (0, ["second"])
    with pytest.raises(SystemExit):
        run("--step", "third", first=0)


def test_figures_are_kept_and_a_step_out_of_time_fails(tmp_path, code):
    record = tmp_path / "soak.json"
    write = "import sys; open(sys.argv[2], 'w').write('{\"n\": 3}')"
    slow = Step("slow", "", ("-c", "import time; time.sleep(60)"), minutes=0.005)
    steps = [Step("figures", "", ("-c", write), minutes=1, measures=True), slow]
    assert main(["--record", str(record)], steps) == 1
    told = json.loads(record.read_text())["steps"]
    assert told["figures"]["figures"] == {"n": 3}
    assert told["slow"]["state"] == "out of time"


def test_what_does_not_fit_into_the_time_in_all_is_told_as_not_done(run, monkeypatch):
    monkeypatch.setattr(soak, "TOTAL_MINUTES", 0)
    assert run(first=0) == (1, [])


def test_every_file_with_properties_has_a_step_and_sync_comes_first():
    names = [step.name for step in soak.steps_of()]
    proofs = ["scale", "load", "faults", "lab faults"]
    assert names[:5] == [*proofs, "quizzes/sync_properties"]
    assert {"quizzes/fold", "quizzes/wording", "content/properties"} <= set(names)
    assert len(set(names)) == len(names)
