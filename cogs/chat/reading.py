"""Messages as discord.py gives them, read as far as a question needs them."""

from __future__ import annotations

import discord

from bot.conversations.incoming import Incoming
from bot.providers.question import Quote
from cogs.ui import file_of, quote_of, where_of


def read(message: discord.Message, channel: object) -> Incoming:
    """Return a message of discord.py as ours; ``channel`` is where it stands, as far as known."""
    author = message.author
    target = replied_to(message)
    return Incoming(
        id=message.id,
        channel_id=message.channel.id,
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
