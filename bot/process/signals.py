"""Signals that stop a process, and its end in time even if something hangs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing it takes long, and a signal may come meanwhile
    import asyncio

# Platforms kill a process 10 s after they told it to stop.
STOP_WITHIN_S = 9.5
# On Windows, supervisors send Ctrl-Break instead of SIGTERM.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


def stop_on_signals(stop: asyncio.Event, *, within_s: float = STOP_WITHIN_S) -> Callable[[], None]:
    """Make SIGTERM and Ctrl-C set ``stop``; return a function that undoes that.

    The first one gives the process ``within_s``; the second ends it at once. Both exit with 0.
    """
    from asyncio import get_running_loop

    loop = get_running_loop()
    told = False

    def caught(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            _leave(0)
        told = True
        leave_within(within_s, 0)
        loop.call_soon_threadsafe(stop.set)

    # Windows has no loop.add_signal_handler.
    before = {number: signal.signal(number, caught) for number in SIGNALS}

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return undo


def leave_on_signals() -> None:
    """Make SIGTERM and Ctrl-C end the process at once with 0, while nothing is in progress."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: _leave(0))


def leave_within(seconds: float, code: int) -> None:
    """End the process after so long if it still runs: a thread that hangs would hold it forever."""
    timer = threading.Timer(seconds, _leave, [code])
    timer.daemon = True
    timer.start()


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError, AttributeError):
            continue  # closed, gone, or being written to by what was interrupted
    os._exit(code)
