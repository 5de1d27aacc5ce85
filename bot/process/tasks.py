"""Tasks that are to run as long as the process does: one that ends by itself must not go unnoticed."""

import asyncio


class LongTasks:
    """Notices the first task that failed; whoever runs the process waits for ``failure`` beside everything else."""

    def __init__(self) -> None:
        self._failed = asyncio.Event()
        self._error: BaseException | None = None

    def watch(self, task: asyncio.Task[None], *, may_end: bool = False) -> None:
        """Take it as a failure when the task raises, or ends though it may not; a cancelled one was meant to end."""
        task.add_done_callback(lambda done: self._ended(done, may_end=may_end))

    async def failure(self) -> BaseException:
        """Return what ended a task, as soon as one has ended."""
        await self._failed.wait()
        assert self._error is not None  # noqa: S101 - it is set before the event
        return self._error

    def _ended(self, task: asyncio.Task[None], *, may_end: bool) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None and not may_end:
            error = RuntimeError(f"{task.get_name()} ended")
        if error is not None and self._error is None:
            self._error = error
            self._failed.set()
