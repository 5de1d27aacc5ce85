import asyncio
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from connectors.local_scheduler.notices import Notices
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


async def test_what_is_never_heard_is_polled_for(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("connectors.local_scheduler.notices._HEARD_WITHIN_S", 0.05)
    caplog.set_level("INFO", "connectors.local_scheduler.notices")

    async def send() -> None:
        """Send what no session hears, as behind a transaction pooler."""

    notices = Notices(ledger_url, "here", lambda: None, send)
    listening = asyncio.create_task(notices.listen_forever())
    async with asyncio.timeout(10):
        while not caplog.messages:
            assert not notices.is_listening
            await asyncio.sleep(0)
    listening.cancel()
    assert caplog.messages == ["Notifications do not arrive, as behind a pooler; polling instead."]


async def is_listening(made: Room) -> bool:
    notices = made.scheduler._runner._notices
    return notices is not None and notices.is_listening
