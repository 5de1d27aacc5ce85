"""The store of everything that exists, by its id."""

from collections.abc import Callable

from bot.sandbox.discord_server.objects import Attachment, Channel, Guild, User, Webhook
from bot.sandbox.discord_server.world.feed import Feed

DISCORD_EPOCH_MS = 1_420_070_400_000


class World:
    """All objects by id; at first only the bot and its owner."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.feed = Feed()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
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
            if channel.kind == 1 and user in channel.recipients:
                return channel
        channel = Channel(self.new_id(), user.username, kind=1, recipients=[user, self.bot])
        self.add_channel(channel)
        return channel


def snowflake_time(snowflake: int) -> float:
    """Return the Unix time in seconds that an id holds."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000
