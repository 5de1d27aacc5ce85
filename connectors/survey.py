"""One check of everything that variables set up: providers, Discord and the scheduler."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import psycopg

from connectors import discord, local_scheduler
from connectors.check import Checked, check
from connectors.database.address import Address, File
from connectors.provider import plain_name
from connectors.registry import Connectors
from connectors.shared import ApiRequestFailed, ConnectorError, Timeout

WAIT_S = 5.0


class Found(msgspec.Struct, frozen=True):
    """The state of one connector; ``answers`` is None where nothing was asked.

    ``variable`` is the first one to set. ``where`` says what answered, if the name does not.
    """

    name: str
    label: str
    is_configured: bool
    variable: str
    answers: bool | None = None
    latency_s: float | None = None
    error: ConnectorError | None = None
    where: str | None = None
    has_models: bool = False
    model: str | None = None
    models: list[str] = msgspec.field(default_factory=list)


async def survey(connectors: Connectors, environ: Mapping[str, str] = os.environ) -> list[Found]:
    """Check all connectors at once, each within WAIT_S, and close the providers. Raises nothing."""
    try:
        return list(
            await asyncio.gather(
                *(_provider(connectors, name) for name in connectors.providers),
                _discord(connectors, environ),
                _scheduler(environ),
            )
        )
    finally:
        await connectors.aclose()


async def _provider(connectors: Connectors, name: str) -> Found:
    checked: Checked = await check(connectors, name, within_s=WAIT_S)
    row = checked.row
    was_asked = checked.error is not None or checked.latency_s is not None
    return Found(
        name,
        row.label,
        checked.is_configured,
        plain_name(row.key_env if row.needs_key else row.url_env),
        answers=checked.error is None if was_asked else None,
        latency_s=checked.latency_s,
        error=checked.error,
        has_models=True,
        model=checked.model,
        models=checked.models,
    )


async def _discord(connectors: Connectors, environ: Mapping[str, str]) -> Found:
    async def ask() -> str | None:
        config = discord.try_load(environ)
        if config is None:
            return None
        with config:
            user = await discord.connect(config, transport=connectors.transport).current_user()
        return user.username

    is_configured = discord.is_available(environ)
    return await _asked("discord", "Discord", is_configured, plain_name(discord.TOKEN_ENV), ask)


async def _scheduler(environ: Mapping[str, str]) -> Found:
    async def ask() -> str:
        return await _database(local_scheduler.load_from_env(environ))

    variable = plain_name(local_scheduler.URL_ENV)
    return await _asked("local_scheduler", "Scheduler", True, variable, ask)


async def _asked(
    name: str,
    label: str,
    is_configured: bool,
    variable: str,
    ask: Callable[[], Awaitable[str | None]],
) -> Found:
    began = time.monotonic()
    try:
        async with asyncio.timeout(WAIT_S):
            where = await ask()
    except (ConnectorError, TimeoutError) as raised:
        error = raised if isinstance(raised, ConnectorError) else Timeout(name)
        return Found(name, label, is_configured, variable, answers=False, error=error)
    if not is_configured:
        return Found(name, label, is_configured, variable)
    latency_s = time.monotonic() - began
    return Found(name, label, is_configured, variable, True, latency_s, where=where)


async def _database(config: local_scheduler.Config) -> str:
    """Return where the scheduler keeps its jobs; create nothing. Raises ConnectorError."""
    address = config.address
    if isinstance(address, File):
        return _file(config.file)
    await _connect(address)
    return "PostgreSQL"


def _file(file: Path | None) -> str:
    if file is None:
        return "SQLite in memory"
    folder = file.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        raise _unusable(f"the folder {file.parent} is not writable")
    return f"SQLite in {file.parent}"


async def _connect(address: Address) -> None:
    def connect() -> None:  # in a thread: the event loop of Windows cannot wait for psycopg
        psycopg.connect(address.url, connect_timeout=int(WAIT_S)).close()

    try:
        await asyncio.to_thread(connect)
    except (psycopg.Error, OSError):
        raise _unusable("the database cannot be reached or refuses the connection") from None


def _unusable(summary: str) -> ConnectorError:
    return ApiRequestFailed("local_scheduler", reason="unavailable", summary=summary)
