"""Messages to the bot: mentions, replies, direct messages and its threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import discord
from discord.ext import commands
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.origin import Origin
from bot.conversations.incoming import Incoming, Me
from bot.conversations.reposts import Reposts
from bot.errors import OUR_FAULT, PrivateRefusal, Refused
from cogs.chat.missed import catch_up
from cogs.chat.own_threads import ConversationThreads, in_thread
from cogs.chat.patience import until_stored
from cogs.chat.reading import Seen, is_for_others, is_repost, lacks, origin_of, read
from cogs.chat.sight import Sight
from cogs.rights import remembered, rules_in, within_limits
from connectors import ConnectorError
from connectors.discord import snowflake_time
from connectors.local_scheduler import id_from

if TYPE_CHECKING:
    from bot.answers.record import Record
    from bot.app import Bot
    from bot.providers.question import Question
    from bot.storage.rules import Rules
    from bot.storage.shard import Key

log = logging.getLogger(__name__)

# Who edits a mention into a message expects an answer; an old message is edited for other reasons.
EDITED_IN_WITHIN = timedelta(hours=1)
MOST_MISSED = 20  # in one channel


class Chat(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._threads = ConversationThreads(bot)
        self._sight = Sight(bot, self._threads)
        self._reposts = Reposts()
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            if is_repost(message):
                await self._hear_late(self._reposts.reposted(read(message, Seen(message.channel))))
        elif not is_for_others(message, self._bot.user):
            incoming, me = read(message, await self._sight.of(message)), self._me(message.guild)
            if incoming.is_for(me):
                async with self._alone_with(message.id):
                    await self._hear_final(incoming, me)

    async def _hear_final(self, message: Incoming, me: Me) -> None:
        """Answer a message, or what a proxy reposts of it where the server wants that."""
        await self._bot.services.opened()
        rules = await self._bot.services.rules.of(message.guild_id)
        final = await self._reposts.final(message) if rules.answers_proxies else message
        if final is message:
            await self._hear(message, me)
        else:
            await self._hear_late(final)

    async def _hear_late(self, repost: Incoming | None) -> None:
        """Answer a repost whose original is not answered, or is no longer."""
        if repost is not None:
            async with self._alone_with(repost.id):
                await self._hear(repost, self._me(self._bot.get_guild(repost.guild_id or 0)))

    @commands.Cog.listener()
    async def on_shards_taken(self, keys: Collection[Key]) -> None:
        """Answer what nobody has heard before this process took these shards."""
        await self._bot.services.opened()
        if not self._bot.is_closing:
            await catch_up(self._bot, self._hear_all, self._forget, keys)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        await self._edited(event.message)

    async def _edited(
        self, message: discord.Message, channel: object = None, *, is_missed: bool = False
    ) -> None:
        """Answer an edited question anew; one that is not known yet, unless it ``is_missed``."""
        edited_at = message.edited_at
        if edited_at is None or message.author.bot:
            return  # Discord has added a preview, or a thread
        seen = await self._sight.of(message, channel)
        incoming, me = read(message, seen), self._me(message.guild)
        if incoming.is_person and not incoming.is_hidden(me):
            async with self._alone_with(incoming.id):
                revision = int(edited_at.timestamp() * 1000)
                await self._hear_again(incoming, me, revision, is_missed=is_missed)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        late = self._reposts.deleted(event.message_id)
        await self._forget(event.message_id)
        await self._hear_late(late)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            self._reposts.deleted(message_id)
            await self._forget(message_id)

    @commands.Cog.listener()
    async def on_thread_create(self, thread: discord.Thread) -> None:
        """Join a thread that somebody opens at an answer: in others nothing may be heard."""
        if await self._threads.has(thread) and thread.me is None:
            with suppress(ConnectorError):
                await self._bot.services.rest.join_thread(thread.id)

    async def _hear_all(self, messages: list[discord.Message], channel: object) -> None:
        """Answer those of the messages of a channel that were missed, the oldest first."""
        if not messages:
            return
        me = self._me(messages[0].guild)
        ours = [message for message in messages if message.author.id == me.user_id]
        answered = {message.reference.message_id for message in ours if message.reference}
        for message in messages:
            await self._edited(message, channel, is_missed=True)
        missed = [message for message in messages if message.id not in answered]
        found = [read(message, await self._sight.of(message, channel)) for message in missed]
        for asked in [asked for asked in found if asked.is_for(me)][:MOST_MISSED]:
            async with self._alone_with(asked.id):
                await self._hear(asked, me)

    def _alone_with(self, message_id: int) -> asyncio.Lock:
        """Return the lock of a message: discord.py handles each of its events in its own task."""
        return self._locks.setdefault(message_id, asyncio.Lock())

    async def _hear_again(
        self, message: Incoming, me: Me, revision: int, *, is_missed: bool
    ) -> None:
        """Answer a message anew that was edited, or for the first time if it now calls the bot."""
        await self._bot.services.opened()
        if self._bot.is_closing:
            return
        try:
            await until_stored(self._bot, partial(self._revise, message, me, revision))
        except PrivateRefusal as error:
            origin = origin_of(message, self._bot.application_id, revision)
            await self._bot.services.remarks.reply_in_private(str(error), origin)
        except Refused:
            age = discord.utils.utcnow() - snowflake_time(message.id)
            if not is_missed and message.is_for(me) and age < EDITED_IN_WITHIN:
                await self._hear(message, me)
        except ConnectorError as error:
            log.warning("an edited question is not answered anew: %s", error)

    async def _revise(self, message: Incoming, me: Me, revision: int) -> None:
        question = remembered(message.question(me), await self._rules(message))
        await self._bot.services.edits.revise(
            id_from(message.id), question, revision, partial(self._admit_revision, message)
        )

    async def _admit_revision(self, message: Incoming, revised: Record) -> Record:
        """Return an edited question within the limits. Raise PrivateRefusal."""
        origin, limits = revised.origin, self._bot.services.limits
        question = await limits.admit(
            revised.account, origin.place, revised.question, message.roles
        )
        return replace(revised, question=question)

    async def _forget(self, message_id: int) -> None:
        """Forget a message that was deleted, with its answer unless somebody has replied to it."""
        services = self._bot.services
        await services.opened()
        if self._bot.is_closing:
            return
        services.conversations.hide(message_id)
        try:
            async with self._alone_with(message_id):
                withdraw = partial(services.edits.withdraw, id_from(message_id))
                await until_stored(self._bot, withdraw)
        except Refused:  # it was no question; perhaps an answer
            with suppress(ConnectorError):
                forget = partial(services.conversations.forget, message_id)
                await until_stored(self._bot, forget)
        except ConnectorError as error:
            log.warning("a deleted question is not forgotten: %s", error)

    def _me(self, guild: discord.Guild | None) -> Me:
        role = None if guild is None else guild.self_role
        user_id = self._bot.user.id if self._bot.user else 0
        return Me(user_id, role.id if role else None, self._bot.reads_content)

    async def _hear(self, message: Incoming, me: Me) -> None:
        """Answer a message, or say why not."""
        origin = origin_of(message, self._bot.application_id)
        try:
            await self._answer(message, me, origin)
        except PrivateRefusal as error:
            await self._bot.services.remarks.reply_in_private(str(error), origin)
        except Refused as error:
            # In a thread, each message may be for the bot; in others, it is called.
            once = () if message.mentioned(me) else ("refused", origin.channel_id, origin.user_id)
            await self._bot.services.remarks.reply(str(error), origin, *once)
        except Exception:
            if self._bot.is_closing:  # whoever comes next finds the message
                return
            log.exception("a message could not be answered")
            await self._bot.services.remarks.reply(OUR_FAULT, origin)

    async def _answer(self, message: Incoming, me: Me, origin: Origin) -> None:
        services = self._bot.services
        await services.opened()
        if permission := lacks(self._bot.get_channel(message.channel_id)):
            reason = texts.MAY_NOT_WRITE.format(channel_id=origin.channel_id, permission=permission)
            await services.remarks.whisper_hourly(reason, origin, "may not write")
        elif message.is_hidden(me):
            await self._say_hidden(message, me, origin)
        elif (question := message.question(me)).is_empty:
            text = _why_empty(message).format(mention=f"<@{me.user_id}>")
            await services.remarks.reply(text, origin)
        else:
            question = await services.conversations.follow(
                origin.place, question, reply_to=message.replies_to, goes_on=message.goes_on
            )
            admit = within_limits(services, message.roles, partial(self._admit, message))
            await services.accept(question, origin, nothing, admit)

    async def _admit(
        self, message: Incoming, question: Question, origin: Origin
    ) -> tuple[Question, Origin]:
        """Return a question and where it is answered by the rules of the server. Raise Refused."""
        rules = await self._rules(message)
        question = remembered(question, rules)
        stays_local = await self._bot.services.routing.admit(origin.place, None, None)
        origin = replace(origin, stays_local=stays_local, manages=message.manages)
        is_first = not (message.is_thread or message.replies_to or question.parent)
        if rules.opens_threads and is_first and origin.guild_id is not None:
            return await in_thread(self._bot, question, origin)
        return question, origin

    async def _rules(self, message: Incoming) -> Rules:
        """Return the rules where a message stands. Raise Refused if its author may not ask."""
        ids = message.guild_id, message.channel_id, message.author_id
        return await rules_in(self._bot, *ids, message.roles)

    async def _say_hidden(self, message: Incoming, me: Me, origin: Origin) -> None:
        """Say once in a conversation that its messages cannot be read."""
        if message.mentioned(me):  # not the bot itself: that would be readable
            text, about = texts.HIDDEN_ROLE, message.channel_id
        elif not message.is_thread and message.replies_to is not None:
            text, about = texts.HIDDEN_REPLY, message.replies_to
        else:
            text, about = texts.HIDDEN_HERE, message.channel_id
        text = text.format(mention=f"<@{me.user_id}>")
        await self._bot.services.remarks.reply(text, origin, "hidden", about)


def _why_empty(message: Incoming) -> str:
    """Return what to say to a message that asks nothing."""
    if message.replies_to is None or message.quote is not None:
        return texts.HELP
    return texts.DELETED_QUOTE if message.is_target_deleted else texts.HIDDEN_QUOTE


async def nothing() -> bool:
    """Acknowledge nothing: a message does not wait for a response, as an interaction does."""
    return True


async def setup(bot: Bot) -> None:
    await bot.add_cog(Chat(bot))
