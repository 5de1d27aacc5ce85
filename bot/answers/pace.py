"""The pace of answers: they share the event loop and, in channels, Discord's limits."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.discord import DiscordRest

# A channel takes about one edit a second. Of the global 50 a second, 15 are left for what is no
# preview: first words, ends, reminders.
CHANNEL_SHARE = 1.2
PREVIEWS_PER_S = 35.0
YIELD_S = 0.3
# So many answers are laid out in one turn of the event loop: others are due meanwhile.
AT_ONCE = 16


class LoopTurns:
    """Turns of the event loop, in each of which a few go on, first come, first served.

    Answers that begin together are due together. The turn that they make long makes more of them
    due at once in the next one.
    """

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._gone_on = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def next(self) -> None:
        """Wait until it is a caller's turn; at once as long as they are few."""
        loop = asyncio.get_running_loop()
        if not self._gone_on:
            loop.call_soon(self._begin, loop)
        if self._gone_on < self._at_once:
            self._gone_on += 1
            return
        going_on = loop.create_future()
        self._waiting.append(going_on)
        await going_on

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gone_on = 0
        while self._waiting and self._gone_on < self._at_once:
            going_on = self._waiting.popleft()
            if not going_on.done():  # its caller was cancelled
                going_on.set_result(None)
                self._gone_on += 1
        if self._gone_on:
            loop.call_soon(self._begin, loop)


class Traffic:
    """All answers that this process posts to channels."""

    def __init__(self, rest: DiscordRest) -> None:
        self.rest = rest
        self.writing: Counter[int] = Counter()
        self.ending: Counter[int] = Counter()


class Lane:
    """The share of one answer in the traffic of its channel."""

    def __init__(self, traffic: Traffic, channel_id: int) -> None:
        self._traffic = traffic
        self._channel_id = channel_id
        self._is_ending = False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Count the answer while it is written."""
        with _counted(self._traffic.writing, self._channel_id):
            yield

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Put the answer's end before what others only show meanwhile."""
        self._is_ending = True
        with _counted(self._traffic.ending, self._channel_id):
            yield

    def turn_s(self, pace_s: float) -> float:
        """Return how far apart its updates are, where one answer alone has ``pace_s``."""
        writing = self._traffic.writing
        here = CHANNEL_SHARE * max(writing[self._channel_id], 1)
        return max(pace_s * here, writing.total() / PREVIEWS_PER_S)

    def busy_s(self, *, is_new: bool) -> float:
        """Return how long to wait before its next request, as long as that can still change."""
        if self._traffic.ending[self._channel_id] and not self._is_ending:
            return YIELD_S
        if is_new:
            return self._traffic.rest.wait_to_create_s(self._channel_id)
        if self._is_ending:
            return 0.0  # it waits its turn: it does not change any more
        return self._traffic.rest.wait_to_edit_s(self._channel_id)


@contextmanager
def _counted(counter: Counter[int], key: int) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
