"""The rules of servers: one row for each that was ever changed, with its last change."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import text

from bot.storage.rules import (
    DEFAULTS,
    LIMITS,
    LOCALITY,
    NAMES,
    NOBODY,
    RESTRICTIONS,
    UNDO_WITHIN,
    Change,
    Rules,
)
from connectors.database.schema import server_rules
from connectors.database.values import checked

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from connectors.database.database import Database

log = logging.getLogger(__name__)

_MICROSECOND: Final = timedelta(microseconds=1)
_TYPES: Final = {field.name: field.type for field in msgspec.structs.fields(Rules)}
# What holds instead of a rule that cannot be read: nobody is let in, and nothing out.
_CLOSED: Final[Mapping[str, Mapping[str, Any]]] = {
    **{name: {"roles_allowed": NOBODY} for name in RESTRICTIONS},
    **{name: {"is_local_only": True} for name in LOCALITY},
    **{name: {"roles_allowed": NOBODY} for name in LIMITS},
}

_OF: Final = text("SELECT * FROM server_rules WHERE guild_id = :guild_id")
_LOCAL: Final = text("""
SELECT * FROM server_rules WHERE guild_id IN (
    SELECT guild_id FROM server_rules
    WHERE name IN ('is_local_only', 'local_channels') AND value IS NOT NULL
)
""")
# Ids grow with time: what another process is late with is no change any more. Nor is it one to set
# a rule to what it is, or the change before could no longer be undone.
_SET: Final = text("""
INSERT INTO server_rules (guild_id, name, value, changed_by, changed_at, change_id)
VALUES (:guild_id, :name, :value, :changed_by, :changed_at, :change_id)
ON CONFLICT (guild_id, name) DO UPDATE SET previous = server_rules.value, value = excluded.value,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at,
    change_id = excluded.change_id, undone = NULL
WHERE server_rules.change_id < excluded.change_id
    AND COALESCE(server_rules.value, '') <> COALESCE(excluded.value, '')
""")
_UNDO: Final = text("""
UPDATE server_rules SET value = previous, previous = value, changed_by = :changed_by,
    changed_at = :changed_at, change_id = :undo_id, undone = :change_id
WHERE guild_id = :guild_id AND name = :name AND change_id = :change_id AND changed_at > :since
""")


class ServerRules:
    """Every method raises only DatabaseUnavailable, and ``change`` InvalidValue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int) -> tuple[Rules, dict[str, Change]]:
        """Return a server's rules, and by their names the last changes of them."""
        return await self._database.run(
            lambda c: _read(c, guild_id), is_urgent=True, only_reads=True
        )

    async def local(self) -> dict[int, Rules]:
        """Return the rules of the servers that keep what is said from other than local models."""
        return await self._database.run(_read_local)

    async def change(self, guild_id: int, name: str, value: object, change: Change) -> None:
        """Set a rule; None is its default. A change that is done already changes nothing."""
        encoded = None if value is None else msgspec.json.encode(value).decode()
        row = checked(server_rules, _row(guild_id, name, change) | {"value": encoded})
        await self._database.run(lambda c: _execute(c, row), is_durable=True)

    async def undo(self, guild_id: int, name: str, change_id: int, undo: Change) -> bool:
        """Set a rule as it was before a change of the last ten minutes.

        Return whether it is undone: now or before, but not if it was changed again.
        """
        since = undo.at - UNDO_WITHIN
        values = _row(guild_id, name, undo)
        values |= {"undo_id": undo.id, "change_id": change_id, "since": _us(since)}

        def work(connection: Connection) -> bool:
            if connection.execute(_UNDO, values).rowcount:
                return True
            _, changes = _read(connection, guild_id)
            return name in changes and changes[name].undone == change_id

        return await self._database.run(work, is_durable=True)


def _row(guild_id: int, name: str, change: Change) -> dict[str, Any]:
    return {
        "guild_id": guild_id,
        "name": name,
        "changed_by": change.by,
        "changed_at": _us(change.at),
        "change_id": change.id,
    }


def _us(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // _MICROSECOND


def _execute(connection: Connection, row: Mapping[str, Any]) -> None:
    connection.execute(_SET, row)


def _read(connection: Connection, guild_id: int) -> tuple[Rules, dict[str, Change]]:
    rows = connection.execute(_OF, {"guild_id": guild_id}).all()
    known = [row for row in rows if row.name in NAMES]  # a later release may know others
    return _rules(known), {row.name: _change_of(row) for row in known}


def _read_local(connection: Connection) -> dict[int, Rules]:
    found: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(_LOCAL).all():
        if row.name in NAMES:
            found.setdefault(row.guild_id, []).append(row)
    return {guild_id: _rules(rows) for guild_id, rows in found.items()}


def _change_of(row: Row[Any]) -> Change:
    at = datetime.fromtimestamp(row.changed_at / 1e6, UTC)
    return Change(row.change_id, row.changed_by, at, row.undone)


def _rules(rows: Iterable[Row[Any]]) -> Rules:
    chosen: dict[str, Any] = {}
    closed: dict[str, Any] = {}
    for row in rows:
        if row.value is None:
            continue
        try:
            chosen[row.name] = msgspec.json.decode(row.value, type=_TYPES[row.name])
        except msgspec.MsgspecError:
            log.error("the rule %s of server %s cannot be read", row.name, row.guild_id)
            closed |= _CLOSED.get(row.name, {})
    return Rules(**chosen | closed) if chosen or closed else DEFAULTS
