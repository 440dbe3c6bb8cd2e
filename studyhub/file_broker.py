"""Celery's broker of plain files, where a message can be seen only once it is whole.

Kombu opens the file under the name by which a worker finds it, and writes then. A worker that looks
in between takes an empty message, stops with an error, and the message is lost. A folder that was
removed is made again.
"""

import os
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):  # type: ignore[misc]
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        name = f"{round(monotonic() * 1000)}_{uuid4()}"
        folder = Path(self.data_folder_out)
        unseen = folder / f"{name}.part"  # workers look for names that end in the queue's
        try:
            folder.mkdir(parents=True, exist_ok=True)  # somebody may have tidied up
            unseen.write_text(dumps(payload), encoding="utf-8")
            os.replace(unseen, folder / f"{name}.{queue}.msg")
        except OSError as problem:
            raise ChannelError(f"Cannot add a message to {folder}") from problem

    def _get(self, queue: str) -> Any:
        try:
            return super()._get(queue)
        except FileNotFoundError:
            # Without its folder a worker would stop; whatever was in it the reconciler sends again.
            Path(self.data_folder_in).mkdir(parents=True, exist_ok=True)
            raise Empty from None


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel
