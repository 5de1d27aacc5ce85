"""The health of a process: whether it is alive, and whether it can answer questions."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from connectors import ConnectorError
from connectors.recorder import UNRECORDED, Event, Recorder

if TYPE_CHECKING:
    from pathlib import Path

    import discord

    from bot.services import Services
    from connectors.local_scheduler.depth import Depth

OK: Final = "ok"
STARTING: Final = "starting"
# Longer than the longest wait between two failed starts, which is a quarter of an hour.
RECONNECT_WITHIN_S = 1_200.0
TICK_S = 1.0
# The database is asked at most so often, however often people ask for the health.
ASK_EVERY_S, ASK_WITHIN_S = 5.0, 3.0
# With less room on its disk, a SQLite file can be read, but hardly written.
ROOM_BYTES = 1_000_000


class Readiness(msgspec.Struct, frozen=True):
    """Each part is ``ok``, or what is wrong with it; nothing in it is a secret or anybody's id."""

    is_ready: bool = msgspec.field(name="ready")
    gateway: str
    database: str
    providers: str


class Health:
    """The state of a process. ``watch`` names the services, and the gateway if it has one.

    ``tick`` runs as long as somebody wants to know.
    """

    def __init__(
        self, recorder: Recorder = UNRECORDED, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.recorder = recorder
        self.services: Services | None = None
        self.gateway: discord.AutoShardedClient | None = None
        self.depths: Sequence[Depth] = ()
        self._clock = clock
        self._has_gateway = False
        self._is_held_up: Callable[[], bool] = lambda: False
        self._connected_at = clock()
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()
        self._trouble = STARTING

    def watch(
        self,
        services: Services,
        gateway: discord.AutoShardedClient | None = None,
        *,
        is_held_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Tell about these from now on: a bot that starts again is another one.

        While the gateway ``is_held_up``, a restart would end what is still connected.
        """
        self.services, self.gateway, self._is_held_up = services, gateway, is_held_up
        self._has_gateway = gateway is not None
        self._asked_at, self._trouble, self.depths = None, STARTING, ()

    async def tick(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Measure how late the event loop is, once a second, until cancelled."""
        while True:
            began = self._clock()
            await sleep(TICK_S)
            lag_s = self._clock() - began - TICK_S
            self.recorder.observe(Event.LOOP_LAG_S, max(lag_s, 0.0))
            self.look()

    def look(self) -> None:
        """Notice whether the gateway is connected."""
        if is_connected(self.gateway):
            self._connected_at = self._clock()

    def away_s(self) -> float:
        """Return for how long the gateway has not been connected; 0 for a process without one."""
        self.look()
        return self._clock() - self._connected_at if self._has_gateway else 0.0

    def is_alive(self) -> bool:
        """Return whether a restart would not help: it is connected, or may be again soon."""
        return self.away_s() < RECONNECT_WITHIN_S or self._is_held_up()

    async def readiness(self) -> Readiness:
        """Return which parts are ready. Takes three seconds at most."""
        database = await self._database()
        gateway, providers = self._gateway(), self._providers()
        return Readiness({gateway, database, providers} == {OK}, gateway, database, providers)

    def _gateway(self) -> str:
        if self.services is None:
            return STARTING
        return OK if not self._has_gateway or is_connected(self.gateway) else "not connected"

    def _providers(self) -> str:
        if self.services is None:
            return STARTING
        catalog = self.services.catalog
        usable = catalog.usable()
        if not usable:
            return "none is set up"
        return "all keep failing" if all(map(catalog.backends.is_failing, usable)) else OK

    async def _database(self) -> str:
        services = self.services
        if services is None or not services.is_loaded:
            return STARTING
        async with self._asking:
            now = self._clock()
            if self._asked_at is None or now - self._asked_at >= ASK_EVERY_S:
                self._trouble = await self._ask(services)
                self._asked_at = self._clock()
        return self._trouble

    async def _ask(self, services: Services) -> str:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                self.depths = await services.depth()
                takes_more = await asyncio.to_thread(_takes_more, services.settings.ledger.file)
        except (ConnectorError, TimeoutError, RuntimeError):  # a closed database raises the last
            self.depths = ()
            return "does not answer"
        return OK if takes_more else "cannot be written"


def _takes_more(file: Path | None) -> bool:
    """Return whether a database's file can be written, as far as the system says."""
    if file is None or not file.exists():
        return True
    return os.access(file, os.W_OK) and shutil.disk_usage(file.parent).free >= ROOM_BYTES


def is_connected(gateway: discord.AutoShardedClient | None) -> bool:
    """Return whether every shard of this process is connected and has its servers."""
    if gateway is None or not gateway.is_ready():
        return False
    return not any(shard.is_closed() for shard in gateway.shards.values())
