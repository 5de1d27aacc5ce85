from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.shard import Fleet, Shard
from bot.storage.shards import Shards
from connectors.database import Config
from connectors.database.database import Database

LEASE_US = 7_500_000


class Stored:
    """The table on one database, whose clock the test sets on SQLite."""

    def __init__(self, config: Config) -> None:
        self.now = 1_800_000_000.0
        self.is_sqlite = config.database_url is None
        self.database = Database(config, clock=lambda: self.now)
        self.table = Shards(self.database)

    async def share(self, name: str, *shards: Shard, is_leaving: bool = False) -> Fleet:
        seen: list[Fleet] = []

        def choose(fleet: Fleet) -> list[Shard]:
            seen.append(fleet)
            return list(shards or fleet.shards)

        given = await self.table.share(name, choose, lease_us=LEASE_US, is_leaving=is_leaving)
        assert given is not None
        assert len(seen) == 1
        return given


@pytest.fixture
async def stored(tmp_path: Path, database_url: str | None) -> AsyncIterator[Stored]:
    stored = Stored(Config(tmp_path, database_url))
    yield stored
    await stored.database.aclose()


async def test_what_one_process_chooses_the_next_one_sees(stored: Stored) -> None:
    ours = Shard(2, 0, since=0, holder="a", held_until=7, is_ready=True)
    theirs = Shard(2, 1, since=0, heir="b", is_heir_ready=True, cut=1 << 62)
    given = await stored.share("a", ours, theirs)
    assert list(given.shards) == [ours, theirs]
    seen = await stored.share("b", is_leaving=True)
    assert list(seen.shards) == [ours, theirs]
    assert [(m.name, m.is_leaving) for m in seen.members] == [("a", False), ("b", True)]
    assert [s.key for s in (await stored.share("a", theirs)).shards] == [(2, 1)]
    assert [s.key for s in (await stored.share("a")).shards] == [(2, 1)]


async def test_who_leaves_holds_nothing_more(stored: Stored) -> None:
    await stored.share("a", Shard(1, 0, since=0, holder="a"), Shard(2, 1, holder="b", heir="a"))
    await stored.table.leave("a")
    seen = await stored.share("b")
    assert [member.name for member in seen.members] == ["b"]
    assert list(seen.shards) == [Shard(1, 0, since=0), Shard(2, 1, holder="b")]


async def test_who_leaves_in_a_hurry_answers_nothing_of_what_it_has_handed_over(
    stored: Stored,
) -> None:
    await stored.share("a", Shard(1, 0, since=0, holder="b", cut=7))
    await stored.table.leave("a", [(1, 0)])
    assert [shard.cut for shard in (await stored.share("b")).shards] == [0]


async def test_a_turn_is_taken_once_in_five_seconds_for_each_bucket(stored: Stored) -> None:
    every_us = 5_000_000
    assert await stored.table.take_turn(0, every_us) == 0
    assert await stored.table.take_turn(1, every_us) == 0
    wait_us = await stored.table.take_turn(0, every_us)
    assert 3_000_000 < wait_us <= every_us
    if stored.is_sqlite:
        stored.now += 5.0
        assert await stored.table.take_turn(0, every_us) == 0
        stored.now -= 3600.0  # another server of the database, perhaps
        assert await stored.table.take_turn(0, every_us) == 0


async def test_who_is_not_seen_has_no_share(stored: Stored) -> None:
    await stored.share("a")
    if stored.is_sqlite:
        stored.now += 8.0
        assert [member.name for member in (await stored.share("b")).members] == ["b"]
