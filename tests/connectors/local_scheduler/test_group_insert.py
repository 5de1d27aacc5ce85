from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler import NewJob, State
from connectors.local_scheduler.group_insert import AT_ONCE, GroupInsert
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.rows import row_of
from connectors.local_scheduler.runner import UntilClosed
from tests.connectors.local_scheduler.conftest import World

BAD = "bad"


class Groups:
    """A database and a ledger that note which rows come together."""

    def __init__(self, failures: list[Exception] | None = None) -> None:
        self.groups: list[list[str]] = []
        self.failures = failures or []

    async def run(self, work: Callable[[None], Any], *, is_urgent: bool) -> Any:
        assert is_urgent
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return work(None)

    def insert_held(self, _: None, rows: list[Mapping[str, Any]]) -> list[bool]:
        ids = [row["id"] for row in rows]
        if BAD in ids:
            raise ValueError
        self.groups.append(ids)
        return [job_id != "theirs" for job_id in ids]

    async def add(self, *ids: str) -> list[bool | BaseException]:
        group = GroupInsert(cast("UntilClosed", self), cast("Ledger", self))
        return await asyncio.gather(*(group.add({"id": i}) for i in ids), return_exceptions=True)


async def test_what_comes_meanwhile_is_stored_together() -> None:
    here = Groups()
    group = GroupInsert(cast("UntilClosed", here), cast("Ledger", here))
    first = asyncio.create_task(group.add({"id": "a"}))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await asyncio.gather(first, *(group.add({"id": i}) for i in "bc")) == [True] * 3
    assert here.groups == [["a"], ["b", "c"]]


async def test_a_group_has_an_end() -> None:
    here = Groups()
    assert await here.add(*map(str, range(AT_ONCE + 1))) == [True] * (AT_ONCE + 1)
    assert list(map(len, here.groups)) == [AT_ONCE, 1]


async def test_each_learns_whether_its_own_row_is_held() -> None:
    assert await Groups().add("a", "theirs", "b") == [True, False, True]


async def test_one_at_fault_does_not_harm_the_others() -> None:
    first, bad, last = await Groups().add("a", BAD, "b")
    assert (first, last) == (True, True)
    assert isinstance(bad, ValueError)


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    here = Groups([DatabaseUnavailable("away")])
    results = await here.add("a", "b")
    assert all(isinstance(result, DatabaseUnavailable) for result in results)
    assert not here.groups


async def test_the_next_group_goes_on_after_a_failure() -> None:
    here = Groups([DatabaseUnavailable("away")])
    group = GroupInsert(cast("UntilClosed", here), cast("Ledger", here))
    with pytest.raises(DatabaseUnavailable):
        await group.add({"id": "a"})
    assert await group.add({"id": "b"})


async def test_rows_of_a_group_are_held_until_the_end_of_a_lease(world: World) -> None:
    now = datetime.now(UTC)
    new = [NewJob(kind="reminder", owner_id=n, id=str(n), payload={"n": n}) for n in range(3)]
    rows = [row_of(job, now, worker="a") for job in new]
    assert await world.run(lambda c: world.of("a").insert_held(c, rows)) == [True] * 3
    job = await world.get("1")
    assert (job.state, job.owner_id, job.payload, job.attempts) == (State.RUNNING, 1, {"n": 1}, 1)
    await world.passes(44)
    assert await world.claim("b") == []
    await world.passes(2)
    assert len(await world.claim("b")) == 3


async def test_of_a_group_only_the_rows_stored_here_are_held(world: World) -> None:
    now = datetime.now(UTC)
    new = [NewJob(kind="reminder", owner_id=1, id=str(n), payload={}) for n in range(3)]
    theirs = [row_of(new[1], now, worker="b")]
    await world.run(lambda c: world.of("b").insert_held(c, theirs))
    ours = [row_of(job, now, worker="a") for job in new]
    for _ in range(2):  # the second time, its first commit was not confirmed
        held = await world.run(lambda c: world.of("a").insert_held(c, ours))
        assert held == [True, False, True]
