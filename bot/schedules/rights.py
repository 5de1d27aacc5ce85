"""A person's rights in a channel, asked of Discord when they matter."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from connectors import ConnectorError
from connectors.discord import (
    Channel,
    DiscordRest,
    Guild,
    Member,
    Permission,
    channel_permissions,
    guild_permissions,
    is_closed,
)

T = TypeVar("T")

PRIVATE_THREAD = 12


class Rights(msgspec.Struct, frozen=True):
    """The rights of a person in a channel at this moment; none if they are not in its server."""

    is_member: bool
    held: Permission = Permission(0)
    is_thread: bool = False

    @property
    def can_post(self) -> bool:
        sends = Permission.SEND_MESSAGES_IN_THREADS if self.is_thread else Permission.SEND_MESSAGES
        return self.has(Permission.VIEW_CHANNEL | sends)

    @property
    def can_moderate(self) -> bool:
        return self.has(Permission.VIEW_CHANNEL | Permission.MANAGE_MESSAGES)

    def has(self, needed: Permission) -> bool:
        return self.held & needed == needed


async def rights_in(
    rest: DiscordRest, guild_id: int, channel_id: int, user_id: int
) -> Rights | None:
    """Return a person's rights, or None if the bot itself cannot see the server or the channel.

    Raises ConnectorError while Discord does not say.
    """
    guild, member, channel = await asyncio.gather(
        found(rest.guild(guild_id)),
        found(rest.member(guild_id, user_id)),
        found(rest.channel_of(guild_id, channel_id)),
    )
    if guild is None or channel is None:
        return None
    if member is None:
        return Rights(is_member=False)
    return await _rights(rest, guild, channel, member, user_id)


async def manager_to_tell(rest: DiscordRest, guild_id: int, user_id: int) -> int:
    """Return a person if they manage a server still, else its owner. Raises ConnectorError."""
    guild, member = await asyncio.gather(
        rest.guild(guild_id), found(rest.member(guild_id, user_id))
    )
    held = guild_permissions(guild, member) if member else Permission(0)
    return user_id if Permission.MANAGE_GUILD in held else int(guild.owner_id)


async def _rights(
    rest: DiscordRest, guild: Guild, channel: Channel, member: Member, user_id: int
) -> Rights | None:
    if not channel.is_thread:
        return Rights(is_member=True, held=channel_permissions(channel, guild, member))
    # A thread has the permissions of its parent.
    parent = await found(rest.channel(channel.parent_id or 0))
    if parent is None:
        return None
    held = channel_permissions(channel, guild, member, parent=parent)
    is_hidden = channel.type == PRIVATE_THREAD and not held & Permission.MANAGE_THREADS
    if is_hidden and await found(rest.thread_member(channel.id, user_id)) is None:
        held = Permission(0)
    return Rights(is_member=True, held=held, is_thread=True)


async def found(request: Awaitable[T]) -> T | None:
    """Return the answer to a request, or None if what it is about is gone or hidden."""
    try:
        return await request
    except ConnectorError as error:
        if is_closed(error):
            return None
        raise
