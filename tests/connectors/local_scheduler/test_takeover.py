from pathlib import Path
from typing import Any

import pytest

from connectors.database import DatabaseUnavailable
from connectors.local_scheduler.presence import FileLock
from connectors.local_scheduler.takeover import Takeover
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import PACE, Away, leave_lock, room

UNUSED: Any = None


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
