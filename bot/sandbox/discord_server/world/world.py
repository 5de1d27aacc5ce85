"""The store of everything that exists, by its id."""

from collections.abc import Callable

from bot.sandbox.discord_server.objects import (
    DISCORD_EPOCH_MS,
    JSON,
    Channel,
    Guild,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rules.intents import GUILDS
from bot.sandbox.discord_server.rules.permissions import can_see
from bot.sandbox.discord_server.world.feed import Event, Feed
from bot.sandbox.discord_server.world.files import Files
from bot.sandbox.discord_server.world.render import channel_json


class World:
    """All objects by id; at first only the bot and its owner."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.feed = Feed()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files = Files(clock)
        self.attachments = self.files.by_id
        self.webhooks: dict[int, Webhook] = {}
        self._last_id = 0
        self.bot = self.add_user("Abi", "Abi", bot=True)
        self.application_id = self.bot.id
        self.owner = self.add_user("owner", "Owner")

    def new_id(self) -> int:
        """Return a snowflake of this moment, larger than all before it."""
        moment = int(self.clock() * 1000) - DISCORD_EPOCH_MS
        self._last_id = max(self._last_id + 1, moment << 22)
        return self._last_id

    def new_guild_id(self) -> int:
        """Return a snowflake in a new millisecond, so that guilds spread over shards."""
        self._last_id = ((max(self._last_id, self.new_id()) >> 22) + 1) << 22
        return self._last_id

    def add_user(
        self, username: str, display_name: str, locale: str = "en-US", *, bot: bool = False
    ) -> User:
        user = User(self.new_id(), username, display_name, locale, bot)
        self.users[user.id] = user
        return user

    def add_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel

    def remove_channel(self, channel: Channel) -> None:
        """Remove a channel and its threads."""
        del self.channels[channel.id]
        if channel.guild is not None:
            del channel.guild.channels[channel.id]
        for thread in [c for c in self.channels.values() if c.parent is channel and c.is_thread]:
            self.remove_channel(thread)

    def dm(self, user: User) -> Channel:
        """Return the bot's DM with user, opened on first use."""
        for channel in self.channels.values():
            if channel.kind == 1 and {user, self.bot} <= set(channel.recipients):
                return channel
        channel = Channel(self.new_id(), user.username, kind=1, recipients=[user, self.bot])
        self.add_channel(channel)
        return channel

    def announce(self, channel: Channel, name: str, more: JSON | None = None) -> None:
        """Send an event of a channel to the bot, with more fields if given, and to the pages.

        Of threads the bot is told only those that it can see.
        """
        body = channel_json(channel)
        if channel.guild is not None and (not channel.is_thread or can_see(channel, self.bot)):
            self.tell(channel.guild, name, body | (more or {}))
        self.feed.publish({"type": name.lower(), "channel": body})

    def tell(self, guild: Guild, name: str, body: JSON, intent: int = GUILDS) -> None:
        """Send an event of a guild to the bot, if it is a member."""
        if guild.has_bot:
            named = {"guild_id": str(guild.id)} | body
            self.feed.dispatch(Event(name, named, guild.id, intent))
        self.feed.changed()
