"""All checks, side by side, each within some seconds. Nothing is changed."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable, Sequence
from importlib import metadata
from typing import Any

from bot.doctor import storage, texts
from bot.doctor.discord import DiscordChecks
from bot.doctor.finding import Finding
from bot.doctor.providers import providers
from bot.process.version import VERSION
from connectors import ConnectorError, Connectors
from connectors.database import Config
from connectors.discord import DiscordRest

WITHIN_S = 10.0
NO_TOKEN = Finding(texts.TOKEN, texts.NONE_SET, texts.GET_ONE, is_fatal=True)


async def examine(
    ledger: Config,
    connectors: Connectors,
    rest: DiscordRest | None,
    commands: Sequence[Any],
    *,
    absent: Finding = NO_TOKEN,
    within_s: float = WITHIN_S,
) -> list[Finding]:
    """Return the findings, with ``absent`` if there is no ``rest``. Takes ``within_s`` at most.

    ``commands`` are ours, as Discord's JSON objects.
    """
    asked = DiscordChecks(rest) if rest is not None else None
    try:
        first, of_providers, *last = await asyncio.gather(
            _of_discord(asked, commands, within_s) if asked else _only(absent),
            providers(connectors, within_s),
            _in_thread(texts.DATABASE, storage.database_finding, ledger, within_s),
            _in_thread(texts.DISK, storage.disk, ledger, within_s),
        )
    finally:
        if asked is not None:
            asked.close()
    return [version(), *first, *of_providers, *last]


def version() -> Finding:
    library = metadata.version("discord.py")
    said = texts.VERSIONS.format(ours=VERSION, python=platform.python_version(), library=library)
    return Finding(texts.VERSION, said)


async def _only(finding: Finding) -> list[Finding]:
    return [finding]


async def _of_discord(
    asked: DiscordChecks, commands: Sequence[Any], within_s: float
) -> list[Finding]:
    # Whatever keeps Discord from answering is told once, with the token.
    others = {
        texts.APPLICATION: asked.application(),
        texts.SERVERS: asked.servers(),
        texts.INSTALLS: asked.installs(),
        texts.INTENTS: asked.intents(),
        texts.COMMANDS: asked.commands(commands),
        texts.CLOCK: asked.clock(),
    }
    late = Finding(texts.TOKEN, _too_long(within_s), texts.CHECK_NETWORK)
    return await asyncio.gather(
        _within(within_s, asked.token(), late),
        *(
            _within(within_s, check, Finding(name, texts.NOT_KNOWN, is_known=False))
            for name, check in others.items()
        ),
    )


async def _in_thread(
    name: str, look: Callable[[Config], Finding], ledger: Config, within_s: float
) -> Finding:
    late = Finding(name, _too_long(within_s), texts.WAIT, texts.DATABASE_FAILS)
    return await _within(within_s, asyncio.to_thread(look, ledger), late)


async def _within(within_s: float, check: Awaitable[Finding], otherwise: Finding) -> Finding:
    try:
        async with asyncio.timeout(within_s):
            return await check
    except (ConnectorError, TimeoutError):
        return otherwise


def _too_long(within_s: float) -> str:
    return texts.TOOK_TOO_LONG.format(seconds=within_s)
