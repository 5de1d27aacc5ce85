"""The model that people chose for themselves, a channel or a server; values only."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """The scope of a preference; the narrowest stands first and wins."""

    ME = "me"
    CHANNEL = "channel"
    SERVER = "server"


class Place(msgspec.Struct, frozen=True):
    """The channel and person of a question; guild_id is None in direct messages.

    It is None, too, where the bot ``is_away``: a person who installed it for themselves has brought
    it along to a place of which it is no member. No rules of that place apply.
    ``stays_local``: it was asked where only local models may answer, whatever holds there by now.
    """

    user_id: int
    channel_id: int
    guild_id: int | None
    is_away: bool = False
    stays_local: bool = False

    def key(self, scope: Scope) -> tuple[int, int]:
        """Return the (place_id, user_id) under which a preference of that scope is stored.

        ``ME`` applies in the whole server, in one direct-message channel, or wherever the bot is
        brought along; there it is the only scope.
        """
        if scope is Scope.ME:
            return 0 if self.is_away else self.guild_id or self.channel_id, self.user_id
        if self.is_away:
            return 0, 0
        return (self.channel_id if scope is Scope.CHANNEL else self.guild_id or 0), 0


class Preference(msgspec.Struct, frozen=True):
    """A provider, and one of its models or None for its default."""

    scope: Scope
    provider: str
    model: str | None
