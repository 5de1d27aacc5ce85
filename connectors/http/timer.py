"""A timeout for one wait after another, with a single timer; bench/README.md has its gain."""

import asyncio
from types import TracebackType
from typing import Self


class Timer:
    """``with timer(wait_s):`` raises TimeoutError if the block takes longer. Close it at the end.

    An error in the block closes it, too.

    ``asyncio.timeout`` sets and cancels a timer for each read of a stream. This one stays when a
    wait is over; when it fires, it looks whether the current wait is due, which hardly ever is.
    """

    __slots__ = ("_cancelling", "_due", "_loop", "_task", "_timer", "has_expired")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self.has_expired = False

    def __call__(self, wait_s: float) -> Self:
        self._due = self._loop.time() + wait_s
        if self._timer is None or self._timer.when() > self._due:
            self.close()
            self._timer = self._loop.call_at(self._due, self._fire)
        return self

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancelling = self._task.cancelling()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if kind is not None:
            self.close()
        # As in asyncio.timeout: a cancellation from elsewhere, at the same moment, goes first.
        if self.has_expired and task is not None:
            is_ours = task.uncancel() <= self._cancelling
            if is_ours and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._fire)
        else:
            self.has_expired = True
            self._task.cancel()
