"""The table of the gateway's parts, and the turns to identify: what processes share of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import func, literal, select, text

from bot.storage.shard import Fleet, Key, Member, Shard
from connectors.database.prepared import Prepared
from connectors.local_scheduler.dialects import Postgres, Sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from connectors.database.database import Database

    Choose = Callable[[Fleet], Collection[Shard]]

# A process that was not seen for so long has no share.
SEEN_WITHIN_US: Final = 7_500_000

_SEEN: Final = Prepared("""
INSERT INTO gateways (name, joined_at, seen_at, is_leaving) VALUES (:name, :now, :now, :leaving)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, is_leaving = excluded.is_leaving
""")
_GONE: Final = text("DELETE FROM gateways WHERE name = :name")
_MEMBERS: Final = Prepared(
    "SELECT name, joined_at, is_leaving FROM gateways WHERE seen_at >= :since"
)
_SHARDS: Final = Prepared("""
SELECT total, number, since, holder, held_until, is_ready, heir, is_heir_ready, cut
FROM shards ORDER BY total, number
""")
_KEEP: Final = Prepared("UPDATE shards SET held_until = :until WHERE holder = :name")
_WRITE: Final = Prepared("""
INSERT INTO shards
    (total, number, since, holder, held_until, is_ready, heir, is_heir_ready, cut)
VALUES (:total, :number, :since, :holder, :held_until, :is_ready, :heir, :is_heir_ready, :cut)
ON CONFLICT (total, number) DO UPDATE SET since = excluded.since, holder = excluded.holder,
    held_until = excluded.held_until, is_ready = excluded.is_ready, heir = excluded.heir,
    is_heir_ready = excluded.is_heir_ready, cut = excluded.cut
""")
_DROP: Final = text("DELETE FROM shards WHERE total = :total AND number = :number")
_FREE: Final = text("UPDATE shards SET holder = NULL, is_ready = 0 WHERE holder = :name")
_NO_CUT: Final = text("UPDATE shards SET cut = 0 WHERE total = :total AND number = :number")
_NO_HEIR: Final = text("UPDATE shards SET heir = NULL, is_heir_ready = 0 WHERE heir = :name")
_NOW: Final = {
    "sqlite": Prepared(select(Sqlite().now())),
    "postgresql": Prepared(select(Postgres().now())),
}
# Whether this process may choose, and the time. SQLite has only one transaction that writes.
_CHOOSES: Final = {
    "sqlite": Prepared(select(literal(1), Sqlite().now())),
    "postgresql": Prepared(select(func.pg_try_advisory_xact_lock(6382956), Postgres().now())),
}
_LAST: Final = text("SELECT at FROM identifies WHERE bucket = :bucket")
# One from the future was taken before the database's clock was set back.
_TURN: Final = text("""
INSERT INTO identifies (bucket, at) VALUES (:bucket, :now)
ON CONFLICT (bucket) DO UPDATE SET at = excluded.at
    WHERE identifies.at NOT BETWEEN :now - :every + 1 AND :now + :every
""")


class Shards:
    """Each method is one transaction, and raises only DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def share(
        self, name: str, choose: Choose, *, lease_us: int, is_leaving: bool
    ) -> Fleet | None:
        """Renew what a process holds, and write what it chooses to change; return the outcome.

        One process chooses at a time. If another one does, return None.
        """
        return await self._database.run(
            lambda c: self._share(c, name, choose, lease_us, is_leaving=is_leaving)
        )

    def _share(
        self, connection: Connection, name: str, choose: Choose, lease_us: int, *, is_leaving: bool
    ) -> Fleet | None:
        may_choose, now = _chooses(connection)
        _SEEN.run(connection, {"name": name, "now": now, "leaving": int(is_leaving)})
        if not may_choose:
            _KEEP.run(connection, {"name": name, "until": now + lease_us})
            return None
        fleet = Fleet(now, _shards(connection), _members(connection, now - SEEN_WITHIN_US))
        chosen = choose(fleet)
        _write(connection, {shard.key: shard for shard in fleet.shards}, chosen)
        return msgspec.structs.replace(fleet, shards=chosen)

    async def leave(self, name: str, former: Collection[Key] = ()) -> None:
        """Give up what a process holds, and its share; of ``former`` parts it answers no more."""
        await self._database.run(lambda c: self._leave(c, name, former))

    def _leave(self, connection: Connection, name: str, former: Collection[Key]) -> None:
        for total, number in former:
            connection.execute(_NO_CUT, {"total": total, "number": number})
        for statement in (_FREE, _NO_HEIR, _GONE):
            connection.execute(statement, {"name": name})

    async def take_turn(self, bucket: int, every_us: int) -> int:
        """Take the turn to identify, if it has come; return in how many microseconds it may."""

        def work(connection: Connection) -> int:
            now = _now(connection)
            values = {"bucket": bucket, "now": now, "every": every_us}
            if connection.execute(_TURN, values).rowcount:
                return 0
            last = connection.execute(_LAST, {"bucket": bucket}).scalar_one()
            return max(int(last) + every_us - now, 1)

        return await self._database.run(work)


def _now(connection: Connection) -> int:
    return int(_NOW[connection.dialect.name].value(connection, {}))


def _chooses(connection: Connection) -> tuple[bool, int]:
    """Return whether no other process chooses, until this transaction ends, and the time."""
    ((may_choose, now),) = _CHOOSES[connection.dialect.name].run(connection, {}).fetchall()
    return bool(may_choose), int(now)


def _members(connection: Connection, since: int) -> list[Member]:
    rows = _MEMBERS.run(connection, {"since": since}).fetchall()
    return [Member(name, joined_at, bool(is_leaving)) for name, joined_at, is_leaving in rows]


def _shards(connection: Connection) -> list[Shard]:
    return [
        Shard(total, number, since, holder, until, bool(is_ready), heir, bool(is_heir_ready), cut)
        for total, number, since, holder, until, is_ready, heir, is_heir_ready, cut in (
            _SHARDS.run(connection, {}).fetchall()
        )
    ]


def _write(connection: Connection, old: dict[Key, Shard], new: Collection[Shard]) -> None:
    for shard in new:
        if old.get(shard.key) != shard:
            row = msgspec.structs.asdict(shard)
            row |= {name: int(row[name]) for name in ("is_ready", "is_heir_ready")}
            _WRITE.run(connection, row)
    kept = {shard.key for shard in new}
    if gone := [{"total": total, "number": number} for total, number in old.keys() - kept]:
        connection.execute(_DROP, gone)
