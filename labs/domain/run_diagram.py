"""Draws docs/run-states.md: `python -m labs.domain.run_diagram > docs/run-states.md`."""

import sys

from labs.domain.runs import FINAL, LIVE, PHASES, TRANSITIONS, State

_MEANING = {
    State.QUEUED: "Waits for a worker; the row says so, the message only wakes a worker up.",
    State.CLAIMED: "One worker holds the run under a lease.",
    State.PREPARING: "The data set is split with the site's secret; the code is unpacked.",
    State.TRAINING: "`train` runs in its own sandbox, with the training data only.",
    State.PREDICTING: "`predict` runs in a fresh sandbox, with the hidden inputs only.",
    State.GRADING: "The grader reads the predictions outside the sandbox.",
    State.PASSED: "Graded, at or above the pass mark.",
    State.FAILED: "Graded, below the pass mark.",
    State.ERRORED: "Could not be graded; the error says why and what to do.",
    State.CANCELLED: "Stopped by the learner, or by staff.",
    State.TIMED_OUT: "Took longer than the lab allows.",
}
_HEAD = """\
# States of a run

Generated from `labs/domain/runs.py` by `python -m labs.domain.run_diagram`; a test compares.

"""


def diagram() -> str:
    """The whole page as Markdown: a Mermaid diagram, then every state with where it leads."""
    lines = [_HEAD + "```mermaid", "stateDiagram-v2", f"  [*] --> {State.QUEUED}"]
    everywhere = frozenset.intersection(*(TRANSITIONS[state] for state in LIVE))
    for state in PHASES:
        lines += [
            f"  {state} --> {target}"
            for target in State
            if target in TRANSITIONS[state] - everywhere
        ]
    lines += [f"  {state} --> [*]" for state in State if state in FINAL]
    lines += ["```", ""]
    stops = ", ".join(f"`{state}`" for state in State if state in everywhere)
    lines += [f"From every live state a run can also become {stops}.", ""]
    lines += ["| state | meaning | leads to |", "|---|---|---|"]
    for state in State:
        targets = ", ".join(f"`{target}`" for target in State if target in TRANSITIONS[state])
        lines.append(f"| `{state}` | {_MEANING[state]} | {targets or 'nothing, it is final'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(diagram())
