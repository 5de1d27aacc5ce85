"""The sandbox: the real bot with a local Discord, a scripted model and a page to use it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.process import console
from bot.process.signals import stop_on_signals
from bot.sandbox.clock import SandboxClock
from bot.sandbox.controls import Controls
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.due import next_due
from bot.sandbox.folder import temporary_folder
from bot.sandbox.kitchen import Kitchen
from bot.sandbox.model_server import ModelServer
from bot.sandbox.page_server import PageServer
from bot.sandbox.spawned import MODEL_URL, Spawned
from bot.sandbox.supervisor import Supervisor

if TYPE_CHECKING:
    from bot.sandbox.supervisor import Child
    from bot.settings import Settings

PORT = 8420
NO_PROVIDER = (
    "No provider is set up, so a scripted model answers. To use a real one, add its key to .env."
)
ANSWERS = "Your questions go to {provider}."
RUNNING, OPEN_IT = "Sandbox running", "Open it in a browser (Ctrl-C stops it):"
DAY_S = 86_400.0
# What the sandbox sets itself, and what would make its bot another one.
OWN = frozenset({"DISCORD_BOT_TOKEN", "DISCORD_API_URL", "DATABASE_URL", "DATA_DIR", "PORT"})

# Starts a bot that keeps what it stores in a folder, with these variables, so many seconds ahead
# of the machine's clock, and calls the last argument once it is ready.
Start = Callable[[Path, Mapping[str, str], float, Callable[[str], None]], Awaitable["Child"]]


class Sandbox:
    """All of ``make sandbox``, as an async context manager. ``url`` is the page's address."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        port: int = PORT,
        start: Start = Spawned.start,
    ) -> None:
        self._settings = settings
        self._environ = dict(environ)
        self._port = port
        self._start = start
        self._stack = AsyncExitStack()
        self._ago_s = DAY_S
        self._clock = SandboxClock()
        self.discord = DiscordServer(clock=lambda: self._clock() - self._ago_s)
        self.discord.privileged_intents = MESSAGE_CONTENT
        self.model = ModelServer()
        self.url = ""
        self.banner = ""

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        await self._stack.enter_async_context(self.model)
        await self._stack.enter_async_context(self.discord)
        kitchen = Kitchen(self.discord, self._go_back)
        await kitchen.tell_story()
        folder = self._stack.enter_context(temporary_folder())
        bot = await self._start_bot(folder)
        self.banner = ANSWERS.format(provider=bot.provider) if bot.provider else NO_PROVIDER
        await self._serve_page(kitchen, bot, folder)

    def _go_back(self, ago_s: float) -> None:
        self._ago_s = ago_s

    async def _start_bot(self, folder: Path) -> Supervisor:
        async def launch(on_ready: Callable[[str], None]) -> Child:
            # A start that failed long ago would be waited for, and one that was killed is none.
            (folder / "starts.json").unlink(missing_ok=True)
            return await self._start(folder, self._variables(), self._clock.ahead_s, on_ready)

        bot = Supervisor(launch, self._clock, self.discord.world.feed.publish)
        self._stack.push_async_callback(bot.aclose)
        await bot.start()
        return bot

    def _variables(self) -> dict[str, str]:
        """Return the environment of the bot: nothing in it leads to the real bot's Discord."""
        kept = {n: v for n, v in self._environ.items() if n.removeprefix("ABI_") not in OWN}
        return kept | {
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "ABI_LOG_LEVEL": self._settings.log_level,
            # Its log comes to our terminal through a pipe.
            "ABI_LOG_FORMAT": self._settings.log_format or _log_format(),
            MODEL_URL: self.model.base_url,
        }

    async def _serve_page(self, kitchen: Kitchen, bot: Supervisor, folder: Path) -> None:
        if bot.is_running:
            await self.discord.until(lambda: self.discord.commands, why="the bot's commands")
            await kitchen.add_digest()
        due = partial(next_due, folder / "abi.db")
        controls = Controls(self.discord, self.model, self._clock, bot, due, kitchen.chips())
        watching = asyncio.create_task(controls.watch())
        self._stack.callback(watching.cancel)
        page = PageServer(self.discord, user=kitchen.you, banner=self.banner, controls=controls)
        self.url = await page.start(port=self._port)
        self._stack.push_async_callback(page.aclose)


def _log_format() -> str:
    return "text" if sys.stderr.isatty() else "json"


def main(settings: Settings) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM and return the exit code."""
    # Its terminal shows where the page is, and what goes wrong.
    quiet = "WARNING" if settings.log_level == "INFO" else settings.log_level
    return asyncio.run(_serve(replaced(settings, log_level=quiet)))


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    undo = stop_on_signals(stop)
    async with Sandbox(settings, os.environ) as sandbox:
        coloured = console.is_coloured(sys.stdout)
        facts = [("Model", sandbox.banner)]
        shown = console.banner(RUNNING, facts, OPEN_IT, sandbox.url, coloured=coloured)
        console.write(sys.stdout, shown)
        await stop.wait()
    undo()
    return 0
