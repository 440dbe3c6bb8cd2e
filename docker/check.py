"""Checks the container files without an engine: linters, and `docker compose config` if there.

Exit 1 with every finding. What no tool here can run (building the images) is said at the end.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def check(command: list[str]) -> bool:
    variables = {"POSTGRES_PASSWORD": "x", "STUDYHUB_SECRET_KEY": "x"}
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **variables}, check=False
    )
    if run.returncode:
        sys.stdout.write(f"{' '.join(command)}\n{run.stdout}{run.stderr}\n")
    return run.returncode == 0


def main() -> int:
    tools = Path(sys.executable).parent
    fine = check([str(tools / "hadolint"), str(FOLDER / "Dockerfile")])
    rules = "{extends: default, rules: {line-length: {max: 120}}}"
    fine &= check([str(tools / "yamllint"), "-s", "-d", rules, str(FOLDER / "compose.yaml")])
    compose = compose_client()
    if compose:
        fine &= check([*compose, "-f", str(FOLDER / "compose.yaml"), "config", "--quiet"])
        said = "compose config read"
    else:
        said = "no docker compose client here, so `compose config` was left out"
    sys.stdout.write(f"container files {'are clean' if fine else 'have findings'}; {said}\n")
    return 0 if fine else 1


def compose_client() -> list[str]:
    """How `docker compose` is called here: the plugin, the older program, or not at all."""
    for client in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(client[0]):
            version = subprocess.run([*client, "version"], capture_output=True, check=False)
            if version.returncode == 0:
                return client
    return []


if __name__ == "__main__":
    sys.exit(main())
