"""Holds the parts of the gateway that are this process's share, and hands them over."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.process.shards import texts
from bot.process.shards.gate import Gate, Role
from bot.process.shards.plan import LEASE_US, Me, plan
from bot.storage.shard import Fleet, Key, Shard
from connectors import ConnectorError
from connectors.database import NewerDatabase

if TYPE_CHECKING:
    from bot.process.shards.connections import Connections
    from bot.storage.shards import Shards

log = logging.getLogger(__name__)

LEASE_S: Final = LEASE_US / 1e6
TICK_S: Final = 1.5
ALONE_S: Final = 4.0  # nobody else waits for anything
MOVING_S: Final = 0.25  # while parts change hands
BUSY_S: Final = 0.05  # while another process chooses
WITHIN_S, OPEN_WITHIN_S = 3.0, 120.0  # the first time, tables may be upgraded
# Whoever was away itself lets others first renew what they hold.
STEADY_AFTER_S: Final = 5.0
# Of processes that start together, each lets the others join before it takes its share.
JOIN_S: Final = 1.0
# By then those that are dead are known to be.
STANDS_BY_AFTER_S: Final = 3.0
# What came until the cut of who leaves has arrived by then.
FORMER_S: Final = 1.2


class Holder:
    """The parts of one process. ``total`` is how many there should be in all.

    ``on_change`` is called whenever what it holds has changed.
    """

    def __init__(
        self,
        table: Shards,
        connections: Connections,
        gate: Gate,
        total: int,
        on_change: Callable[[], None],
        *,
        insists: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._connections, self._gate = table, connections, gate
        self.total, self._insists, self._on_change = total, insists, on_change
        self._clock, self._began_s = clock, clock()
        self._learned_s: float | None = None
        self._steady_since_s = clock()
        self._wake, self._step = asyncio.Event(), asyncio.Condition()
        self._ending: set[asyncio.Task[None]] = set()
        self._is_leaving = self._is_away = False
        self._held_until: int | None = None  # by another, as this process saw it first
        self.has_asked = False  # the database, and was answered
        self.fleet: Fleet | None = None

    @property
    def held(self) -> list[Key]:
        """The parts in use of this process, also those it is not connected to yet."""
        parts = self._gate.parts
        return [k for k in self._keys(Role.HOLDER) if parts[k].shard.since is not None]

    @property
    def in_use(self) -> int:
        """The number of all parts, while more may be prepared."""
        shards = self.fleet.shards if self.fleet else ()
        return _newest([s for s in shards if s.since is not None]) if shards else self.total

    def taken(self) -> list[Key]:
        """Return what it holds and nobody has handed over."""
        return [key for key in self.held if not self._gate.parts[key].shard.cut]

    def is_settled(self) -> bool:
        """Return whether it is connected to all that it holds, and knows what that is."""
        return self.fleet is not None and self._connections.ready.issuperset(self.held)

    def may_yet_hold(self) -> bool:
        """Return whether a process that holds nothing may do so in a moment."""
        return bool(self._keys(Role.HEIR)) or self._clock() - self._began_s < STANDS_BY_AFTER_S

    def look(self) -> None:
        """Look at once, because a part is connected or the total has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Keep what this process holds until cancelled. Raise NewerDatabase."""
        while True:
            self._wake.clear()
            has_chosen = await self._look()
            async with self._step:
                self._step.notify_all()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(has_chosen=has_chosen)):
                    await self._wake.wait()

    async def leave(self, within_s: float) -> None:
        """Hand over what this process holds to others, if there are any, and give up the rest."""
        self._is_leaving = True
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._step:
                await self._step.wait_for(self._has_handed_over)

    async def give_up(self) -> None:
        """Give up everything at once; what cannot be written ends with the lease."""
        former = self._keys(Role.FORMER)
        with suppress(ConnectorError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._table.leave(self._gate.name, former)
        if former:  # until the others know that they answer everything
            await asyncio.sleep(2 * MOVING_S)

    async def _look(self) -> bool:
        """Renew and choose; return False if another process was choosing at that moment."""
        me, is_first, asked_at = self._me(), self.fleet is None, self._gate.clocks()
        only_joins = self.total > 1 and self._clock() - self._began_s < JOIN_S
        try:
            async with asyncio.timeout(OPEN_WITHIN_S if is_first else WITHIN_S):
                fleet = await self._table.share(
                    me.name,
                    partial(_choose, me=me, only_joins=only_joins),
                    lease_us=LEASE_US,
                    is_leaving=self._is_leaving,
                )
        except NewerDatabase:
            raise
        except (ConnectorError, TimeoutError) as error:
            self._missed(error)
            return True
        self.has_asked |= fleet is not None
        learned = None if only_joins or (fleet and self._may_be_dead(fleet)) else fleet
        self._gate.renewed(asked_at, has_learned=learned is not None)
        self._learned(learned, me)
        return fleet is not None

    def _may_be_dead(self, fleet: Fleet) -> bool:
        """Return whether the holder of the only part may have died just before this start.

        Until that is known this process stays connected, and what it hears waits. Whoever lives
        renews its lease soon.
        """
        if self.fleet is not None or self.total != 1 or len(fleet.shards) != 1:
            return False
        (shard,) = fleet.shards
        if shard.holder in (None, self._gate.name) or shard.heir == self._gate.name:
            return False
        self._held_until = self._held_until or shard.held_until
        return shard.held_until == self._held_until

    def _me(self) -> Me:
        return Me(
            self._gate.name,
            self._connections.ready,
            self.total,
            insists=self._insists,
            is_steady=self._clock() - self._steady_since_s >= STEADY_AFTER_S,
            is_leaving=self._is_leaving,
        )

    def _missed(self, error: Exception) -> None:
        self._steady_since_s = self._clock()
        if not self._is_away:
            why = error.summary if isinstance(error, ConnectorError) else "it took too long"
            log.warning(texts.GOES_ON if self.fleet else texts.WAITS, why)
        self._is_away = True
        self._gate.go_on()

    def _learned(self, fleet: Fleet | None, me: Me) -> None:
        now_s = self._clock()
        if self._learned_s is None or now_s - self._learned_s > LEASE_S:
            self._steady_since_s = now_s
        self._learned_s, self._is_away = now_s, False
        if fleet is not None:
            before, self.fleet, self._insists = self.held, fleet, False
            if self.total == me.total:  # else more are wanted since
                self.total = _newest(fleet.shards)
            self._gate.learn(fleet.shards)
            self._connect()
            elsewhere = {s.key for s in fleet.shards} - self._gate.parts.keys()
            if lost := [key[1] for key in before if key in elsewhere]:
                log.warning(texts.LOST, texts.numbers(lost))
            self._on_change()

    def _connect(self) -> None:
        """Connect to what this process holds or is to hold, and to nothing else."""
        wanted, connected = self._gate.parts.keys(), self._connections.keys
        for key in connected - wanted:
            task = asyncio.create_task(self._connections.end(key))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        for key in sorted(wanted - connected):
            self._connections.launch(key)

    def _pause_s(self, *, has_chosen: bool) -> float:
        if not has_chosen:
            return random.uniform(0.5, 1.5) * BUSY_S
        if self._is_moving():
            return MOVING_S
        return ALONE_S if self.fleet and len(self.fleet.members) == 1 else TICK_S

    def _is_moving(self) -> bool:
        fleet = self.fleet
        if fleet is None or self._is_leaving or not self._gate.is_awake():
            return True
        return self._gate.is_deciding() or any(map(_is_moving, fleet.shards))

    def _keys(self, role: Role) -> list[Key]:
        return sorted(key for key, part in self._gate.parts.items() if part.role is role)

    def _has_handed_over(self) -> bool:
        if self.fleet is None or self._is_away:
            return True
        others = [m for m in self.fleet.members if m.name != self._gate.name and not m.is_leaving]
        now_s = self._clock()
        return not others or all(
            part.role is Role.FORMER and now_s - part.learned_s > FORMER_S
            for part in self._gate.parts.values()
        )


def _choose(fleet: Fleet, me: Me, *, only_joins: bool) -> list[Shard]:
    return list(fleet.shards) if only_joins else plan(fleet, me)


def _newest(shards: Collection[Shard]) -> int:
    """Return how many parts there are in all, or will be once they are in use."""
    return max(shards, key=lambda shard: (shard.since is None, shard.since or 0)).total


def _is_moving(shard: Shard) -> bool:
    return shard.since is None or shard.holder is None or shard.heir is not None
