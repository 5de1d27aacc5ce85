"""Messages to the bot: mentions, replies, direct messages and its threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.answers.origin import Origin
from bot.conversations.incoming import Incoming, Me
from bot.providers.question import Question

if TYPE_CHECKING:
    from bot.app import Bot


class Chat(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        incoming, me = read(message), self._me(message.guild)
        if incoming.is_for(me):
            await self._hear(incoming, me)

    def _me(self, guild: discord.Guild | None) -> Me:
        role = None if guild is None else guild.self_role
        return Me(self._bot.user.id if self._bot.user else 0, role.id if role else None)

    async def _hear(self, message: Incoming, me: Me) -> None:
        said = message.said(me)
        if not said:
            return
        origin = Origin.of_message(
            message.id,
            application_id=self._bot.application_id or 0,
            channel_id=message.channel_id,
            guild_id=message.guild_id,
            user_id=message.author_id,
        )
        await self._bot.services.accept(Question(said), origin, nothing)


async def nothing() -> None:
    """Acknowledge nothing: a message does not wait for a response, as an interaction does."""


def read(message: discord.Message) -> Incoming:
    """Return a message of discord.py as ours."""
    replied, author, channel = message.reference, message.author, message.channel
    is_reply = message.type is discord.MessageType.reply and replied is not None
    target = replied.resolved if is_reply and replied is not None else None
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
        replies_to=replied.message_id if is_reply and replied is not None else None,
        replied_author_id=target.author.id if isinstance(target, discord.Message) else None,
        thread_owner_id=channel.owner_id if isinstance(channel, discord.Thread) else None,
    )


async def setup(bot: Bot) -> None:
    await bot.add_cog(Chat(bot))
