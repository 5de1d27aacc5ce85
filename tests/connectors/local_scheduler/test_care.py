from datetime import timedelta

import pytest

from connectors.local_scheduler import care as module
from connectors.local_scheduler.care import PAUSED, START, UNKNOWN, Care, Place
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import State
from tests.connectors.local_scheduler.conftest import World, fence

HOUR, MONTH = timedelta(hours=1), timedelta(days=30)


@pytest.fixture
def care(world: World) -> Care:
    return Care(dialect_for(world.config.address))


async def ended(world: World, care: Care, state: State) -> bool:
    return await world.run(lambda c: care.purge(c, state, MONTH))


async def test_nobodys_jobs_are_parked_and_taken_up_by_who_knows_them(
    world: World, care: Care
) -> None:
    lost, newer = await world.add(-7200, kind="poll"), await world.add(-7200, version=2)
    known, fresh = await world.add(-7200), await world.add(-10, kind="poll")
    assert await world.run(care.waiting_kinds) == ["poll", "reminder"]
    assert await world.run(lambda c: care.park_unknown(c, "poll", HOUR))
    assert not await world.run(lambda c: care.park_unknown(c, "poll", HOUR))
    walked = await world.run(lambda c: care.park_newer(c, "reminder", 1, HOUR, START))
    assert walked == (True, None)
    states = [(await world.get(job_id)).state for job_id in (lost, newer, known, fresh)]
    assert states == [State.PARKED, State.PARKED, State.ACTIVE, State.ACTIVE]
    assert (await world.get(lost)).reason == UNKNOWN
    assert not await world.run(lambda c: care.adopt(c, {"reminder": 1, "digest": 1}))
    assert await world.run(lambda c: care.adopt(c, {"reminder": 1, "poll": 1}))
    assert (await world.get(lost)).state is State.ACTIVE
    assert (await world.get(newer)).state is State.PARKED


async def test_what_is_long_settled_is_forgotten(world: World, care: Care) -> None:
    old, new = await world.add(), await world.add(3600)
    (job,) = await world.claim("a")
    end = world.of("a").settle
    await world.run(lambda c: end(c, fence("a", job), draft="{}", payload=None, next_run=None))
    await world.passes(31 * 86400)
    assert [await ended(world, care, State.SETTLED) for _ in range(2)] == [True, False]
    assert await world.run(lambda c: world.owners.get(c, old)) is None
    assert await world.run(lambda c: world.owners.get(c, new)) is not None


async def test_what_is_long_parked_is_forgotten_and_what_is_long_paused_is_parked(
    world: World, care: Care
) -> None:
    parked, paused = await world.add(), await world.add(owner_id=2)
    (job, _) = await world.claim("a")
    await world.run(lambda c: world.of("a").park(c, fence("a", job), "gone"))
    await world.run(lambda c: world.owners.pause(c, paused, 2))

    async def parks() -> list[tuple[str, str | None]]:
        await ended(world, care, State.PARKED)
        found = await world.run(lambda c: care.park_paused(c, {"reminder": 1, "poll": 1}, MONTH))
        return [(job.id, job.reason) for job in found]

    await world.passes(29 * 86400)
    assert await parks() == []
    assert (await world.get(parked)).state is State.PARKED
    await world.passes(2 * 86400)
    assert await parks() == [(paused, PAUSED)]
    assert await world.run(lambda c: world.owners.get(c, parked)) is None
    await world.passes(31 * 86400)
    await parks()
    assert await world.run(lambda c: world.owners.get(c, paused)) is None


async def test_no_transaction_takes_more_than_a_slice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    care = Care(dialect_for(world.config.address))
    # Due at the same moment, as reminders for nine o'clock are.
    ids = [await world.add(-7200, kind="poll") for _ in range(3)]
    await world.sql("UPDATE jobs SET visible_at = (SELECT MIN(visible_at) FROM jobs)")
    place: Place | None = START
    walked = []
    while place is not None:
        some, after = await world.run(
            lambda c, place=place: care.park_newer(c, "poll", 0, HOUR, place)  # type: ignore[misc]  # its default is bound
        )
        walked.append(some)
        place = after
    assert walked == [True, True]
    assert {(await world.get(job_id)).state for job_id in ids} == {State.PARKED}
    assert [await world.run(lambda c: care.adopt(c, {"poll": 1})) for _ in range(3)] == [
        True,
        True,
        False,
    ]
    assert [await world.run(lambda c: care.park_unknown(c, "poll", HOUR)) for _ in range(3)] == [
        True,
        True,
        False,
    ]
    await world.passes(31 * 86400)
    assert [await ended(world, care, State.PARKED) for _ in range(3)] == [True, True, False]
