"""How a process is told to stop."""

import asyncio
import signal
from collections.abc import Callable


def stop_on_signals(stop: asyncio.Event) -> Callable[[], None]:
    """Let SIGTERM and Ctrl-C set ``stop``; return what undoes that, so that a second one ends at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def undo() -> None:
        for number in signals:
            loop.remove_signal_handler(number)

    def caught() -> None:
        stop.set()
        undo()

    for number in signals:
        loop.add_signal_handler(number, caught)
    return undo
