"""Messages that were written while nobody heard them: Discord does not send them again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import discord

from bot.errors import Refused
from bot.process.logs import describe
from bot.storage.shard import is_of
from cogs.chat.patience import FAILURES, WITHIN, persist
from connectors import ConnectorError
from connectors.discord import codes, time_snowflake
from connectors.local_scheduler import id_from

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.storage.places import TalkedIn
    from bot.storage.shard import Key

    Hear = Callable[[list[discord.Message], object], Awaitable[None]]
    Forget = Callable[[int], Awaitable[None]]

log = logging.getLogger(__name__)

T = TypeVar("T")

# Where people have talked with the bot: in channels since a day, where conversations go on by
# themselves since a month.
CHANNELS_OF, PLACES_OF, MOST_PLACES = timedelta(days=1), timedelta(days=30), 500
MOST_READ, AT_ONCE = 500, 5


async def catch_up(bot: Bot, hear: Hear, forget: Forget, keys: Collection[Key]) -> None:
    """Call ``hear`` with the last messages of each place, the oldest first, and the place.

    ``keys`` are the shards to look in: each process looks in its own.
    Before that, call ``forget`` with each question there that was deleted.
    """
    since = discord.utils.utcnow() - WITHIN
    after = time_snowflake(since - PLACES_OF)
    try:
        talked_in = await _persist(bot, lambda: bot.services.places.recent(after, MOST_PLACES))
    except ConnectorError as error:
        log.warning("what was written meanwhile is not answered: %s", error)
        return
    places = _places(bot, talked_in, time_snowflake(since - CHANNELS_OF))
    places = [place for place in places if is_of(keys, place[1])]
    slots = asyncio.Semaphore(AT_ONCE)
    works = (_look_through(bot, *place, since, slots, hear, forget) for place in places)
    await asyncio.gather(*works)


def _places(bot: Bot, talked_in: list[TalkedIn], lately: int) -> list[tuple[int, int | None, int]]:
    """Return the channels to look through, with their servers and their last turns."""
    threads = [thread for guild in bot.guilds for thread in guild.threads]
    own_id = bot.user.id if bot.user else 0
    own = [thread for thread in threads if thread.owner_id == own_id]
    found: dict[int, tuple[int | None, int]] = {t.id: (t.guild.id, 0) for t in own}
    for place in talked_in:
        is_thread = isinstance(bot.get_channel(place.channel_id), discord.Thread)
        if place.guild_id is None or is_thread or place.last_turn > lately:
            found[place.channel_id] = place.guild_id, place.last_turn
    return [(channel_id, *place) for channel_id, place in found.items()]


async def _look_through(
    bot: Bot,
    channel_id: int,
    guild_id: int | None,
    last_turn: int,
    since: datetime,
    slots: asyncio.Semaphore,
    hear: Hear,
    forget: Forget,
) -> None:
    known, after = bot.get_channel(channel_id), time_snowflake(since)
    last_id = getattr(known, "last_message_id", None)
    if last_id is not None and max(last_id, last_turn) < after:
        return
    channel = bot.get_partial_messageable(channel_id, guild_id=guild_id)

    async def read() -> list[discord.Message]:
        async with slots:
            return [m async for m in channel.history(after=since, limit=MOST_READ)]

    try:
        found = await _persist(bot, read)
    except FAILURES as error:
        log.warning("what was written in a channel meanwhile is not answered: %s", describe(error))
        return
    for message_id in await _deleted(bot, channel, {m.id for m in found}, after):
        await forget(message_id)
    await hear(found, known)


async def _persist(bot: Bot, attempt: Callable[[], Awaitable[T]]) -> T:
    return await persist(attempt, is_over=lambda: bot.is_closing)


async def _deleted(
    bot: Bot, channel: discord.PartialMessageable, shown: set[int], after: int
) -> list[int]:
    """Return the messages of a channel that asked something and are deleted, which Discord says."""

    async def look() -> list[int]:
        asked = [i for i in await bot.services.places.asked_in(channel.id, after) if i not in shown]
        return [i for i in asked if await _is_message(bot, i) and await _is_gone(bot, channel, i)]

    try:
        return await _persist(bot, look)
    except FAILURES as error:
        log.warning("what was deleted meanwhile is not forgotten: %s", describe(error))
        return []


async def _is_message(bot: Bot, turn_id: int) -> bool:
    """Return whether a question was asked by a message: a command has none to delete."""
    try:
        return (await bot.services.answers.find(id_from(turn_id))).origin.message_id != 0
    except Refused:
        return False


async def _is_gone(bot: Bot, channel: discord.PartialMessageable, message_id: int) -> bool:
    if message_id == channel.id:  # what a thread was opened at stands in the channel above
        thread = bot.get_channel(channel.id)
        if not isinstance(thread, discord.Thread):
            return False  # it is archived, or unknown
        channel = bot.get_partial_messageable(thread.parent_id, guild_id=thread.guild.id)
    try:
        await channel.fetch_message(message_id)
    except discord.NotFound as error:
        return str(error.code) == codes.UNKNOWN_MESSAGE
    except discord.Forbidden:
        return False  # without Read Message History the whole history is empty, too
    return False
