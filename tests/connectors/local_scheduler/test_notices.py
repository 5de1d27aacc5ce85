from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from tests.connectors.local_scheduler.conftest import World
from tests.connectors.local_scheduler.rooms import NOW, PACE, Room, eventually, room


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_what_is_given_back_is_heard_of_elsewhere(world: World) -> None:
    jobs = [await world.add() for _ in range(2)]
    async with room(world.config, pace=replace(PACE, renew_s=0.05), slots=1) as full:
        full.gate.clear()
        begun = await full.next()
        async with room(world.config) as other:
            assert (await other.next()).id in set(jobs) - {begun.id}
        full.gate.set()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_what_a_stopped_process_held_is_heard_of_elsewhere(world: World) -> None:
    jobs = [await world.add() for _ in range(2)]
    async with AsyncExitStack() as stack:
        stopped = await stack.enter_async_context(room(world.config, slots=1))
        stopped.gate.clear()
        await stopped.next()
        async with room(world.config) as other:
            await eventually(lambda: is_listening(other))
            await other.scheduler.add(NOW)
            await other.next()  # from here on it waits to hear of something
            await stack.aclose()
            assert {(await other.next()).id, (await other.next()).id} == set(jobs)


async def is_listening(made: Room) -> bool:
    notices = made.scheduler._runner._notices
    return notices is not None and notices.is_listening
