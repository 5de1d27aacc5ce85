"""How a process is told to stop, and that it ends in time whatever hangs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loading it takes longer than all else here, and a signal may come meanwhile
    import asyncio

# A platform that stops a process kills it after 10 s; what is under way is written by then or taken over.
STOP_WITHIN_S = 9.5
# Windows has no SIGTERM from outside: there Ctrl-Break is what a supervisor sends.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


def stop_on_signals(stop: asyncio.Event, *, within_s: float = STOP_WITHIN_S) -> Callable[[], None]:
    """Let SIGTERM and Ctrl-C set ``stop``; return what undoes that.

    From the first one on the process has within_s left; the second ends it at once. Either way it ends with 0.
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

    # Not loop.add_signal_handler, which Windows does not have.
    before = {number: signal.signal(number, caught) for number in SIGNALS}

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return undo


def leave_on_signals() -> None:
    """Let SIGTERM and Ctrl-C end the process at once with 0: nothing is under way yet, or any more."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: _leave(0))


def leave_within(seconds: float, code: int) -> None:
    """End the process after so long, should it still be there: a thread that hangs would hold it for ever."""
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
