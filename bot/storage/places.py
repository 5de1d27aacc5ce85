"""The places where people have talked with the bot lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import text

if TYPE_CHECKING:
    from connectors.database.database import Database

# Ids grow with time, and are the table's key. Grouped by the plain column, SQLite would read the
# whole index of channels.
_RECENT: Final = text("""
SELECT MIN(channel_id) AS channel_id, MIN(guild_id) AS guild_id, MAX(id) AS last_id
FROM turns WHERE id > :after GROUP BY channel_id + 0 ORDER BY last_id DESC LIMIT :limit
""")

_ASKED: Final = text("""
SELECT id FROM turns WHERE channel_id = :channel_id AND id > :after AND deleted_at IS NULL
ORDER BY id
""")


class TalkedIn(msgspec.Struct, frozen=True):
    """A channel, a thread or, without a server, direct messages; and the last turn there."""

    channel_id: int
    guild_id: int | None
    last_turn: int


class Places:
    """Raises only DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recent(self, after: int, limit: int) -> list[TalkedIn]:
        """Return the places with a turn after an id, the last one first."""
        values = {"after": after, "limit": limit}
        rows = await self._database.run(lambda c: c.execute(_RECENT, values).all())
        return [TalkedIn(row.channel_id, row.guild_id, row.last_id) for row in rows]

    async def asked_in(self, channel_id: int, after: int) -> list[int]:
        """Return the ids of what was asked in a channel after an id, the oldest first."""
        values = {"channel_id": channel_id, "after": after}
        found = await self._database.run(lambda c: c.execute(_ASKED, values).scalars().all())
        return list(found)
