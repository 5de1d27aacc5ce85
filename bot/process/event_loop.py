"""The event loop of a process: it reads a few sockets in each turn, so that nothing else waits."""

from __future__ import annotations

import asyncio
import selectors
import sys
from typing import Final

# Hundreds of answers may get text in the same moment; each takes a fraction of a millisecond.
AT_ONCE: Final = 24

Event = tuple[selectors.SelectorKey, int]


class FewAtOnce(selectors.DefaultSelector):
    """A selector that returns a few of the sockets that are ready, then the others of them."""

    def __init__(self) -> None:
        super().__init__()
        self._left: list[Event] = []

    def select(self, timeout: float | None = None) -> list[Event]:
        if not self._left:
            ready = super().select(timeout)
            self._left = ready[AT_ONCE:]
            return ready[:AT_ONCE] if self._left else ready
        ready, self._left = self._left[:AT_ONCE], self._left[AT_ONCE:]
        now = self.get_map()  # a socket may be closed meanwhile, or its number be another's
        return [event for event in ready if now.get(event[0].fd) is event[0]]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that reads a few sockets at once; Windows has one of another kind."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    return asyncio.SelectorEventLoop(FewAtOnce())
