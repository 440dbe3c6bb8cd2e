#!/usr/bin/env python3
"""Django's command line, with StudyHub's settings."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ImportError as missing:
        raise SystemExit(
            "Django is not installed for this Python. Run `make up` once, then use "
            "`.venv/bin/python manage.py`."
        ) from missing
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
