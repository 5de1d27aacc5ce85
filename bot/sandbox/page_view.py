"""The view of one person on the page: places, messages and the events that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.channel_rights import rights
from bot.sandbox.discord_server.objects import JSON, Guild, User
from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_GUILD,
    MANAGE_MESSAGES,
    can_see,
    guild_permissions,
)
from bot.sandbox.discord_server.world.render import user_json
from bot.sandbox.page_actions import Person

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer

# Events that say all that the page needs.
WHOLE = frozenset({"typing", "bot", "clock", "faults"})


def actors(discord: DiscordServer) -> list[User]:
    """Return the people as whom the page can act: all members of the servers but bots."""
    members = [guild.members.values() for guild in discord.world.guilds.values()]
    found = {member.user.id: member.user for group in members for member in group}
    return [user for user in found.values() if not user.bot]


def _actor(discord: DiscordServer, user: User) -> JSON:
    """Return a person with what they are in the first of their servers."""
    guild = next(g for g in discord.world.guilds.values() if user.id in g.members)
    roles = [role.name for role in guild.members[user.id].roles]
    return user_json(user) | {"role": _role(guild, user), "roles": roles}


def _role(guild: Guild, user: User) -> str:
    if guild.owner is user:
        return "owner"
    if guild.members[user.id].timed_out_until is not None:
        return "muted"
    may_moderate = guild_permissions(guild, user) & (MANAGE_GUILD | MANAGE_MESSAGES)
    return "moderator" if may_moderate else "member"


class View:
    """The page of one person, and what that person does."""

    def __init__(self, discord: DiscordServer, user: User) -> None:
        self.person = Person(discord, user)
        self._discord = discord
        self._user = user
        self._world = discord.world
        # The page lists it from the start.
        discord.dm(user)

    def shown(self, event: JSON) -> JSON | None:
        """Return the event that the page gets, or None."""
        kind = event["type"]
        if kind in WHOLE:
            return event
        if kind == "interaction":
            return None
        if not kind.startswith("message_"):
            return {"type": "places", **self.places()}
        message = event["message"]
        channel = self._world.channels.get(int(message["channel_id"]))
        is_seen = channel is not None and can_see(channel, self._user)
        return event if is_seen and self._is_mine(message) else None

    def _is_mine(self, message: JSON) -> bool:
        is_mine = message["visible_to"] in (None, str(self._user.id))
        return is_mine and message["id"] not in self.person.dismissed

    def places(self) -> JSON:
        seen = self._discord.snapshot(self._user)
        guilds = seen["guilds"]
        dms = [dm | self._people_in(int(dm["id"])) for dm in seen["dms"]]
        return {
            "me": seen["viewer"],
            "bot": seen["bot"],
            "people": [_actor(self._discord, user) for user in actors(self._discord)],
            "permissions": rights(self._discord),
            "guilds": guilds,
            "channels": [channel for guild in guilds for channel in guild["channels"]] + dms,
            "commands": seen["commands"],
        }

    def _people_in(self, channel_id: int) -> JSON:
        """Return who is in direct messages, the bot too, and their name: that of the others."""
        people = self._world.channels[channel_id].recipients
        others = [user.display_name for user in people if user is not self._user]
        return {"name": ", ".join(others), "recipients": [user_json(user) for user in people]}

    def messages(self) -> JSON:
        lists = self._discord.snapshot(self._user)["messages"].values()
        return {"messages": [m for messages in lists for m in messages if self._is_mine(m)]}
