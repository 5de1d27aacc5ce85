"""Messages that were written while nobody heard them: Discord does not send them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import discord

from bot.process.logs import describe
from connectors import ConnectorError
from connectors.discord import time_snowflake

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.storage.places import TalkedIn

    Hear = Callable[[list[discord.Message], object], Awaitable[None]]

log = logging.getLogger(__name__)

WITHIN = timedelta(minutes=15)
# Where people have talked with the bot: in channels since a day, where conversations go on by
# themselves since a month.
CHANNELS_OF, PLACES_OF, MOST_PLACES = timedelta(days=1), timedelta(days=30), 500
MOST_READ, AT_ONCE = 500, 5


async def catch_up(bot: Bot, hear: Hear) -> None:
    """Call ``hear`` with the last messages of each place, the oldest first, and the place."""
    since = discord.utils.utcnow() - WITHIN
    try:
        after = time_snowflake(since - PLACES_OF)
        talked_in = await bot.services.places.recent(after, MOST_PLACES)
    except ConnectorError as error:
        log.warning("what was written meanwhile is not answered: %s", error)
        return
    places = _places(bot, talked_in, time_snowflake(since - CHANNELS_OF))
    slots = asyncio.Semaphore(AT_ONCE)
    works = (_look_through(bot, *place, since, slots, hear) for place in places.items())
    await asyncio.gather(*works)


def _places(bot: Bot, talked_in: list[TalkedIn], lately: int) -> dict[int, int | None]:
    """Return the channels to look through, with their servers."""
    threads = [thread for guild in bot.guilds for thread in guild.threads]
    own_id = bot.user.id if bot.user else 0
    found: dict[int, int | None] = {t.id: t.guild.id for t in threads if t.owner_id == own_id}
    for place in talked_in:
        is_thread = isinstance(bot.get_channel(place.channel_id), discord.Thread)
        if place.guild_id is None or is_thread or place.last_turn > lately:
            found[place.channel_id] = place.guild_id
    return found


async def _look_through(
    bot: Bot,
    channel_id: int,
    guild_id: int | None,
    since: datetime,
    slots: asyncio.Semaphore,
    hear: Hear,
) -> None:
    known = bot.get_channel(channel_id)
    last_id = getattr(known, "last_message_id", None)
    if last_id is not None and last_id < time_snowflake(since):
        return
    place = bot.get_partial_messageable(channel_id, guild_id=guild_id)
    try:
        async with slots:
            found = [m async for m in place.history(after=since, limit=MOST_READ)]
    except discord.DiscordException as error:
        log.info("a channel cannot be looked through: %s", describe(error))
        return
    await hear(found, known)
