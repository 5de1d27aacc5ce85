"""Looks up what belongs to a message: its channel, and the message that it replies to."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.process.logs import describe
from cogs.chat.patience import FAILURES, learn, persist
from cogs.chat.reading import Seen, replied_id, replies_to_deleted, unresolved
from connectors import ConnectorError
from connectors.discord import codes

if TYPE_CHECKING:
    from bot.app import Bot
    from cogs.chat.own_threads import ConversationThreads

log = logging.getLogger(__name__)


class Sight:
    """Asks Discord, or the database, for what is not known of a message."""

    def __init__(self, bot: Bot, threads: ConversationThreads) -> None:
        self._bot = bot
        self._threads = threads

    async def of(self, message: discord.Message, channel: object = None) -> Seen:
        """Return what is known of the place of a message, given its channel if that is known."""
        channel, replied_to = channel or message.channel, None
        is_deleted = replies_to_deleted(message)
        fetch, fetch_message = self._bot.fetch_channel, message.channel.fetch_message
        ask = partial(learn, self._bot, message)
        try:
            if isinstance(channel, discord.PartialMessageable) and message.guild is not None:
                channel = await ask(partial(fetch, channel.id))  # a new thread
            if (target_id := unresolved(message)) is not None:
                replied_to = await ask(partial(fetch_message, target_id))
        except discord.NotFound as error:
            is_deleted |= str(error.code) == codes.UNKNOWN_MESSAGE
        except FAILURES as error:
            log.info("discord: the place of a message is unknown: %s", describe(error))
        # Who calls the bot is answered anywhere, and without the database, too.
        is_called, is_ours = self._bot.user in message.mentions, False
        if isinstance(channel, discord.Thread) and not is_called:
            is_ours = await self._threads.has(channel)
        author_id = None
        if is_deleted and not is_called and await self._is_answer(replied_id(message)):
            author_id = self._bot.user.id if self._bot.user else None
        return Seen(channel, replied_to, is_ours, is_deleted, author_id)

    async def _is_answer(self, message_id: int | None) -> bool:
        """Return whether a message that is deleted was an answer; wait for the database."""
        if message_id is None:
            return False
        find = partial(self._bot.services.places.is_answer, message_id)
        await self._bot.services.opened()
        try:
            return await persist(find, is_over=lambda: self._bot.is_closing)
        except ConnectorError:
            return False
