"""The sandbox with its bot in the test's own process, which needs no start of an interpreter."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from bot import settings
from bot.sandbox.child import SandboxBot, own, pace, providers
from bot.sandbox.clock import SandboxClock
from bot.sandbox.spawned import MODEL_URL
from connectors import Connectors
from connectors.discord import load_from_env


class Inside:
    """A bot that ends when it is told to, as it can be: nothing here can be killed."""

    def __init__(self, bot: SandboxBot, clock: SandboxClock) -> None:
        self.bot = bot
        self._clock = clock
        self._running = asyncio.create_task(bot.run_until_closed())
        self._closing: asyncio.Task[None] | None = None

    async def wait(self) -> str:
        await asyncio.wait({self._running})
        if self._closing is not None:
            await self._closing
        return "it was closed"

    def kill(self) -> None:
        self._closing = self._closing or asyncio.create_task(self.bot.close())

    def tell(self, ahead_s: float) -> None:
        self._clock.ahead_s = ahead_s


async def start_inside(
    folder: Path, environ: Mapping[str, str], ahead_s: float, on_ready: Callable[[str], None]
) -> Inside:
    """Start a bot as ``bot.sandbox.child`` does."""
    clock = SandboxClock(ahead_s)
    chosen = own(settings.load(environ), folder)
    connectors = Connectors(environ, providers=providers(environ[MODEL_URL]))
    config = load_from_env(environ)
    bot = SandboxBot(on_ready, chosen, connectors, config, clock=clock, job_pace=pace())
    return Inside(bot, clock)


def plain_client(**options: Any) -> httpx.AsyncClient:
    """Return a client of servers on this machine: to load certificates takes longer than a test."""
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **options)
