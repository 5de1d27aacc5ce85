"""A simulated process: the real bot, started, killed, frozen and stopped in one event loop."""

from __future__ import annotations

import asyncio
import math
import os
import random
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from discord.user import ClientUser

from bot.acknowledgements import use_for_first_responses
from bot.app import COGS, Bot
from bot.sandbox.discord_server.world.render import user_json
from connectors import PROVIDERS, Connectors
from connectors.discord import load_from_env
from connectors.http.transport import Transport
from tests.simulation.clocks import Clock, here, true_s
from tests.simulation.gateway import Line
from tests.simulation.loop import wake
from tests.simulation.network import DISCORD, PREFIX, LibrarySession, Network
from tests.simulation.shards import begin_to_share

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.storage.shard import Key, Shard
    from tests.simulation.world import World


@dataclass(eq=False)
class Machine:
    """One life of one process. ``index`` is the same for all lives of one."""

    world: World
    index: int
    takes_commands: bool
    clock: Clock
    is_dead: bool = False
    parked: list[Any] | None = None
    files: set[int] = field(default_factory=set)
    bot: Bot | None = None
    ended: str = ""
    died_s: float = math.inf
    stopped_s: float = math.inf  # when it was told to
    ready_s: list[float] = field(default_factory=list)  # when a session of the gateway began
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    context: Context = field(default_factory=copy_context)

    def __post_init__(self) -> None:
        self.lines: list[Line] = []

    @property
    def has_crashed(self) -> bool:
        """True if it has died without being told to stop."""
        return self.is_dead and self.stopped_s > self.died_s

    @property
    def is_in_trouble(self) -> bool:
        """True if it stands still, is cut off, or has crashed."""
        is_cut_off = any(line.is_cut for line in self.lines)
        return self.has_crashed or self.parked is not None or is_cut_off

    @property
    def is_able(self) -> bool:
        """True if it shares the gateway, and nothing keeps it from that."""
        is_up = self.bot is not None and not self.is_dead and self.stopped_s == math.inf
        return is_up and self.parked is None

    @property
    def fleet(self) -> Collection[Shard]:
        """The shards of the gateway as it knows them."""
        holder = self.bot.sharding._holder if self.bot else None
        return holder.fleet.shards if holder and holder.fleet else ()

    def launch(self, key: Key) -> Line:
        """Return the line of a shard, which it begins to connect."""
        world = self.world
        rng = random.Random(f"{world.seed} gateway {self.index} {key} {true_s()}")
        line = Line(self, world.discord, rng, key)
        self.lines = [*(known for known in self.lines if not known.has_ended), line]
        line.connect()
        return line

    def start(self) -> None:
        self.context.run(here.set, self)
        create_task = asyncio.get_running_loop().create_task
        # In its context, or the task would not count as its own when it is killed before it begins.
        self._main = self.context.run(create_task, self._run(), context=self.context)

    def end(self) -> None:
        """Tell it to stop, as SIGTERM does."""
        self.stopped_s = true_s()
        self.stop.set()

    def kill(self) -> None:
        """End it as kill -9 does: nothing of it ever runs again."""
        self.is_dead = True
        self.died_s = min(self.died_s, true_s())
        self.world.deaths_s.append(true_s())
        for line in self.lines:
            line.cut()
        for file in list(self.files):  # as a kernel does, which frees their locks
            os.close(file)
        self.files.clear()
        # Kept, for a task that is collected would run its ``finally``.
        self.world.graveyard.append(list(self.world.loop.tasks.pop(self, ())))

    def die(self, for_s: float) -> None:
        self.kill()
        revive, outside = self.world.revive, self.world.outside
        self.world.loop.call_later(for_s, revive, self.index, context=outside)

    def freeze(self) -> None:
        self.parked = [] if self.parked is None else self.parked

    def thaw(self) -> None:
        if self.parked is not None and not self.is_dead:
            wake(self.world.loop, self)

    def cut(self, for_s: float, *, ends: bool) -> None:
        """Cut it off from the gateway; its session ends then, or goes on afterwards."""
        for line in self.lines:
            line.cut(ends=ends)
            line.is_cut = True
        asyncio.get_running_loop().call_later(for_s, self.reconnect, context=self.context)

    def reconnect(self) -> None:
        """Connect to the gateway again, if it was cut off."""
        if self.takes_commands and self.bot is not None and not self.bot.is_closed():
            for line in self.lines:
                line.connect()

    async def _run(self) -> None:
        world = self.world
        environ = {
            "DISCORD_BOT_TOKEN": world.discord.token,
            "DISCORD_API_URL": f"http://{DISCORD}{PREFIX}",
            "OPENAI_API_KEY": world.key,
            "OPENAI_BASE_URL": "http://model.test/v1",
            "OPENAI_MODEL": "tiny",
        }
        network = Network(world.discord, world.model, world.faults, self, world.outside)
        connectors = Connectors(
            environ, providers={"openai": PROVIDERS["openai"]}, transport=Transport(http=network)
        )
        bot = Bot(world.settings, connectors, load_from_env(environ), job_pace=world.pace)
        try:
            await self._start(bot, network)
            await bot.services.tasks.wait(self.stop)
        except Exception as error:
            self.ended = repr(error)
            world.violate("a process ended by itself", repr(error))
        await bot.close()
        self.kill()

    async def _start(self, bot: Bot, network: Network) -> None:
        await bot._async_setup_hook()
        use_for_first_responses(bot.services.rest, lambda: bot.application_id or 0)
        state = bot._connection
        state.user = ClientUser(state=state, data=user_json(self.world.discord.bot_user))  # type: ignore[arg-type]
        state.application_id = self.world.discord.application_id
        bot._wanted.message_content = self.world.reads_content
        for name in COGS:
            await import_module(name).setup(bot)
        self.bot = bot
        if self.takes_commands:
            self._log_in(bot, network)
            if self.world.shards is None:
                self.launch((1, 0))
            else:
                begin_to_share(self, bot)
        else:
            bot.services.start()

    def _log_in(self, bot: Bot, network: Network) -> None:
        """Have discord.py send its own requests, and count its one shard as launched."""
        bot.services.load()
        vars(bot.http)["_HTTPClient__session"] = LibrarySession(network)
        bot.http._global_over = asyncio.Event()
        bot.http._global_over.set()
        bot.http.token = self.world.discord.token
        bot._connection.shard_count, bot._connection.shard_ids = 1, [0]
