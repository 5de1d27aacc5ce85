"""Tasks that nobody waits for."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Background:
    """Runs tasks until they end by themselves, or ``aclose`` cancels them. Their errors are logged.

    What begins after that ends with its process, or as soon as it needs what is closed by then.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def aclose(self) -> None:
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if self._is_closed and isinstance(error, RuntimeError):
            log.info("something is left to the next process, as this one stops: %s", error)
        elif error is not None:
            log.error("a task in the background failed", exc_info=error)
