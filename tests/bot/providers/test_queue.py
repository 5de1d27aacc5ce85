"""A line: never too many at once, everybody in turn, and nothing left behind."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers.queue import KEEPS_ONE_FROM, Line, Turn
from tests.virtual_time import run

ALICE, BOB, CARL = range(3)


class Scene:
    """People who ask at a line; each request holds its place until it is told to end."""

    def __init__(self, size: int) -> None:
        self.line = Line(size)
        self.served: list[str] = []
        self.turns: dict[str, Turn] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def ask(self, person: int, *names: str) -> None:
        for name in names:
            self.turns[name] = self.line.turn(person)
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._hold(name))
        await settle()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await settle()

    async def cancel(self, *names: str) -> None:
        for name in names:
            self._tasks[name].cancel()
        await settle()

    async def _hold(self, name: str) -> None:
        async with self.turns[name]:
            self.served.append(name)
            await self._ends[name].wait()

    @property
    def is_empty(self) -> bool:
        line = self.line
        return (line.taken, line.waiting, line._held, line._waiting) == (0, 0, {}, {})


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_so_many_are_served_at_once() -> None:
    scene = Scene(2)
    await scene.ask(ALICE, "a1", "a2", "a3")
    assert (scene.served, scene.line.taken, scene.line.waiting) == (["a1", "a2"], 2, 1)
    await scene.end("a2")
    assert scene.served == ["a1", "a2", "a3"]


async def test_people_are_served_in_turn_and_each_ones_requests_in_order() -> None:
    scene = Scene(1)
    await scene.ask(ALICE, "a1", "a2", "a3")
    await scene.ask(BOB, "b1", "b2")
    await scene.ask(CARL, "c1")
    assert [scene.turns[name].place for name in ("a1", "b1", "c1", "a2", "b2", "a3")] == [
        None, 1, 2, 3, 4, 5,
    ]  # fmt: skip
    await scene.end("a1", "b1", "c1", "a2", "b2", "a3")
    assert scene.served == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert scene.is_empty


async def test_newcomers_do_not_pass_who_waits() -> None:
    scene = Scene(1)
    await scene.ask(ALICE, "0")
    await scene.ask(BOB, "b")
    for n in range(1, 10):
        await scene.ask(100 + n, str(n))
        await scene.end(scene.served[-1])
    assert scene.served[1] == "b"
    assert scene.served[2:] == [str(n) for n in range(1, 9)]


async def test_one_person_cannot_take_every_place() -> None:
    scene = Scene(KEEPS_ONE_FROM)
    names = [f"a{n}" for n in range(6)]
    await scene.ask(ALICE, *names)
    assert scene.served == names[: KEEPS_ONE_FROM - 1]
    await scene.ask(BOB, "b1", "b2")
    assert scene.served[-1] == "b1"
    assert scene.line.taken == KEEPS_ONE_FROM
    await scene.end("b1")
    assert scene.served[-1] == "b2", "who holds none comes before who holds three"


async def test_who_is_cancelled_in_line_is_passed_over() -> None:
    scene = Scene(1)
    await scene.ask(ALICE, "a1")
    await scene.ask(BOB, "b1")
    await scene.ask(CARL, "c1")
    await scene.cancel("b1")
    assert scene.turns["c1"].place == 1
    await scene.end("a1", "c1")
    assert scene.served == ["a1", "c1"]
    assert scene.is_empty


async def test_who_is_cancelled_while_it_is_served_frees_the_place() -> None:
    scene = Scene(1)
    await scene.ask(ALICE, "a1", "a2")
    await scene.cancel("a1")
    assert scene.served == ["a1", "a2"]


async def test_who_is_cancelled_at_the_moment_of_its_turn_gives_it_on() -> None:
    scene = Scene(1)
    await scene.ask(ALICE, "a1")
    await scene.ask(BOB, "b1")
    await scene.ask(CARL, "c1")
    scene._ends["a1"].set()
    await asyncio.sleep(0)  # b1 has the place now, but does not know it yet
    assert scene.turns["b1"].place is None
    await scene.cancel("b1")
    assert scene.served == ["a1", "c1"]
    await scene.end("c1")
    assert scene.is_empty


class Ticket(Turn):
    """A request that notes when it is served."""

    def __init__(self, line: Line, person: int, served: list[Ticket]) -> None:
        super().__init__(line, person)
        self._log = served

    def serve(self) -> bool:
        self._log.append(self)
        return True


class Crowd:
    """The acts of people at a line, and what must be true of it after each."""

    def __init__(self, size: int) -> None:
        self.line = Line(size)
        self.asked: list[Ticket] = []
        self.served: list[Ticket] = []
        self._counted = 0
        self.holding: list[Ticket] = []
        self.waiting: list[Ticket] = []
        # How often each person was passed by each other one since they came to the line.
        self.passed: dict[int, Counter[int]] = {}

    def ask(self, person: int) -> None:
        ticket = Ticket(self.line, person, self.served)
        self.asked.append(ticket)
        if self.line.take(person):
            self.served.append(ticket)
        else:
            self.waiting.append(ticket)
            self.line.join(ticket)
        self.check()

    def leave(self, number: int) -> None:
        if self.holding:
            self.line.leave(self.holding.pop(number % len(self.holding)).person)
            self.check()

    def give_up(self, number: int) -> None:
        if self.waiting:
            ticket = self.waiting.pop(number % len(self.waiting))
            self.asked.remove(ticket)
            self.line.withdraw(ticket)
            self.check()
            self._forget_who_left()

    def drain(self) -> None:
        while self.holding:
            self.leave(0)

    def held(self, person: int) -> int:
        return sum(ticket.person == person for ticket in self.holding)

    def check(self) -> None:
        for ticket in self.served[self._counted :]:
            self._counted += 1
            self._count_passed(ticket)
            self.holding.append(ticket)
        line = self.line
        assert line.taken == len(self.holding) <= line.size
        assert line.waiting == len(self.waiting)
        free = line.size - line.taken
        keeps_one = line.size >= KEEPS_ONE_FROM and all(self.held(t.person) for t in self.waiting)
        assert not self.waiting or free == 0 or (free == 1 and keeps_one)
        assert sorted(t.place or 0 for t in self.waiting) == list(range(1, len(self.waiting) + 1))

    def _count_passed(self, served: Ticket) -> None:
        self.passed[served.person] = Counter()
        if served in self.waiting:
            self.waiting.remove(served)
        for person in {ticket.person for ticket in self.waiting} - {served.person}:
            # Who holds places leaves the last one to whoever holds none.
            if not self.held(person) or self.line.size < KEEPS_ONE_FROM:
                self.passed.setdefault(person, Counter())[served.person] += 1
                assert self.passed[person][served.person] <= 1
        self._forget_who_left()

    def _forget_who_left(self) -> None:
        for person in self.passed.keys() - {ticket.person for ticket in self.waiting}:
            self.passed[person] = Counter()


people, numbers = st.integers(0, 2), st.integers(0, 20)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), people),
        st.tuples(st.just("ask"), people),
        st.tuples(st.just("leave"), numbers),
        st.tuples(st.just("give_up"), numbers),
    ),
    min_size=20,
    max_size=50,
)


@given(st.sampled_from([1, 2, KEEPS_ONE_FROM]), acts)
def test_whatever_people_do_it_is_fair_and_nothing_leaks(
    size: int, acts: list[tuple[str, int]]
) -> None:
    crowd = Crowd(size)
    for act, number in acts:
        getattr(crowd, act)(number)
    crowd.drain()
    line = crowd.line
    assert (line.taken, line.waiting, line._held, line._waiting) == (0, 0, {}, {})
    assert set(crowd.served) == set(crowd.asked)
    for person in range(5):
        mine = [ticket for ticket in crowd.asked if ticket.person == person]
        assert [ticket for ticket in crowd.served if ticket.person == person] == mine


class Request(NamedTuple):
    """A request at a moment that takes so long, or is cancelled before."""

    at: int
    person: int
    takes: int
    patience: int


requests = st.lists(
    st.builds(Request, st.integers(0, 9), people, st.integers(0, 5), st.integers(0, 15)),
    max_size=12,
)


@settings(max_examples=30)
@given(st.integers(1, 5), requests)
def test_tasks_that_end_or_are_cancelled_leave_nothing_behind(
    size: int, asked: list[Request]
) -> None:
    line = Line(size)
    ended: list[Request] = []

    async def one(request: Request) -> None:
        await asyncio.sleep(request.at)
        with suppress(TimeoutError):
            async with asyncio.timeout(request.patience), line.turn(request.person):
                assert line.taken <= size
                await asyncio.sleep(request.takes)
        ended.append(request)

    async def main() -> None:
        await asyncio.gather(*map(one, asked))

    run(main())
    assert len(ended) == len(asked)
    assert (line.taken, line.waiting, line._held, line._waiting) == (0, 0, {}, {})


def test_an_empty_line_costs_microseconds() -> None:
    line = Line(32)

    async def main() -> None:
        for n in range(1000):
            async with line.turn(n):
                pass

    began = time.process_time()
    asyncio.run(main())
    assert time.process_time() - began < 0.05
