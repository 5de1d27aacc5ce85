import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from connectors.database import DatabaseUnavailable
from connectors.local_scheduler.presence import FileLock
from connectors.local_scheduler.runner import _presence_for
from connectors.local_scheduler.takeover import Takeover
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import PACE, Away, leave_lock, room

UNUSED: Any = None


class Returns(FileLock):
    """The sign of life of a process that takes another one for dead which then comes back."""

    def __init__(self, name: str) -> None:
        super().__init__(None, "here")
        self.seen = iter([[name], []])
        self.buried: list[str] = []

    def knows_others(self) -> bool:
        return True

    def dead(self, _connection: Any, _holders: Any) -> list[str]:
        return next(self.seen)

    def bury(self, names: Collection[str]) -> None:
        self.buried += names


async def test_the_jobs_of_a_dead_process_are_claimed_before_their_lease_ends(
    world: World,
) -> None:
    job_id = await world.add(-1)
    await world.claim("dead+")
    leave_lock(world.config)
    async with room(world.config) as here:
        job = await here.next()
    assert (job.id, job.crashes) == (job_id, 1)


async def test_the_jobs_of_a_process_without_a_sign_of_life_keep_their_lease(
    world: World,
) -> None:
    await world.add(-1)
    await world.claim("unknown")
    leave_lock(world.config)
    later = await world.add(-1)
    async with room(world.config) as here:
        assert (await here.next()).id == later
        assert here.began.empty()


async def test_a_lease_that_ends_counts_as_a_crash_unless_its_process_lives(world: World) -> None:
    silent = _presence_for(world.config, "silent", lambda: True)
    name = await silent.begin()
    keeping = asyncio.create_task(silent.keep_forever())
    try:
        left = {}
        for holder, crashes in ((name, 0), ("dead+", 1), ("unknown", 1)):
            job_id = await world.add(-1)
            await world.claim(holder)
            left[job_id] = crashes
        await world.passes(46)
        async with room(world.config) as here:
            taken = [await here.next() for _ in left]
        assert {job.id: job.crashes for job in taken} == left
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        silent.end()


async def test_the_database_is_not_asked_while_no_other_process_has_a_file(tmp_path: Path) -> None:
    database: Any = Away(lasts=1)
    lock = FileLock(tmp_path, "one")
    await lock.begin()
    takeover = Takeover(UNUSED, database, {}, PACE, presence=lock, on_taken=UNUSED, report=UNUSED)
    await takeover._take_over()
    (tmp_path / "dead.lock").touch()
    with pytest.raises(DatabaseUnavailable):
        await takeover._take_over()
    lock.end()


async def test_whoever_is_alone_looks_less_often(tmp_path: Path) -> None:
    lock = FileLock(tmp_path, "one")
    given: Any = UNUSED, Away(lasts=9), {}, PACE
    takeover = Takeover(*given, presence=lock, on_taken=UNUSED, report=UNUSED)
    assert takeover._pause_s() == PACE.look_s  # before the first look nobody knows
    await takeover._take_over()
    assert takeover._pause_s() == 3 * PACE.look_s
    (tmp_path / "other.lock").touch()
    with pytest.raises(DatabaseUnavailable):
        await takeover._take_over()
    assert takeover._pause_s() == PACE.look_s


async def test_the_jobs_of_a_process_that_is_back_before_they_are_taken_stay_its_own(
    world: World,
) -> None:
    job_id = await world.add(-1)
    await world.claim("back")
    presence, told = Returns("back"), list[None]()
    given: Any = world.of("here"), world.database, {}, PACE
    takeover = Takeover(
        *given, presence=presence, on_taken=lambda: told.append(None), report=UNUSED
    )
    await takeover._take_over()
    assert (await world.claim("here"), told, presence.buried) == ([], [], [])
    assert (await world.get(job_id)).attempts == 1
    assert [*presence.seen] == []  # it was asked both times
