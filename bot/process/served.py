"""The health of a process, served to whoever watches it if a port is set."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.process.health import Health
from bot.settings import Settings

log = logging.getLogger(__name__)


@asynccontextmanager
async def health_of(settings: Settings) -> AsyncIterator[Health]:
    """Give the health of this process; without a port, nothing is counted or measured."""
    if settings.port is None:
        yield Health()
        return
    # Imported here: aiohttp's server and prometheus_client are only needed with a port.
    from bot.process.health_server import HealthServer

    server = HealthServer()
    try:
        try:
            await server.start(settings.port)
        except OSError as error:  # nobody's answer depends on it
            log.warning("No health on port %d: %s.", settings.port, error.strerror)
        else:
            log.info("Health and metrics on port %d.", settings.port)
        yield server.health
    finally:
        await server.aclose()
