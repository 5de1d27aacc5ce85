"""The model that people chose for themselves, a channel or a server; values only."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """The scope of a preference; the narrowest stands first and wins."""

    ME = "me"
    CHANNEL = "channel"
    SERVER = "server"


class Place(msgspec.Struct, frozen=True):
    """The channel and person of a question; guild_id is None in direct messages."""

    user_id: int
    channel_id: int
    guild_id: int | None

    def key(self, scope: Scope) -> tuple[int, int]:
        """Return the (place_id, user_id) under which a preference of that scope is stored.

        ``ME`` applies in the whole server, or in one direct-message channel.
        """
        if scope is Scope.ME:
            return self.guild_id or self.channel_id, self.user_id
        return (self.channel_id if scope is Scope.CHANNEL else self.guild_id or 0), 0


class Preference(msgspec.Struct, frozen=True):
    """A provider, and one of its models or None for its default."""

    scope: Scope
    provider: str
    model: str | None
