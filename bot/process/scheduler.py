"""Runs what is due, such as reminders, without the gateway."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.errors import LOGIN_REFUSED
from bot.process.preflight import unusable
from bot.services import Services
from bot.settings import Settings
from connectors import ConnectorError, Connectors
from connectors.discord import DiscordRest, load_from_env

if TYPE_CHECKING:
    from connectors.local_scheduler import Pace

log = logging.getLogger(__name__)

NOTHING_LASTS = "there are no files to share with the bot: %s. Set %s for both"


async def run(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    stop: asyncio.Event,
    pace: "Pace | None" = None,
) -> int:
    """Do what is due until ``stop`` is set, without a gateway. Return the exit code and raise as the bot does."""
    if not settings.is_lasting:
        log.error(NOTHING_LASTS, settings.loss or "they do not last here", settings.database_env)
        return 2
    if problem := await unusable(settings, stop):
        log.error("%s", problem)
        return 2
    log.debug("starting")
    services = Services(settings, Connectors(environ), load_from_env(environ), job_pace=pace)
    try:
        if await _is_refused(services.rest, stop):
            log.error("%s", LOGIN_REFUSED)
            return 2
        if not stop.is_set():
            await _work(services, stop)
        log.info("stopping: what is under way gets up to 8 s")
    finally:
        await services.aclose()
    return 0


async def _work(services: Services, stop: asyncio.Event) -> None:
    """Do what is due until ``stop`` is set. Raises what ended a part that was to run for ever."""
    services.catalog.start()
    opening = asyncio.create_task(services.open())
    services.tasks.watch(opening, may_end=True)
    failing = asyncio.create_task(services.tasks.failure())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({failing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (opening, failing, stopping):
        task.cancel()
    if failing.done() and not failing.cancelled():
        raise failing.result()


async def _is_refused(rest: DiscordRest, stop: asyncio.Event) -> bool:
    """Return whether Discord knows no such token; one that cannot be asked may be back when something is due."""
    asking = asyncio.create_task(rest.current_user())
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if asking not in done:
        asking.cancel()
        return False
    try:
        user = asking.result()
    except ConnectorError as error:
        log.warning("could not ask Discord who I am: %s", error)
        return error.reason == "auth"
    log.info("ready as %s, for what is due", user.username)
    return False
