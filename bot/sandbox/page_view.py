"""The view of one person on the page: places, messages and the events that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord_server.objects import JSON, User
from bot.sandbox.discord_server.rules.permissions import can_see
from bot.sandbox.discord_server.world.render import user_json
from bot.sandbox.page_actions import Person

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer


def actors(discord: DiscordServer) -> list[User]:
    """Return the people as whom the page can act: all but bots and the bot's owner."""
    world = discord.world
    members = [guild.members.values() for guild in world.guilds.values()]
    found = {member.user.id: member.user for group in members for member in group}
    return [user for user in found.values() if not user.bot and user is not world.owner]


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
        if kind == "typing":
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
        dms = [dm | {"name": self._discord.bot_user.display_name} for dm in seen["dms"]]
        return {
            "me": seen["viewer"],
            "bot": seen["bot"],
            "people": [user_json(user) for user in actors(self._discord)],
            "guilds": guilds,
            "channels": [channel for guild in guilds for channel in guild["channels"]] + dms,
            "commands": seen["commands"],
        }

    def messages(self) -> JSON:
        lists = self._discord.snapshot(self._user)["messages"].values()
        return {"messages": [m for messages in lists for m in messages if self._is_mine(m)]}
