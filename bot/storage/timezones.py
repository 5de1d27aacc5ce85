"""The time zone of each person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, text

from connectors.database.schema import zones

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.database import Database

_OF: Final = text("SELECT zone FROM zones WHERE user_id = :user_id")


class Timezones:
    """Every method raises only DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: int) -> ZoneInfo | None:
        """Return a person's time zone, or None if they have not set one."""
        asked = {"user_id": user_id}
        name = await self._database.run(lambda c: c.execute(_OF, asked).scalar(), only_reads=True)
        return None if name is None else ZoneInfo(name)

    async def choose(self, user_id: int, zone: ZoneInfo) -> None:
        """Set a person's time zone."""

        def replace(connection: Connection) -> None:
            connection.execute(delete(zones).where(zones.c.user_id == user_id))
            connection.execute(insert(zones).values(user_id=user_id, zone=zone.key))

        await self._database.run(replace, is_durable=True)
