import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.supervisor import NOT_RUNNING, PLUGGED, Supervisor


class Child:
    def __init__(self, on_ready: Callable[[str], None]) -> None:
        self.on_ready = on_ready
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.told: list[float] = []

    async def wait(self) -> str:
        await asyncio.wait({self.ended})
        return self.ended.result()

    def kill(self) -> None:
        if not self.ended.done():
            self.ended.set_result("ended by SIGKILL")

    def tell(self, ahead_s: float) -> None:
        self.told.append(ahead_s)


class Room:
    """A supervisor whose waits pass at once; ``crashes`` are how the first bots end."""

    def __init__(self, *crashes: str, lasting_s: float = 0.0) -> None:
        self.crashes = list(crashes)
        self.children: list[Child] = []
        self.waits: list[float] = []
        self.events: list[Any] = []
        self.clock = SandboxClock()
        self.now_s = 0.0
        self._lasting_s = lasting_s
        self.bot = Supervisor(
            self._launch,
            self.clock,
            self.events.append,
            sleep=self._sleep,
            monotonic=lambda: self.now_s,
        )

    async def _launch(self, on_ready: Callable[[str], None]) -> Child:
        child = Child(on_ready)
        self.children.append(child)
        if self.crashes:
            self.now_s += self._lasting_s
            child.ended.set_result(self.crashes.pop(0))
        else:
            on_ready("OpenAI")
        return child

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


async def test_a_bot_that_is_unplugged_starts_again() -> None:
    room = Room()
    await room.bot.start()
    assert room.bot.provider == "OpenAI"
    room.bot.plug()
    with pytest.raises(ValueError, match=NOT_RUNNING):
        room.bot.plug()
    await room.settle()
    assert [event["state"] for event in room.events] == [
        "starting",
        "running",
        "killed",
        "starting",
        "running",
    ]
    killed = {"type": "bot", "state": "killed", "reason": PLUGGED, "again_in_s": 2.0}
    assert room.events[2] == killed
    assert room.bot.state() == {"state": "running", "reason": "", "again_in_s": None}
    await room.bot.aclose()
    assert room.children[-1].ended.done()


async def test_a_bot_that_crashes_is_told_and_waited_for_longer_and_longer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = Room(*["ValueError"] * 7)
    await room.bot.start()
    first = next(event for event in room.events if event["state"] == "crashed")
    assert (first["reason"], first["again_in_s"]) == ("ValueError", 2.0)
    while room.crashes:
        await room.settle()
    await room.settle()
    assert room.waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    said = capsys.readouterr().err
    assert "The bot has crashed (ValueError). It starts again in 2 s.\n" in said
    assert room.bot.state()["state"] == "running"
    await room.bot.aclose()


async def test_a_bot_that_ran_for_long_has_not_failed_to_start() -> None:
    room = Room("a", "b", "c", lasting_s=61.0)
    await room.bot.start()
    while room.crashes:
        await room.settle()
    await room.settle()
    assert room.waits == [2.0, 2.0, 2.0]
    await room.bot.aclose()


async def test_only_a_bot_that_runs_is_told_the_time() -> None:
    room = Room()
    room.bot.follow_clock()
    await room.bot.start()
    room.clock.move(60.0)
    room.bot.follow_clock()
    assert room.children[0].told == [60.0]
    await room.bot.aclose()
