"""`python -m studyhub.preview DIR`: what `manage.py preview` becomes."""

import argparse
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

import django
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

HOST = "127.0.0.1"
"""Never another one: what is shown are drafts, and nobody signs in."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="manage.py preview")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    folder, chapter = _course_and_chapter(asked.folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "studyhub.preview.settings"
    django.setup()

    from studyhub.preview import views  # noqa: PLC0415 - needs the settings
    from studyhub.preview.watching import Watched  # noqa: PLC0415

    try:
        server = ThreadedWSGIServer((HOST, asked.port), WSGIRequestHandler)
    except OSError as error:
        sys.exit(f"Port {asked.port} cannot be used ({error.strerror}). Try another --port.")
    # Ctrl-C may come as soon as there is something to end, and never is a failure.
    with suppress(KeyboardInterrupt):
        watched = Watched(folder)
        views.show(watched)
        server.set_app(get_wsgi_application())
        threading.Thread(target=watched.keep_looking, daemon=True).start()
        address = f"http://{HOST}:{server.server_port}/{chapter}"
        print(f"{folder}: {address}  (Ctrl-C ends it)", flush=True)  # noqa: T201
        server.serve_forever()


def _course_and_chapter(folder: Path) -> tuple[Path, str]:
    """The course's folder, and the page to begin with: somebody may have named a chapter."""
    if (folder / "chapter.toml").is_file() and not (folder / "course.toml").is_file():
        return folder.parent, f"chapters/{folder.name[3:]}/"
    return folder, ""


if __name__ == "__main__":
    main()
