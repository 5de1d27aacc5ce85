from functools import partial

from connectors.local_scheduler.depth import Depth, depth
from tests.connectors.local_scheduler.conftest import World


async def test_the_depth_tells_what_runs_what_waits_and_what_is_overdue(world: World) -> None:
    await world.add(-90.0)
    await world.claim("one", 1)  # the oldest
    await world.add(-60.0)
    await world.add(-5.0)
    await world.add(3600.0)
    await world.add(3600.0, kind="digest")
    found = await world.run(partial(depth, config=world.config))
    kinds = {of.kind: of for of in found}
    assert kinds["digest"] == Depth("digest", running=0, waiting=1, due=0, oldest_due_s=0.0)
    reminders = kinds["reminder"]
    assert (reminders.running, reminders.waiting, reminders.due) == (1, 3, 2)
    assert 59.0 < reminders.oldest_due_s < 90.0


async def test_what_has_ended_has_no_depth(world: World) -> None:
    job_id = await world.add(-1.0)
    await world.run(lambda c: world.owners.end(c, job_id, 1, "cancelled"))
    assert await world.run(partial(depth, config=world.config)) == []
