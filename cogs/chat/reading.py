"""Messages as discord.py gives them, read as far as a question needs them."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from msgspec.structs import replace

from bot.answers.origin import Origin
from bot.conversations.incoming import Incoming
from bot.providers.question import Quote
from cogs.objects import file_of, quote_of, where_of
from cogs.rights import is_manager, roles_of


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts about a message that it does not hold itself.

    That is its channel, as far as it is known; the message that it replies to, where Discord has
    not sent it along; whether it stands in a thread of a conversation; whether the message that it
    replies to has turned out to be deleted; and whose that was, if it was the bot's.
    """

    channel: object
    replied_to: discord.Message | None = None
    is_ours: bool = False
    is_target_deleted: bool = False
    deleted_author_id: int | None = None


def is_for_others(message: discord.Message, me: discord.ClientUser | None) -> bool:
    """Return whether a message is certainly not for the bot, as most are, without reading it.

    It stands in a channel of a server, replies to nothing, and mentions neither it nor a role.
    """
    may_call = message.reference is not None or message.role_mentions or me in message.mentions
    return isinstance(message.channel, discord.abc.GuildChannel) and not may_call


def read(message: discord.Message, seen: Seen) -> Incoming:
    """Return a message of discord.py as ours."""
    author = message.author
    target = replied_to(message) or seen.replied_to
    return Incoming(
        id=message.id,
        channel_id=message.channel.id,
        guild_id=None if message.guild is None else message.guild.id,
        author_id=author.id,
        author=author.display_name,
        text=message.content,
        kind=message.type.value,
        is_person=not author.bot and message.webhook_id is None,
        mentions={user.id: user.display_name for user in message.mentions},
        mention_roles=tuple(role.id for role in message.role_mentions),
        replies_to=replied_id(message),
        replied_author_id=target.author.id if target else seen.deleted_author_id,
        is_thread=isinstance(seen.channel, discord.Thread),
        is_ours=seen.is_ours,
        attachments=tuple(file_of(file, message=message) for file in message.attachments),
        quote=quote_of(target) if target else forwarded(message),
        is_target_deleted=seen.is_target_deleted,
        where=where_of(seen.channel, message.guild),
        roles=roles_of(author),
        manages=is_manager(author),
    )


def replied_id(message: discord.Message) -> int | None:
    is_reply = message.type is discord.MessageType.reply and message.reference is not None
    return message.reference.message_id if is_reply and message.reference else None


def unresolved(message: discord.Message) -> int | None:
    """Return the id of a message that is replied to, but that Discord has not sent along."""
    is_known = message.reference is None or message.reference.resolved is not None
    return None if is_known else replied_id(message)


def replied_to(message: discord.Message) -> discord.Message | None:
    """Return the message that a reply replies to, if Discord has sent it along."""
    found = message.reference.resolved if message.reference else None
    return found if isinstance(found, discord.Message) and replied_id(message) else None


def replies_to_deleted(message: discord.Message) -> bool:
    """Return whether Discord says that the message which a reply replies to was deleted."""
    found = message.reference.resolved if message.reference else None
    return isinstance(found, discord.DeletedReferencedMessage)


def forwarded(message: discord.Message) -> Quote | None:
    """Return what a message forwards; Discord does not say whose it was."""
    for part in message.message_snapshots:
        files = tuple(file_of(file, message=message) for file in part.attachments)
        if part.content or files:
            return Quote(0, "", part.content, files)
    return None


def is_repost(message: discord.Message) -> bool:
    """Return whether a webhook has posted a message, and not a bot as a response."""
    is_response = message.interaction_metadata is not None
    return message.webhook_id is not None and not is_response


def lacks(channel: object) -> str:
    """Return the permission that the bot would need to write in a channel, or ""."""
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return ""
    if (own := channel.guild.me) is None:  # the server is not known yet
        return ""
    allowed = channel.permissions_for(own)
    if isinstance(channel, discord.Thread):
        return "" if allowed.send_messages_in_threads else "Send Messages in Threads"
    return "" if allowed.send_messages else "Send Messages"


def origin_of(message: Incoming, application_id: int | None, revision: int = 0) -> Origin:
    """Return where a message, or an edit of it, is answered."""
    origin = Origin.of_message(
        message.id,
        application_id=application_id or 0,
        channel_id=message.channel_id,
        guild_id=message.guild_id,
        user_id=message.author_id,
    )
    return replace(origin, revision=revision)
