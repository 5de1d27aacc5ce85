"""Which model a question goes to that names none: the words for what was chosen where."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a choice holds, the nearest first: it wins over those below it."""

    ME = "me"
    CHANNEL = "channel"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked; guild_id is None in direct messages."""

    user_id: int
    channel_id: int
    guild_id: int | None

    def key(self, scope: Scope) -> tuple[int, int]:
        """Return the (place_id, user_id) under which a choice of that scope is kept.

        "me" holds in the whole server, or in one conversation of direct messages.
        """
        if scope is Scope.ME:
            return self.guild_id or self.channel_id, self.user_id
        return (self.channel_id if scope is Scope.CHANNEL else self.guild_id or 0), 0


@dataclass(frozen=True, slots=True)
class Preference:
    """A provider, and one of its models or its default."""

    scope: Scope
    provider: str
    model: str | None
