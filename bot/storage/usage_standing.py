"""The use of a limit at the moment, and what is reserved for answers being written."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bot.storage.standing import Scope, Standing, Sum
from bot.storage.usage_statements import EVERYWHERE
from connectors.database.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

_MINUTE_US: Final = 60_000_000
_KNOWN: Final = -1  # in the place of a scope's number: the entry that is asked for is there
_SUMS: Final = "SUM(questions), SUM(input_tokens + output_tokens), SUM(cost)"


class _About(IntEnum):
    """The part of a standing that a row is about, which stands behind the number of its scope."""

    REST_OF_MONTH = 0
    DAY = 1
    OPEN = 2
    MINUTE = 3


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
    if not scopes:
        return []
    rows = _query(*_kinds(scopes)).run(connection, _values(scopes, now_us)).fetchall()
    return [_standing([row for row in rows if row[0] == n]) for n in range(len(scopes))]


def standings_unless_known(
    connection: Connection, scopes: Sequence[Scope], now_us: int, entry_id: str
) -> list[Standing] | None:
    """Return the same, or None if there is an entry of this id."""
    values = {**_values(scopes, now_us), "id": entry_id}
    rows = _query(*_kinds(scopes), asks_for_entry=True).run(connection, values).fetchall()
    if any(row[0] == _KNOWN for row in rows):
        return None
    return [_standing([row for row in rows if row[0] == n]) for n in range(len(scopes))]


def _kinds(scopes: Sequence[Scope]) -> Iterator[tuple[_Kind, bool]]:
    return ((_kind_of(scope), scope.by_minute) for scope in scopes)


def _kind_of(scope: Scope) -> _Kind:
    if scope.guild_id == EVERYWHERE:
        return _OF_ALL
    return _OF_SERVER if scope.user_id is None else _OF_PERSON


def _values(scopes: Sequence[Scope], now_us: int) -> dict[str, Any]:
    values: dict[str, Any] = {"since": now_us - _MINUTE_US, "until": now_us + _MINUTE_US}
    for n, scope in enumerate(scopes):
        first = scope.day // 100 * 100
        values |= {f"guild_id{n}": scope.guild_id, f"user_id{n}": scope.user_id}
        values |= {f"day{n}": scope.day, f"first{n}": first, f"last{n}": first + 99}
    return values


def _standing(rows: Sequence[Sequence[Any]]) -> Standing:
    """Return what the rows of a scope say. PostgreSQL has sums as Decimal."""
    sums = dict.fromkeys(_About, Sum())
    minute = since_us = 0
    for _, about, *figures in rows:
        if about == _About.MINUTE:
            minute, since_us = int(figures[0]), int(figures[1] or 0)
        else:
            sums[about] = sums[about].plus(Sum(*map(int, figures)))
    day = sums[_About.DAY]
    month = day.plus(sums[_About.REST_OF_MONTH])
    return Standing(day, month, sums[_About.OPEN], minute, since_us)


@cache
def _query(*kinds: tuple[_Kind, bool], asks_for_entry: bool = False) -> Prepared:
    """Return the statement for so many scopes, the number of each before what is used of it."""
    parts = [
        part for n, (kind, by_minute) in enumerate(kinds) for part in _parts(n, kind, by_minute)
    ]
    if asks_for_entry:
        parts.append(f"SELECT {_KNOWN}, 0, 0, 0, 0 FROM usage_entries WHERE id = :id")  # noqa: S608
    return Prepared(" UNION ALL ".join(parts))


def _parts(n: int, kind: _Kind, by_minute: bool) -> Iterator[str]:
    of_entries = kind.of_entries.format(n=n)
    in_month, when = f"BETWEEN :first{n} AND :last{n}", f"= :day{n} THEN {_About.DAY:d} ELSE 0 END"
    yield (
        f"SELECT {n}, CASE WHEN day {when}, {_SUMS} FROM {kind.table}"  # noqa: S608
        f" WHERE {kind.whose.format(n=n)} AND day {in_month} GROUP BY 2"
    )
    yield (
        f"SELECT {n}, CASE WHEN settled_at IS NULL THEN {_About.OPEN:d}"  # noqa: S608
        f" WHEN {kind.day} {when}, {_SUMS} FROM usage_entries WHERE {of_entries}"
        f" AND counted = 0 AND (settled_at IS NULL OR {kind.day} {in_month}) GROUP BY 2"
    )
    if by_minute:
        yield (
            f"SELECT {n}, {_About.MINUTE:d}, COUNT(*), MIN(created_at), 0 FROM usage_entries"  # noqa: S608
            # A clock that was set back may have left some behind in the future.
            f" WHERE {of_entries} AND part = 0 AND created_at > :since AND created_at < :until"
        )
