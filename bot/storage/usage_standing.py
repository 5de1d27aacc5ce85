"""The use of a limit at the moment, and what is reserved for answers being written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import text

from bot.storage.standing import Scope, Standing, Sum
from bot.storage.usage_statements import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, TextClause

_MINUTE_US: Final = 60_000_000


_PERIODS: Final = ("day", "month", "open")
_WHATS: Final = ("questions", "input_tokens + output_tokens", "cost")
_IN_MONTH: Final = "{day} BETWEEN :first{n} AND :last{n}"
_IS_SETTLED: Final = "settled_at IS NOT NULL"


class _Kind(msgspec.Struct, frozen=True):
    """The place of what is used of a scope: a table of sums, and entries."""

    table: str
    whose: str  # in that table
    of_entries: str
    day: str = "day"  # the column of entries by which the scope counts


_SERVER: Final = "guild_id = :guild_id{n}"
_PERSON: Final = f"{_SERVER} AND user_id = :user_id{{n}}"
_OF_PERSON: Final = _Kind("usage_days", _PERSON, _PERSON)
_OF_SERVER: Final = _Kind("usage_totals", _SERVER, _SERVER)
_OF_ALL: Final = _Kind("usage_totals", _SERVER, "1 = 1", "utc_day")


def standings(connection: Connection, scopes: Sequence[Scope], now_us: int) -> list[Standing]:
    """Return what is used of the limits of scopes, with a single statement."""
    query = _query(tuple((_kind_of(scope), scope.by_minute) for scope in scopes))
    values: dict[str, Any] = {"since": now_us - _MINUTE_US}
    for n, scope in enumerate(scopes):
        first = scope.day // 100 * 100
        values |= {f"guild_id{n}": scope.guild_id, f"user_id{n}": scope.user_id}
        values |= {f"day{n}": scope.day, f"first{n}": first, f"last{n}": first + 99}
    rows = connection.execute(query, values).all()
    return [_standing([row for row in rows if row[0] == n]) for n in range(len(scopes))]


def _kind_of(scope: Scope) -> _Kind:
    if scope.guild_id == EVERYWHERE:
        return _OF_ALL
    return _OF_SERVER if scope.user_id is None else _OF_PERSON


def _standing(rows: Sequence[Sequence[Any]]) -> Standing:
    sums = [sum(int(row[place]) for row in rows) for place in range(1, 11)]
    since_us = max((int(row[11]) for row in rows), default=0)
    return Standing(Sum(*sums[:3]), Sum(*sums[3:6]), Sum(*sums[6:9]), sums[9], since_us)


@cache
def _query(kinds: tuple[tuple[_Kind, bool], ...]) -> TextClause:
    """Return the statement for so many scopes, the number of each before what is used of it."""
    parts = [
        part for n, (kind, by_minute) in enumerate(kinds) for part in _parts(n, kind, by_minute)
    ]
    return text(" UNION ALL ".join(parts))


def _parts(n: int, kind: _Kind, by_minute: bool) -> Iterator[str]:
    month, of_entries = _IN_MONTH.format(day="day", n=n), kind.of_entries.format(n=n)
    sums = _sums(day=f"day = :day{n}", month="1 = 1", open="1 = 0")
    yield (
        f"SELECT {n}, {sums}, 0, 0 FROM {kind.table}"  # noqa: S608
        f" WHERE {kind.whose.format(n=n)} AND {month}"
    )
    sums = _sums(
        day=f"{_IS_SETTLED} AND {kind.day} = :day{n}",
        month=f"{_IS_SETTLED} AND {_IN_MONTH.format(day=kind.day, n=n)}",
        open=f"NOT ({_IS_SETTLED})",
    )
    yield (
        f"SELECT {n}, {sums}, 0, 0 FROM usage_entries"  # noqa: S608
        f" WHERE {of_entries} AND counted = 0"
    )
    if by_minute:
        none = ", ".join("0" for _ in _PERIODS for _ in _WHATS)
        yield (
            f"SELECT {n}, {none}, COUNT(*), COALESCE(MIN(created_at), 0) FROM usage_entries"  # noqa: S608
            f" WHERE {of_entries} AND part = 0 AND created_at > :since"
        )


def _sums(**when: str) -> str:
    return ", ".join(
        f"COALESCE(SUM(CASE WHEN {when[period]} THEN {what} ELSE 0 END), 0)"
        for period in _PERIODS
        for what in _WHATS
    )
