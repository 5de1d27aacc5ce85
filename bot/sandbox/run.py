"""The sandbox: the real bot with a local Discord, a scripted model and a page to use it."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace as replaced
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from bot.app import Bot
from bot.process.signals import stop_on_signals
from bot.providers.preferences import Place
from bot.sandbox.discord_server import Channel, DiscordServer, Message, User
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD
from bot.sandbox.model_server import ModelServer
from bot.sandbox.page_server import PageServer
from bot.sandbox.story import PEOPLE, PLANNING
from bot.settings import Settings
from connectors import PROVIDERS, Connectors
from connectors.discord import load_from_env

PORT = 8420
SCRIPTED = "sandbox"
NO_PROVIDER = (
    "No provider is set up, so a scripted model answers. To use a real one, add its key to .env."
)
DAY_S = 86_400.0


class Sandbox:
    """All of ``make sandbox``, as an async context manager. ``url`` is the page's address."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], *, port: int = PORT) -> None:
        self._settings = settings
        self._environ = dict(environ)
        self._port = port
        self._stack = AsyncExitStack()
        self._ago_s = DAY_S
        self.discord = DiscordServer(clock=lambda: time.time() - self._ago_s)
        self.discord.privileged_intents = MESSAGE_CONTENT
        self.model = ModelServer()
        self.url = ""
        self.banner = ""

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.model)
        await self._stack.enter_async_context(self.discord)
        you = await self._furnish()
        bot = await self._start_bot()
        self.banner = await self._banner(bot, you)
        page = PageServer(self.discord, user=you, banner=self.banner)
        self.url = await page.start(port=self._port)
        self._stack.push_async_callback(page.aclose)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _furnish(self) -> User:
        """Add a guild with channels and people, a day ago; return the user of the page."""
        guild = self.discord.add_guild("Abi's kitchen")
        names = ("general", "recipes", "planning", "late-night")
        channels = {name: self.discord.add_channel(guild, name) for name in names}
        people = {name: self.discord.add_user(name.lower(), display_name=name) for name in PEOPLE}
        for person in people.values():
            self.discord.add_member(guild, person)
        cook = self.discord.add_role(guild, "Head cook", permissions=MANAGE_GUILD)
        you = self.discord.add_user("you", display_name="You")
        self.discord.add_member(guild, you, [cook])
        await self._tell_story(channels["planning"], people)
        return you

    async def _tell_story(self, channel: Channel, people: Mapping[str, User]) -> None:
        said: list[Message] = []
        for line in PLANNING:
            self._ago_s = line.minutes_ago * 60.0
            answered = None if line.answers is None else said[line.answers]
            person = people[line.name]
            said.append(await self.discord.post(person, channel, line.text, reply_to=answered))
        self._ago_s = 0.0

    def _connectors(self) -> Connectors:
        scripted = replace(
            PROVIDERS["vllm"],
            name=SCRIPTED,
            label="Scripted model",
            base_url=self.model.base_url,
            key_env=(),
            url_env=("ABI_SANDBOX_MODEL_URL",),
            model_env=(),
            model=self.model.models[0],
        )
        # The last in the order: it answers if no other provider can, or if it is chosen.
        environ = {**self._environ, "ABI_SANDBOX_MODEL_URL": self.model.base_url}
        return Connectors(environ, providers={**PROVIDERS, SCRIPTED: scripted})

    async def _start_bot(self) -> Bot:
        config = load_from_env(
            {"DISCORD_BOT_TOKEN": self.discord.token, "DISCORD_API_URL": self.discord.api_url}
        )
        bot = Bot(self._own_settings(), self._connectors(), config)
        running = asyncio.create_task(bot.run_until_closed())
        self._stack.push_async_callback(_close, bot, running)
        await self.discord.ready()
        await self.discord.until(
            lambda: bool(self.discord.commands), why="the bot registers commands"
        )
        await bot.services.loaded()
        await bot.services.catalog.look_for_local()
        return bot

    def _own_settings(self) -> Settings:
        """Return the settings with a database of its own, deleted when the sandbox closes.

        Its people exist nowhere else, and reminders of the real bot must not be sent here.
        """
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="abi-sandbox-"))
        return replaced(self._settings, data_dir=Path(folder), database_url=None, is_lasting=True)

    async def _banner(self, bot: Bot, you: User) -> str:
        route = await bot.services.routing.route(Place(you.id, channel_id=you.id, guild_id=None))
        if route.provider in (None, SCRIPTED):
            return NO_PROVIDER
        return f"Your questions go to {bot.services.connectors.providers[route.provider].label}."


async def _close(bot: Bot, running: asyncio.Task[None]) -> None:
    await bot.close()
    await running


def main(settings: Settings) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM and return the exit code."""
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    stop = asyncio.Event()
    undo = stop_on_signals(stop)
    async with Sandbox(settings, os.environ) as sandbox:
        sys.stdout.write(f"\nSandbox running at {sandbox.url} (press Ctrl-C to stop)\n\n")
        sys.stdout.flush()
        await stop.wait()
    undo()
    return 0
