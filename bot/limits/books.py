"""The books: what each answer has used is entered once it has ended, and added up later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from bot.storage.rules import RulesOf, no_rules, zone_of
from bot.storage.usage import number_of
from bot.storage.use import Account, Use
from connectors import ConnectorError
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from bot.limits.prices import Prices
    from bot.storage.standing import Scope, Standing
    from bot.storage.usage import Usage
    from bot.storage.use import Spent

log = logging.getLogger(__name__)

ENTER_WITHIN_S: Final = 2.0
COUNT_EVERY_S: Final = 60.0
FIRST_WAIT_MS, LONGEST_WAIT_MS = 500, 30_000
LATE: Final = 10_000  # entries are remembered while the database is away


class Entry(msgspec.Struct, frozen=True):
    account: Account
    uses: Sequence[Use]
    day: int


class Books:
    """Enters what was used. While the database is away, entries wait here, as long as we live."""

    def __init__(
        self,
        usage: Usage,
        prices: Prices,
        rules: RulesOf = no_rules,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.usage = usage
        self._prices = prices
        self._rules = rules
        self._clock = clock
        self._sleep = sleep
        self._late: deque[Entry] = deque(maxlen=LATE)
        self._catching_up: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._freeing: set[asyncio.Task[None]] = set()
        self._counted_at = clock()

    async def settle(
        self, account: Account, spent: Sequence[Spent], scopes: Sequence[Scope] = ()
    ) -> list[Standing]:
        """Enter what an answer has used, in the place of what was reserved for it. Never raise.

        Return how scopes stand then, or nothing while the database does not respond.
        """
        uses = [self.use_of(each) for each in spent]
        entry = Entry(account, uses, await self.today(account.guild_id))
        found = await self._enter(entry, scopes)
        if found is None:
            self._late.append(entry)
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = asyncio.create_task(self._catch_up())
        elif not 0 <= self._clock() - self._counted_at < COUNT_EVERY_S:
            self._counted_at = self._clock()
            self._counting = asyncio.create_task(self._count())
        return found or []

    def free_later(self, account: Account) -> None:
        """Free what is reserved for an answer that is not written, once the database responds."""
        task = asyncio.create_task(self._free(account))
        self._freeing.add(task)
        task.add_done_callback(self._freeing.discard)

    def use_of(self, spent: Spent) -> Use:
        """Return what was used with its price."""
        tokens = spent.input_tokens, spent.cached_tokens, spent.output_tokens
        cost = self._prices.cost(spent)
        return Use(spent.provider, spent.model, *tokens, cost, spent.is_estimated)

    def price_of(self, provider: str, model: str) -> float | None:
        """Return how models compare: what a million tokens in and out cost, if it is known."""
        price = self._prices.of(provider, model)
        return None if price is None else price.input + price.output

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def today(self, guild_id: int) -> int:
        """Return the day on the clock of a server, as yyyymmdd; elsewhere that of UTC."""
        zone = zone_of(await self._rules(guild_id)) if guild_id else None
        return number_of(datetime.fromtimestamp(self._clock(), zone or UTC))

    async def aclose(self) -> None:
        tasks = [*filter(None, (self._catching_up, self._counting)), *self._freeing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._late:
            log.warning("what %d answers have used is not entered", len(self._late))

    async def _enter(self, entry: Entry, scopes: Sequence[Scope] = ()) -> list[Standing] | None:
        """Return how scopes stand then, or None if it could not be entered."""
        try:
            async with asyncio.timeout(ENTER_WITHIN_S):
                entered = entry.account, entry.uses, entry.day
                return await self.usage.settle_and_look(*entered, scopes)
        except (ConnectorError, TimeoutError):
            return None
        except RuntimeError:  # the database is closed, as this process ends
            return None

    async def _free(self, account: Account) -> None:
        with suppress(RuntimeError):  # as above
            for failures in count():
                with suppress(ConnectorError):
                    await self.usage.release(account.id)
                    return
                await self._sleep(_wait_s(failures))

    async def _catch_up(self) -> None:
        """Enter what is late; an entry that is there already stays as it is."""
        failures = 0
        log.warning("the database does not respond; what answers use is entered later")
        while self._late:
            await self._sleep(_wait_s(failures))
            if await self._enter(self._late[0]) is not None:
                self._late.popleft()
                failures = 0
            else:
                failures += 1

    async def _count(self) -> None:
        try:
            await self.usage.count()
        except (ConnectorError, RuntimeError):
            self._counted_at = 0.0


def _wait_s(failures: int) -> float:
    return exponential_backoff(failures, FIRST_WAIT_MS, LONGEST_WAIT_MS) / 1000
