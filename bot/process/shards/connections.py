"""The shards of a client of discord.py, launched and ended one by one while it runs.

discord.py launches all shards of a process once, one after the other. What it has no public means
for is reached here and nowhere else; a test names the version that this was written for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.gateway import DiscordWebSocket
from discord.shard import EventType

from bot.storage.shard import is_of

if TYPE_CHECKING:
    import yarl
    from discord.shard import EventItem, Shard

    from bot.storage.shard import Key

    Parse = Callable[[dict[str, Any]], None]
    Hear = Callable[[Key, Parse, dict[str, Any]], None]

WRITTEN_FOR: Final = "2.7."
# What is answered; all other events are what the process knows of its servers.
ANSWERED: Final = ("INTERACTION_CREATE", "MESSAGE_CREATE")


class Connections:
    """The shards of a client. ``may_identify(number)`` waits for the turn of one.

    With ``hear``, it is called with each event to be answered, instead of the event's parser.
    """

    def __init__(
        self,
        client: discord.AutoShardedClient,
        may_identify: Callable[[int], Awaitable[None]],
        hear: Hear | None = None,
    ) -> None:
        client._reconnect = True  # as its own ``connect`` would note
        self._client, self._state = client, client._connection
        self._may_identify = may_identify
        self._hear = hear
        self._shards: dict[Key, Shard] = {}
        self._ready: set[Key] = set()
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._totals: list[int] = []  # of those that connect at this moment
        self._changed = asyncio.Condition()
        self.gateway: yarl.URL = DiscordWebSocket.DEFAULT_GATEWAY

    @property
    def ready(self) -> frozenset[Key]:
        """The shards that are connected and have their servers."""
        return frozenset(key for key in self._ready if self._shards[key].ws.open)

    @property
    def keys(self) -> set[Key]:
        """The shards that are connected, or connect."""
        return {*self._shards, *self._tasks}

    def launch_all(self, total: int, numbers: Collection[int]) -> None:
        """Connect all shards that this process ever holds; the client is ready once they are."""
        for number in numbers:
            self.launch((total, number))
        self._state.shard_ids = list(numbers)

    def launch(self, key: Key) -> None:
        """Connect a shard in the background, and again whenever its connection is lost."""
        self._state.shard_ids = range(key[0])
        self._begin(key, self._launch(key))

    async def run(self) -> None:
        """Keep the shards connected until the client is closed. Raise what ends all of them."""
        queue = self._client._AutoShardedClient__queue  # type: ignore[attr-defined]
        while not self._client.is_closed():
            item: EventItem = await queue.get()
            if item.type == EventType.clean_close:
                return
            if item.type in (EventType.close, EventType.terminate):
                await self._client.close()
                _raise(item)
                return
            key = self._key_of(item.shard)
            if key is not None and item.shard is not None:
                self._begin(key, self._connect_again(key, item.shard, item))

    def shard_ready(self, number: int) -> Key | None:
        """Note that a shard has its servers, and return it: discord.py's event names no total."""
        key = max((key for key in self._shards if key[1] == number), default=None)
        if key is not None:
            self._ready.add(key)
        return key

    def announce_ready(self, *, again: bool) -> None:
        """Tell the client that it is ready: it would wait for the shards of other processes."""
        if not discord.Client.is_ready(self._client):
            self._state.call_handlers("ready")
        elif not again:
            return
        self._client.dispatch("ready")

    async def end(self, key: Key) -> None:
        """Disconnect a shard for good, and forget its servers."""
        if (task := self._tasks.pop(key, None)) is not None:
            task.cancel()
        self._ready.discard(key)
        shard = self._shards.pop(key, None)
        if shard is None:
            return
        known = self._known()
        if known.get(key[1]) is shard:
            del known[key[1]]
        self._forget_servers(key)
        await shard.disconnect()

    def _begin(self, key: Key, connecting: Any) -> None:
        task = asyncio.create_task(connecting, name=f"shard {key[1]}")
        self._tasks[key] = task
        task.add_done_callback(partial(self._began, key))

    def _began(self, key: Key, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a shard could not be connected", "exception": error, "task": task}
            )

    async def _launch(self, key: Key) -> None:
        await self._may_identify(key[1])
        async with self._with_total(key[0]):
            await self._client.launch_shard(self.gateway, key[1])
            self._shards[key] = shard = self._known()[key[1]]
            self._listen(key, shard)

    async def _connect_again(self, key: Key, shard: Shard, item: EventItem) -> None:
        if item.type == EventType.resume:
            await shard.reidentify(item.error)  # type: ignore[arg-type]
            self._listen(key, shard)
        else:
            self._ready.discard(key)
            await self._may_identify(key[1])
            async with self._with_total(key[0]):
                if item.type == EventType.identify:
                    await shard.reidentify(item.error)  # type: ignore[arg-type]
                else:
                    await shard.reconnect()
                self._listen(key, shard)

    @asynccontextmanager
    async def _with_total(self, total: int) -> AsyncIterator[None]:
        """Admit the shards of one total, since the client knows only one."""
        async with self._changed:
            await self._changed.wait_for(lambda: all(other == total for other in self._totals))
            self._totals.append(total)
        self._client.shard_count = self._state.shard_count = total
        try:
            yield
        finally:
            self._totals.remove(total)
            async with self._changed:
                self._changed.notify_all()

    def _listen(self, key: Key, shard: Shard) -> None:
        """Have what is to be answered heard, before the first event of a connection is read."""
        if self._hear is not None:
            parsers = self._state.parsers
            heard = {name: partial(self._hear, key, parsers[name]) for name in ANSWERED}
            shard.ws._discord_parsers = {**parsers, **heard}

    def _known(self) -> dict[int, Shard]:
        known: dict[int, Shard] = self._client._AutoShardedClient__shards  # type: ignore[attr-defined]
        return known

    def _key_of(self, shard: Shard | None) -> Key | None:
        return next((key for key, known in self._shards.items() if known is shard), None)

    def _forget_servers(self, key: Key) -> None:
        for guild in list(self._state.guilds):
            if is_of([key], guild.id) and not is_of(self._shards, guild.id):
                self._state._remove_guild(guild)


def _raise(item: EventItem) -> None:
    """Raise what ended the client, as discord.py does."""
    error, is_closed = item.error, isinstance(item.error, discord.ConnectionClosed)
    if item.type == EventType.close and isinstance(error, discord.ConnectionClosed):
        if error.code == 4014:
            raise discord.PrivilegedIntentsRequired(error.shard_id) from None
        is_closed = error.code != 1000
    if error is not None and (is_closed or item.type == EventType.terminate):
        raise error
