"""Messages to the bot: mentions, replies, direct messages and its threads."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from bot.answers import texts
from bot.answers.origin import Origin
from bot.conversations.incoming import Incoming, Me
from bot.errors import OUR_FAULT, Refused
from bot.providers.question import Quote
from cogs.ui import file_of, quote_of, where_of
from connectors import ConnectorError
from connectors.discord import snowflake_time
from connectors.local_scheduler import id_from

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)

# Who edits a mention into a message expects an answer; an old message is edited for other reasons.
EDITED_IN_WITHIN = timedelta(hours=1)


class Chat(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        incoming, me = read(message), self._me(message.guild)
        if incoming.is_for(me):
            async with self._alone_with(message.id):
                await self._hear(incoming, me)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        edited_at = event.message.edited_at
        if edited_at is None:  # Discord has added a link's preview, or a thread
            return
        incoming, me = read(event.message), self._me(event.message.guild)
        if incoming.is_person and not incoming.is_hidden(me):
            async with self._alone_with(incoming.id):
                await self._hear_again(incoming, me, int(edited_at.timestamp() * 1000))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._forget(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            await self._forget(message_id)

    def _alone_with(self, message_id: int) -> asyncio.Lock:
        """Return the lock of a message: discord.py handles each of its events in its own task."""
        return self._locks.setdefault(message_id, asyncio.Lock())

    async def _hear_again(self, message: Incoming, me: Me, revision: int) -> None:
        """Answer a message anew that was edited, or for the first time if it now calls the bot."""
        await self._bot.services.opened()
        try:
            question = message.question(me)
            await self._bot.services.edits.revise(id_from(message.id), question, revision)
        except Refused:
            age = discord.utils.utcnow() - snowflake_time(message.id)
            if message.is_for(me) and age < EDITED_IN_WITHIN:
                await self._hear(message, me)
        except ConnectorError as error:
            log.warning("an edited question is not answered anew: %s", error)

    async def _forget(self, message_id: int) -> None:
        """Forget a message that was deleted, with its answer unless somebody has replied to it."""
        services = self._bot.services
        await services.opened()
        answer_id = id_from(message_id)
        try:
            async with self._alone_with(message_id):
                deleted = await services.conversations.delete(message_id)
                if deleted is None or not deleted.has_replies:
                    await services.edits.withdraw(answer_id)
                else:
                    await services.edits.end(answer_id)
        except Refused:
            return  # it was no question, or has no answer to stop
        except ConnectorError as error:
            log.warning("a deleted question is not forgotten: %s", error)

    def _me(self, guild: discord.Guild | None) -> Me:
        role = None if guild is None else guild.self_role
        user_id = self._bot.user.id if self._bot.user else 0
        return Me(user_id, role.id if role else None, self._bot.reads_content)

    async def _hear(self, message: Incoming, me: Me) -> None:
        """Answer a message, or say why not."""
        origin = Origin.of_message(
            message.id,
            application_id=self._bot.application_id or 0,
            channel_id=message.channel_id,
            guild_id=message.guild_id,
            user_id=message.author_id,
        )
        try:
            await self._answer(message, me, origin)
        except Exception:
            log.exception("a message could not be answered")
            await self._bot.services.remarks.reply(OUR_FAULT, origin)

    async def _answer(self, message: Incoming, me: Me, origin: Origin) -> None:
        services = self._bot.services
        await services.opened()
        if permission := self._lacks(message.channel_id):
            reason = texts.MAY_NOT_WRITE.format(
                channel_id=message.channel_id, permission=permission
            )
            await services.remarks.whisper_hourly(reason, origin, "may not write")
        elif message.is_hidden(me):
            await self._say_hidden(message, me, origin)
        elif (question := message.question(me)).is_empty:
            is_unread = message.replies_to is not None and message.quote is None
            text = texts.HIDDEN_QUOTE if is_unread else texts.HELP
            await services.remarks.reply(text.format(mention=f"<@{me.user_id}>"), origin)
        else:
            question = await services.conversations.follow(
                origin.place, question, reply_to=message.replies_to, goes_on=message.goes_on
            )
            await services.accept(question, origin, nothing)

    def _lacks(self, channel_id: int) -> str:
        """Return the permission that the bot would need to write in a channel, or ""."""
        channel = self._bot.get_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return ""
        allowed = channel.permissions_for(channel.guild.me)
        if isinstance(channel, discord.Thread):
            return "" if allowed.send_messages_in_threads else "Send Messages in Threads"
        return "" if allowed.send_messages else "Send Messages"

    async def _say_hidden(self, message: Incoming, me: Me, origin: Origin) -> None:
        """Say once in a conversation that its messages cannot be read."""
        if message.thread_owner_id is None and message.replies_to is not None:
            text, about = texts.HIDDEN_REPLY, message.replies_to
        else:
            text, about = texts.HIDDEN_HERE, message.channel_id
        text = text.format(mention=f"<@{me.user_id}>")
        await self._bot.services.remarks.reply(text, origin, "hidden", about)


async def nothing() -> bool:
    """Acknowledge nothing: a message does not wait for a response, as an interaction does."""
    return True


def read(message: discord.Message) -> Incoming:
    """Return a message of discord.py as ours."""
    author, channel = message.author, message.channel
    target = replied_to(message)
    return Incoming(
        id=message.id,
        channel_id=channel.id,
        guild_id=None if message.guild is None else message.guild.id,
        author_id=author.id,
        author=author.display_name,
        text=message.content,
        kind=message.type.value,
        is_person=not author.bot and message.webhook_id is None,
        mentions=tuple(user.id for user in message.mentions),
        mention_roles=tuple(role.id for role in message.role_mentions),
        replies_to=replied_id(message),
        replied_author_id=target.author.id if target else None,
        thread_owner_id=channel.owner_id if isinstance(channel, discord.Thread) else None,
        attachments=tuple(file_of(file, message=message) for file in message.attachments),
        quote=quote_of(target) if target else forwarded(message),
        where=where_of(channel, message.guild),
    )


def replied_id(message: discord.Message) -> int | None:
    is_reply = message.type is discord.MessageType.reply and message.reference is not None
    return message.reference.message_id if is_reply and message.reference else None


def replied_to(message: discord.Message) -> discord.Message | None:
    """Return the message that a reply replies to, if Discord has sent it along."""
    found = message.reference.resolved if message.reference else None
    return found if isinstance(found, discord.Message) and replied_id(message) else None


def forwarded(message: discord.Message) -> Quote | None:
    """Return what a message forwards; Discord does not say whose it was."""
    for part in message.message_snapshots:
        files = tuple(file_of(file, message=message) for file in part.attachments)
        if part.content or files:
            return Quote(0, "", part.content, files)
    return None


async def setup(bot: Bot) -> None:
    await bot.add_cog(Chat(bot))
