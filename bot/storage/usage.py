"""The usage of answers: settled once each, and summed up by day and month."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from bot.storage import usage_statements as statements
from bot.storage.standing import Scope, Standing
from bot.storage.usage_standing import standings, standings_unless_known
from bot.storage.usage_statements import EVERYWHERE, NOBODY
from bot.storage.use import Account, Use
from connectors.database.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, TextClause

    from connectors.database.database import Database

T = TypeVar("T")

KEPT_DAYS: Final = 400
_KEPT_US: Final = KEPT_DAYS * 86_400_000_000
# An entry stays for so long after it is counted, so that nothing is settled twice.
_STAYS_US: Final = 2 * 86_400_000_000
_ABANDONED_US: Final = 2 * 3_600_000_000
_NOTICED_US: Final = 62 * 86_400_000_000  # a month, and what a clock may be wrong
_MOST: Final = 1_000  # entries that are counted in one transaction
_SLICE: Final = 500  # rows that are deleted in one: few enough that others wait for a moment
MODEL_LENGTH: Final = 200


class Usage:
    """Every method raises only DatabaseUnavailable."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def settle(self, account: Account, uses: Sequence[Use], day: int) -> bool:
        """Enter what an answer has used on a day, yyyymmdd. Return False if that is done already.

        What was reserved for it is freed. Without any use it counts as a question all the same.
        """
        rows = self._rows(account, uses, day)
        return await self._run(lambda connection: _settle(connection, rows))

    async def settle_and_look(
        self, account: Account, uses: Sequence[Use], day: int, scopes: Sequence[Scope]
    ) -> list[Standing]:
        """Do as ``settle``, and return how scopes stand then."""
        rows, now = self._rows(account, uses, day), self._now()

        def settle(connection: Connection) -> list[Standing]:
            _settle(connection, rows)
            return standings(connection, scopes, now)

        return await self._run(settle)

    async def reserve(
        self,
        account: Account,
        scopes: Sequence[Scope],
        choose: Callable[[Sequence[Standing]], tuple[Use | None, T]],
    ) -> T | None:
        """Reserve for an answer what ``choose`` returns, given how the scopes stand.

        Return what that returns beside it. No other process reserves anything of these scopes
        meanwhile. What is reserved or settled already stays as it is; nothing is chosen then.
        """
        now = self._now()

        def reserve(connection: Connection) -> T | None:
            _lock(connection, scopes)
            found = standings_unless_known(connection, scopes, now, account.id)
            if found is None:
                return None
            use, chosen = choose(found)
            if use is not None:
                statements.RESERVE.run(connection, _row(account, 0, use, now, 0))
            return chosen

        return await self._run(reserve, is_urgent=True)

    async def standing(self, scopes: Sequence[Scope]) -> list[Standing]:
        """Return how scopes stand."""
        now = self._now()
        return await self._database.run(lambda c: standings(c, scopes, now), only_reads=True)

    def _rows(self, account: Account, uses: Sequence[Use], day: int) -> list[dict[str, Any]]:
        now = self._now()
        parts = enumerate(uses or [Use("", "")])
        return [_row(account, part, use, now, day) for part, use in parts]

    async def _run(self, work: Callable[[Connection], T], *, is_urgent: bool = False) -> T:
        """Return what ``work`` returns, without a wait for the disk of a server.

        The row of the answer is kept after what is reserved for it, and settled after what it has
        used: their commits take this one along.
        """
        return await self._database.run(work, is_urgent=is_urgent, may_lag=True)

    async def is_noted(self, scope: Scope, name: str) -> bool:
        """Return whether somebody has been told of a limit on a day."""
        values = _notice(scope, name)
        return await self._database.run(
            lambda connection: connection.execute(statements.IS_NOTED, values).first() is not None,
            only_reads=True,
        )

    async def note(self, scope: Scope, name: str) -> bool:
        """Note that somebody is told of a limit on a day. Return False if that is noted already."""
        values = _notice(scope, name)
        return await self._database.run(
            lambda connection: connection.execute(statements.NOTE, values).rowcount > 0
        )

    async def release(self, account_id: str) -> None:
        """Free what is reserved for an answer that is not to be written."""
        values = {"id": account_id}
        await self._run(lambda connection: _execute(connection, [statements.RELEASE], values))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` reads from the sums once they are complete."""
        await self.count()

        def read(connection: Connection) -> T:
            _count(connection)
            return work(connection)

        return await self._database.run(read)

    async def count(self) -> None:
        """Add settled entries to the sums, a part in each transaction."""
        while await self._database.run(_count) == _MOST:
            pass

    async def forget(self, user_id: int, guild_id: int | None = None) -> None:
        """Keep the figures of a person, in a server or anywhere, without the person."""
        values = {"user_id": user_id, "guild_id": guild_id}
        if user_id != NOBODY:
            await self._erase(statements.FORGET, values)

    async def forget_server(self, guild_id: int) -> None:
        """Delete the figures of a server; the sums over all servers keep them."""
        await self._erase(statements.FORGET_SERVER, {"guild_id": guild_id})

    async def _erase(self, queries: Sequence[TextClause], values: dict[str, Any]) -> None:
        await self.count()

        def erase(connection: Connection) -> None:
            while _count(connection) == _MOST:
                pass
            _execute(connection, queries, values)

        await self._database.run(erase, is_durable=True, is_erasing=True)

    def upkeep(self, connection: Connection) -> bool:
        """Settle some of what is reserved for answers that ended unseen, and delete what is old.

        Return whether there may be more of it.
        """
        now = self._now()
        values = {"now": now, "day": day_of(now), "most": _SLICE}
        values |= {"since": now - _ABANDONED_US, "until": now + _ABANDONED_US}
        settled = connection.execute(statements.ABANDONED, values).rowcount
        is_counted = _count(connection) < _MOST
        old = {"over": now - _STAYS_US, "day": day_of(now - _KEPT_US), "most": _SLICE}
        old["noticed"] = day_of(now - _NOTICED_US)
        deleted = [connection.execute(query, old).rowcount for query in statements.PURGE]
        return not is_counted or _SLICE in (settled, *deleted)

    def _now(self) -> int:
        return round(self._clock() * 1e6)


def day_of(moment_us: int) -> int:
    """Return a day in UTC as yyyymmdd."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=moment_us)
    return number_of(moment)


def number_of(day: date) -> int:
    """Return a day as yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def _notice(scope: Scope, name: str) -> dict[str, Any]:
    owner = {"guild_id": scope.guild_id, "user_id": scope.user_id or NOBODY}
    return {**owner, "name": name, "day": scope.day}


def _row(account: Account, part: int, use: Use, now: int, day: int) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(account),
        "part": part,
        "now": now,
        "day": day,
        "utc_day": day_of(now),
        "provider": use.provider,
        "model": as_text(use.model)[:MODEL_LENGTH],
        "questions": int(part == 0),
        "input_tokens": use.input_tokens,
        "cached_tokens": use.cached_tokens,
        "output_tokens": use.output_tokens,
        "cost": use.cost or 0,
        "estimated": int(use.is_estimated),
        "unpriced": int(use.cost is None),
    }


def _settle(connection: Connection, rows: Sequence[dict[str, Any]]) -> bool:
    if not statements.SETTLE.run(connection, rows[0]).rowcount:
        return False
    for row in rows[1:]:
        connection.execute(statements.SETTLE_MORE, row)
    return True


def _count(connection: Connection) -> int:
    """Add settled entries to the sums, and return how many."""
    if connection.dialect.name == "postgresql":
        connection.execute(statements.LOCK)
    marked = connection.execute(statements.MARK, {"most": _MOST}).rowcount
    if marked:
        _execute(connection, statements.COUNT, {})
    return marked


def _lock(connection: Connection, scopes: Sequence[Scope]) -> None:
    """Keep other transactions from reserving anything of these scopes until this one ends.

    SQLite has only one transaction that writes. There is one lock for each server, or one for all
    where they share a limit: with two, two transactions could wait for each other.
    """
    if connection.dialect.name == "postgresql":
        is_shared = any(scope.guild_id == EVERYWHERE for scope in scopes)
        key = 0 if is_shared else scopes[0].guild_id or scopes[0].user_id or 0
        statements.LOCK_SCOPE.run(connection, {"key": key})


def _execute(connection: Connection, queries: Sequence[TextClause], values: dict[str, Any]) -> None:
    for query in queries:
        connection.execute(query, values)
