"""Changes of guilds, channels, roles and members, and their events."""

import secrets
from collections.abc import Sequence

from bot.sandbox.discord_server.objects import (
    Channel,
    Guild,
    Member,
    Overwrite,
    Role,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, GUILDS
from bot.sandbox.discord_server.rules.permissions import (
    BOT_PERMISSIONS,
    EVERYONE_PERMISSIONS,
    can_see,
)
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.render import (
    channel_json,
    guild_create_json,
    member_json,
    role_json,
    thread_member_json,
    user_json,
)
from bot.sandbox.discord_server.world.world import World


class Places:
    """Adds to the world and changes it, as people do in the client."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_user(
        self, username: str, *, display_name: str | None = None, locale: str = "en-US"
    ) -> User:
        return self._world.add_user(username, display_name or username, locale)

    def add_webhook(self, channel: Channel, name: str) -> Webhook:
        webhook_id = self._world.new_id()
        user = User(webhook_id, name, name, bot=True)
        webhook = Webhook(webhook_id, name, secrets.token_urlsafe(51), channel, user)
        self._world.webhooks[webhook_id] = webhook
        return webhook

    def add_guild(self, name: str, *, has_bot: bool = True, guild_id: int | None = None) -> Guild:
        """Add a guild; without the bot only user-installed commands work there."""
        world = self._world
        guild = Guild(guild_id or world.new_guild_id(), name, world.owner, has_bot)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE_PERMISSIONS, 0)
        self._join(guild, world.owner, ())
        if has_bot:
            role = Role(world.new_id(), "Abi", BOT_PERMISSIONS, 1, managed=True)
            role.bot_id = world.bot.id
            guild.roles[role.id] = role
            self._join(guild, world.bot, (role,))
        world.guilds[guild.id] = guild
        if has_bot:
            body = guild_create_json(guild, world.bot)
            del body["unavailable"]  # only of guilds that READY has named
            world.feed.dispatch(Event("GUILD_CREATE", body, guild.id, GUILDS))
        world.feed.publish({"type": "guild_create", "guild": {"id": str(guild.id)}})
        return guild

    def _join(self, guild: Guild, user: User, roles: Sequence[Role]) -> Member:
        member = Member(user, list(roles), self._world.clock())
        guild.members[user.id] = member
        return member

    def add_member(self, guild: Guild, user: User, roles: Sequence[Role] = ()) -> Member:
        member = self._join(guild, user, roles)
        self._world.tell(guild, "GUILD_MEMBER_ADD", member_json(member), GUILD_MEMBERS)
        return member

    def time_out(self, guild: Guild, user: User, until: float | None) -> None:
        """Mute a member until a moment, or no longer."""
        member = guild.members[user.id]
        member.timed_out_until = until
        # Of itself the bot is told without an intent. Source: events/gateway, "List of Intents".
        intent = GUILDS if user is self._world.bot else GUILD_MEMBERS
        self._world.tell(guild, "GUILD_MEMBER_UPDATE", member_json(member), intent)
        self._world.feed.publish({"type": "member_update"})

    def end_time_outs(self) -> None:
        """End the time-outs whose time is over; Discord sends no event of that."""
        for guild in self._world.guilds.values():
            for member in guild.members.values():
                until = member.timed_out_until
                if until is not None and until <= self._world.clock():
                    member.timed_out_until = None
                    self._world.feed.publish({"type": "member_update"})

    def remove_member(self, guild: Guild, user: User) -> None:
        """Remove a person from a guild, as when they leave or are kicked."""
        del guild.members[user.id]
        self._world.tell(guild, "GUILD_MEMBER_REMOVE", {"user": user_json(user)}, GUILD_MEMBERS)

    def add_role(
        self, guild: Guild, name: str, *, permissions: int = 0, mentionable: bool = False
    ) -> Role:
        role = Role(self._world.new_id(), name, permissions, len(guild.roles), mentionable)
        guild.roles[role.id] = role
        self._world.tell(guild, "GUILD_ROLE_CREATE", {"role": role_json(role)})
        return role

    def allow_role(self, guild: Guild, role: Role, permissions: int) -> None:
        """Give a role these permissions, in place of what it had."""
        role.permissions = permissions
        self._world.tell(guild, "GUILD_ROLE_UPDATE", {"role": role_json(role)})

    def remove_role(self, guild: Guild, role: Role) -> None:
        del guild.roles[role.id]
        for member in guild.members.values():
            member.roles = [held for held in member.roles if held is not role]
        self._world.tell(guild, "GUILD_ROLE_DELETE", {"role_id": str(role.id)})

    def add_channel(
        self, guild: Guild, name: str, kind: int = 0, parent: Channel | None = None
    ) -> Channel:
        channel = Channel(self._world.new_id(), name, kind, guild, parent)
        channel.position = len(guild.channels)
        self._world.add_channel(channel)
        self._world.announce(channel, "CHANNEL_CREATE")
        return channel

    def add_private_channel(self, *people: User, name: str = "") -> Channel:
        """Add the direct messages of two people, or of a group: the bot is not among them."""
        names = ", ".join(person.display_name for person in people)
        channel = Channel(self._world.new_id(), name or names, kind=1 if len(people) == 2 else 3)
        channel.recipients, channel.owner = list(people), people[0]
        self._world.add_channel(channel)
        self._world.feed.publish({"type": "channel_create", "channel": channel_json(channel)})
        return channel

    def remove_channel(self, channel: Channel) -> None:
        self._world.remove_channel(channel)
        self._world.announce(channel, "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE")

    def set_overwrite(
        self, channel: Channel, target: User | Role, *, allow: int = 0, deny: int = 0
    ) -> None:
        """Allow and deny one user or role in a channel.

        If that lets the bot see it, its threads are told. Source: events/gateway-events, "Thread
        List Sync".
        """
        could_see = can_see(channel, self._world.bot)
        kind = 1 if isinstance(target, User) else 0
        channel.overwrites[target.id] = Overwrite(kind, allow, deny)
        self._world.announce(channel, "CHANNEL_UPDATE")
        if not could_see and can_see(channel, self._world.bot):
            self._sync_threads(channel)

    def _sync_threads(self, channel: Channel) -> None:
        bot, guild = self._world.bot, channel.guild
        assert guild is not None  # noqa: S101 - only channels of guilds have overwrites
        threads = [c for c in guild.channels.values() if c.parent is channel and c.is_thread]
        active = [t for t in threads if not t.archived and can_see(t, bot)]
        joined = [thread for thread in active if bot.id in thread.thread_members]
        body = {
            "channel_ids": [str(channel.id)],
            "threads": [channel_json(thread) for thread in active],
            "members": [thread_member_json(thread, bot.id) for thread in joined],
        }
        self._world.tell(guild, "THREAD_LIST_SYNC", body)
