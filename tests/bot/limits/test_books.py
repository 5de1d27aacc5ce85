from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.limits.books import COUNT_EVERY_S, Books
from bot.limits.prices import load
from bot.storage.rules import DEFAULTS, Rules
from bot.storage.usage import Usage
from bot.storage.use import Account, Spent
from connectors import PROVIDERS
from connectors.database import DatabaseUnavailable
from connectors.database.database import Database
from tests.databases import new_file

HERE, ALICE = 5, 1
SPENT = [Spent("openai", "gpt-4o", 1_000, 0, 100), Spent("openai", "gpt-9", 10, 0, 1)]


def is_local(provider: str, _: str) -> bool:
    return PROVIDERS[provider].is_local


class Clock:
    def __init__(self, at: str) -> None:
        self.now = datetime.fromisoformat(at).astimezone(UTC).timestamp()

    def __call__(self) -> float:
        return self.now


async def berlin(_: int | None) -> Rules:
    return Rules(zone="Europe/Berlin")


async def unset(_: int | None) -> Rules:
    return DEFAULTS


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(new_file(tmp_path))
    yield database
    await database.aclose()


async def days(database: Database) -> list[int]:
    query = text("SELECT day FROM usage_entries WHERE settled_at IS NOT NULL ORDER BY day")
    return list(await database.run(lambda c: c.execute(query).scalars().all()))


@pytest.mark.parametrize(
    ("at", "here", "direct"),
    [
        ("2030-01-31T22:59:59Z", 20300131, 20300131),
        ("2030-01-31T23:00:00Z", 20300201, 20300131),
        ("2030-03-30T22:59:59Z", 20300330, 20300330),  # the night in which the clocks change
        ("2030-03-31T21:59:59Z", 20300331, 20300331),
        ("2030-03-31T22:00:00Z", 20300401, 20300331),
        ("2030-12-31T23:30:00Z", 20310101, 20301231),
    ],
)
async def test_the_day_is_that_of_the_servers_clock(at: str, here: int, direct: int) -> None:
    books = Books(None, load(None, is_local), berlin, clock=Clock(at))  # type: ignore[arg-type]  # not used
    assert (await books.today(HERE), await books.today(0)) == (here, direct)


async def test_what_was_used_is_entered_once_with_its_price(database: Database) -> None:
    books = Books(usage := Usage(database), load(None, is_local), unset)
    for _ in range(2):
        await books.settle(Account("a", HERE, ALICE), SPENT)
    query = text("SELECT model, questions, cost, unpriced FROM usage_days ORDER BY model")
    rows = await usage.read(lambda c: c.execute(query).all())
    assert list(map(tuple, rows)) == [("gpt-4o", 1, 3_500, 0), ("gpt-9", 0, 0, 1)]
    await books.aclose()


async def test_entries_are_added_up_now_and_then(database: Database) -> None:
    clock = Clock("2030-01-31T12:00:00Z")
    books = Books(Usage(database, clock=clock), load(None, is_local), unset, clock=clock)
    query = text("SELECT SUM(questions) FROM usage_days")
    for account_id, counted in (("a", None), ("b", 2), ("c", 2)):
        await books.settle(Account(account_id, HERE, ALICE), SPENT)
        if books._counting is not None:
            await books._counting
        assert await database.run(lambda c: c.execute(query).scalar()) == counted
        clock.now += COUNT_EVERY_S if account_id == "a" else 1
    await books.aclose()


async def test_while_the_database_is_away_entries_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, run = [True], database.run

    async def unreliable(*args: object, **options: object) -> object:
        if away[0]:
            raise DatabaseUnavailable("it is away")
        return await run(*args, **options)  # type: ignore[arg-type]

    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        away[0] = len(waits) < 3

    monkeypatch.setattr(database, "run", unreliable)
    clock = Clock("2030-01-31T12:00:00Z")
    books = Books(
        Usage(database, clock=clock), load(None, is_local), unset, clock=clock, sleep=sleep
    )
    await books.settle(Account("a", HERE, ALICE), SPENT)
    clock.now += 86_400  # it counts for the day on which it ended
    await books.settle(Account("b", HERE, ALICE), SPENT[:1])
    assert books._catching_up is not None
    await books._catching_up
    assert waits == [0.5, 1.0, 2.0, 0.5]
    assert await days(database) == [20300131, 20300131, 20300201]
    await books.aclose()
