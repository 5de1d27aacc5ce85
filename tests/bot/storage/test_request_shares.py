from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.holding import LEASE_US, Holding
from bot.storage.request_shares import LEAVES_IN_US, RequestShares
from connectors.database import Config
from connectors.database.database import Database
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.ledger import Ledger


class Stored:
    """The table on SQLite, whose clock the test sets."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.now = 1_800_000_000.0
        config = Config(folder, database_url)
        self.address = config.address
        self.database = Database(config, clock=lambda: self.now)
        self.table = RequestShares(self.database)

    async def share(self, name: str, share: float, *, ends_others: bool = True) -> list[Holding]:
        self.seen: Collection[Holding] = ()

        def choose(all_held: Collection[Holding]) -> float:
            self.seen = all_held
            return share

        given = await self.table.share(name, 30.0, choose, ends_others=ends_others)
        assert given is not None
        return sorted(given, key=lambda held: held.name)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncIterator[Stored]:
    stored = Stored(tmp_path)
    yield stored
    await stored.database.aclose()


async def test_what_one_process_chooses_the_next_one_sees(
    tmp_path: Path, database_url: str | None
) -> None:
    stored = Stored(tmp_path, database_url)
    assert await stored.share("a", 16.0) == [Holding("a", 16.0, 30.0)]
    assert await stored.share("b", 8.0) == [Holding("a", 16.0, 30.0), Holding("b", 8.0, 30.0)]
    await stored.share("a", 4.0)
    assert list(stored.seen) == [Holding("a", 16.0, 30.0), Holding("b", 8.0, 30.0)]
    await stored.database.aclose()


async def test_a_share_ends_with_its_lease_unless_who_looks_was_away_itself(stored: Stored) -> None:
    await stored.share("a", 16.0)
    stored.now += LEASE_US / 1e6 + 1
    assert len(await stored.share("b", 8.0, ends_others=False)) == 2
    assert await stored.share("b", 8.0) == [Holding("b", 8.0, 30.0)]
    assert await stored.share("a", 1.0) == [Holding("a", 1.0, 30.0), Holding("b", 8.0, 30.0)]
    assert stored.seen == [Holding("a", 0.0, 30.0), Holding("b", 8.0, 30.0)]


async def test_the_share_of_one_who_leaves_counts_until_its_requests_do_no_more(
    stored: Stored,
) -> None:
    await stored.share("a", 16.0)
    await stored.table.leave("a")
    assert len(await stored.share("b", 8.0)) == 2
    stored.now += LEAVES_IN_US / 1e6 + 0.1
    assert len(await stored.share("b", 8.0)) == 1


async def test_the_share_of_one_that_is_dead_counts_no_longer_than_its_requests(
    tmp_path: Path, database_url: str | None
) -> None:
    stored = Stored(tmp_path, database_url)
    await stored.share("a", 48.0)
    ledger = Ledger(dialect_for(stored.address), "b", lease=timedelta(seconds=45))
    await stored.database.run(lambda c: ledger.expire(c, ["a"]))
    assert len(await stored.share("b", 1.0, ends_others=False)) == 2
    ago = {"ago": LEAVES_IN_US + 1}
    older = text("UPDATE request_shares SET seen_at = seen_at - :ago WHERE name = 'a'")
    await stored.database.run(lambda c: c.execute(older, ago))
    assert await stored.share("b", 48.0, ends_others=False) == [Holding("b", 48.0, 30.0)]
    await stored.database.aclose()


async def test_one_process_chooses_at_a_time(tmp_path: Path, postgres_url: str) -> None:
    ours, theirs = (Stored(tmp_path, postgres_url) for _ in range(2))
    await theirs.share("b", 1.0)
    loop = asyncio.get_running_loop()

    def never(_: Collection[Holding]) -> float:
        raise AssertionError("another process chooses")

    def choose(_: Collection[Holding]) -> float:
        meanwhile = theirs.table.share("b", 1.0, never, ends_others=True)
        assert asyncio.run_coroutine_threadsafe(meanwhile, loop).result(10) is None
        return 16.0

    assert await ours.table.share("a", 30.0, choose, ends_others=True)
    for stored in (ours, theirs):
        await stored.database.aclose()
