"""Runs the bot until it is told to stop; a start that fails is tried again after a longer wait each time."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.app import Bot
from bot.errors import INTENTS_REFUSED, LOGIN_REFUSED
from bot.process.logs import describe
from bot.process.preflight import unusable
from bot.process.restarts import Restarts
from bot.settings import Settings
from connectors import Connectors
from connectors.discord import load_from_env

if TYPE_CHECKING:
    from connectors.local_scheduler import Pace

log = logging.getLogger(__name__)

SETTLED_S = 60.0  # a start that lasted this long did not fail
# What a network or Discord does to a start; everything else is a mistake of ours and ends the process.
PASSING = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


async def run(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    stop: asyncio.Event,
    pace: "Pace | None" = None,
) -> int:
    """Run the bot until ``stop`` is set. Return the exit code: 0 when stopped, 2 for what only a person can mend.

    Raises what ended a part of the bot that was to run for ever.
    """
    if settings.loss is not None:
        log.warning("reminders are refused, and answers are lost at a restart: %s", settings.loss)
    if problem := await unusable(settings, stop):
        log.error("%s", problem)
        return 2
    with load_from_env(environ) as config:
        starts = Restarts(settings.data_dir / "starts.json", login=config.token.reveal())
    while not stop.is_set():
        wait_s = starts.wait_s()
        if wait_s:
            log.warning("the last start failed; the next one is in %.0f s", wait_s)
            if await _happens(stop, wait_s):
                break
        starts.begin()
        log.debug("starting")
        bot = Bot(settings, Connectors(environ), load_from_env(environ), job_pace=pace)
        try:
            await _run_once(bot, stop, starts)
        except discord.LoginFailure:
            log.error("%s", LOGIN_REFUSED)
            return 2
        except discord.PrivilegedIntentsRequired:
            log.error("%s", INTENTS_REFUSED)
            return 2
        except PASSING as error:
            log.error("could not start or stay connected: %s", _cause(error))
    starts.lasted()
    return 0


async def _run_once(bot: Bot, stop: asyncio.Event, starts: Restarts) -> None:
    """Run one bot. Returns when ``stop`` is set; raises what ended it before."""
    running = asyncio.create_task(bot.run_until_closed())
    failing = asyncio.create_task(bot.services.tasks.failure())
    stopping = asyncio.create_task(stop.wait())
    settled = asyncio.get_running_loop().call_later(SETTLED_S, _settle, bot, starts)
    try:
        await asyncio.wait({running, failing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            log.info("stopping: answers under way get up to 8 s")
    finally:
        settled.cancel()
        stopping.cancel()
        has_ended = running.done()
        # A login or a connection that is waited for does not end with ``close``: discord.py tries it for ever.
        running.cancel()
        await bot.close()
        failing.cancel()
    await asyncio.wait({running}, timeout=1.0)
    error = running.exception() if running.done() and not running.cancelled() else None
    if failing.done() and not failing.cancelled():
        raise failing.result()
    if error is not None and has_ended and not stop.is_set():
        raise error


def _settle(bot: Bot, starts: Restarts) -> None:
    if bot.is_ready():
        starts.lasted()


def _cause(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy at {error.host}:{error.port} cannot be reached"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused the connection ({error.status})"
    return describe(error)


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
