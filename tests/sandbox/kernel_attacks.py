"""Attack programs that ask the kernel for what a training run never needs."""

from tests.sandbox.attack import Attack

_NEEDS_ROOT = "ordinary users may not, and as root it would change this machine"

NETWORK = (
    Attack(
        "connects by TCP",
        """
        import socket
        socket.create_connection(("127.0.0.1", data.targets["tcp"]), 2)
        print("REACHED")
        """,
    ),
    Attack(
        "sends by UDP",
        """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"x", ("127.0.0.1", data.targets["udp"]))
        print("REACHED")
        """,
    ),
    Attack(
        "makes an IPv6 socket",
        """
        import socket
        socket.socket(socket.AF_INET6)
        print("REACHED")
        """,
        not_bare="not every machine has IPv6",
    ),
    Attack(
        "connects to a Unix socket by path",
        """
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.connect(data.targets["unix"])
        print("REACHED")
        """,
    ),
    Attack(
        "connects to an abstract Unix socket",
        r"""
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.connect("\0" + data.targets["abstract"])
        print("REACHED")
        """,
    ),
    Attack(
        "talks to the kernel by netlink",
        """
        import socket
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
        print("REACHED")
        """,
    ),
    Attack(
        "makes a socket to the hypervisor",
        """
        import socket
        socket.socket(socket.AF_VSOCK)
        print("REACHED")
        """,
        not_bare="not every kernel has vsock",
    ),
    Attack(
        "makes a kernel crypto socket",
        """
        import socket
        socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
        print("REACHED")
        """,
        not_bare="not every kernel has it",
    ),
    Attack(
        "makes a raw socket",
        """
        import socket
        socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
        print("REACHED")
        """,
        not_bare="ordinary users may not",
    ),
)

# Called with nonsense, a call that is allowed complains of the nonsense and not of permissions.
KERNEL = (
    Attack(
        "makes a user namespace",
        """
        CLONE_NEWUSER = 0x10000000
        pid = os.fork()
        if pid == 0:
            os._exit(0 if call("unshare", CLONE_NEWUSER) == 0 else 1)
        print("REACHED" if os.waitpid(pid, 0)[1] == 0 else "")
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
        'print("REACHED" if call("clone3", 0, 0) != ENOSYS else "")',
    ),
    Attack("mounts", 'print("REACHED" if call("mount", 0, 0, 0, 0, 0) != EPERM else "")'),
    Attack(
        "opens a mount tree",
        'print("REACHED" if call("open_tree", -9, 0, 0) != EPERM else "")',
    ),
    Attack("changes its root", 'print("REACHED" if call("chroot", 0) != EPERM else "")'),
    Attack(
        "enters a namespace",
        'print("REACHED" if call("setns", -9, 0) != EPERM else "")',
    ),
    Attack(
        "hides memory in a file without a name",
        """
        name = ctypes.create_string_buffer(b"x")
        print("REACHED" if call("memfd_create", ctypes.addressof(name), 0) >= 0 else "")
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
        "uses io_uring",
        'print("REACHED" if call("io_uring_enter", -9, 0, 0, 0, 0, 0) != EPERM else "")',
    ),
    Attack(
        "reads kernel keys",
        """
        KEYCTL_GET_KEYRING_ID, SESSION = 0, -3
        print("REACHED" if call("keyctl", KEYCTL_GET_KEYRING_ID, SESSION, 1) >= 0 else "")
        """,
    ),
    Attack(
        "loads a BPF program",
        'print("REACHED" if call("bpf", 0, 0, 0) != EPERM else "")',
        not_bare="many systems leave it to root",
    ),
    Attack(
        "counts performance events",
        'print("REACHED" if call("perf_event_open", 0, 0, -1, -1, 0) != EPERM else "")',
    ),
    Attack(
        "handles page faults itself",
        'print("REACHED" if call("userfaultfd", 1) != EPERM else "")',
    ),
    Attack(
        "opens a file by its handle",
        'print("REACHED" if call("open_by_handle_at", -100, 0, 0) != EPERM else "")',
        not_bare=_NEEDS_ROOT,
    ),
    Attack(
        "changes its personality",
        'print("REACHED" if call("personality", 0xFFFFFFFF) != EPERM else "")',
    ),
    Attack(
        "injects into the terminal",
        """
        TIOCSTI = 0x5412
        print("REACHED" if call("ioctl", 0, TIOCSTI, 0) != EPERM else "")
        """,
    ),
    Attack(
        "names the machine",
        'print("REACHED" if call("sethostname", 0, 0) != EPERM else "")',
        not_bare=_NEEDS_ROOT,
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
        "writes kernel settings",
        """
        open("/proc/sys/kernel/hostname", "w").write("x")
        print("REACHED")
        """,
        not_bare=_NEEDS_ROOT,
    ),
    Attack(
        "finds a disk among its devices",
        """
        import os, stat
        modes = [os.lstat("/dev/" + name).st_mode for name in os.listdir("/dev")]
        print("REACHED" if any(map(stat.S_ISBLK, modes)) else "")
        """,
        not_bare="not every machine has one",
    ),
)
