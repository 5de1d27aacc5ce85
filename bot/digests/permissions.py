"""Whether a person may still have one channel read for them and told in another: asked of Discord each time."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from connectors import ConnectorError
from connectors.discord import (
    Channel,
    DiscordRest,
    Guild,
    Member,
    Permission,
    channel_permissions,
    guild_permissions,
)

T = TypeVar("T")

READ = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
TEXT, NEWS, NEWS_THREAD, THREAD = 0, 5, 10, 11
READABLE = (TEXT, NEWS, NEWS_THREAD, THREAD)
GONE = frozenset({"10003", "10004", "10007", "10013", "50001"})

NO_CONTENT = (
    "Discord does not let me see what people write: *Message Content Intent* is off. Whoever runs me switches it on at "
    "<https://discord.com/developers/applications>, my application, *Bot*."
)
NOT_HERE = "I am no longer in this server. Invite me again."
PRIVATE = "<#{}> is a private thread, and I carry nothing out of those. Choose a channel or a public thread."
NO_TEXT = "I can read text channels and threads, and <#{}> is neither. Choose another channel."


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel, and the one whose permissions hold in it."""

    channel: Channel
    parent: Channel | None

    @property
    def sending(self) -> Permission:
        send = Permission.SEND_MESSAGES
        if self.channel.is_thread:
            send = Permission.SEND_MESSAGES_IN_THREADS
        return Permission.VIEW_CHANNEL | send


class DigestPermissions:
    """What a person and the bot may do in a server, by roles and overwrites as they are now."""

    def __init__(self, rest: DiscordRest) -> None:
        self._rest = rest
        self._own_id: str | None = None

    async def own_id(self) -> str:
        """Return the bot's own id."""
        if self._own_id is None:
            self._own_id = (await self._rest.current_user()).id
        return self._own_id

    async def sees_content(self) -> bool:
        """Return whether the messages of others come with what they say."""
        return (await self._rest.current_application()).may_read_content

    async def obstacle(
        self, guild_id: int, user_id: int, source_id: int, target_id: int
    ) -> str | None:
        """Return what forbids a digest that user_id wants, as two sentences, or None.

        Raises ConnectorError when Discord cannot be asked.
        """
        guild = await _found(self._rest.guild(guild_id))
        bot = await _found(self._rest.member(guild_id, await self.own_id()))
        if guild is None or bot is None:
            return NOT_HERE
        person = await _found(self._rest.member(guild_id, user_id))
        if person is None:
            return f"<@{user_id}>, who set it, has left the server. Set it anew."
        if not guild_permissions(guild, person) & Permission.MANAGE_GUILD:
            return (
                f"<@{user_id}>, who set it, may no longer manage this server. Give the right "
                "*Manage Server* back, or set it anew."
            )
        for channel_id, is_source in ((source_id, True), (target_id, False)):
            place = await self._place(channel_id)
            if place is None:
                return f"I cannot see <#{channel_id}>, or it is gone. Let me see it, or choose another channel."
            if is_source and place.channel.type not in READABLE:
                return (PRIVATE if place.channel.is_thread else NO_TEXT).format(channel_id)
            if said := _lacking(place, guild, person, bot, is_source=is_source):
                return said
        return None

    async def _place(self, channel_id: int) -> _Place | None:
        channel = await _found(self._rest.channel(channel_id))
        if channel is None or not channel.is_thread:
            return None if channel is None else _Place(channel, None)
        parent = await _found(self._rest.channel(channel.parent_id or 0))
        return None if parent is None else _Place(channel, parent)


def _lacking(
    place: _Place, guild: Guild, person: Member, bot: Member, *, is_source: bool
) -> str | None:
    needed, what = (READ, "read") if is_source else (place.sending, "write in")
    channel_id = place.channel.id
    for member, who in ((bot, "I"), (person, f"<@{person.user.id if person.user else 0}>")):
        held = channel_permissions(place.channel, guild, member, parent=place.parent)
        if held & needed != needed:
            names = "*View Channel* and *Read Message History*"
            if not is_source:
                names = "*View Channel* and *Send Messages*"
            return f"{who} may not {what} <#{channel_id}>. Allow {names} there, or choose another channel."
    return None


async def _found(asked: Awaitable[T]) -> T | None:
    """Return what was asked for, or None where it is gone or not for us to see."""
    try:
        return await asked
    except ConnectorError as error:
        if error.provider_code in GONE:
            return None
        raise
