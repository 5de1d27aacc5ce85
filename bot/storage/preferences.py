"""The provider and model that people choose with /model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from bot.providers.preferences import Place, Preference, Scope
from connectors.database.prepared import Prepared
from connectors.database.schema import choices
from connectors.database.values import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, TextClause

    from connectors.database.database import Database

_AT: Final = Prepared("""
SELECT scope, provider, model FROM choices
WHERE (scope = 'me' AND place_id = :me AND user_id = :user_id)
    OR (scope = 'channel' AND place_id = :channel_id AND user_id = 0)
    OR (scope = 'server' AND place_id = :guild_id AND user_id = 0)
""")
_AROUND: Final = Prepared("""
SELECT scope, provider, model FROM choices
WHERE (scope = 'channel' AND place_id = :channel_id AND user_id = 0)
    OR (scope = 'server' AND place_id = :guild_id AND user_id = 0)
""")
_PEOPLE: Final = text("""
SELECT user_id, provider, model FROM choices
WHERE scope = 'me' AND place_id = :place_id LIMIT :limit
""")
_SET: Final = text("""
INSERT INTO choices (scope, place_id, user_id, provider, model)
VALUES (:scope, :place_id, :user_id, :provider, :model)
ON CONFLICT (scope, place_id, user_id)
DO UPDATE SET provider = excluded.provider, model = excluded.model
""")
_CLEAR: Final = text("""
DELETE FROM choices WHERE scope = :scope AND place_id = :place_id AND user_id = :user_id
""")


class Preferences:
    """Every method raises only DatabaseUnavailable, and ``choose`` InvalidValue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, place: Place) -> list[Preference]:
        """Return the preferences that apply to a place, the one that wins first."""
        return await self._database.run(lambda c: _select(c, place), only_reads=True)

    async def around(self, place: Place) -> list[Preference]:
        """Return those of them that apply to everybody there."""
        values = _values(place)
        return await self._database.run(lambda c: _read(c, _AROUND, values), only_reads=True)

    async def people_of(self, place_id: int, *, at_most: int) -> dict[int, Preference] | None:
        """Return what people have chosen for themselves in a place; None if they are more."""
        values = {"place_id": place_id, "limit": at_most + 1}
        rows = await self._database.run(lambda c: c.execute(_PEOPLE, values).all())
        found = {r.user_id: Preference(Scope.ME, r.provider, r.model) for r in rows}
        return found if len(found) <= at_most else None

    async def choose(self, place: Place, preference: Preference) -> None:
        """Set a preference; it replaces the one of the same scope."""
        row = _key(place, preference.scope)
        row |= {"provider": preference.provider, "model": preference.model}
        checked(choices, row)
        await self._database.run(lambda c: _execute(c, _SET, row), is_durable=True)

    async def forget(self, place: Place, scope: Scope) -> None:
        """Remove the preference of a scope, if there is one."""
        key = _key(place, scope)
        await self._database.run(lambda c: _execute(c, _CLEAR, key), is_durable=True)


def _select(connection: Connection, place: Place) -> list[Preference]:
    return _read(connection, _AT, _values(place))


def _values(place: Place) -> dict[str, int]:
    (me, user_id), (guild_id, _) = place.key(Scope.ME), place.key(Scope.SERVER)
    channel_id, _ = place.key(Scope.CHANNEL)
    return {"me": me, "user_id": user_id, "channel_id": channel_id, "guild_id": guild_id}


def _read(connection: Connection, query: Prepared, values: Mapping[str, int]) -> list[Preference]:
    rows = query.run(connection, values).fetchall()
    found = [Preference(Scope(scope), *chosen) for scope, *chosen in rows]
    return sorted(found, key=lambda preference: list(Scope).index(preference.scope))


def _key(place: Place, scope: Scope) -> dict[str, Any]:
    place_id, user_id = place.key(scope)
    return {"scope": scope.value, "place_id": place_id, "user_id": user_id}


def _execute(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> None:
    connection.execute(statement, values)
