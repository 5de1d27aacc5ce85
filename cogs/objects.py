"""Discord's messages, places and files, as questions keep them."""

from __future__ import annotations

import discord

from bot.providers.question import VOICE, Attachment, Quote, Where


def quote_of(message: discord.Message) -> Quote | None:
    """Return a message that is asked about, or None if there is nothing that can be read."""
    files = tuple(file_of(file, message=message) for file in message.attachments)
    if not message.content and not files:
        return None
    return Quote(message.author.id, message.author.display_name, message.content, files)


def where_of(channel: object, guild: discord.Guild | None) -> Where:
    """Return the names of a place, as far as they are known; a direct message has none."""
    if guild is None:
        return Where()
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else 0
    return Where(guild.name, getattr(channel, "name", None) or "", parent_id)


def file_of(file: discord.Attachment, *, message: discord.Message | None = None) -> Attachment:
    """Return a file that somebody attached to a command or a message, as questions keep it."""
    given = file.id, file.url, file.filename, file.content_type or "", file.size
    if message is None:
        return Attachment(*given)
    kind = VOICE if message.flags.voice else ""
    return Attachment(*given, kind, message.channel.id, message.id)
