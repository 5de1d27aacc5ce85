"""The scheduler's process: runs jobs that are due, such as reminders, without the gateway."""

import asyncio
import logging
from collections.abc import Mapping

from bot.process.health import Health
from bot.process.preflight import unusable
from bot.process.served import health_of
from bot.process.texts import LOGIN_REFUSED, NO_FILES, NO_STORAGE
from bot.services import Services
from bot.settings import Settings
from connectors import ConnectorError, Connectors
from connectors.database import NewerDatabase
from connectors.discord import DiscordRest, load_from_env
from connectors.local_scheduler import Pace

log = logging.getLogger(__name__)


async def run(
    settings: Settings, environ: Mapping[str, str], *, stop: asyncio.Event, pace: Pace | None = None
) -> int:
    """Run jobs that are due until ``stop`` is set. Return and raise as the bot's ``run`` does."""
    if not settings.is_lasting:
        log.error(NO_STORAGE, settings.loss or NO_FILES, settings.database_env)
        return 2
    if problem := await unusable(settings, stop):
        log.error("%s", problem)
        return 2
    async with health_of(settings) as health:
        return await _run_until_stopped(settings, environ, stop, health, pace)


async def _run_until_stopped(
    settings: Settings,
    environ: Mapping[str, str],
    stop: asyncio.Event,
    health: Health,
    pace: Pace | None,
) -> int:
    log.debug("Starting.")
    connectors = Connectors(environ, recorder=health.recorder)
    services = Services(settings, connectors, load_from_env(environ), job_pace=pace)
    health.watch(services)
    try:
        if await _is_refused(services.rest, stop):
            log.error("%s", LOGIN_REFUSED)
            return 2
        if not stop.is_set():
            services.start()
            await services.tasks.wait(stop)
        log.info("Stopping. Jobs in progress get up to 8 s.")
    except NewerDatabase as error:
        log.error("%s", error.trouble.sentence)
        return 2
    finally:
        await services.aclose()
    return 0


async def _is_refused(rest: DiscordRest, stop: asyncio.Event) -> bool:
    """Return whether Discord refuses the token; if Discord is away, it may be back in time."""
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
        log.warning("Could not check the token with Discord: %s", error)
        return error.reason == "auth"
    log.info("Ready as %s. Running scheduled jobs only.", user.username)
    return False
