"""``asyncio.timeout`` for one wait after another, with one timer for all of them."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Watch:
    """``with watch(wait_s):`` raises TimeoutError when the block takes longer. To be closed after the last wait.

    ``asyncio.timeout`` sets a timer and takes it away again for each read of a stream. Here it stays where it is when a
    wait is over, and when it fires it looks whether the wait of that moment is due, which hardly ever happens.
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
        if self._timer is None:
            self._set()
        elif self._timer.when() > self._due:
            self._timer.cancel()
            self._set()
        return self

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancelling = self._task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self.has_expired or task is None:
            return
        # As in asyncio.timeout: a cancellation from elsewhere, at the same moment, goes first.
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._task is None:
            return
        if self._loop.time() < self._due:
            self._set()
        else:
            self.has_expired = True
            self._task.cancel()
