"""The turns of shards to identify: Discord counts them, and too many end every session."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import discord

from bot.process.logs import describe
from bot.process.shards import texts
from connectors import ConnectorError
from connectors.http.connections import NETWORK_ERRORS

if TYPE_CHECKING:
    from bot.storage.shards import Shards

log = logging.getLogger(__name__)

# Discord says 5 s; the way there takes sometimes more and sometimes less.
EVERY_S: Final = 5.25
# For so long what Discord said last is taken for true.
FRESH_S: Final = 5.0
ASK_WITHIN_S: Final = 3.0
# What is left of a day's sessions is asked again at least so often.
ASK_EVERY_S: Final = 600.0


class Limits:
    """The last reply of ``/gateway/bot``: ``total`` is how many shards Discord recommends."""

    def __init__(self, total: int, url: str, starts: dict[str, int]) -> None:
        self.total, self.url = total, url
        self.at_once = max(starts["max_concurrency"], 1)
        self.left, self.of = starts["remaining"], starts["total"]
        self.reset_s = starts["reset_after"] / 1000

    @property
    def is_used_up(self) -> bool:
        """True if processes that identify at once could use more than are left."""
        return self.left < min(self.at_once, self.total)


class Turns:
    """Waits for turns. With ``table``, processes share them; without, this one has its own.

    ``are_used_up`` while somebody waits for the sessions of the next day.
    """

    def __init__(
        self,
        http: discord.http.HTTPClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http, self._clock, self._sleep = http, clock, sleep
        self._known: tuple[float, Limits] | None = None
        self._last: dict[int, float] = {}
        self._has_begun = self.are_used_up = False
        self.table: Shards | None = None

    async def limits(self) -> Limits:
        """Return what Discord says now. Raise what discord.py raises if it never has."""
        known = self._known
        if known is not None and self._clock() - known[0] < FRESH_S:
            return known[1]
        try:
            limits = Limits(*await self._http.get_bot_gateway())  # type: ignore[arg-type]
        except (discord.DiscordException, *NETWORK_ERRORS) as error:
            if known is None:
                raise
            log.info("discord: no new limits of sessions: %s", describe(error))
            return known[1]
        self._known = self._clock(), limits
        return limits

    async def wait(self, number: int) -> None:
        """Return once a shard may identify."""
        await self._has_waited()
        limits = await self.limits()
        is_alone = limits.total == 1 and not self._has_begun
        self._has_begun = True
        bucket = number % limits.at_once
        if is_alone:  # nobody to wait for
            self._last[bucket] = self._clock()
            return
        # Those whose turn came before may have used up what was left.
        while (wait_s := await self._take(bucket)) > 0 or await self._has_waited():
            await self._sleep(wait_s)

    async def _has_waited(self) -> bool:
        """Return once there are sessions left, and whether that took time; say once if it does."""
        has_waited = False
        while (limits := await self.limits()).is_used_up:
            if not self.are_used_up:
                until = datetime.now(UTC) + timedelta(seconds=limits.reset_s)
                used = limits.of - limits.left
                log.error(texts.USED_UP, texts.clock_time(until), used, limits.of)
            has_waited = self.are_used_up = True
            await self._sleep(min(max(limits.reset_s, FRESH_S), ASK_EVERY_S))
        self.are_used_up = False
        return has_waited

    async def _take(self, bucket: int) -> float:
        """Take a turn, or return how long to wait before the next try."""
        now_s = self._clock()
        if self.table is not None:
            try:
                async with asyncio.timeout(ASK_WITHIN_S):
                    return await self.table.take_turn(bucket, round(EVERY_S * 1e6)) / 1e6
            except (ConnectorError, TimeoutError):
                log.info("shards: without the database, turns are counted here only")
        wait_s = self._last.get(bucket, now_s - EVERY_S) + EVERY_S - now_s
        if wait_s <= 0:
            self._last[bucket] = now_s
        return max(wait_s, 0.0)
