"""The note that the bot is typing, in channels where its answer is awaited."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from connectors import ConnectorError

if TYPE_CHECKING:
    from connectors.discord import DiscordRest

# A quick answer needs no such note, and its first word is sent from the same global limit.
FIRST_S = 0.5
# Discord shows it for 10 s. It cannot be taken back, so it ends long before an answer gives up.
EVERY_S, LONGEST_S = 8.0, 120.0
MOST_PER_S = 10


class Typing:
    """Shows that the bot is typing, once for all answers in a channel."""

    def __init__(
        self,
        rest: DiscordRest,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._sleep = sleep
        self._shown_at: dict[int, float] = {}
        self._recent: deque[float] = deque(maxlen=MOST_PER_S)

    async def show(self, channel_id: int, is_over: Callable[[], object]) -> None:
        """Show it until ``is_over``. Never raises; cancelling it ends it."""
        ends_at = self._clock() + LONGEST_S
        await self._sleep(FIRST_S)
        while not is_over() and self._clock() < ends_at:
            if self._is_due(channel_id):
                with suppress(ConnectorError):
                    await self._rest.trigger_typing(channel_id)
            await self._sleep(EVERY_S)

    def _is_due(self, channel_id: int) -> bool:
        """Return whether to show it now, and count it; it gives way to requests that matter."""
        now = self._clock()
        is_full = len(self._recent) == MOST_PER_S and now - self._recent[0] < 1.0
        if is_full or now - self._shown_at.get(channel_id, -EVERY_S) < EVERY_S:
            return False
        self._shown_at = {k: at for k, at in self._shown_at.items() if now - at < EVERY_S}
        self._shown_at[channel_id] = now
        self._recent.append(now)
        return True
