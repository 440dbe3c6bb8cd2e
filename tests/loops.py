"""Coroutines in tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_a_loop(scene: Coroutine[Any, Any, T], *, seconds: float = 20) -> T:
    """What it returns. In a thread of its own: a browser's tests leave a loop running in theirs."""

    async def timed() -> T:
        return await asyncio.wait_for(scene, seconds)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, timed()).result()
