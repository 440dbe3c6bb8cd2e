"""Unpacks what was handed in as a trusting program would. Run as a script: naive.py FILE FOLDER.

Says REACHED where the file got more out of it than a folder of a few modules below FOLDER.
"""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tokenize
import zipfile
from pathlib import Path

ROOM, FILES = 10_000_000, 500


def unpack(content, folder):
    written = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        for member in members:
            # joined, so that a path from the root wins; the archive's own spelling of it
            path = os.path.join(folder, member.orig_filename.replace("\\", "/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind == stat.S_IFLNK:
                os.symlink(archive.read(member).decode(), path)
                yield f"made the link {path}"
            elif kind == stat.S_IFIFO:
                os.mkfifo(path)
                yield "made a pipe"
            else:
                written += write(archive, member, path)
                if not os.path.realpath(path).startswith(f"{folder}/"):
                    yield f"wrote {path}"
                    os.unlink(path)
            if written > ROOM:
                yield f"wrote {written} bytes and more"
                break
        if len(members) > FILES:
            yield f"made {len(members)} files"
    try:
        shutil.rmtree(folder)
    except RecursionError:
        yield "made folders that cannot be cleared up"


def write(archive, member, path):
    """zipfile checks sizes itself; other programs inflate until the packed body ends."""
    member.file_size = 1 << 40
    done = 0
    with archive.open(member) as packed, open(path, "wb") as file:
        packed._expected_crc = None
        while part := packed.read(1 << 16):
            file.write(part)
            done += len(part)
            if done > ROOM:
                break
    return done


def read_module(content, folder):
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    compile(content.decode(encoding), "solution.py", "exec")
    yield from ()


def run_notebook(content, folder):
    code = []
    for cell in json.loads(content)["cells"]:
        source = "".join(cell["source"])
        if source.startswith("%%bash"):
            subprocess.run(["sh", "-c", source.partition("\n")[2]], cwd=folder, check=False)
            continue
        for line in source.splitlines():
            if line.startswith("!"):
                subprocess.run(["sh", "-c", line[1:]], cwd=folder, check=False)
            else:
                code.append(line)
    if (escaped := Path(folder).parent / "escaped.py").exists():
        yield f"ran a command that made {escaped}"
        escaped.unlink()
    if sum(map(len, code)) > 100_000:
        yield f"took {sum(map(len, code))} characters of code"


def main():
    path, folder = Path(sys.argv[1]), os.path.realpath(sys.argv[2])
    ways = {".zip": unpack, ".py": read_module, ".ipynb": run_notebook}
    try:
        for done in ways[path.suffix](path.read_bytes(), folder):
            sys.stdout.write(f"REACHED\n{done}\n")
    except Exception as fallen:  # noqa: BLE001 - a server that falls over is what some want
        sys.stdout.write(f"REACHED\nthe unpacking fell: {type(fallen).__name__}\n")


main()
