from collections.abc import AsyncIterator
from datetime import date
from typing import cast

import pytest

from bot.storage.usage_report import Amount, Line
from bot.storage.usage_reports import Reports
from bot.usage import table
from bot.usage.download import of_person, of_server

DAY = date(2026, 11, 26)


class StoredReports:
    """Ten pages of days, one of months, and one line for all people, of any server or person."""

    def __init__(self, *, pages: int = 10) -> None:
        self._pages = pages

    async def lines_of_server(self, *_: object) -> AsyncIterator[list[Line]]:
        for number in range(self._pages):
            yield [Line(DAY, person, "p", f"day {number}", Amount(1)) for person in (1, None)]

    async def months_of_server(self, *_: object) -> AsyncIterator[list[Line]]:
        yield [Line(DAY, 1, "", "", Amount(20))]

    async def totals_of_server(self, *_: object) -> list[Line]:
        return [Line(DAY, None, "p", "all", Amount(20))][: self._pages]

    async def lines_of_person(self, *_: object) -> list[Line]:
        return await self.totals_of_server()


def reports(*, pages: int = 10) -> Reports:
    return cast("Reports", StoredReports(pages=pages))


@pytest.mark.parametrize(
    ("limit", "kind", "lines"),
    [(10_000, table.SERVER, 21), (100, table.MONTHS, 2), (10, table.TOTALS, 2)],
)
async def test_a_file_says_as_much_as_discord_takes(limit: int, kind: str, lines: int) -> None:
    found = await of_server(reports(), 5, DAY, {}, limit=limit)
    assert found.kind == kind
    assert len(found.data.splitlines()) == lines
    assert found.data.startswith(table.header(kind))


async def test_where_nothing_was_used_there_is_no_file() -> None:
    assert not (await of_server(reports(pages=0), 5, DAY, {})).data
    assert not (await of_person(reports(pages=0), 5, DAY, {})).data
    assert b"all" in (await of_person(reports(), 5, DAY, {})).data
