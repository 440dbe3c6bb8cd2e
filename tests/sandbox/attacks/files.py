"""Programs that want to read what is not theirs, or to change what is."""

from tests.sandbox.attack import AS_ROOT, Alone, Attack

HIDDEN_LABELS = (
    Attack("reads the hidden labels", 'print(open(aim["labels"]).read())'),
    Attack(
        "climbs out of the data folder",
        'print((data.files[0].parent / ".." / "labels.txt").read_text())',
    ),
    Attack(
        "reads the labels through its parent's root",
        'print(open(f"/proc/{PARENT}/root" + aim["labels"]).read())',
    ),
    Attack(
        "lists the folder of the labels",
        """
        names = os.listdir(os.path.dirname(aim["labels"]))
        print("REACHED" if "labels.txt" in names else names)
        """,
    ),
    Attack(
        "tells whether a file is there",
        'print("REACHED" if os.stat(aim["labels"]).st_size else "")',
        beyond={2: "Landlock refuses to open files, not to ask whether they are there"},
    ),
    Attack(
        "watches who touches the labels",
        """
        watch = libc.inotify_init1(0)
        IN_ACCESS = 1
        done = libc.inotify_add_watch(watch, aim["labels"].encode(), IN_ACCESS)
        print("REACHED" if done > 0 else os.strerror(ctypes.get_errno()))
        """,
    ),
)

OTHER_JOBS = (
    Attack("reads another run's model", 'print(open(aim["other_model"]).read())'),
    Attack("reads another job's temporary file", 'print(open(aim["neighbour"]["note"]).read())'),
    Attack(
        "reads another job's shared memory",
        'print(open("/dev/shm/" + aim["neighbour"]["name"]).read())',
    ),
    Attack(
        "connects to a socket of another job",
        r"""
        s = socket.socket(socket.AF_UNIX)
        s.connect("\0" + aim["neighbour"]["name"])
        print("REACHED")
        """,
    ),
    Attack(
        "connects to a socket file of another job",
        """
        s = socket.socket(socket.AF_UNIX)
        s.connect(aim["neighbour"]["socket"])
        print("REACHED")
        """,
    ),
    Attack(
        "signals another job",
        """
        for pid in aim["neighbour"]["pids"]:
            try:
                os.kill(pid, 0)
                print("REACHED")
            except OSError as error:
                print(error)
        """,
    ),
    Attack(
        "opens the memory of another job",
        """
        for pid in aim["neighbour"]["pids"]:
            try:
                open(f"/proc/{pid}/mem", "rb")
                print("REACHED")
            except OSError as error:
                print(error)
        """,
    ),
    Alone(
        "leaves a note in train for predict",
        """
        def train(data, run):
            for folder in (os.environ["TMPDIR"], "/tmp", "/dev/shm", "/var/tmp"):
                try:
                    with open(f"{folder}/{MARKER}", "w") as file:
                        file.write("REACHED")
                except OSError as error:
                    print(error)
        def predict(model, inputs, run):
            for folder in (os.environ["TMPDIR"], "/tmp", "/dev/shm", "/var/tmp"):
                try:
                    print(open(f"{folder}/{MARKER}").read())
                    os.unlink(f"{folder}/{MARKER}")
                except OSError as error:
                    print(error)
            return inputs
        """,
        ends=frozenset(("done",)),
    ),
)

CACHED_DATA = (
    Attack("reads the published data in the cache", 'print(open(aim["cache"]).read())'),
    Attack(
        "reads a prepared set of another lab",
        """
        for path in Path(aim["prepared"]).rglob("*"):
            if path.is_file() and b"REACHED" in path.read_bytes():
                print("REACHED")
        """,
    ),
    Attack(
        "spoils the cache for later runs",
        """
        with open(aim["cache"], "a") as file:
            print("REACHED")
        """,
    ),
    Attack(
        "reads the home of the worker's user",
        """
        os.listdir(aim["home"])
        print("REACHED")
        """,
    ),
    Attack("reads the project's files", 'open(aim["project"]).read(); print("REACHED")'),
    Attack(
        "reads the grader's code",
        'open(aim["grader"]).read(); print("REACHED")',
    ),
    Attack("reads the machine's users", 'open("/etc/passwd").read(); print("REACHED")'),
)

_OWNER = "only the owner of the environment may write there"

WRITES = (
    Attack(
        "writes into its data",
        """
        open(data.files[0], "r+b").write(b"")
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
        "cuts its data off",
        """
        path = data.files[0]
        os.truncate(path, path.stat().st_size)
        print("REACHED")
        """,
    ),
    Attack(
        "moves its data away",
        """
        path = data.files[0]
        path.rename(path.with_suffix(".away"))
        print("REACHED")
        path.with_suffix(".away").rename(path)
        """,
    ),
    Attack(
        "deletes from its data",
        """
        (data.files[0].parent / "spare").unlink()
        print("REACHED")
        """,
    ),
    Attack(
        "makes its data open to all",
        """
        data.files[0].chmod(0o666)
        print("REACHED")
        """,
    ),
    Attack("changes its own solution", 'open(HERE / "solution.py", "a"); print("REACHED")'),
    Attack(
        "locks the worker out of its files",
        """
        os.chmod(aim["spare"], 0o600)
        print("REACHED")
        """,
    ),
    Attack(
        "gives a file of the worker to itself",
        """
        os.chown(aim["spare"], os.getuid(), os.getgid())
        print("REACHED")
        """,
    ),
    Attack("turns back a file's time", 'os.utime(aim["spare"], (1, 1)); print("REACHED")'),
    Attack(
        "hangs an attribute on a file",
        """
        try:
            os.setxattr(aim["spare"], "user.studyhub", b"x")
            print("REACHED")
        except OSError as error:
            print("ABSENT attributes" if error.errno == errno.EOPNOTSUPP else error)
        """,
    ),
    Attack(
        "writes into the environment",
        """
        path = Path(aim["environment"]) / "studyhub_test.pth"
        path.write_text("")
        print("REACHED")
        path.unlink()
        """,
        bare=AS_ROOT,
        why=_OWNER,
    ),
    Attack(
        "plants compiled code for the harness",
        """
        harness = sys.modules.get("labs.harness")
        folder = Path(harness.__file__ if harness else aim["harness"]).parent / "__pycache__"
        path = folder / "studyhub_test.pyc"
        folder.mkdir(exist_ok=True)
        path.write_bytes(b"")
        print("REACHED")
        path.unlink()
        """,
        bare=AS_ROOT,
        why=_OWNER,
    ),
    Attack(
        "writes beside the worker's files",
        """
        path = Path(aim["drop"]) / "left"
        path.write_text("x")
        print("REACHED")
        path.unlink()
        """,
    ),
    Attack(
        "writes a file outside through its parent's folder",
        """
        path = f"/proc/{PARENT}/cwd/left"
        open(path, "w").close()
        outside = os.path.realpath(os.path.dirname(path)) == os.path.realpath(aim["drop"])
        print("REACHED" if outside else "in a folder of its own")
        os.unlink(path)
        """,
    ),
)

LINKS = (
    Attack("follows a link that was handed in", 'print((HERE / "link").read_text())'),
    Attack(
        "links the labels to where it may read",
        """
        os.link(aim["labels"], os.path.join(TMP, "hard"))
        print(open(os.path.join(TMP, "hard")).read())
        """,
    ),
    Attack(
        "links the labels to where it may read, from a link",
        """
        os.symlink(aim["labels"], os.path.join(TMP, "soft"))
        print(open(os.path.join(TMP, "soft")).read())
        """,
    ),
    Attack(
        "plants a link where its model is to go",
        """
        os.symlink(aim["labels"], aim["model"])
        print("REACHED")
        os.unlink(aim["model"])
        """,
    ),
    Attack(
        "plants a hard link of its data outside",
        """
        path = os.path.join(aim["drop"], "linked")
        os.link(data.files[0], path)
        print("REACHED")
        os.unlink(path)
        """,
    ),
    Alone(
        "plants a link for the clearing up to follow",
        """
        os.symlink(PRECIOUS, os.environ["TMPDIR"] + "/link")
        """,
        ends=frozenset(("done",)),
        shows=lambda bare: bare.precious_gone,
    ),
    Alone(
        "nests folders too deep to be cleared up",
        """
        os.chdir(os.environ["TMPDIR"])
        for _ in range(1100):
            os.mkdir("d")
            os.chdir("d")
        open("file", "w").close()
        os.chdir("/")
        """,
        ends=frozenset(("done",)),
        shows=lambda bare: bare.files_left,
    ),
    Alone(
        "closes folders against the clearing up",
        """
        folder = os.environ["TMPDIR"] + "/closed"
        os.mkdir(folder, 0o300)  # may be filled, not read
        open(folder + "/file", "w").close()
        """,
        ends=frozenset(("done", "too_many_files")),  # what cannot be counted counts as too many
        bare=frozenset(("user",)),
        why="root opens any folder",
        shows=lambda bare: bare.files_left,
    ),
)
