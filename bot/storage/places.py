"""The places where people have talked with the bot lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

    from connectors.database.database import Database

# Ids grow with time, and are the table's key. Grouped by the plain column, SQLite would read the
# whole index of channels.
_RECENT: Final = text("""
SELECT MIN(channel_id) AS channel_id, MIN(guild_id) AS guild_id, MAX(id) AS last_id
FROM turns WHERE id > :after GROUP BY channel_id + 0 ORDER BY last_id DESC LIMIT :limit
""")

# Answers that are under way: of one that was taken just before its process died there is no turn.
_UNDER_WAY: Final = text("""
SELECT channel_id, guild_id, MAX(id) AS last_id FROM jobs
WHERE kind = 'answer' AND state IN ('active', 'running') AND channel_id IS NOT NULL
GROUP BY channel_id, guild_id ORDER BY last_id DESC LIMIT :limit
""")

_ASKED: Final = text("""
SELECT id FROM turns WHERE channel_id = :channel_id AND id > :after AND deleted_at IS NULL
ORDER BY id
""")

_IS_TURN: Final = text("""
SELECT 1 FROM turns WHERE id = :message_id
    OR id = (SELECT turn_id FROM turn_messages WHERE message_id = :message_id)
""")

_IS_ANSWER: Final = text("SELECT 1 FROM turn_messages WHERE message_id = :message_id")


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
        """Return the places with a turn after an id or an answer under way, the last one first."""
        values = {"after": after, "limit": limit}

        def work(connection: Connection) -> list[TalkedIn]:
            turns = connection.execute(_RECENT, values).all()
            waiting = connection.execute(_UNDER_WAY, {"limit": limit}).all()
            found = [(row.channel_id, row.guild_id, row.last_id) for row in turns]
            found += [(row.channel_id, row.guild_id, int(row.last_id, 16)) for row in waiting]
            places = {each[0]: TalkedIn(*each) for each in sorted(found, key=lambda each: each[2])}
            newest = sorted(places.values(), key=lambda place: -place.last_turn)
            return [place for place in newest if place.last_turn > after][:limit]

        return await self._database.run(work)

    async def asked_in(self, channel_id: int, after: int) -> list[int]:
        """Return the ids of what was asked in a channel after an id, the oldest first."""
        values = {"channel_id": channel_id, "after": after}
        found = await self._database.run(lambda c: c.execute(_ASKED, values).scalars().all())
        return list(found)

    async def is_turn(self, message_id: int) -> bool:
        """Return whether a message is a question or its answer, also if it is forgotten by now."""
        return await self._is_found(_IS_TURN, message_id)

    async def is_answer(self, message_id: int) -> bool:
        """Return whether a message is an answer, or part of one, also if it is forgotten by now."""
        return await self._is_found(_IS_ANSWER, message_id)

    async def _is_found(self, query: TextClause, message_id: int) -> bool:
        values = {"message_id": message_id}
        return await self._database.run(lambda c: c.execute(query, values).first()) is not None
