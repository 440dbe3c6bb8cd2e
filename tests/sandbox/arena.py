"""A machine in small for plain processes: process ids of its own, so that nothing gets away.

Run as a script, by its path, with a JSON argument in STUDYHUB_TEST_ARENA: {command, seconds}. One
bystander lives beside the command. What became of both is written to standard output as JSON; then
the first process waits for the end of its standard input, and the kernel takes the rest along.
"""

import ctypes
import json
import os
import signal
import sys
import time

CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000
PR_SET_PDEATHSIG = 1
CANNOT = 77  # the exit code of `arena.py try` where no such machine can be made
libc = ctypes.CDLL(None, use_errno=True)


def main():
    if sys.argv[1:] == ["try"]:
        sys.exit(CANNOT if unshare() != 0 else 0)
    asked = json.loads(os.environ.pop("STUDYHUB_TEST_ARENA"))
    uid, gid = os.getuid(), os.getgid()
    if unshare() != 0:
        report(absent=f"small-machine {os.strerror(ctypes.get_errno())}")
        return
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", uid), ("gid_map", gid)):
            line = text if name == "setgroups" else f"{text} {text} 1"
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    first = os.fork()
    if first == 0:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        rule(**asked)
        os._exit(0)
    os.waitpid(first, 0)


def unshare():
    return libc.unshare(CLONE_NEWPID | (0 if os.getuid() == 0 else CLONE_NEWUSER))


def rule(command, seconds):
    bystander = os.fork()
    if bystander == 0:
        time.sleep(600)
        os._exit(0)
    attacker = os.fork()
    if attacker == 0:
        os.setsid()
        nothing = os.open("/dev/null", os.O_RDONLY)
        output = os.open(os.environ["STUDYHUB_TEST_OUTPUT"], os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.execv(command[0], command)
    dead, until = set(), time.monotonic() + seconds
    while attacker not in dead and time.monotonic() < until:
        dead |= reaped()
        time.sleep(0.01)
    time.sleep(0.05)
    dead |= reaped()
    report(went_on=attacker not in dead, bystander_died=bystander in dead)
    sys.stdin.read()


def reaped():
    found = set()
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not pid:
            return found
        found.add(pid)


def report(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


main()
