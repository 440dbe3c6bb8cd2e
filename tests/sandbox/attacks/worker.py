"""Programs that aim at the processes around them: the worker, its memory, its descriptors."""

from tests.sandbox.attack import AS_ROOT, Attack

ENVIRONMENT = (
    Attack(
        "reads the worker's environment in its own",
        'print(os.environ.get("STUDYHUB_TEST_SECRET", "not there"))',
    ),
    Attack(
        "reads the worker's environment in /proc",
        """
        text = open(f"/proc/{aim['worker']}/environ").read()
        print("REACHED" if "STUDYHUB_TEST_SECRET" in text else "not there")
        """,
    ),
    Attack(
        "reads the environment of whoever started it",
        """
        text = open(f"/proc/{PARENT}/environ").read()
        print("REACHED" if "STUDYHUB_TEST_SECRET" in text else "not there")
        """,
    ),
    Attack(
        "reads the worker's command line",
        """
        text = open(f"/proc/{aim['worker']}/cmdline").read()
        print("REACHED" if "tests.sandbox" in text else text)
        """,
    ),
    Attack(
        "reads a file that the worker holds open",
        """
        for fd in range(3, 200):
            try:
                if b"REACHED" in os.pread(fd, 100, 0):
                    print("REACHED")
            except OSError:
                pass
        """,
    ),
    Attack(
        "opens the worker's files in /proc",
        """
        for fd in os.listdir(f"/proc/{aim['worker']}/fd"):
            try:
                with open(f"/proc/{aim['worker']}/fd/{fd}", "rb") as file:
                    if file.seekable() and b"REACHED" in file.read(100):
                        print("REACHED")
            except OSError:
                pass
        """,
    ),
)

MEMORY_OF_OTHERS = (
    Attack(
        "opens the worker's memory",
        """
        open(f"/proc/{aim['worker']}/mem", "rb")
        print("REACHED")
        """,
    ),
    Attack(
        "reads the memory of whoever started it",
        """
        with open(f"/proc/{PARENT}/maps") as maps:
            first = next(line for line in maps if " r" in line)
        start = int(first.split("-")[0], 16)
        with open(f"/proc/{PARENT}/mem", "rb") as memory:
            memory.seek(start)
            print("REACHED" if len(memory.read(16)) == 16 else "")
        """,
    ),
    Attack(
        "writes the memory of whoever started it",
        """
        open(f"/proc/{PARENT}/mem", "r+b")
        print("REACHED")
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
        "writes memory by process id",
        """
        text, room = ctypes.create_string_buffer(b"abc"), ctypes.create_string_buffer(3)
        source = (ctypes.c_ulong * 2)(ctypes.addressof(text), 3)
        where = (ctypes.c_ulong * 2)(ctypes.addressof(room), 3)
        done = call("process_vm_writev", os.getpid(), ctypes.addressof(source), 1,
                    ctypes.addressof(where), 1, 0)
        print("REACHED" if done == 3 else done)
        """,
    ),
    Attack(
        "takes a descriptor out of the worker",
        """
        handle = os.pidfd_open(aim["worker"])
        got = call("pidfd_getfd", handle, aim["secret_fd"], 0)
        print("REACHED" if got >= 0 and b"REACHED" in os.pread(got, 100, 0) else got)
        """,
    ),
)

TRACING = (
    Attack(
        "traces a process of its own",
        """
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
        "traces the worker's process",
        """
        PTRACE_SEIZE = 0x4206
        done = call("ptrace", PTRACE_SEIZE, aim["victim"], 0, 0)
        print("REACHED" if done == 0 else done)
        """,
    ),
    Attack(
        "compares two processes' insides",
        """
        KCMP_VM = 1
        done = call("kcmp", os.getpid(), os.getpid(), KCMP_VM, 0, 0)
        print("ABSENT call kcmp" if done == ENOSYS else "REACHED" if done >= 0 else done)
        """,
    ),
)

SIGNALS = (
    Attack("signals the worker", 'os.kill(aim["worker"], 0); print("REACHED")'),
    Attack(
        "signals the worker by a handle",
        """
        handle = os.pidfd_open(aim["victim"])
        signal.pidfd_send_signal(handle, 0)
        print("REACHED")
        """,
    ),
    Attack("signals the worker's group", 'os.killpg(aim["group"], 0); print("REACHED")'),
    Attack(
        "makes the kernel signal the worker",
        """
        import fcntl, select
        gone = os.pidfd_open(aim["weak"][1])
        reading, writing = os.pipe()
        fcntl.fcntl(reading, fcntl.F_SETOWN, aim["weak"][1])
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x")
        print("REACHED" if select.select([gone], [], [], 0.5)[0] else "it lives")
        """,
    ),
    Attack("ends a process outside", 'os.kill(aim["weak"][0], 9); print("REACHED")'),
    Attack(
        "puts the worker behind all others",
        """
        os.setpriority(os.PRIO_PROCESS, aim["victim"], 19)
        print("REACHED")
        """,
    ),
    Attack(
        "changes the worker's limits",
        """
        import resource
        resource.prlimit(aim["victim"], resource.RLIMIT_CORE, (0, 0))
        print("REACHED")
        """,
    ),
    Attack(
        "pins the worker to one processor",
        """
        os.sched_setaffinity(aim["victim"], {0})
        print("REACHED")
        """,
    ),
    Attack(
        "puts itself before all others",
        """
        os.setpriority(os.PRIO_PROCESS, 0, -10)
        print("REACHED")
        """,
        bare=AS_ROOT,
        why="ordinary users may not",
    ),
    Attack(
        "takes a processor for itself",
        """
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        print("REACHED")
        """,
        bare=AS_ROOT,
        why="ordinary users may not",
    ),
    Attack(
        "hides from the memory killer",
        """
        open("/proc/self/oom_score_adj", "w").write("-500")
        print("REACHED")
        """,
        bare=AS_ROOT,
        why="ordinary users may not",
    ),
)
