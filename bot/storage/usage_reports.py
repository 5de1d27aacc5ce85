"""Reads what was used: of a person, or of a server; each query by an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from sqlalchemy import bindparam, text

from bot.storage.usage import number_of
from bot.storage.usage_report import NOTHING, Amount, Line, Report
from bot.storage.usage_statements import COUNTS, NOBODY

if TYPE_CHECKING:
    from sqlalchemy import Row, TextClause

    from bot.storage.usage import Usage

LISTED: Final = 10  # people
PAGE: Final = 2_000  # lines that are read at once: questions wait meanwhile

_SUMS: Final = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in COUNTS)
_COLUMNS: Final = ", ".join(COUNTS)
_OF_SERVER: Final = "guild_id = :owner AND day >= :first"
_OF_PERSON: Final = "user_id = :owner AND day >= :first"


def _by_model(table: str, where: str) -> TextClause:
    return text(f"""
SELECT day / :step AS span, {NOBODY} AS user_id, provider, model, {_SUMS} FROM {table}
WHERE {where} GROUP BY span, provider, model ORDER BY span, provider, model
""")  # noqa: S608


def _ranking(table: str, since: str, measure: str) -> TextClause:
    """Return the query of who used most: it adds up one thing only, for thousands of people.

    The plus keeps SQLite from an index of people, by which it would look through all servers.
    """
    return text(f"""
SELECT +user_id AS person, COUNT(*) OVER () AS people FROM {table}
WHERE guild_id = :owner AND {since} GROUP BY person ORDER BY SUM({measure}) DESC, person
LIMIT :most
""")  # noqa: S608


def _of_people(table: str, since: str) -> TextClause:
    return text(f"""
SELECT user_id, {_SUMS} FROM {table} WHERE guild_id = :owner AND {since} AND user_id IN :people
GROUP BY user_id
""").bindparams(bindparam("people", expanding=True))  # noqa: S608


_SERVER: Final = _by_model("usage_totals", _OF_SERVER)
_PERSON: Final = _by_model("usage_days", _OF_PERSON)
# There are sums of whole months.
_DAYS: Final = ("usage_days", "day >= :first")
_MONTHS: Final = ("usage_months", "month >= :first / 100")
_MEASURES: Final = ("cost", "input_tokens + output_tokens", "questions")
_RANKINGS: Final = {
    (span, measure): _ranking(*span, measure) for span in (_DAYS, _MONTHS) for measure in _MEASURES
}
_PEOPLE: Final = {span: _of_people(*span) for span in (_DAYS, _MONTHS)}
# Each page begins on the day of the last line before: SQLite looks up no more of a line's key.
_LINES: Final = text(f"""
SELECT day, user_id, provider, model, {_COLUMNS} FROM usage_days
WHERE guild_id = :owner AND day >= :day
    AND (day, user_id, provider, model) > (:day, :user_id, :provider, :model)
ORDER BY day, user_id, provider, model LIMIT :most
""")  # noqa: S608
_LINES_OF_MONTHS: Final = text(f"""
SELECT month, user_id, '' AS provider, '' AS model, {_COLUMNS} FROM usage_months
WHERE guild_id = :owner AND month >= :day AND (month, user_id) > (:day, :user_id)
ORDER BY month, user_id LIMIT :most
""")  # noqa: S608
_ORDER: Final = ("day", "user_id", "provider", "model")


class Reports:
    """Every method raises only DatabaseUnavailable. What is read is from a day on."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage

    async def of_person(self, user_id: int, first: date, *, is_monthly: bool) -> Report:
        return _report(await self._models(_PERSON, user_id, first, is_monthly=is_monthly))

    async def of_server(self, guild_id: int, first: date, *, is_monthly: bool) -> Report:
        found = _report(await self._models(_SERVER, guild_id, first, is_monthly=is_monthly))
        persons, others = await self._people(guild_id, first, _measure(found.total))
        return replace(found, persons=persons, others=others)

    async def lines_of_person(self, user_id: int, first: date) -> list[Line]:
        """Return what a person used of each model on each day."""
        return await self._models(_PERSON, user_id, first)

    async def totals_of_server(self, guild_id: int, first: date) -> list[Line]:
        """Return what was used of each model on each day in a server."""
        return await self._models(_SERVER, guild_id, first)

    def lines_of_server(self, guild_id: int, first: date) -> AsyncIterator[list[Line]]:
        """Yield what each person used of each model on each day in a server, page by page."""
        return self._pages(_LINES, guild_id, number_of(first), _line)

    def months_of_server(self, guild_id: int, first: date) -> AsyncIterator[list[Line]]:
        """Yield what each person used in each month in a server, page by page."""
        return self._pages(_LINES_OF_MONTHS, guild_id, number_of(first) // 100, _line_of_month)

    async def _people(
        self, guild_id: int, first: date, measure: str
    ) -> tuple[list[tuple[int | None, Amount]], int]:
        """Return who used most since a day, and how many others there are."""
        span = _MONTHS if first.day == 1 else _DAYS
        values = {"owner": guild_id, "first": number_of(first)}
        ranked = await self._read(_RANKINGS[span, measure], {**values, "most": LISTED})
        if not ranked:
            return [], 0
        people = [row.person for row in ranked]
        rows = await self._read(_PEOPLE[span], {**values, "people": people})
        used = {row.user_id: Amount(*row[1:]) for row in rows}
        persons = [(_person(user_id), used.get(user_id, NOTHING)) for user_id in people]
        return persons, ranked[0].people - len(people)

    async def _models(
        self, statement: TextClause, owner: int, first: date, *, is_monthly: bool = False
    ) -> list[Line]:
        step = 100 if is_monthly else 1
        values = {"owner": owner, "first": number_of(first), "step": step}
        rows = await self._read(statement, values)
        return [_line_of_month(row) if is_monthly else _line(row) for row in rows]

    async def _pages(
        self, statement: TextClause, guild_id: int, first: int, line: Callable[[Row[Any]], Line]
    ) -> AsyncIterator[list[Line]]:
        after = dict(zip(_ORDER, (first, -1, "", ""), strict=True))
        while True:
            rows = await self._read(statement, {"owner": guild_id, "most": PAGE, **after})
            if rows:
                yield list(map(line, rows))
            if len(rows) < PAGE:
                return
            after = dict(zip(_ORDER, rows[-1], strict=False))

    async def _read(self, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        return await self._usage.read(lambda c: c.execute(statement, values).all())


def _measure(whole: Amount) -> str:
    """Return by what people are put in order: by money if there is any, else by tokens."""
    return _MEASURES[0 if whole.cost else 1 if whole.tokens else 2]


def _report(lines: Iterable[Line]) -> Report:
    days: dict[tuple[date, str], Amount] = defaultdict(Amount)
    models: dict[tuple[str, str], Amount] = defaultdict(Amount)
    for line in lines:
        days[line.day, line.provider] += line.amount
        models[line.provider, line.model] += line.amount
    return Report(days, models)


def _line(row: Row[Any]) -> Line:
    day = row[0]
    return _line_on(date(day // 10_000, day // 100 % 100, day % 100), row)


def _line_of_month(row: Row[Any]) -> Line:
    month = row[0]
    return _line_on(date(month // 100, month % 100, 1), row)


def _line_on(day: date, row: Row[Any]) -> Line:
    person = _person(row.user_id)
    return Line(day, person, row.provider, row.model, Amount(*row[len(_ORDER) :]))


def _person(user_id: int) -> int | None:
    return None if user_id == NOBODY else user_id
