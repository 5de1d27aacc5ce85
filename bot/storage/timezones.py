"""Whose clock is meant: the time zone of each person, kept in the database."""

from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from bot.storage.database import Database, zones


class Timezones:
    """The zones of everybody. Every method raises only DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int) -> ZoneInfo | None:
        """Return a person's zone, or None when they were never asked."""
        wanted = select(zones.c.zone).where(zones.c.user_id == user_id)
        name = await self._database.run(lambda connection: connection.execute(wanted).scalar())
        return None if name is None else ZoneInfo(name)

    async def choose(self, user_id: int, zone: ZoneInfo) -> None:
        """Let a zone be a person's from now on."""
        row = {"user_id": user_id, "zone": zone.key}
        await self._database.run(
            lambda connection: (
                connection.execute(delete(zones).where(zones.c.user_id == user_id)),
                connection.execute(insert(zones).values(row)),
            )
        )
