"""The table of shares in Discord's global limit: what each process of one token may send."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, literal, select, text

from bot.storage.holding import LEASE_US, Holding
from connectors.database.prepared import Prepared
from connectors.local_scheduler.dialects import Postgres, Sqlite
from connectors.local_scheduler.statements import DEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.database import Database

    Choose = Callable[[Collection[Holding]], float]

# What a process has sent before it left counts for so long.
LEAVES_IN_US: Final = 2_000_000
_NOW: Final = {
    "sqlite": Prepared(select(Sqlite().now())),
    "postgresql": Prepared(select(Postgres().now())),
}
# Whether this process may choose, and the time. SQLite has only one transaction that writes.
_CHOOSES: Final = {
    "sqlite": Prepared(select(literal(1), Sqlite().now())),
    "postgresql": Prepared(select(func.pg_try_advisory_xact_lock(6382957), Postgres().now())),
}
_SEEN: Final = Prepared("""
INSERT INTO request_shares (name, share, wanted, seen_at) VALUES (:name, 0, :wanted, :now)
ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted, seen_at = excluded.seen_at
""")
_ALL: Final = Prepared("SELECT name, share, wanted, seen_at FROM request_shares ORDER BY name")
_GONE: Final = Prepared("DELETE FROM request_shares WHERE name = :name")
_SET: Final = Prepared("UPDATE request_shares SET share = :share WHERE name = :name")
_LEAVE: Final = text("UPDATE request_shares SET seen_at = :seen_at WHERE name = :name")


class RequestShares:
    """Each method is one transaction, and raises only DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def share(
        self, name: str, wanted: float, choose: Choose, *, ends_others: bool
    ) -> list[Holding] | None:
        """Renew the share of a process, and set it as it chooses; return what all hold then.

        One process chooses at a time. If another one does, return None. Only if it ``ends_others``
        those that were not seen lately lose theirs, unless they are known to be dead.
        """
        return await self._database.run(
            lambda c: _share(c, name, wanted, choose, ends_others=ends_others), is_urgent=True
        )

    async def leave(self, name: str) -> None:
        """Give up the share of a process once what it has sent does not count any more."""
        await self._database.run(lambda c: _leave(c, name))


def _share(
    connection: Connection, name: str, wanted: float, choose: Choose, *, ends_others: bool
) -> list[Holding] | None:
    may_choose, now = _chooses(connection)
    _SEEN.run(connection, {"name": name, "wanted": wanted, "now": now})
    if not may_choose:
        return None
    rows = _ALL.run(connection, {}).fetchall()
    ended = now - LEASE_US if ends_others else 0
    all_held = []
    for other, held, wants, seen_at in rows:
        if seen_at < (now - LEAVES_IN_US if wants == DEAD else ended):
            _GONE.run(connection, {"name": other})
        else:
            all_held.append(Holding(other, held, wants))
    ours = next(held for held in all_held if held.name == name)
    share = choose(all_held)
    if share != ours.share:
        _SET.run(connection, {"name": name, "share": share})
    return [*(held for held in all_held if held is not ours), Holding(name, share, wanted)]


def _leave(connection: Connection, name: str) -> None:
    seen_at = _now(connection) - LEASE_US + LEAVES_IN_US
    connection.execute(_LEAVE, {"name": name, "seen_at": seen_at})


def _now(connection: Connection) -> int:
    return int(_NOW[connection.dialect.name].value(connection, {}))


def _chooses(connection: Connection) -> tuple[bool, int]:
    """Return whether no other process chooses, until this transaction ends, and the time."""
    ((may_choose, now),) = _CHOOSES[connection.dialect.name].run(connection, {}).fetchall()
    return bool(may_choose), int(now)
