"""The bot's process: starts the bot, starts it again after a failure, and stops it."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import commands

from bot.process.alone import alone
from bot.process.logs import describe
from bot.process.preflight import unusable
from bot.process.restarts import Restarts, own_file
from bot.process.served import health_of
from bot.process.texts import INTENTS_REFUSED, LOGIN_REFUSED, TWO_GATEWAYS
from bot.settings import Settings
from connectors import PROVIDERS, Connectors
from connectors.database import NewerDatabase
from connectors.discord import load_from_env

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.process.health import Health
    from connectors.local_scheduler import Pace
    from connectors.provider import Provider

log = logging.getLogger(__name__)

SETTLED_S = 60.0  # a start that lasted this long did not fail
# Errors of the network and of Discord; any other is a mistake of ours and ends the process.
PASSING = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


async def run(
    bot_class: Callable[..., Bot],
    settings: Settings,
    environ: Mapping[str, str],
    *,
    stop: asyncio.Event,
    pace: Pace | None = None,
    providers: Mapping[str, Provider] = PROVIDERS,
) -> int:
    """Run the bot until ``stop`` is set. Return 0, or 2 if only a person can make it start.

    Raise what ended a part of the bot that should run as long as the process.
    """
    if settings.loss is not None:
        log.warning("Reminders are off, and a restart loses answers in progress: %s", settings.loss)
    if problem := await unusable(settings, stop):
        log.error("%s", problem)
        return 2
    async with health_of(settings) as health, alone(settings, stop) as is_alone:
        if not is_alone:
            log.error("%s", TWO_GATEWAYS.format(file=settings.ledger.file))
            return 2
        with own_file(settings.data_dir) as path:
            with load_from_env(environ) as config:
                restarts = Restarts(path, login=config.token.reveal())
            given = settings, environ, stop, health, pace
            return await _run_until_stopped(bot_class, *given, providers, restarts)


async def _run_until_stopped(
    bot_class: Callable[..., Bot],
    settings: Settings,
    environ: Mapping[str, str],
    stop: asyncio.Event,
    health: Health,
    pace: Pace | None,
    providers: Mapping[str, Provider],
    restarts: Restarts,
) -> int:
    while not await _is_stopped(stop, restarts.wait_s()):
        restarts.begin()
        log.debug("Starting.")
        connectors = Connectors(environ, providers=providers, recorder=health.recorder)
        bot = bot_class(settings, connectors, load_from_env(environ), job_pace=pace)
        health.watch(bot.services, bot, is_held_up=partial(_waits_for_logins, bot))
        bot.when_ready = _tell
        try:
            await _run_once(bot, stop, restarts)
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired) as error:
            is_login = isinstance(error, discord.LoginFailure)
            log.error("%s", LOGIN_REFUSED if is_login else INTENTS_REFUSED)
            return 2
        except NewerDatabase as error:
            log.error("%s", error.trouble.sentence)
            return 2
        except commands.ExtensionError:  # a cog with a mistake of ours
            raise
        except PASSING as error:
            log.error("Could not connect to Discord, or stay connected: %s", _cause(error))
    restarts.lasted()
    return 0


async def _tell(bot: Bot) -> None:
    """Tell the person who runs the bot that it is ready, and how everything is set up."""
    await bot.services.loaded()  # questions come first
    tell = await asyncio.to_thread(_load_tell)
    gc.freeze()  # all modules are loaded by now, and the servers and channels are known
    await tell(bot)


def _load_tell() -> Callable[[Bot], Awaitable[None]]:
    from bot.process.ready import own_terminal, tell

    return partial(tell, terminal=own_terminal())


def _waits_for_logins(bot: Bot) -> bool:
    return bot.sharding.waits_for_logins()


async def _run_once(bot: Bot, stop: asyncio.Event, restarts: Restarts) -> None:
    """Run one bot until ``stop`` is set. Raise what ended it before."""
    tasks = bot.services.tasks
    running = asyncio.create_task(bot.run_until_closed())
    settled = asyncio.get_running_loop().call_later(SETTLED_S, _settle, bot, restarts)
    try:
        await tasks.wait(stop, running)
        if stop.is_set():
            log.info("Stopping. Answers in progress get up to 8 s.")
        else:
            await running
    finally:
        settled.cancel()
        # While it logs in or connects, discord.py does not notice ``close``.
        running.cancel()
        await bot.close()
        await asyncio.wait({running}, timeout=1.0)
        running.add_done_callback(_retrieve)
    tasks.check()


async def _is_stopped(stop: asyncio.Event, within_s: float) -> bool:
    """Wait until the next start is due; return whether to stop instead."""
    if within_s and not stop.is_set():
        log.warning("The last start failed. Trying again in %.0f s.", within_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await stop.wait()
    return stop.is_set()


def _retrieve(task: asyncio.Task[None]) -> None:
    """Keep asyncio from logging an error of a bot that was told to stop."""
    if not task.cancelled():
        task.exception()


def _settle(bot: Bot, starts: Restarts) -> None:
    if bot.is_ready():
        starts.lasted()


def _cause(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy at {error.host}:{error.port} cannot be reached"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused the connection ({error.status})"
    return describe(error)
