from datetime import UTC, datetime, timedelta

from connectors.local_scheduler import LocalScheduler, NewJob, Pace, Running, Settled
from connectors.local_scheduler.care import UNKNOWN
from connectors.local_scheduler.job import State
from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import eventually

PACE = Pace(poll_s=0.05)


async def test_the_ledger_is_kept_up_beside_the_jobs(world: World) -> None:
    unknown = await world.add(-7200, kind="poll")
    known = await world.add(-7200)
    found = await world.add(-7200)
    await world.sql(
        "UPDATE jobs SET state = 'parked', reason = :why WHERE id = :id", why=UNKNOWN, id=found
    )
    paused = await world.add(-31 * 86400)
    await world.run(lambda c: world.owners.pause(c, paused, 1))
    ran = list[str]()
    asked = iter([True, None])

    async def run(job: Running) -> Settled:
        ran.append(job.id if job.kind == "reminder" else f"notice of {job.payload['of']}")
        return Settled()

    scheduler = LocalScheduler(
        world.config,
        database=world.database,
        pace=PACE,
        upkeep=[lambda _: next(asked)],
    )
    due = datetime.now(UTC) - timedelta(seconds=1)
    scheduler.handler(
        "reminder",
        run,
        notice=lambda job, _: NewJob(
            kind="notice", owner_id=1, next_run=due, payload={"of": job.id}
        ),
    )
    scheduler.handler("notice", run)
    await scheduler.start()

    async def is_done() -> bool:
        return set(ran) == {known, found, f"notice of {paused}"}

    await eventually(is_done)
    await eventually(lambda: is_parked(world, unknown))
    await scheduler.aclose()
    assert (await world.get(paused)).state is State.PARKED
    assert next(asked, "asked twice") == "asked twice"


async def is_parked(world: World, job_id: str) -> bool:
    return (await world.get(job_id)).state is State.PARKED
