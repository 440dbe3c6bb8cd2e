"""The modules that attacks are handed in as."""

from textwrap import dedent, indent

from tests.sandbox.attack import Alone, Answer
from tests.sandbox.scene import Place

_IMPORTS = "import json, os, stat, sys, time\n"
_PREDICT = "\ndef predict(model, inputs, run):\n    return inputs\n"
_TRAIN = "\ndef train(data, run):\n    return 1\n"
# Into a plain process's file, or around the harness into its pipe; then the job is said to be done.
_SEND = """
import io, numpy
def send(raw):
    if run_now is None:
        with open(os.environ["TMPDIR"] + "/answer", "wb") as file:
            file.write(raw)
        return
    for fd in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode) and fd != run_now._events._fd:
                left = raw
                while left:
                    left = left[os.write(fd, left):]
                break
        except OSError:
            pass
    run_now._events.send("end", {"error": None, "size": len(raw)})
    time.sleep(4)
"""


def of_alone(attack: Alone, marker: str, place: Place) -> str:
    head = f"{_IMPORTS}MARKER, PRECIOUS = {marker!r}, {str(place.precious)!r}\n"
    body = attack.program
    if "def predict" in body:
        return f"{head}BOTH = True\n{body}"
    if "def train" not in body:
        body = f"def train(data, run):\n{indent(body, '    ')}"
    return head + body + _PREDICT


def of_answer(attack: Answer, place: Place) -> str:
    head = f"{_IMPORTS}PRECIOUS = {str(place.precious)!r}\nrun_now = None\n{_SEND}"
    body = indent(dedent(attack.body), "    ")
    predict = "def predict(model, inputs, run):\n    global run_now\n    run_now = run\n"
    return f"{head}{_TRAIN}\n{predict}{body}\n"
