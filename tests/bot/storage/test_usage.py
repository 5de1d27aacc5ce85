import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bot.storage.usage import Usage
from bot.storage.usage_statements import EVERYWHERE, NOBODY
from bot.storage.use import Account, Use
from connectors.database import Config
from connectors.database.database import Database

HERE, ALICE, BOB = 5, 1, 2
DAY = 20300131
NOON = 1_896_091_200.0  # of that day in UTC
PAID = Use("openai", "gpt", 100, 20, 30, cost=7)
LOCAL = Use("ollama", "llama", 5, 0, 6, cost=0, is_estimated=True)


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    yield database
    await database.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def usage(database: Database, clock: Clock) -> Usage:
    return Usage(database, clock=clock)


async def rows(usage: Usage, table: str) -> list[tuple[Any, ...]]:
    def read(connection: Connection) -> list[tuple[Any, ...]]:
        return sorted(map(tuple, connection.execute(text(f"SELECT * FROM {table}"))))  # noqa: S608

    return await usage.read(read)


def by(person: int, answer: str = "a") -> Account:
    return Account(answer, HERE, person, job_id=answer)


async def test_an_answer_is_settled_once_however_often_and_by_whomever(usage: Usage) -> None:
    settled = [usage.settle(by(ALICE), [PAID, LOCAL], DAY) for _ in range(3)]
    assert sorted(await asyncio.gather(*settled)) == [False, False, True]
    await usage.count()
    assert not await usage.settle(by(ALICE), [PAID], DAY), "it is counted already"
    assert await rows(usage, "usage_days") == [
        (HERE, ALICE, DAY, "ollama", "llama", 0, 5, 0, 6, 0, 1, 0),
        (HERE, ALICE, DAY, "openai", "gpt", 1, 100, 20, 30, 7, 0, 0),
    ]
    assert await rows(usage, "usage_months") == [(HERE, 203001, ALICE, 1, 105, 20, 36, 7, 1, 0)]


async def test_the_sums_grow_with_each_answer_and_are_those_of_all_servers_too(
    usage: Usage,
) -> None:
    unknown = Use("openai", "new", 1, 0, 1, cost=None)
    await usage.settle(by(ALICE, "a"), [PAID], DAY)
    await usage.read(lambda _: None)
    await usage.settle(by(BOB, "b"), [PAID], DAY)
    await usage.settle(Account("c", HERE + 1, BOB), [unknown], DAY + 1)
    gpt, new = ("openai", "gpt", 2, 200, 40, 60, 14, 0, 0), ("openai", "new", 1, 1, 0, 1, 0, 0, 1)
    assert await rows(usage, "usage_totals") == [
        (EVERYWHERE, DAY, *gpt),
        (EVERYWHERE, DAY, *new),  # which counts by days in UTC
        (HERE, DAY, *gpt),
        (HERE + 1, DAY + 1, *new),
    ]


async def test_a_person_is_forgotten_and_the_figures_stay(usage: Usage) -> None:
    await usage.settle(by(ALICE, "a"), [PAID], DAY)
    await usage.forget(ALICE)
    await usage.settle(by(ALICE, "b"), [PAID], DAY)
    await usage.settle(by(BOB, "c"), [PAID], DAY)
    await usage.forget(ALICE, HERE + 1)
    assert {row[1] for row in await rows(usage, "usage_days")} == {NOBODY, ALICE, BOB}
    await usage.forget(ALICE, HERE)
    days = await rows(usage, "usage_days")
    assert [row[:2] + row[5:7] for row in days] == [(HERE, NOBODY, 2, 200), (HERE, BOB, 1, 100)]
    assert {row[2] for row in await rows(usage, "usage_months")} == {NOBODY, BOB}
    assert {row[4] for row in await rows(usage, "usage_entries")} == {NOBODY, BOB}


async def test_a_server_is_forgotten_except_in_the_sums_of_all(usage: Usage) -> None:
    await usage.settle(by(ALICE), [PAID], DAY)
    await usage.forget_server(HERE)
    assert await rows(usage, "usage_days") == await rows(usage, "usage_months") == []
    assert [row[0] for row in await rows(usage, "usage_totals")] == [EVERYWHERE]
    assert await rows(usage, "usage_entries") == []


async def test_figures_are_kept_for_a_year_and_entries_for_some_days(
    usage: Usage, clock: Clock, database: Database
) -> None:
    await usage.settle(by(ALICE), [PAID], DAY)
    clock.now += 3 * 86_400
    await database.run(usage.upkeep)
    assert await rows(usage, "usage_entries") == []
    assert len(await rows(usage, "usage_days")) == 1
    clock.now += 400 * 86_400
    await database.run(usage.upkeep)
    for table in ("usage_days", "usage_totals", "usage_months"):
        assert await rows(usage, table) == []


async def test_the_upkeep_deletes_a_part_in_each_transaction(
    usage: Usage, clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.usage._SLICE", 2)
    for person in range(1, 6):
        await usage.settle(Account(f"{person}", HERE + person % 2, person), [PAID], DAY)
    await usage.count()
    clock.now += 500 * 86_400
    await usage.settle(by(ALICE, "new"), [PAID], DAY + 20_000)
    times = 1
    while await database.run(usage.upkeep):
        times += 1
    assert times == 3
    assert await rows(usage, "usage_entries") != []
    for table, left in (("usage_days", 1), ("usage_totals", 2), ("usage_months", 1)):
        assert len(await rows(usage, table)) == left
