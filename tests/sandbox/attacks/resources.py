"""Programs that want more than their share: each a job to itself, scaled down for a bare process.

The modest lab that they run in has 200 MB of memory, 32 MB of disk and 40 processes. What is
measured from outside is held on to for seconds: a busy machine looks late.
"""

from tests.sandbox.attack import Alone, Bare

# What may be said of a job whose memory ran out: the supervisor saw it, or the kernel's limit hit.
_MEMORY = frozenset(("out_of_memory", "killed"))
_DISK = frozenset(("disk_full", "out_of_memory"))
_ONE_SECOND = {"train_seconds": 1.0}
_OUT_OF_TIME = frozenset(("out_of_time",))


def _goes_on(bare: Bare) -> bool:
    return bare.went_on


def _endless(name: str, body: str, ends: frozenset[str] = _OUT_OF_TIME) -> Alone:
    return Alone(name, body, ends=ends, limits=dict(_ONE_SECOND), shows=_goes_on, bare_seconds=1.5)


PROCESSES = (
    Alone(
        "forks without end",
        """
        made = 0
        try:
            for _ in range(150):
                if os.fork() == 0:
                    time.sleep(4)
                    os._exit(0)
                made += 1
        except OSError as error:
            print(error)
        print("REACHED" if made == 150 else made)
        """,
    ),
    Alone(
        "starts threads without end",
        """
        import threading
        for made in range(150):
            threading.Thread(target=time.sleep, args=(4,), daemon=True).start()
        print("REACHED")
        """,
    ),
    Alone(
        "forks in many branches",
        """
        def branch(depth):
            for _ in range(3):
                if depth and os.fork() == 0:
                    branch(depth - 1)
                    open(f"{os.environ['TMPDIR']}/{os.getpid()}", "w").close()
                    time.sleep(6)
                    os._exit(0)
        branch(4)
        for _ in range(50):
            if len(os.listdir(os.environ["TMPDIR"])) < 120:
                time.sleep(0.1)
        print("REACHED" if len(os.listdir(os.environ["TMPDIR"])) == 120 else "fewer")
        """,
    ),
)

MEMORY = (
    Alone(
        "fills its memory",
        """
        room = []
        for _ in range(400):
            room.append(bytearray(b"x") * (1 << 20))
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=_MEMORY,
    ),
    Alone(
        "fills shared memory without a name",
        """
        import mmap
        room = mmap.mmap(-1, 400 << 20)
        for start in range(0, len(room), 4096):
            room[start] = 1
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=_MEMORY,
    ),
    Alone(
        "spreads memory over a family",
        """
        for _ in range(5):
            if os.fork() == 0:
                room = bytearray(b"x") * (80 << 20)
                time.sleep(12)
                os._exit(0)
        time.sleep(8 if run else 1)
        print("REACHED")
        """,
        ends=_MEMORY,
    ),
    Alone(
        "spreads memory over daemons",
        """
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    room = bytearray(b"x") * (80 << 20)
                    time.sleep(12)
                os._exit(0)
        time.sleep(8 if run else 1)
        print("REACHED")
        """,
        ends=_MEMORY,
    ),
    Alone(
        "fills files without a name",
        """
        held = []
        for _ in range(40):
            held.append(os.memfd_create("x"))
            os.write(held[-1], bytes(10 << 20))
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
    ),
    Alone(
        "fills /dev/shm",
        """
        import errno
        try:
            with open(f"/dev/shm/{MARKER}", "wb") as file:
                for _ in range(150):
                    file.write(bytes(1 << 20))
            print("REACHED")
        except OSError as error:
            print("ABSENT shared-memory" if error.errno == errno.ENOSPC else error)
        finally:
            try:
                os.unlink(f"/dev/shm/{MARKER}")
            except OSError:
                pass
        """,
    ),
    Alone(
        "fills the memory of other processes' sharing",
        """
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        held = libc.shmget(0, ctypes.c_size_t(300 << 20), 0o1600)
        if held < 0:
            print(os.strerror(ctypes.get_errno()))
        else:
            where = libc.shmat(held, None, 0)
            libc.shmctl(held, 0, None)
            ctypes.memset(where, 1, 300 << 20)
            print("REACHED")
        """,
    ),
    Alone(
        "hides memory in temporary files",
        """
        room = bytearray(b"x") * (110 << 20)
        for folder in (os.environ["TMPDIR"], "/dev/shm"):
            try:
                with open(f"{folder}/{MARKER}", "wb") as file:
                    for _ in range(90):
                        file.write(bytes(1 << 20))
            except OSError as error:
                print(error)
        time.sleep(8 if run else 0.2)
        sizes = 0
        for folder in (os.environ["TMPDIR"], "/dev/shm"):
            try:
                sizes += os.stat(f"{folder}/{MARKER}").st_size
                os.unlink(f"{folder}/{MARKER}")
            except OSError as error:
                print(error)
        print("REACHED" if sizes + len(room) > 210 << 20 else sizes)
        """,
        limits={"disk_mb": 100},
    ),
    Alone(
        "holds files that it has removed",
        """
        held = []
        for number in range(10):
            held.append(open(f"{os.environ['TMPDIR']}/{number}", "wb", buffering=0))
            os.unlink(held[-1].name)
            held[-1].write(bytes(20 << 20))
            if held[-1].tell() != 20 << 20:
                raise OSError(28, "No space left on device")
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=_DISK | {"raised"},
        limits={"disk_mb": 60},
    ),
)

DISK = (
    Alone(
        "fills the disk",
        """
        for number in range(8):
            with open(f"{os.environ['TMPDIR']}/{number}", "wb") as file:
                for _ in range(16):
                    file.write(bytes(1 << 20))
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=_DISK,
    ),
    Alone(
        "makes one file larger than the disk",
        """
        handle = os.open(f"{os.environ['TMPDIR']}/x", os.O_CREAT | os.O_WRONLY)
        os.posix_fallocate(handle, 0, 64 << 20)
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=_DISK,
    ),
    Alone(
        "writes where everybody may",
        """
        wrote = 0
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue", "/"):
            try:
                with open(f"{folder}/{MARKER}", "wb") as file:
                    for _ in range(40):
                        file.write(bytes(1 << 20))
                wrote += 40
            except OSError as error:
                print(error)
            try:
                os.unlink(f"{folder}/{MARKER}")
            except OSError:
                pass
        print("REACHED" if wrote >= 80 else wrote)
        """,
    ),
    Alone(
        "makes files without end",
        """
        for number in range(20_500 if run else 2_000):  # scaled down in a plain process
            os.close(os.open(f"{os.environ['TMPDIR']}/{number}", os.O_CREAT))
        time.sleep(8 if run else 0.2)
        print("REACHED")
        """,
        ends=frozenset(("too_many_files", "disk_full", "out_of_time")),
        bare_seconds=60,
    ),
    Alone(
        "opens files without end",
        """
        import resource
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        room = [os.open("/dev/null", os.O_RDONLY) for _ in range(3000)]
        print("REACHED")
        """,
    ),
)

TIME = (
    _endless("loops without end", "while True: pass"),
    _endless("sleeps without end", "while True: time.sleep(100)"),
    _endless(
        "ignores every signal",
        """
        import signal
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True: pass
        """,
    ),
    _endless(
        "keeps every processor busy",
        """
        for _ in range(6):
            if os.fork() == 0:
                break
        while True: pass
        """,
    ),
    _endless(
        "hangs in compiled code",
        """
        import re
        re.match("(a+)+$", "a" * 40 + "b")
        """,
    ),
    _endless(
        "stops itself",
        """
        import signal
        while True:
            os.kill(os.getpid(), signal.SIGSTOP)
        """,
    ),
    _endless(
        "stops whoever started it",
        """
        import signal
        parent = os.getppid()
        while True:
            try:
                os.kill(parent, signal.SIGSTOP)
            except OSError:
                pass
            time.sleep(0.05)
        """,
    ),
    _endless(
        "goes on after it said that it is done",
        """
        if run is not None:
            run._events.send("end", {"error": None, "size": 10**9})
        while True: time.sleep(100)
        """,
    ),
)
