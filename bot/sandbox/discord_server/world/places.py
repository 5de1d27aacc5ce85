"""Filling the world: guilds, channels, roles, members; the bot is told if it is connected."""

import secrets
from collections.abc import Sequence

from bot.sandbox.discord_server.core import Core
from bot.sandbox.discord_server.objects import (
    JSON,
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rules.permissions import BOT_PERMISSIONS, EVERYONE_PERMISSIONS
from bot.sandbox.discord_server.world.render import (
    channel_json,
    guild_create_json,
    member_json,
    role_json,
)


class Places:
    """Adds to the world and dispatches the events that come with it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._world = core.world

    def add_user(self, username: str, display_name: str, locale: str) -> User:
        user = User(self._world.new_id(), username, display_name, locale)
        self._world.users[user.id] = user
        return user

    def add_webhook(self, channel: Channel, name: str) -> Webhook:
        webhook_id = self._world.new_id()
        user = User(webhook_id, name, name, bot=True)
        webhook = Webhook(webhook_id, name, secrets.token_urlsafe(51), channel, user)
        self._world.webhooks[webhook_id] = webhook
        return webhook

    def add_guild(self, name: str, *, has_bot: bool, guild_id: int | None) -> Guild:
        guild_id = guild_id or self._world.new_guild_id()
        guild = Guild(guild_id, name, self._core.owner, has_bot)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE_PERMISSIONS, 0)
        self._join(guild, self._core.owner, ())
        if has_bot:
            role = Role(self._world.new_id(), "Abi", BOT_PERMISSIONS, 1, managed=True)
            guild.roles[role.id] = role
            self._join(guild, self._core.bot, (role,))
        self._world.guilds[guild.id] = guild
        if has_bot:
            body = guild_create_json(guild, self._core.bot)
            self._core.gateway.dispatch("GUILD_CREATE", body, guild.id, 1)
        self._core.feed.publish({"type": "guild_create", "guild": {"id": str(guild.id)}})
        return guild

    def _join(self, guild: Guild, user: User, roles: Sequence[Role]) -> Member:
        member = Member(user, list(roles), self._world.clock())
        guild.members[user.id] = member
        return member

    def add_member(self, guild: Guild, user: User, roles: Sequence[Role]) -> Member:
        member = self._join(guild, user, roles)
        body = member_json(member) | {"guild_id": str(guild.id)}
        self._tell(guild, "GUILD_MEMBER_ADD", body, 1 << 1)
        return member

    def add_role(self, guild: Guild, name: str, permissions: int, *, mentionable: bool) -> Role:
        role = Role(self._world.new_id(), name, permissions, len(guild.roles), mentionable)
        guild.roles[role.id] = role
        self._tell(guild, "GUILD_ROLE_CREATE", {"role": role_json(role)})
        return role

    def add_channel(self, guild: Guild, name: str, kind: int, parent: Channel | None) -> Channel:
        channel = Channel(self._world.new_id(), name, kind, guild, parent)
        channel.position = len(guild.channels)
        guild.channels[channel.id] = self._world.channels[channel.id] = channel
        self._announce(channel, "CHANNEL_CREATE")
        return channel

    def remove_channel(self, channel: Channel) -> None:
        self._world.remove_channel(channel)
        self._announce(channel, "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE")

    def set_overwrite(self, channel: Channel, target: User | Role, allow: int, deny: int) -> None:
        kind = 1 if isinstance(target, User) else 0
        channel.overwrites[target.id] = Overwrite(kind, allow, deny)
        self._announce(channel, "CHANNEL_UPDATE")

    def _announce(self, channel: Channel, event: str) -> None:
        body = channel_json(channel)
        if channel.guild is not None:
            self._tell(channel.guild, event, body)
        self._core.feed.publish({"type": event.lower(), "channel": body})

    def _tell(self, guild: Guild, event: str, body: JSON, intent: int = 1) -> None:
        if guild.has_bot:
            named = {"guild_id": str(guild.id)} | body
            self._core.gateway.dispatch(event, named, guild.id, intent)
        self._core.feed.changed()
