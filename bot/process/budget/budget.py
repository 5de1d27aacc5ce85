"""The share of this process in Discord's global limit, which all processes of a token divide."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.process.budget.fair import fair
from bot.storage.holding import LEASE_US, Holding
from connectors import ConnectorError
from connectors.database import NewerDatabase
from connectors.local_scheduler.running import Clocks, clocks

if TYPE_CHECKING:
    from bot.storage.request_shares import RequestShares
    from connectors.discord import GlobalLimit

# So much of Discord's limit is nobody's: processes that have no share yet use it.
KEPT_PER_S: Final = 2.0
WITHOUT_SHARE_PER_S: Final = 1.0
# What was sent before a share was lowered may count for so long.
COUNTS_S: Final = 1.5
LEASE_S: Final = LEASE_US / 1e6
# After so long without a beat the lease could end before it is renewed.
AWAKE_S: Final = LEASE_S - 1.5
BEAT_S: Final = 1.0
# Whoever was away itself lets others first renew what they hold.
STEADY_AFTER_S: Final = 5.0
WITHIN_S, LEAVE_WITHIN_S = 3.0, 1.0
IDLE_S, ACTIVE_S, MOVING_S = 2.5, 1.0, 0.5
AGAIN_S: Final = 1.0
BUSY_S: Final = 0.05  # while another process chooses
ACTIVE_FROM_PER_S: Final = 2.0


class Budget:
    """Keeps a share of ``per_s`` for ``limit``, which asks for it at each request.

    What a process holds in the table is never less than what it may have sent in the last second,
    and it takes only what nobody holds: so all together never send more than the limit. While the
    database is away, shares stay as they are. A process that has not reached it yet, or that was
    frozen, has next to nothing.
    """

    def __init__(self, limit: GlobalLimit, per_s: float, *, read_clocks: Clocks = clocks) -> None:
        self._limit, self._total, self._clocks = limit, max(per_s - KEPT_PER_S, 1.0), read_clocks
        self._beat_at = read_clocks()
        self._steady_since_s = self._learned_s = self._now_s()
        self._share, self._former = WITHOUT_SHARE_PER_S, 0.0
        self._former_until_s = self._wanted = 0.0
        self._all: Collection[Holding] = ()
        self._wake = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def share(self) -> float:
        """Return how many requests this process may send in a second."""
        return self._share if self._is_awake() else min(self._share, WITHOUT_SHARE_PER_S)

    def start(
        self, table: RequestShares, enlist: Callable[[], Awaitable[str]]
    ) -> asyncio.Task[None]:
        """Keep the share from now on, under the name that ``enlist`` returns.

        The task ends with ``aclose``, or raises NewerDatabase.
        """
        self._limit.share, self._limit.on_short = self.share, self._look_if_new
        self._keeping = asyncio.create_task(self._keep(table, enlist))
        return self._keeping

    async def aclose(self) -> None:
        """Give up the share; what cannot be written ends with the lease."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})

    async def _keep(self, table: RequestShares, enlist: Callable[[], Awaitable[str]]) -> None:
        name = await _enlisted(enlist)
        beating = asyncio.create_task(self._beat_forever())
        try:
            while True:
                self._wake.clear()
                has_chosen = await self._look(table, name)
                await asyncio.sleep(BUSY_S * random.uniform(1, 3))
                if has_chosen:
                    await self._pause(name)
        finally:
            beating.cancel()
            self._share = WITHOUT_SHARE_PER_S
            with suppress(ConnectorError, TimeoutError):
                async with asyncio.timeout(LEAVE_WITHIN_S):
                    await table.leave(name)

    async def _look(self, table: RequestShares, name: str) -> bool:
        """Renew and choose; return False if another process was choosing at that moment."""
        before, self._wanted = self._wanted, min(self._limit.wanted(), self._total)
        choose = partial(
            _choose,
            name=name,
            total=self._total,
            recent=self._recent(),
            is_first=self._wanted > before,
        )
        is_steady = self._now_s() - self._steady_since_s >= STEADY_AFTER_S
        asked_at = self._clocks()
        try:
            async with asyncio.timeout(WITHIN_S):
                all_held = await table.share(name, self._wanted, choose, ends_others=is_steady)
        except (ConnectorError, TimeoutError):
            self._steady_since_s = self._now_s()
            return True
        self._renewed()
        if all_held is not None:
            self._learn(name, all_held, asked_at)
        return all_held is not None

    def _renewed(self) -> None:
        now_s = self._now_s()
        if now_s - self._learned_s > LEASE_S:
            self._steady_since_s = now_s
        self._learned_s = now_s

    def _learn(
        self, name: str, all_held: Collection[Holding], asked_at: tuple[float, float]
    ) -> None:
        """Use what this process holds, or less at once if others are to have the rest."""
        self._all = all_held
        held = next(holding.share for holding in all_held if holding.name == name)
        share = min(max(held, _without(all_held)), _fair(all_held, self._total)[name])
        if share < self._share:
            self._former, self._former_until_s = self._recent(), self._now_s() + COUNTS_S
        has_changed, self._share = share != self._share, share
        self._beat_at = asked_at
        if has_changed:
            self._limit.look()

    def _recent(self) -> float:
        """Return the greatest share that may have been used in the last second."""
        is_over = self._now_s() >= self._former_until_s
        return self._share if is_over else max(self._share, self._former)

    async def _pause(self, name: str) -> None:
        """Wait until it is time to look again; at once if requests begin to wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s(name) - BUSY_S):
                await self._wake.wait()

    def _pause_s(self, name: str) -> float:
        shares = _fair(self._all, self._total)
        if any(abs(shares[held.name] - held.share) >= 1 for held in self._all):
            return MOVING_S
        is_active = any(h.wanted >= ACTIVE_FROM_PER_S for h in self._all if h.name == name)
        return ACTIVE_S if is_active else IDLE_S

    def _look_if_new(self) -> None:
        """Look at once, unless the others know already that this process wants more."""
        if self._wanted < self._total:
            self._wake.set()

    async def _beat_forever(self) -> None:
        while True:
            # After the process slept, only what it has learned since tells.
            if self._is_awake():
                self._beat_at = self._clocks()
            await asyncio.sleep(BEAT_S)

    def _is_awake(self) -> bool:
        passed = max(now - then for now, then in zip(self._clocks(), self._beat_at, strict=True))
        return passed < AWAKE_S

    def _now_s(self) -> float:
        return self._clocks()[0]


async def _enlisted(enlist: Callable[[], Awaitable[str]]) -> str:
    while True:
        try:
            return await enlist()
        except NewerDatabase:
            raise
        except ConnectorError:
            await asyncio.sleep(AGAIN_S)


def _fair(all_held: Collection[Holding], total: float) -> dict[str, float]:
    return fair(total, {holding.name: holding.wanted for holding in all_held})


def _without(all_held: Collection[Holding]) -> float:
    """Return what each process has that holds nothing yet."""
    return min(KEPT_PER_S / max(sum(h.share < 1 for h in all_held), 1), WITHOUT_SHARE_PER_S)


def _choose(
    all_held: Collection[Holding], *, name: str, total: float, recent: float, is_first: bool
) -> float:
    """Return what a process holds from now on: as much as is fair, and nobody else holds.

    If it wants more than before, the others may do so in the same moment: it takes no more than an
    equal part at first, as giving back takes seconds.
    """
    ours = next(holding.share for holding in all_held if holding.name == name)
    free = total - sum(holding.share for holding in all_held) + ours
    share = _fair(all_held, total)[name]
    if share <= ours:
        return min(max(share, recent), ours)
    most = max(total / len(all_held), ours) if is_first else total
    return min(share, max(free, ours), most)
