"""Attack programs: bodies of `train` that print REACHED once they got what they wanted."""

from tests.sandbox.attack import Attack
from tests.sandbox.kernel_attacks import KERNEL, NETWORK

FILES = (
    Attack("reads the hidden labels", 'print(open(data.targets["labels"]).read())'),
    Attack(
        "climbs out of the data folder",
        'print((data.files[0].parent / ".." / "labels.txt").read_text())',
    ),
    Attack(
        "follows a planted link",
        """
        import pathlib, solution
        print((pathlib.Path(solution.__file__).parent / "link").read_text())
        """,
    ),
    Attack("reads another run's model", 'print(open(data.targets["other_model"]).read())'),
    Attack(
        "reads the project's files",
        """
        open(data.targets["project"]).read()
        print("REACHED")
        """,
    ),
    Attack(
        "reads the machine's users",
        """
        open("/etc/passwd").read()
        print("REACHED")
        """,
    ),
    Attack(
        "reads the worker's environment through its own",
        """
        import os
        print(os.environ["STUDYHUB_TEST_SECRET"])
        """,
    ),
    Attack(
        "reads the worker's environment in /proc",
        """
        text = open(f"/proc/{data.targets['worker']}/environ").read()
        print("REACHED" if "STUDYHUB_TEST_SECRET" in text else "")
        """,
    ),
    Attack(
        "reads the environment of whatever started it",
        """
        import os
        text = open(f"/proc/{os.getppid()}/environ").read()
        print("REACHED" if "PATH=" in text else "")
        """,
    ),
    Attack(
        "opens the worker's memory",
        """
        open(f"/proc/{data.targets['worker']}/mem", "rb")
        print("REACHED")
        """,
    ),
    Attack(
        "sees other processes",
        """
        import os
        print("REACHED" if os.path.exists(f"/proc/{data.targets['worker']}/stat") else "")
        """,
    ),
    Attack(
        "writes into its data",
        """
        open(data.files[0], "r+b").write(b"x")
        print("REACHED")
        """,
    ),
    Attack(
        "adds a file to its data",
        """
        (data.files[0].parent / "new").write_text("x")
        print("REACHED")
        """,
    ),
    Attack(
        "changes its own solution",
        """
        import solution
        open(solution.__file__, "a").write("#")
        print("REACHED")
        """,
    ),
    Attack(
        "makes its data writable",
        """
        data.files[0].chmod(0o666)
        print("REACHED")
        """,
    ),
    Attack(
        "links its data to where it can write",
        """
        import os
        os.link(data.files[0], data.files[0].parent.parent / "linked")
        print("REACHED")
        """,
    ),
)

PROCESSES = (
    Attack(
        "signals the worker",
        """
        import os
        os.kill(data.targets["worker"], 0)
        print("REACHED")
        """,
    ),
    Attack(
        "ends a process outside",
        """
        import os
        os.kill(data.targets["victim"], 9)
        print("REACHED")
        """,
    ),
    Attack(
        "traces a process",
        """
        import os, time
        pid = os.fork()
        if pid == 0:
            time.sleep(5)
            os._exit(0)
        PTRACE_ATTACH = 16
        attached = call("ptrace", PTRACE_ATTACH, pid, 0, 0)
        os.kill(pid, 9)
        print("REACHED" if attached == 0 else attached)
        """,
    ),
    Attack(
        "reads memory by process id",
        """
        text, room = ctypes.create_string_buffer(b"abc"), ctypes.create_string_buffer(3)
        into = (ctypes.c_ulong * 2)(ctypes.addressof(room), 3)
        where = (ctypes.c_ulong * 2)(ctypes.addressof(text), 3)
        done = call("process_vm_readv", os.getpid(), ctypes.addressof(into), 1,
                    ctypes.addressof(where), 1, 0)
        print("REACHED" if done == 3 else done)
        """,
    ),
    Attack(
        "runs a set-user-id program",
        """
        import subprocess
        seen = subprocess.run([data.targets["setuid"], "-u"], capture_output=True, text=True)
        print("REACHED" if seen.stdout.strip() == "0" else seen)
        """,
        not_bare="only root can make such a program, and root is what it would gain",
    ),
    Attack(
        "becomes root",
        """
        import os
        os.setuid(0)
        print("REACHED")
        """,
        not_bare="an ordinary user cannot, and root is it already",
    ),
)

CONTAINED = (*FILES, *PROCESSES, *NETWORK, *KERNEL)
