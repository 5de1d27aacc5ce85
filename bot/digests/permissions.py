"""Permissions a digest needs, of the bot and of its owner, asked of Discord before each run."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from bot.digests import texts
from connectors import ConnectorError
from connectors.discord import (
    Channel,
    DiscordRest,
    Guild,
    Member,
    Permission,
    channel_permissions,
    codes,
    guild_permissions,
)

T = TypeVar("T")

TEXT, NEWS, NEWS_THREAD, THREAD = 0, 5, 10, 11
READABLE = (TEXT, NEWS, NEWS_THREAD, THREAD)
GONE = frozenset(
    {
        codes.UNKNOWN_CHANNEL,
        codes.UNKNOWN_GUILD,
        codes.UNKNOWN_MEMBER,
        codes.UNKNOWN_USER,
        codes.MISSING_ACCESS,
    }
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel, and the parent whose permissions a thread has."""

    channel: Channel
    parent: Channel | None = None
    is_source: bool = False

    @property
    def needed(self) -> Permission:
        if self.is_source:
            return Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
        if self.channel.is_thread:
            return Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES_IN_THREADS
        return Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES

    def is_open_to(self, member: Member, guild: Guild) -> bool:
        held = channel_permissions(self.channel, guild, member, parent=self.parent)
        return held & self.needed == self.needed


class DigestPermissions:
    """What the bot and a person may do in a server, by its roles and overwrites at this moment."""

    def __init__(self, rest: DiscordRest) -> None:
        self._rest = rest
        self._own_id: str | None = None

    async def own_id(self) -> str:
        """Return the bot's own id."""
        if self._own_id is None:
            self._own_id = (await self._rest.current_user()).id
        return self._own_id

    async def sees_content(self) -> bool:
        """Return whether Discord shows the bot the content of other people's messages."""
        return (await self._rest.current_application()).may_read_content

    async def obstacle(
        self, guild_id: int, user_id: int, source_id: int, target_id: int
    ) -> str | None:
        """Return what keeps a person's digest from being posted, and what to do, or None.

        Raises ConnectorError when Discord cannot be asked.
        """
        guild = await _found(self._rest.guild(guild_id))
        bot = await _found(self._rest.member(guild_id, await self.own_id()))
        if guild is None or bot is None:
            return texts.NOT_HERE
        person = await _found(self._rest.member(guild_id, user_id))
        if person is None:
            return texts.HAS_LEFT.format(user_id)
        if not guild_permissions(guild, person) & Permission.MANAGE_GUILD:
            return texts.NO_MANAGER.format(user_id)
        who = {"I": bot, f"<@{user_id}>": person}
        return await self._obstacle_in(source_id, guild, who, is_source=True) or (
            await self._obstacle_in(target_id, guild, who, is_source=False)
        )

    async def _obstacle_in(
        self, channel_id: int, guild: Guild, who: dict[str, Member], *, is_source: bool
    ) -> str | None:
        place = await self._place(channel_id, is_source=is_source)
        if place is None:
            return texts.CANNOT_SEE.format(channel_id)
        if is_source and place.channel.type not in READABLE:
            text = texts.PRIVATE if place.channel.is_thread else texts.NO_TEXT
            return text.format(channel_id)
        for name, member in who.items():
            if not place.is_open_to(member, guild):
                return texts.lacks(name, channel_id, is_source=is_source)
        return None

    async def _place(self, channel_id: int, *, is_source: bool) -> _Place | None:
        channel = await _found(self._rest.channel(channel_id))
        if channel is None or not channel.is_thread:
            return None if channel is None else _Place(channel, is_source=is_source)
        parent = await _found(self._rest.channel(channel.parent_id or 0))
        return None if parent is None else _Place(channel, parent, is_source)


async def _found(request: Awaitable[T]) -> T | None:
    """Return the answer to a request, or None if what it is about is gone or hidden."""
    try:
        return await request
    except ConnectorError as error:
        if error.provider_code in GONE:
            return None
        raise
