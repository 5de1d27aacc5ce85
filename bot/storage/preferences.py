"""The provider and model that people choose with /model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from bot.providers.preferences import Place, Preference, Scope
from connectors.database.schema import choices
from connectors.database.values import checked

if TYPE_CHECKING:
    from connectors.database.database import Database


class Preferences:
    """Every method raises only DatabaseUnavailable, and ``choose`` InvalidValue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at(self, place: Place) -> list[Preference]:
        """Return the preferences that apply to a place, the one that wins first."""
        return await self._database.run(lambda connection: _select(connection, place))

    async def choose(self, place: Place, preference: Preference) -> None:
        """Set a preference; it replaces the one of the same scope."""
        await self._database.run(
            lambda connection: _replace(connection, place, preference), is_durable=True
        )

    async def forget(self, place: Place, scope: Scope) -> None:
        """Remove the preference of a scope, if there is one."""
        await self._database.run(
            lambda connection: _delete(connection, place, scope), is_durable=True
        )


def _select(connection: Connection, place: Place) -> list[Preference]:
    wanted = [_is_at(place, scope) for scope in Scope if place.key(scope)[0]]
    rows = connection.execute(select(choices).where(or_(*wanted)))
    found = [Preference(Scope(row.scope), row.provider, row.model) for row in rows]
    return sorted(found, key=lambda preference: list(Scope).index(preference.scope))


def _replace(connection: Connection, place: Place, preference: Preference) -> None:
    _delete(connection, place, preference.scope)
    place_id, user_id = place.key(preference.scope)
    row = {
        "scope": preference.scope.value,
        "place_id": place_id,
        "user_id": user_id,
        "provider": preference.provider,
        "model": preference.model,
    }
    connection.execute(insert(choices).values(checked(choices, row)))


def _delete(connection: Connection, place: Place, scope: Scope) -> None:
    connection.execute(delete(choices).where(_is_at(place, scope)))


def _is_at(place: Place, scope: Scope) -> ColumnElement[bool]:
    place_id, user_id = place.key(scope)
    return (
        (choices.c.scope == scope.value)
        & (choices.c.place_id == place_id)
        & (choices.c.user_id == user_id)
    )
