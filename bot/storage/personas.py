"""The personas of servers, channels and conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import text

from bot.storage.persona import Persona, Scope
from connectors.database.prepared import Prepared
from connectors.database.schema import personas
from connectors.database.values import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, TextClause

    from connectors.database.database import Database


_SET: Final = text("""
INSERT INTO personas (scope, place_id, guild_id, name, prompt)
VALUES (:scope, :place_id, :guild_id, :name, :prompt)
ON CONFLICT (scope, place_id) DO UPDATE SET name = excluded.name, prompt = excluded.prompt
""")
_CLEAR: Final = text("DELETE FROM personas WHERE scope = :scope AND place_id = :place_id")
_OF_GUILD: Final = Prepared("""
SELECT scope, place_id, guild_id, name, prompt FROM personas
WHERE guild_id = :guild_id ORDER BY place_id
""")
_AT: Final = Prepared("""
SELECT scope, place_id, guild_id, name, prompt FROM personas
WHERE (scope = 'conversation' AND place_id = :channel_id)
    OR (scope = 'channel' AND place_id IN (:channel_id, :parent_id))
    OR (scope = 'server' AND place_id = :guild_id)
""")


class Personas:
    """Every method raises only DatabaseUnavailable, and ``choose`` InvalidValue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, channel_id: int, guild_id: int | None, parent_id: int = 0) -> list[Persona]:
        """Return the personas that apply in a channel, or a thread of one; the first wins."""
        values = {"channel_id": channel_id, "guild_id": guild_id or 0, "parent_id": parent_id}
        found = await self._database.run(lambda c: _select(c, _AT, values), only_reads=True)
        return sorted(found, key=lambda persona: list(Scope).index(persona.scope))

    async def in_server(self, guild_id: int) -> list[Persona]:
        """Return all personas of a server."""
        values = {"guild_id": guild_id}
        return await self._database.run(lambda connection: _select(connection, _OF_GUILD, values))

    async def choose(self, persona: Persona) -> None:
        """Set a persona; it replaces the one of the same place."""
        row = checked(personas, msgspec.structs.asdict(persona) | {"scope": persona.scope.value})
        await self._database.run(lambda c: _execute(c, _SET, row), is_durable=True)

    async def clear(self, scope: Scope, place_id: int) -> bool:
        """Remove the persona of a place. Return whether there was one."""
        values = {"scope": scope.value, "place_id": place_id}
        return await self._database.run(
            lambda c: c.execute(_CLEAR, values).rowcount > 0, is_durable=True
        )


def _select(connection: Connection, query: Prepared, values: Mapping[str, Any]) -> list[Persona]:
    rows = query.run(connection, values).fetchall()
    return [Persona(Scope(scope), *rest) for scope, *rest in rows]


def _execute(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> None:
    connection.execute(statement, values)
