"""Programs that ask the kernel for what a training run never needs."""

from tests.sandbox.attack import AS_ROOT, AS_USER, NOBODY, Attack

_NOT = "ordinary users may not"


def _asks(name: str, expression: str, setup: str = "", root: bool = False) -> Attack:
    """Where a call is allowed it succeeds, or complains of nonsense and not of permissions."""
    call = expression.split('"')[1]
    return Attack(
        name,
        f"""
        {setup}
        done = {expression}
        if done == ENOSYS:
            print("ABSENT call {call}")
        print("REACHED" if done not in (EPERM, ENOSYS) else done)
        """,
        **({"bare": AS_ROOT, "why": _NOT} if root else {}),
    )


NAMESPACES = (
    Attack(
        "makes a user namespace",
        """
        CLONE_NEWUSER = 0x10000000
        done = call("unshare", CLONE_NEWUSER)
        print("REACHED" if done == 0 else done)
        """,
    ),
    Attack(
        "clones into a user namespace",
        """
        CLONE_NEWUSER, SIGCHLD = 0x10000000, 17
        pid = call("clone", CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        print("REACHED" if pid > 0 else pid)
        """,
    ),
    Attack(
        "clones by the call whose flags no filter sees",
        'print("REACHED" if call("clone3", 0, 0) != ENOSYS else "absent")',
    ),
    Attack(
        "leaves the mounts of the others",
        """
        CLONE_NEWNS = 0x20000
        done = call("unshare", CLONE_NEWNS)
        print("REACHED" if done == 0 else done)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "mounts a file system",
        """
        done = libc.mount(b"tmpfs", TMP.encode(), b"tmpfs", 0, None)
        print("REACHED" if done == 0 else os.strerror(ctypes.get_errno()))
        if done == 0:
            libc.umount2(TMP.encode(), 2)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    _asks("opens a mount tree", 'call("open_tree", -9, 0, 0)'),
    _asks("opens a new file system", 'call("fsopen", 0, 0)', root=True),
    _asks("swaps its root", 'call("pivot_root", 0, 0)', root=True),
    Attack("changes its root", 'os.chroot(TMP); print("REACHED")', bare=AS_ROOT, why=_NOT),
    _asks(
        "enters the namespace of another process",
        'call("setns", ns, 0)',
        setup='ns = os.open("/proc/self/ns/net", os.O_RDONLY)',
        root=True,
    ),
    Attack(
        "opens a file by its handle",
        """
        done = call("open_by_handle_at", -100, 0, 0)
        print("REACHED" if done != EPERM else done)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "leaves its control group",
        """
        found = [*Path("/sys/fs/cgroup").rglob("cgroup.procs")][:50]
        for path in found:
            try:
                os.close(os.open(path, os.O_WRONLY))
                print("REACHED")
                break
            except OSError as error:
                print(error)
        if not found:
            print("ABSENT control-groups")
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
)

PRIVILEGES = (
    Attack(
        "runs a set-user-id program",
        """
        import subprocess
        program = str(data.files[0].parent / "identity")
        seen = subprocess.run([program, "-u"], capture_output=True, text=True)
        print("REACHED" if seen.stdout.strip() == "0" else seen)
        """,
        bare=AS_USER,
        why="root is what it would gain",
    ),
    Attack("becomes root", 'os.setuid(0); print("REACHED")', bare=AS_ROOT, why=_NOT),
    Attack(
        "becomes the user of another job",
        'os.setresuid(20002, 20002, 20002); print("REACHED")',
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack("joins root's group", 'os.setgroups([0]); print("REACHED")', bare=AS_ROOT, why=_NOT),
    Attack(
        "leaves a set-user-id program behind",
        """
        path = Path(aim["drop"]) / "program"
        path.write_bytes(b"x")
        path.chmod(0o4755)
        print("REACHED")
        path.unlink()
        """,
    ),
    Attack(
        "makes a device",
        """
        path = os.path.join(TMP, "null")
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        print("REACHED")
        os.unlink(path)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "raises its own limits",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))
        print("REACHED")
        """,
    ),
    Attack(
        "takes off its own filter",
        """
        PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 38, 4
        libc.prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)
        status = open("/proc/self/status").read()
        print("REACHED" if "NoNewPrivs:\\t0" in status and "Seccomp:\\t0" in status else "held")
        """,
    ),
)

_INT_80 = """
        import mmap, platform
        if platform.machine() != "x86_64":
            print("ABSENT processor")
        else:
            # mov eax, 20 (getpid, 32 bit); int 0x80; ret
            room = mmap.mmap(-1, 4096, prot=7)
            room.write(bytes.fromhex("b814000000cd80c3"))
            where = ctypes.addressof(ctypes.c_char.from_buffer(room))
            pid = ctypes.CFUNCTYPE(ctypes.c_int)(where)()
            print("REACHED" if pid == os.getpid() else pid, flush=True)
"""

KERNEL = (
    Attack("speaks to the kernel as a 32-bit program", _INT_80),
    Attack(
        "calls by the numbers of another instruction set",
        """
        done = libc.syscall(0x40000000 + 39)
        print("REACHED" if done == os.getpid() else "ABSENT foreign-numbers")
        """,
    ),
    Attack(
        "uses io_uring",
        """
        try:
            if open("/proc/sys/kernel/io_uring_disabled").read().strip() != "0":
                print("ABSENT setting /proc/sys/kernel/io_uring_disabled 1 2")
        except OSError:
            pass
        room = ctypes.create_string_buffer(248)
        done = call("io_uring_setup", 2, ctypes.addressof(room))
        print("REACHED" if done >= 0 else done)
        """,
    ),
    Attack(
        "reads kernel keys",
        """
        KEYCTL_GET_KEYRING_ID, SESSION = 0, -3
        done = call("keyctl", KEYCTL_GET_KEYRING_ID, SESSION, 1)
        print("REACHED" if done >= 0 else done)
        """,
    ),
    _asks("adds a kernel key", 'call("add_key", 0, 0, 0, 0, 0)'),
    _asks("loads a BPF program", 'call("bpf", 0, 0, 0)', root=True),
    _asks("counts performance events", 'call("perf_event_open", 0, 0, -1, -1, 0)'),
    _asks("handles page faults itself", 'call("userfaultfd", 1)'),
    _asks("changes its personality", 'call("personality", 0xFFFFFFFF)'),
    _asks("reads the kernel's log", 'call("syslog", 10, 0, 0)', root=True),
    _asks("loads a kernel module", 'call("init_module", 0, 0, 0)', root=True),
    _asks("sets the clock", 'call("settimeofday", 0, 0)', root=True),
    _asks("restarts the machine", 'call("reboot", 0, 0, 0, 0)', root=True),
    _asks("swaps to a file of its own", 'call("swapon", 0, 0)', root=True),
    Attack(
        "names the machine",
        """
        socket.sethostname(socket.gethostname())
        print("REACHED")
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "opens kernel settings for writing",
        """
        for name in ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory"):
            try:
                os.close(os.open("/proc/sys/" + name, os.O_WRONLY))
                print("REACHED")
            except OSError as error:
                print(error)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "opens the machine's emergency keys",
        """
        try:
            os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
            print("REACHED")
        except FileNotFoundError:
            print("ABSENT file /proc/sysrq-trigger")
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "opens the kernel's messages and memory",
        """
        for name in ("kmsg", "mem", "port"):
            try:
                os.close(os.open("/dev/" + name, os.O_RDONLY))
                print("REACHED")
            except OSError as error:
                print(error)
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "opens a disk",
        """
        disks = [f"/dev/{name}" for name in os.listdir("/dev")
                 if stat.S_ISBLK(os.lstat(f"/dev/{name}").st_mode)]
        for disk in disks:
            try:
                os.close(os.open(disk, os.O_RDONLY))
                print("REACHED")
            except OSError as error:
                print(error)
        if not disks:
            print("ABSENT disks")
        """,
        bare=AS_ROOT,
        why=_NOT,
    ),
    Attack(
        "uses a call younger than the filter",
        """
        done = libc.syscall(1000)
        print("REACHED" if done >= 0 else os.strerror(ctypes.get_errno()))
        """,
        bare=NOBODY,
        why="no kernel has it yet",
    ),
)

HIDDEN_MEMORY = (
    Attack(
        "hides memory in a file without a name",
        """
        name = ctypes.create_string_buffer(b"x")
        done = call("memfd_create", ctypes.addressof(name), 0)
        print("REACHED" if done >= 0 else done)
        """,
    ),
    Attack(
        "keeps memory past its life",
        """
        IPC_PRIVATE, IPC_CREAT, IPC_RMID = 0, 0o1000, 0
        segment = call("shmget", IPC_PRIVATE, 4096, IPC_CREAT | 0o600)
        if segment >= 0:
            call("shmctl", segment, IPC_RMID, 0)
            print("REACHED")
        """,
    ),
    Attack(
        "makes a message queue",
        """
        IPC_PRIVATE, IPC_CREAT, IPC_RMID = 0, 0o1000, 0
        queue = call("msgget", IPC_PRIVATE, IPC_CREAT | 0o600)
        if queue >= 0:
            call("msgctl", queue, IPC_RMID, 0)
            print("REACHED")
        """,
    ),
    Attack(
        "makes a set of semaphores",
        """
        IPC_PRIVATE, IPC_CREAT, IPC_RMID = 0, 0o1000, 0
        found = call("semget", IPC_PRIVATE, 1, IPC_CREAT | 0o600)
        if found >= 0:
            call("semctl", found, 0, IPC_RMID)
            print("REACHED")
        """,
    ),
    Attack(
        "makes a named queue of messages",
        """
        name = ctypes.create_string_buffer(b"studyhub-test")
        done = call("mq_open", ctypes.addressof(name), os.O_CREAT | os.O_RDWR, 0o600, 0)
        if done >= 0:
            call("mq_unlink", ctypes.addressof(name))
            print("REACHED")
        elif done == ENOSYS:
            print("ABSENT call mq_open")
        """,
    ),
)

TERMINAL = (
    _asks("asks to type into a terminal", 'call("ioctl", 0, 0x5412, 0)'),
    Attack(
        "types into the worker's terminal",
        """
        import fcntl
        TIOCSTI = 0x5412
        terminal = os.open("/dev/tty", os.O_RDWR)
        try:
            fcntl.ioctl(terminal, TIOCSTI, b"x")
            print("REACHED")
        except OSError as error:
            refused = "ABSENT setting /proc/sys/dev/tty/legacy_tiocsti 0"
            print(refused if error.errno == errno.EIO else error)
        """,
    ),
    Attack(
        "writes to the worker's terminal",
        """
        with open("/dev/tty", "wb", buffering=0) as terminal:
            terminal.write(b" ")
            print("REACHED")
        """,
    ),
    Attack(
        "writes to the worker's terminal by its name",
        """
        with open(aim["terminal"], "wb", buffering=0) as terminal:
            terminal.write(b" ")
            print("REACHED")
        """,
    ),
)
