"""The scheduler with every kind of job that is promised here: a part of the bot, or a process of its own."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.errors import LOGIN_REFUSED
from bot.settings import Settings
from connectors import ConnectorError, Connectors
from connectors import local_scheduler as ledger
from connectors.discord import DiscordRest, load_from_env

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler, Pace

log = logging.getLogger(__name__)

NOTHING_LASTS = (
    "This platform deletes the files of a process, so there is nothing to share with the bot. "
    "Set DATABASE_URL for both: `heroku addons:create heroku-postgresql:essential-0`."
)


def open_scheduler(
    settings: Settings, rest: DiscordRest, *, pace: "Pace | None" = None
) -> "LocalScheduler":
    """Return the scheduler that does what is promised, not started yet."""
    from bot.reminders import register as register_reminders
    from connectors.local_scheduler import LocalScheduler

    config = ledger.Config(settings.data_dir, settings.database_url, settings.is_lasting)
    scheduler = LocalScheduler(config, pace=pace)
    register_reminders(scheduler, rest)
    return scheduler


async def run(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    stop: asyncio.Event,
    pace: "Pace | None" = None,
) -> int:
    """Do what is due until ``stop`` is set, without a gateway. Return the exit code: 0, or 2 as the bot does."""
    if not settings.is_lasting:
        log.error("%s", NOTHING_LASTS)
        return 2
    connectors = Connectors(environ)
    with load_from_env(environ) as config:
        try:
            rest = DiscordRest(config, connectors.transport)
            if await _is_refused(rest, stop):
                log.error("%s", LOGIN_REFUSED)
                return 2
            await _keep_promises(open_scheduler(settings, rest, pace=pace), stop)
        finally:
            await connectors.aclose()
    return 0


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


async def _keep_promises(scheduler: "LocalScheduler", stop: asyncio.Event) -> None:
    try:
        if not stop.is_set():
            await scheduler.start()
        await stop.wait()
        log.info("stopping: what is under way gets up to 5 s")
    finally:
        await scheduler.aclose()
