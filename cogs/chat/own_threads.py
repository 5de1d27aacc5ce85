"""Threads of conversations, also those that are opened for answers, where a server wants that."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import discord
from msgspec.structs import replace

from bot.answers.record import Record
from bot.answers.titles import Named, name_from, title_job
from bot.providers.preferences import Place
from bot.providers.question import Where
from cogs.chat.patience import persist
from connectors import ConnectorError
from connectors.discord import codes

if TYPE_CHECKING:
    import discord

    from bot.answers.origin import Origin
    from bot.app import Bot
    from bot.providers.question import Question
    from bot.services import Services

log = logging.getLogger(__name__)

# Discord may make a bot wait for minutes until it opens another one.
OPEN_WITHIN_S = 3.0
KNOWN_THREADS = 1000
NAMED_AFTER = timedelta(seconds=20)


def may_open(channel: object) -> bool:
    """Return whether the bot may open a thread in a channel, and write in it."""
    if not isinstance(channel, discord.TextChannel):
        return False
    own = channel.permissions_for(channel.guild.me)
    return own.create_public_threads and own.send_messages_in_threads


class ConversationThreads:
    """The threads that were opened by the bot, or at a message of a conversation."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._known: dict[int, bool] = {}

    async def has(self, thread: discord.Thread) -> bool:
        """Return whether a thread is one of them; wait while the database is away."""
        if self._bot.user is not None and thread.owner_id == self._bot.user.id:
            return True
        if thread.id not in self._known:
            await self._bot.services.opened()
            find = partial(self._is_at_turn, thread)
            try:
                is_at_turn = await persist(find, is_over=lambda: self._bot.is_closing)
            except ConnectorError:
                return False
            if len(self._known) >= KNOWN_THREADS:
                self._known.clear()
            self._known[thread.id] = is_at_turn
        return self._known[thread.id]

    async def _is_at_turn(self, thread: discord.Thread) -> bool:
        """Return whether a thread was opened at a turn, which may be unsaved, or forgotten."""
        services, place = self._bot.services, Place(0, thread.id, thread.guild.id)
        is_known = await services.conversations.turn_of_message(place, thread.id) != 0
        return is_known or await services.places.is_turn(thread.id)


async def in_thread(bot: Bot, question: Question, origin: Origin) -> tuple[Question, Origin]:
    """Return a question whose answer stands in a thread at its message.

    It stays where it is if no thread can be opened. One that is there already is used.
    """
    channel_id, message_id = origin.channel_id, origin.message_id
    services = bot.services
    if not may_open(bot.get_channel(channel_id)):
        return question, origin
    where = replace(question.where or Where(), parent_id=channel_id)
    # The thread of a message has its id. Source: topics/threads.
    inside = replace(question, where=where), replace(origin, channel_id=message_id)
    name = name_from(question.prompt)
    try:
        async with asyncio.timeout(OPEN_WITHIN_S):
            await services.rest.create_thread_from_message(channel_id, message_id, name)
    except (ConnectorError, TimeoutError) as error:
        if getattr(error, "provider_code", None) == codes.HAS_THREAD:
            return inside
        log.info("discord: an answer stays in its channel: %r", error)
        return question, origin
    await _have_named(services, name, Record.new(*inside))
    return inside


async def _have_named(services: Services, name: str, record: Record) -> None:
    """Have the model name a thread, once its answer is likely to be written."""
    job = title_job(Named(record.origin.message_id, name, record.id), record)
    due = services.now() + NAMED_AFTER
    with suppress(ConnectorError):  # then it keeps the first words of the question
        await services.scheduler.add(replace(job, next_run=due))
