"""Permissions a digest needs, of the bot and of its owner, asked of Discord before each run."""

from bot.digests import texts
from bot.schedules.rights import found
from bot.storage.rules import RulesOf, no_rules
from connectors.discord import (
    DiscordRest,
    Guild,
    Member,
    Permission,
    channel_permissions,
    guild_permissions,
)

TEXT, NEWS, NEWS_THREAD, THREAD = 0, 5, 10, 11
READABLE = (TEXT, NEWS, NEWS_THREAD, THREAD)


class DigestPermissions:
    """The permissions of the bot and a person in a server, by its present roles and overwrites."""

    def __init__(self, rest: DiscordRest, rules: RulesOf = no_rules) -> None:
        self._rest = rest
        self._rules = rules
        self._own_id: str | None = None

    async def own_id(self) -> str:
        if self._own_id is None:
            self._own_id = (await self._rest.current_user()).id
        return self._own_id

    async def sees_content(self) -> bool:
        return (await self._rest.current_application()).may_read_content

    async def obstacle(
        self, guild_id: int, user_id: int, source_id: int, target_id: int
    ) -> str | None:
        """Return why a person's digest cannot be posted, and what to do. Raises ConnectorError."""
        guild = await found(self._rest.guild(guild_id))
        bot = await found(self._rest.member(guild_id, await self.own_id()))
        if guild is None or bot is None:
            return texts.NOT_HERE
        person = await found(self._rest.member(guild_id, user_id))
        if person is None:
            return texts.HAS_LEFT.format(user_id)
        manages = guild_permissions(guild, person) & Permission.MANAGE_GUILD
        allowed = () if manages else (await self._rules(guild_id)).digest_roles
        if not manages and not {*map(int, person.roles)}.intersection(allowed):
            return texts.NO_MANAGER.format(user_id)
        who = {"I": bot, f"<@{user_id}>": person}
        return await self._obstacle_in(source_id, guild, who, is_source=True) or (
            await self._obstacle_in(target_id, guild, who, is_source=False)
        )

    async def _obstacle_in(
        self, channel_id: int, guild: Guild, who: dict[str, Member], *, is_source: bool
    ) -> str | None:
        channel, parent = await found(self._rest.channel(channel_id)), None
        if channel is not None and channel.is_thread:
            # A thread has the permissions of its parent.
            parent = await found(self._rest.channel(channel.parent_id or 0))
        if channel is None or (channel.is_thread and parent is None):
            return texts.CANNOT_SEE.format(channel_id)
        if is_source and channel.type not in READABLE:
            return (texts.PRIVATE if channel.is_thread else texts.NO_TEXT).format(channel_id)
        send = (
            Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        )
        needed = Permission.VIEW_CHANNEL | (Permission.READ_MESSAGE_HISTORY if is_source else send)
        for name, member in who.items():
            held = channel_permissions(channel, guild, member, parent=parent)
            if held & needed != needed:
                return texts.lacks(name, channel_id, is_source=is_source)
        return None
