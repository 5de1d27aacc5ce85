"""Tasks of a process: those that run as long as it does, and its imports beside the login."""

import asyncio
from collections.abc import Callable

from bot.process.garbage import importing


class LongTasks:
    """Remembers the first task that failed; whoever runs the process waits for that or the stop."""

    def __init__(self) -> None:
        self._failed = asyncio.Event()
        self._error: BaseException | None = None

    def watch(self, task: asyncio.Task[None], *, may_end: bool = False) -> None:
        """Count the task as failed if it raises, or ends though it may not; not if cancelled."""
        task.add_done_callback(lambda done: self._ended(done, may_end=may_end))

    async def wait(self, stop: asyncio.Event, *others: asyncio.Task[None]) -> None:
        """Wait until ``stop`` is set or one of the others is done. Raise what ended a task."""
        failing = asyncio.create_task(self._failed.wait())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({failing, stopping, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            failing.cancel()
            stopping.cancel()
        self.check()

    def check(self) -> None:
        """Raise what ended a task, if one has ended."""
        if self._error is not None:
            raise self._error

    def _ended(self, task: asyncio.Task[None], *, may_end: bool) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None and not may_end:
            error = RuntimeError(f"{task.get_name()} ended")
        if error is not None and self._error is None:
            self._error = error
            self._failed.set()


async def import_in_thread(load: Callable[[], None]) -> None:
    """Call ``load``, which imports modules, in a thread."""
    with importing():
        await asyncio.to_thread(load)
