"""The line in front of a provider: so many requests at once, and everybody in turn."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import chain, zip_longest
from typing import Self

# Of so many places the last free one is kept for somebody who holds none.
KEEPS_ONE_FROM = 4


class Turn:
    """A place at a provider, as an async context manager that waits for it.

    Leaving it, and being cancelled while it waits, gives the place to the next in line.
    """

    __slots__ = ("_line", "_served", "person", "was_served")

    def __init__(self, line: Line, person: int) -> None:
        self.person = person
        self.was_served = False
        self._line = line
        self._served: asyncio.Future[None] | None = None

    @property
    def place(self) -> int | None:
        """The number in line, 1 for the next; None if it does not wait."""
        return self._line.place_of(self)

    @property
    def has_waited(self) -> bool:
        return self._served is not None

    def serve(self) -> bool:
        """End the waiting. Return False if it was cancelled at the same moment."""
        if self._served is None or self._served.done():
            return False
        self._served.set_result(None)
        return True

    async def __aenter__(self) -> Self:
        if not self._line.take(self.person):
            await self._wait()
        self.was_served = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._line.leave(self.person)

    async def _wait(self) -> None:
        self._served = asyncio.get_running_loop().create_future()
        self._line.join(self)
        try:
            await self._served
        except asyncio.CancelledError:
            if self._served.cancelled():
                self._line.withdraw(self)
            else:  # it was served at the same moment
                self._line.leave(self.person)
            raise


class Line:
    """The places of one provider, of which at most ``size`` are taken at once.

    A free place goes to people in turn, and among the requests of one person to the first. So
    whoever waits is passed at most once by each other person. Where there are four places or more,
    one person cannot take them all: the last free one is for somebody who holds none.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0
        self._held: dict[int, int] = {}  # places by person
        self._waiting: dict[int, deque[Turn]] = {}  # by person, the next first
        self._last: int | None = None  # served last, so behind all who wait by the next time
        self._places: dict[Turn, int] | None = None  # what ``place_of`` knows

    @property
    def waiting(self) -> int:
        """The number of requests that wait."""
        return sum(map(len, self._waiting.values()))

    def turn(self, person: int) -> Turn:
        """Return a place for a request of a person, to be entered with ``async with``."""
        return Turn(self, person)

    def place_of(self, turn: Turn) -> int | None:
        if self._places is None:
            people = list(self._waiting)
            people.sort(key=lambda person: person == self._last)
            rounds = zip_longest(*(self._waiting[person] for person in people))
            in_turn = filter(None, chain.from_iterable(rounds))
            self._places = {turn: place for place, turn in enumerate(in_turn, start=1)}
        return self._places.get(turn)

    def take(self, person: int) -> bool:
        """Take a free place at once, unless others wait for one."""
        is_free = self._is_free_for(person)
        if is_free:
            self._take(person)
        return is_free

    def join(self, turn: Turn) -> None:
        self._waiting.setdefault(turn.person, deque()).append(turn)
        self._serve()

    def withdraw(self, turn: Turn) -> None:
        """Take a turn that is not served out of the line."""
        self._remove(turn)
        self._serve()

    def leave(self, person: int) -> None:
        """Give a place back."""
        self.taken -= 1
        self._held[person] -= 1
        if not self._held[person]:
            del self._held[person]
        if self._waiting:
            self._serve()

    def _is_free_for(self, person: int) -> bool:
        free = self.size - self.taken
        is_kept = self.size >= KEEPS_ONE_FROM and person in self._held
        return free > (1 if is_kept else 0)

    def _take(self, person: int) -> None:
        self.taken += 1
        self._held[person] = self._held.get(person, 0) + 1
        self._last = person

    def _serve(self) -> None:
        """Give free places to those who wait."""
        self._places = None
        while self.taken < self.size and (turn := self._next()) is not None:
            self._remove(turn)
            if turn.serve():
                self._take(turn.person)

    def _next(self) -> Turn | None:
        last, self._last = self._last, None
        if last in self._waiting:
            self._waiting[last] = self._waiting.pop(last)
        for person, turns in self._waiting.items():
            if self._is_free_for(person):
                return turns[0]
        return None

    def _remove(self, turn: Turn) -> None:
        turns = self._waiting.get(turn.person, deque())
        if turn in turns:
            turns.remove(turn)
        if not turns:
            self._waiting.pop(turn.person, None)
