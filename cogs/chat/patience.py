"""Trying again what fails for reasons that pass: of the network, of Discord, of the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import discord

from bot.process.logs import describe
from connectors import ConnectorError
from connectors.discord import codes
from connectors.http.connections import NETWORK_ERRORS

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)

T = TypeVar("T")

# What people wrote before that is not answered any more.
WITHIN = timedelta(minutes=15)
FAILURES: Final = (ConnectorError, discord.DiscordException, *NETWORK_ERRORS)
# As long as somebody may be answered.
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
            if is_over():  # what it needs may be closed by now
                raise
    return await attempt()


async def learn(
    bot: Bot,
    message: discord.Message,
    attempt: Callable[[], Awaitable[T]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Return what ``attempt`` returns, by which it is known whether a message is for the bot.

    Whoever calls the bot is soon answered without it; of others it alone tells. Raise as
    ``persist`` does.
    """
    is_called = message.guild is None or bot.user in message.mentions

    def is_over() -> bool:
        return bot.is_closing or discord.utils.utcnow() - message.created_at > WITHIN

    waits_s = SHORT_WAITS_S if is_called else WAITS_S
    return await persist(attempt, waits_s, is_over=is_over, sleep=sleep)


async def until_stored(bot: Bot, store: Callable[[], Awaitable[object]]) -> None:
    """Store something; try again while the database is away. Raise as ``persist`` does.

    A process that stops leaves it to the next one, which looks for what was missed.
    """
    try:
        await persist(store, is_over=lambda: bot.is_closing)
    except RuntimeError:  # the scheduler is closed, or its database
        if not bot.is_closing:
            raise
        log.info("a change of a message is left to the next process, as this one stops")


def _lasts(error: Exception) -> bool:
    """Return whether Discord says so by a listed code: a proxy refuses without one."""
    is_refusal = isinstance(error, discord.Forbidden | discord.NotFound)
    return is_refusal and str(getattr(error, "code", 0)) in _LASTING
