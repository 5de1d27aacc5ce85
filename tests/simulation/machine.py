"""A simulated process: the real bot, started, killed, frozen and stopped in one event loop."""

from __future__ import annotations

import asyncio
import os
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
from tests.simulation.loop import wake
from tests.simulation.network import DISCORD, PREFIX, Network

if TYPE_CHECKING:
    from tests.simulation.world import World

EVENT_S = 0.02
TWICE = 0.03  # how many events a gateway that resumes sends again


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
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _context: Context = field(default_factory=copy_context)

    def start(self) -> None:
        self._context.run(here.set, self)
        loop = asyncio.get_running_loop()
        self._main = loop.create_task(self._run(), context=self._context)

    def kill(self) -> None:
        """End it as kill -9 does: nothing of it ever runs again."""
        self.is_dead = True
        self.world.deaths_s.append(true_s())
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

    def receive(self, payload: dict[str, Any]) -> None:
        """Take an event of the gateway a little later, unless it is down then."""
        loop = asyncio.get_running_loop()
        if self.takes_commands and not self.is_dead:
            loop.call_later(EVENT_S, self._dispatch, payload, context=self._context)
            if self.world.faults.rng.random() < TWICE:
                loop.call_later(2 * EVENT_S, self._dispatch, payload, context=self._context)

    def _dispatch(self, payload: dict[str, Any]) -> None:
        if self.bot is not None and not self.bot.is_closed():
            self.bot._connection.parse_interaction_create(payload)  # type: ignore[arg-type]

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
            await self._start(bot)
            await bot.services.tasks.wait(self.stop)
        except Exception as error:
            self.ended = repr(error)
            world.violate("a process ended by itself", repr(error))
        await bot.close()
        self.kill()

    async def _start(self, bot: Bot) -> None:
        await bot._async_setup_hook()
        use_for_first_responses(bot.services.rest, lambda: bot.application_id or 0)
        state = bot._connection
        state.user = ClientUser(state=state, data=user_json(self.world.discord.bot_user))  # type: ignore[arg-type]
        state.application_id = self.world.discord.application_id
        for name in COGS:
            await import_module(name).setup(bot)
        bot.services.start()
        self.bot = bot
