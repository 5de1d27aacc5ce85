"""The gateway of one process: all shards, those that were set, or a share of what others hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import yarl

from bot.process.shards import texts
from bot.process.shards.connections import Connections
from bot.process.shards.gate import Gate
from bot.process.shards.holder import LEASE_S, Holder
from bot.process.shards.turns import Turns
from bot.storage.shard import Key, Shard
from bot.text.formatting import counted
from connectors import ConnectorError
from connectors.database import NewerDatabase
from connectors.database.address import File

if TYPE_CHECKING:
    import discord

    from bot.services import Services
    from bot.settings import Settings
    from bot.storage.shards import Shards

log = logging.getLogger(__name__)

# Of the 9.5 s that a process has to end; the rest is for answers in progress.
HAND_OVER_WITHIN_S: Final = 5.0
# How often Discord is asked whether it wants more shards.
ASK_EVERY_S: Final = 3_600.0
AGAIN_S: Final = 1.0
# Discord waits 3 s for the first response.
ANSWERS_AFTER_S: Final = 1.0


class Sharding:
    """Connects ``client``. On PostgreSQL, processes share the gateway unless shards are set.

    ``begin`` starts what works without the gateway too.
    """

    def __init__(
        self,
        client: discord.AutoShardedClient,
        settings: Settings,
        services: Services,
        begin: Callable[[], Any],
    ) -> None:
        self._client, self._settings, self._services = client, settings, services
        self._begin = begin
        self._turns = Turns(client.http)
        is_shared = not (settings.shards or isinstance(settings.ledger.address, File))
        self._gate = Gate("", LEASE_S) if is_shared else None
        hear = None if self._gate is None else self._gate.hear
        self._connections = Connections(client, self._turns.wait, hear)
        self._holder: Holder | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._total = 1
        self._heard: set[Key] = set()
        self._known: list[Key] | None = None  # what this process held when it was settled last
        self._said = ""
        self._is_held_back = False  # the client's being ready

    async def run(self) -> None:
        """Stay connected until the client is closed. Raise what ends that, as discord.py does."""
        limits = await self._turns.limits()
        self._connections.gateway = yarl.URL(limits.url)
        self._total = total = self._settings.shard_count or limits.total
        if self._gate is not None:
            self._watch(self._gate.beat_forever())
            self._watch(self._share(self._gate, total))
        else:
            self._connections.launch_all(total, self._settings.shards or range(total))
            if not isinstance(self._settings.ledger.address, File):
                self._watch(self._share_turns())
        await self._connections.run()

    @property
    def is_ready(self) -> bool:
        """True if all that this process holds is connected, or if others hold everything."""
        if self._holder is not None and self._holder.fleet is not None:
            return self._holder.is_settled()
        return self._connections.ready == self._connections.keys

    def waits_for_logins(self) -> bool:
        """Return True while Discord takes no more logins, which a restart would not change."""
        return self._turns.are_used_up

    @property
    def keys(self) -> list[Key]:
        """The shards that this process answers for, connected or not."""
        if self._holder is not None:
            return self._holder.held
        return [(self._total, number) for number in self._settings.shards or range(self._total)]

    @property
    def held(self) -> list[int]:
        """The numbers of these shards, of as many as there are now in all processes."""
        return [number for total, number in self.keys if total == self.total]

    @property
    def total(self) -> int:
        """The number of shards in all processes."""
        return self._client.shard_count or 0 if self._holder is None else self._holder.in_use

    @property
    def said(self) -> str:
        """The shards that this process holds, in words."""
        held, connected = self.held, len(self._connections.ready.intersection(self.keys))
        numbers, total = texts.numbers(held), counted(self.total, "shard")
        return texts.HERE.format(held=len(held), total=total, numbers=numbers, connected=connected)

    def may_say_ready(self) -> bool:
        """Return whether what is heard is answered; if not, the client is told again once it is."""
        self._is_held_back = self._gate is not None and self._gate.is_undecided()
        return not self._is_held_back

    def shard_ready(self, number: int) -> None:
        """Note that a shard has its servers."""
        key = self._connections.shard_ready(number)
        if key in self._heard:
            self._client.dispatch("shards_taken", [key])
        elif key is not None:
            self._heard.add(key)
        if self._holder is not None:
            self._holder.look()

    async def leave(self) -> float:
        """Hand over to other processes, and return how many seconds that took."""
        began_s = asyncio.get_running_loop().time()
        if self._holder is not None:
            await self._holder.leave(HAND_OVER_WITHIN_S)
        for task in self._tasks:
            task.cancel()
        if self._holder is not None:
            await self._holder.give_up()
        return asyncio.get_running_loop().time() - began_s

    def _watch(self, work: Coroutine[Any, Any, object]) -> None:
        task: asyncio.Task[Any] = asyncio.create_task(work)
        self._tasks.append(task)
        self._services.tasks.watch(task, may_end=True)

    async def _share_turns(self) -> Shards:
        """Return the table that processes share, once the database's packages are loaded."""
        await self._services.load()
        self._turns.table = table = self._services.stored.shards
        return table

    async def _share(self, gate: Gate, total: int) -> None:
        """Hold this process's share from now on."""
        if total == 1:
            self._connect_early(gate)
        table = await self._share_turns()
        gate.name = await self._enlisted()
        self._begin()
        self._holder = Holder(
            table,
            self._connections,
            gate,
            total,
            self._changed,
            insists=self._settings.shard_count is not None,
        )
        if self._settings.shard_count is None:
            self._watch(self._ask_for_more(self._holder))
        await self._holder.run()

    def _connect_early(self, gate: Gate) -> None:
        """Connect the only shard beside the database, and let events wait for what that says.

        If it is slow, this process is taken for the only one: a small bot answers without it too.
        """
        gate.learn([Shard(1, 0, holder=gate.name)])
        self._connections.launch((1, 0))
        self._watch(self._answer_anyway(gate))

    async def _answer_anyway(self, gate: Gate) -> None:
        await asyncio.sleep(ANSWERS_AFTER_S)
        if self._holder is None or not self._holder.has_asked:
            gate.learn([Shard(1, 0, since=0, holder=gate.name)])
            if self._is_held_back:
                self._connections.announce_ready(again=True)

    async def _enlisted(self) -> str:
        """Return the name of this process once the database answers. Raise NewerDatabase."""
        while True:
            try:
                return await self._services.scheduler.enlist()
            except NewerDatabase:
                raise
            except ConnectorError as error:
                log.warning(texts.WAITS, error.summary)
            await asyncio.sleep(AGAIN_S)

    async def _ask_for_more(self, holder: Holder) -> None:
        """Have more shards whenever Discord recommends more."""
        while True:
            await asyncio.sleep(ASK_EVERY_S)
            limits = await self._turns.limits()
            if limits.total > holder.total:
                log.warning(texts.MORE, limits.total, holder.total)
                holder.total = limits.total
                holder.look()

    def _changed(self) -> None:
        """Say what this process holds once it is connected to that, or that it holds nothing."""
        holder = self._holder
        if holder is None or not holder.is_settled() or (not holder.held and holder.may_yet_hold()):
            return
        known, self._known = self._known, holder.held
        if known is None:
            self._connections.announce_ready(again=self._is_held_back)
        elif taken := [key for key in holder.taken() if key not in known]:
            self._client.dispatch("shards_taken", taken)
        self._heard &= self._connections.keys
        self._say(is_alone=known is None and len(self.held) == self.total == 1)

    def _say(self, *, is_alone: bool) -> None:
        held, total = self.held, counted(self.total, "shard")
        says = texts.HOLDS.format(held=len(held), total=total, numbers=texts.numbers(held))
        says = says if held else texts.STANDS_BY.format(total=total)
        if self._said != says and not is_alone:
            log.info("%s", says)
        self._said = says
