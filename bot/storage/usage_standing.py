"""What is used of a limit at the moment, and what is reserved for answers being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from bot.storage.standing import Scope, Standing, Sum
from bot.storage.usage_statements import EVERYWHERE

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

_MINUTE_US: Final = 60_000_000


_SUMS: Final = ", ".join(
    f"COALESCE(SUM(CASE WHEN {{{when}}} THEN {what} ELSE 0 END), 0)"
    for when in ("day", "month", "open")
    for what in ("questions", "input_tokens + output_tokens", "cost")
)
_IN_MONTH: Final = "{day} BETWEEN :first AND :last"
_IS_SETTLED: Final = "settled_at IS NOT NULL"


def _added_up(table: str, whose: str) -> TextClause:
    """Return the query of what the sums hold."""
    month = _IN_MONTH.format(day="day")
    sums = _SUMS.format(day="day = :day", month="1 = 1", open="1 = 0")
    return text(f"SELECT {sums} FROM {table} WHERE {whose} AND {month}")  # noqa: S608


def _not_added_up(whose: str, day: str = "day") -> TextClause:
    """Return the query of the entries that the sums do not hold yet, and of what is reserved."""
    sums = _SUMS.format(
        day=f"{_IS_SETTLED} AND {day} = :day",
        month=f"{_IS_SETTLED} AND {_IN_MONTH.format(day=day)}",
        open=f"NOT ({_IS_SETTLED})",
    )
    return text(f"SELECT {sums} FROM usage_entries WHERE {whose} AND counted = 0")  # noqa: S608


_PERSON: Final = "guild_id = :guild_id AND user_id = :user_id"
_SERVER: Final = "guild_id = :guild_id"
_OF_PERSON: Final = _added_up("usage_days", _PERSON), _not_added_up(_PERSON)
_OF_SERVER: Final = _added_up("usage_totals", _SERVER), _not_added_up(_SERVER)
_OF_ALL: Final = _added_up("usage_totals", _SERVER), _not_added_up("1 = 1", "utc_day")


def _minute(whose: str) -> TextClause:
    return text(f"""
SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM usage_entries
WHERE {whose} AND part = 0 AND created_at > :since
""")  # noqa: S608


_MINUTE_OF_PERSON, _MINUTE_OF_SERVER, _MINUTE_OF_ALL = map(_minute, (_PERSON, _SERVER, "1 = 1"))


def standing(connection: Connection, scope: Scope, now_us: int) -> Standing:
    """Return what is used of a scope's limits."""
    sums, minute = _queries(scope)
    values: dict[str, Any] = {
        "guild_id": scope.guild_id,
        "user_id": scope.user_id,
        "day": scope.day,
        "first": scope.day // 100 * 100,
        "last": scope.day // 100 * 100 + 99,
        "since": now_us - _MINUTE_US,
    }
    total = [0] * 9
    for query in sums:
        found = connection.execute(query, values).one()
        total = [a + int(b) for a, b in zip(total, found, strict=True)]
    asked, since = connection.execute(minute, values).one() if scope.by_minute else (0, 0)
    return Standing(Sum(*total[:3]), Sum(*total[3:6]), Sum(*total[6:]), asked, int(since))


def _queries(scope: Scope) -> tuple[tuple[TextClause, ...], TextClause]:
    if scope.guild_id == EVERYWHERE:
        return _OF_ALL, _MINUTE_OF_ALL
    if scope.user_id is None:
        return _OF_SERVER, _MINUTE_OF_SERVER
    return _OF_PERSON, _MINUTE_OF_PERSON
