"""Trying again what fails for reasons that pass: of the network, of Discord, of the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import discord

from bot.process.logs import describe
from connectors import ConnectorError
from connectors.discord import codes
from connectors.http.connections import NETWORK_ERRORS

log = logging.getLogger(__name__)

T = TypeVar("T")

FAILURES: Final = (ConnectorError, discord.DiscordException, *NETWORK_ERRORS)
# A quarter of an hour: what people wrote before that is not answered any more.
WAITS_S: Final = (1.0, 5.0, 15.0, 60.0, 180.0, 600.0)
SHORT_WAITS_S: Final = WAITS_S[:2]
_LASTING = {
    *(codes.UNKNOWN_CHANNEL, codes.UNKNOWN_MESSAGE),
    *(codes.MISSING_ACCESS, codes.MISSING_PERMISSIONS),
}


async def persist(
    attempt: Callable[[], Awaitable[T]],
    waits_s: tuple[float, ...] = WAITS_S,
    *,
    is_over: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Return what ``attempt`` returns. Raise one of ``FAILURES`` that lasts, or any other error."""
    for wait_s in waits_s:
        try:
            return await attempt()
        except FAILURES as error:
            if is_over() or _lasts(error):
                raise
            log.info("trying again in %g s: %s", wait_s, describe(error))
        await sleep(wait_s)
    return await attempt()


def _lasts(error: Exception) -> bool:
    """Return whether Discord says so by a listed code: a proxy refuses without one."""
    is_refusal = isinstance(error, discord.Forbidden | discord.NotFound)
    return is_refusal and str(getattr(error, "code", 0)) in _LASTING
