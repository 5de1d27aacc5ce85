"""The global limit of one process, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from connectors import RateLimitExceeded
from connectors.discord.global_limit import SLOWED_S, GlobalLimit
from connectors.discord.routes import Priority
from tests.virtual_time import run


class Sent:
    """The requests of one limit, with the times at which they were sent."""

    def __init__(self, per_s: float = 5) -> None:
        self.per_s = per_s
        self.limit = GlobalLimit(lambda: self.per_s, clock=now)
        self.names: list[str] = []
        self.times: list[float] = []
        self.tasks: list[asyncio.Task[None]] = []

    def send(
        self, name: str, count: int, priority: Priority = Priority.FIRST, takes_s: float = 0.0
    ) -> None:
        for _ in range(count):
            sending = self._send(name, priority, takes_s)
            self.tasks.append(asyncio.create_task(sending))

    async def _send(self, name: str, priority: Priority, takes_s: float) -> None:
        slot = await self.limit.turn(priority)
        self.names.append(name)
        self.times.append(round(now(), 2))
        await asyncio.sleep(takes_s)
        self.limit.answered(slot, name)

    async def all(self) -> None:
        await asyncio.gather(*self.tasks)


def now() -> float:
    return asyncio.get_running_loop().time()


def in_time(test: Coroutine[Any, Any, None]) -> None:
    run(test)


def test_as_many_go_at_once_as_the_share_allows_and_the_others_a_second_later() -> None:
    async def test() -> None:
        sent = Sent()
        sent.send("a", 12)
        await sent.all()
        assert sent.times == [0.0] * 5 + [1.0] * 5 + [2.0] * 2

    in_time(test())


def test_a_share_below_one_is_one_request_in_a_longer_time() -> None:
    async def test() -> None:
        sent = Sent(0.5)
        sent.send("a", 3)
        await sent.all()
        assert sent.times == [0.0, 2.0, 4.0]

    in_time(test())


def test_what_somebody_waits_for_goes_first_and_the_rest_is_not_forgotten() -> None:
    async def test() -> None:
        sent = Sent(4)
        sent.send("later", 8, Priority.LATER)
        sent.send("update", 2, Priority.UPDATE)
        sent.send("first", 6)
        await sent.all()
        assert sent.names[:4] == ["later"] * 4
        assert sent.names[4:8] == ["first", "first", "first", "later"]
        assert sorted(sent.names[8:12]) == ["first"] * 3 + ["later"]
        assert sent.names[12:] == ["update", "update", "later", "later"]

    in_time(test())


def test_who_comes_ahead_of_others_need_not_wait_before_it_is_in_line() -> None:
    async def test() -> None:
        sent = Sent(2)
        assert sent.limit.wait_s(Priority.UPDATE) == 0
        sent.send("later", 4, Priority.LATER)
        await asyncio.sleep(0.5)
        assert sent.limit.wait_s(Priority.FIRST) == 0
        assert sent.limit.wait_s(Priority.LATER) == 0.5 + 1.0
        sent.send("update", 1, Priority.UPDATE)
        await asyncio.sleep(0)
        assert sent.limit.wait_s(Priority.UPDATE) == 0.5 + 0.5
        await sent.all()
        assert sent.names == ["later", "later", "update", "later", "later"]

    in_time(test())


def test_a_request_that_took_longer_than_others_counts_longer() -> None:
    async def test() -> None:
        sent = Sent(500)
        sent.send("a", 500, takes_s=0.1)
        await asyncio.sleep(2)
        sent.per_s = 1
        sent.send("a", 1, takes_s=0.4)
        await sent.all()
        begun = now()
        await sent.limit.turn()
        # 0.1 s of the 0.4 s are the way there and back.
        assert now() - begun == pytest.approx(1 + 0.3 - 0.4, abs=0.03)

    in_time(test())


def test_a_crowd_that_holds_its_own_replies_up_is_not_taken_for_a_long_way() -> None:
    async def test() -> None:
        sent = Sent(500)
        sent.send("a", 500, takes_s=0.01)
        await asyncio.sleep(2)
        sent.send("a", 30, takes_s=0.06)
        await asyncio.sleep(2)
        sent.per_s = 1
        sent.send("a", 1, takes_s=0.06)
        await sent.all()
        begun = now()
        await sent.limit.turn()
        # Discord may have counted it only 10 ms before its reply.
        assert now() - begun >= 0.98

    in_time(test())


def test_requests_under_way_for_long_hold_the_others_back() -> None:
    async def test() -> None:
        sent = Sent(2)
        sent.send("slow", 2, takes_s=2.5)
        sent.send("next", 1)
        await sent.all()
        assert sent.times[-1] >= 2.5

    in_time(test())


def test_a_share_that_grows_lets_those_go_who_wait() -> None:
    async def test() -> None:
        sent = Sent(1)
        sent.send("a", 3)
        await asyncio.sleep(0.5)
        sent.per_s = 3
        sent.limit.look()
        await sent.all()
        assert sent.times == [0.0, 0.5, 0.5]

    in_time(test())


def test_a_pause_holds_everything_and_slows_down_for_a_time() -> None:
    async def test() -> None:
        sent = Sent(4)
        sent.limit.pause(10)
        sent.send("a", 6)
        await sent.all()
        assert sent.times == [10.0] * 3 + [11.0] * 3
        await asyncio.sleep(SLOWED_S)
        sent.send("a", 4)
        await sent.all()
        assert len(set(sent.times[-4:])) == 1

    in_time(test())


def test_a_pause_that_is_too_long_is_raised_also_to_those_who_wait() -> None:
    async def test() -> None:
        sent = Sent(1)
        sent.send("a", 3)
        await asyncio.sleep(0.5)
        sent.limit.pause(600)
        outcomes = await asyncio.gather(*sent.tasks, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes[1:]] == [RateLimitExceeded] * 2
        with pytest.raises(RateLimitExceeded):
            await sent.limit.turn()

    in_time(test())


def test_who_gives_up_waiting_holds_nobody() -> None:
    async def test() -> None:
        sent = Sent(1)
        sent.send("a", 4)
        await asyncio.sleep(0.5)
        for task in sent.tasks[1:3]:
            task.cancel()
        await sent.tasks[3]
        assert sent.times == [0.0, 1.0]

    in_time(test())


def test_a_turn_that_is_given_back_is_free_at_once() -> None:
    async def test() -> None:
        sent = Sent(1)
        sent.limit.give_back(await sent.limit.turn())
        sent.send("a", 1)
        await sent.all()
        assert sent.times == [0.0]

    in_time(test())


def test_what_is_wanted_is_what_was_used_lately_or_everything() -> None:
    async def test() -> None:
        sent, asked = Sent(4), list[float]()
        sent.limit.on_short = lambda: asked.append(now())
        sent.send("a", 3)
        await sent.all()
        assert sent.limit.wanted() == 3
        await asyncio.sleep(5)
        assert sent.limit.wanted() == 1.5
        sent.send("a", 9)
        await sent.all()
        assert len(asked) == 1
        assert sent.limit.wanted() == float("inf")
        assert sent.limit.wanted() < 5

    in_time(test())
