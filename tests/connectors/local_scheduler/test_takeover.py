from pathlib import Path

from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import room


async def test_the_jobs_of_a_dead_process_are_claimed_before_their_lease_ends(
    world: World,
) -> None:
    job_id = await world.add(-1)
    await world.claim("dead+")
    if world.config.file is not None:
        _leave_lock(world.config.file)
    async with room(world.config) as here:
        job = await here.next()
    assert (job.id, job.crashes) == (job_id, 1)


async def test_the_jobs_of_a_process_without_a_sign_of_life_keep_their_lease(
    world: World,
) -> None:
    await world.add(-1)
    await world.claim("unknown")
    if world.config.file is not None:
        _leave_lock(world.config.file)
    later = await world.add(-1)
    async with room(world.config) as here:
        assert (await here.next()).id == later
        assert here.began.empty()


def _leave_lock(file: Path) -> None:
    folder = Path(f"{file}-processes")
    folder.mkdir()
    (folder / "dead%2B.lock").touch()
